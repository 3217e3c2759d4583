"""A trailer as sound: made as its system makes it, then heard by an ear of its own."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from highlighter.evaluation.trailers import ear
from highlighter.evaluation.trailers.flatness import Flatness, flatness
from highlighter.evaluation.trailers.learning import RATE
from highlighter.evaluation.trailers.mixture import APART, Mixture, of_chapters
from highlighter.evaluation.trailers.peers import render_peer
from highlighter.trailer import Order, Trailer, TrailerTrack, make_trailer

Float32 = NDArray[np.float32]

TARGET_LUFS, LOUDNESS_SLACK = -14.0, 0.5
MOST_TRUE_PEAK = -1.0
LONGEST_SILENCE = 0.3


@dataclass(frozen=True, slots=True)
class Sounding:
    """What was heard of one trailer.

    Attributes
    ----------
    mixture
        What is heard when.
    lufs, true_peak
        Of the whole, LUFS and dBTP.
    clipped
        Samples at full scale or beyond.
    silence
        Seconds of the longest silence outside of joins that are silent on purpose.
    loudnesses
        LUFS of each part.
    flatness
        Of each join; None where nothing overlaps.
    cpu, wall
        Seconds of processor and of clock that making it took, without measuring.
    limited
        Share of the samples, 0 to 1, that its limiter says to have turned down by more than 0.1 dB;
        0 where it has none.
    """

    mixture: Mixture
    lufs: float
    true_peak: float
    clipped: int
    silence: float
    loudnesses: tuple[float, ...]
    flatness: tuple[Flatness | None, ...]
    cpu: float
    wall: float
    limited: float = 0.0


def sound_ours(tracks: Sequence[TrailerTrack], seconds: float, order: Order) -> Sounding:
    """Make a trailer as the product does, as MP3, and hear the file.

    Parameters
    ----------
    tracks
        The playlist as drawn, with highlights.
    seconds
        Per track.
    order
        ``"keep"`` or ``"flow"``.

    Raises
    ------
    HooklistError
        It cannot be made.
    OSError
        What was written cannot be read.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "trailer.mp3"
        begun = time.process_time(), time.perf_counter()
        trailer = make_trailer(tracks, out, seconds_per_track=seconds, order=order)
        cpu, wall = time.process_time() - begun[0], time.perf_counter() - begun[1]
        samples, rate = ear.read_sound(out)
    files = [track.file for track in tracks]
    found = measured(samples, rate, mixture_of(trailer, files), files, cpu, wall)
    return replace(found, limited=trailer.limited)


def sound_peer(mixture: Mixture, files: Sequence[Path]) -> Sounding:
    """Mix as a peer does and hear what it would write without loss.

    Raises
    ------
    HooklistError
        A file cannot be read.
    """
    begun = time.process_time(), time.perf_counter()
    samples = render_peer(mixture, files)
    cpu, wall = time.process_time() - begun[0], time.perf_counter() - begun[1]
    return measured(samples, RATE, mixture, files, cpu, wall)


def mixture_of(trailer: Trailer, files: Sequence[Path]) -> Mixture:
    """Return what is heard when in a trailer of ours; `files` in the order they were drawn."""
    return of_chapters(trailer.chapters, [files.index(one.file) for one in trailer.chapters])


def measured(
    samples: Float32,
    rate: int,
    mixture: Mixture,
    files: Sequence[Path],
    cpu: float = 0.0,
    wall: float = 0.0,
) -> Sounding:
    """Return what is heard of a sound, (n, 2), that was mixed so."""
    energies = ear.step_energies(samples, rate)
    spans = [(part.start, part.end) for part in mixture.parts]
    silent_on_purpose = [
        (after.start - seam.seconds / 2.0, after.start + seam.seconds / 2.0)
        for seam, after in zip(mixture.seams, mixture.parts[1:], strict=True)
        if seam.kind in APART
    ]
    return Sounding(
        mixture=mixture,
        lufs=ear.loudness(energies),
        true_peak=ear.true_peak(samples),
        clipped=ear.clipped(samples),
        silence=ear.longest_silence(samples, rate, silent_on_purpose),
        loudnesses=tuple(ear.part_loudnesses(energies, spans).tolist()),
        flatness=flatness(samples, rate, mixture, files),
        cpu=cpu,
        wall=wall,
    )

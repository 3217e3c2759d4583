"""Other ways to join tracks, written for the comparison from descriptions of them.

* **sigmoid**: what Audio-Highlight does: tracks by rising tempo of the whole track, as it is
  detected, and a crossfade of five seconds along a logistic curve between each two. Nothing is
  known of beats, keys or loudness. The curve and its reverse add to one, so of two sounds that have
  nothing in common the energy sinks by 3 dB in the middle.
* **hard cuts**: tracks as the playlist has them, butted together.

Both are given our highlights, so that only the joining is compared.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from highlighter.audio import decode
from highlighter.evaluation.trailers.learning import RATE, Known
from highlighter.evaluation.trailers.mixture import BUTT, SIGMOID, Mixture, Part, Seam
from highlighter.trailer.excerpts import to_stereo

Float32 = NDArray[np.float32]

FADE = 5.0
"""Seconds of the sigmoid crossfade."""

STEEPNESS = 6.0
"""The logistic function is taken from minus this to this."""

_EDGE = 0.01  # seconds at the very start and end


def by_tempo(tempi: Sequence[float | None]) -> tuple[int, ...]:
    """Return places by rising tempo, unfolded; those without one last, equal ones as they were."""
    return tuple(sorted(range(len(tempi)), key=lambda i: (tempi[i] is None, tempi[i] or 0.0, i)))


def sigmoid_mixture(tracks: Sequence[Known], seconds: float) -> Mixture:
    """Return Audio-Highlight's order and joins; `seconds` from one middle to the next."""
    order = by_tempo([one.learnt.bpm for one in tracks])
    return _mixture(tracks, order, seconds, Seam(SIGMOID, min(FADE, seconds)))


def cut_mixture(tracks: Sequence[Known], seconds: float) -> Mixture:
    """Return the tracks as they are, butted together."""
    return _mixture(tracks, range(len(tracks)), seconds, Seam(BUTT, 0.0))


def logistic(frames: int) -> Float32:
    """Return (frames, 1) rising from 0 to 1; it and its reverse add to one."""
    place = (np.arange(frames, dtype=np.float64) + 0.5) / max(1, frames)
    rise = 1.0 / (1.0 + np.exp(-STEEPNESS * (2.0 * place - 1.0)))
    low = 1.0 / (1.0 + math.exp(STEEPNESS))
    return np.asarray((rise - low) / (1.0 - 2.0 * low), dtype=np.float32)[:, None]


def render_peer(mixture: Mixture, files: Sequence[Path], rate: int = RATE) -> Float32:
    """Return the sound of a peer's trailer, (n, 2) at `rate`, at the levels that the files have.

    Parameters
    ----------
    mixture
        Of `sigmoid_mixture` or `cut_mixture`.
    files
        Of the playlist, as drawn.
    rate
        Hz.

    Raises
    ------
    AudioError
        A file cannot be read.
    """
    total = round(mixture.duration * rate)
    mix = np.zeros((total, 2), dtype=np.float32)
    for place, part in enumerate(mixture.parts):
        first, last = (round(edge * rate) for edge in mixture.edges(place))
        begin = part.source_start - (part.start - first / rate)
        sound = to_stereo(
            decode(
                files[part.track],
                sample_rate=rate,
                start=max(0.0, begin),
                duration=(last - first) / rate + min(0.0, begin),
            ).samples
        )
        skipped = round(max(0.0, -begin) * rate)
        piece = np.zeros((last - first, 2), dtype=np.float32)
        sound = sound[: piece.shape[0] - skipped]
        piece[skipped : skipped + sound.shape[0]] = sound
        _fade(piece, mixture, place, rate)
        low, high = max(0, first), min(total, last)
        mix[low:high] += piece[low - first : high - first]
    return mix


def _fade(piece: Float32, mixture: Mixture, place: int, rate: int) -> None:
    ends = (
        mixture.seams[place - 1] if place else None,
        mixture.seams[place] if place < len(mixture.seams) else None,
    )
    for seam, view in zip(ends, (piece, piece[::-1]), strict=True):
        if seam is None:
            frames = min(round(_EDGE * rate), view.shape[0])
            view[:frames] *= np.linspace(0.0, 1.0, frames, dtype=np.float32)[:, None]
        elif seam.kind == SIGMOID:
            frames = min(round(seam.seconds * rate), view.shape[0])
            view[:frames] *= logistic(frames)


def _mixture(tracks: Sequence[Known], order: Sequence[int], seconds: float, seam: Seam) -> Mixture:
    parts: list[Part] = []
    now = 0.0
    for place, number in enumerate(order):
        material = tracks[number].learnt.material
        lead = seam.seconds / 2.0 if place else 0.0
        tail = seam.seconds / 2.0 if place < len(order) - 1 else 0.0
        length = min(seconds, material.span)
        start = min(material.wanted_start, material.available_end - length - tail)
        start = max(start, material.available_start + lead, 0.0)
        parts.append(Part(number, now, now + length, start))
        now += length
    return Mixture(tuple(parts), (seam,) * (len(parts) - 1))

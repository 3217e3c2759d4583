"""A part of a track as a file of its own: decoded, faded at both ends, encoded with tags."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from highlighter.audio import DEFAULT_LIMITS, Limits, decode
from highlighter.errors import AudioBadRequestError
from highlighter.trailer.drafts import replacing
from highlighter.trailer.encode import Mark, Tags, encode, output_format

Float32 = NDArray[np.float32]

FADE_IN, FADE_OUT = 0.05, 0.4
"""Seconds: too short to be missed at the start, gentle at the end."""
LONGEST = 120.0
_CEILING = 0.97
_BLOCK = 65_536


def cut(
    path: Path,
    out: Path,
    *,
    start: float,
    end: float,
    title: str,
    artists: Sequence[str] = (),
    comment: str = "",
    limits: Limits = DEFAULT_LIMITS,
) -> float:
    """Write the part of a track from `start` to `end` to a file.

    Parameters
    ----------
    path
        The track.
    out
        Where to write; its ending (``.mp3``, ``.opus``, ``.m4a``) chooses the format. It is
        replaced in one step.
    start, end
        Seconds of the track; the part may have `LONGEST` seconds.
    title, artists, comment
        Written into the file.
    limits
        Bounds for header and decoding.

    Returns
    -------
    float
        Seconds written.

    Raises
    ------
    AudioError
        One of `highlighter.errors`, naming the track.
    TrailerNotWrittenError
        The folder cannot be written to, is full, or the encoder failed.
    """
    if not 0.0 < end - start <= LONGEST:
        raise AudioBadRequestError(
            "This part cannot be cut out", which=str(path), why=f"{end - start:g} s is no length"
        )
    form = output_format(out)
    sound = decode(
        path, sample_rate=form.sample_rate, start=start, duration=end - start, limits=limits
    )
    samples = faded(stereo(sound.samples), form.sample_rate)
    peak = float(np.abs(samples).max(initial=0.0))
    # Lossy encoders overshoot; what is at full scale already would be clipped by a player.
    if peak > _CEILING:
        samples *= np.float32(_CEILING / peak)
    with replacing(out) as draft:
        names = ", ".join(artists)
        marks = [Mark(0.0, sound.duration, title)]
        encode(draft, form, _blocks(samples), marks, Tags(title, names, comment))
    return sound.duration


def stereo(samples: Float32) -> Float32:
    """Return (n, 2) of (n, channels): one channel twice, or the first two of several."""
    if samples.shape[1] == 1:
        return np.repeat(samples, 2, axis=1)
    return np.array(samples[:, :2], dtype=np.float32, order="C")


def faded(samples: Float32, rate: int) -> Float32:
    """Return (n, channels) with cosine fades at both ends, each at most a quarter of it."""
    faded = np.array(samples, dtype=np.float32)
    for seconds, rising in ((FADE_IN, True), (FADE_OUT, False)):
        count = min(round(seconds * rate), faded.shape[0] // 4)
        ramp = (0.5 - 0.5 * np.cos(np.linspace(0.0, np.pi, count, dtype=np.float32)))[:, None]
        if rising:
            faded[:count] *= ramp
        elif count:
            faded[-count:] *= ramp[::-1]
    return faded


def _blocks(samples: Float32) -> Iterator[Float32]:
    for first in range(0, samples.shape[0], _BLOCK):
        yield samples[first : first + _BLOCK]

"""What a network may see of a song: the product's own tables, and two finer ones for comparison."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from highlighter.analysis.frames import Framer, mel_filters, power_spectra
from highlighter.analysis.hearing import RATE
from highlighter.analysis.pitch import PitchMeter
from highlighter.analysis.rhythm_input import OnsetMeter
from highlighter.audio import Resampler
from highlighter.audio.model import Float32
from highlighter.products import product

MEL_BANDS, MEL_SIZE, MEL_HOP, MEL_POOL = 64, 1024, 512, 2
MEL_RATE = RATE / (MEL_HOP * MEL_POOL)
"""Rows of `mel10` per second: 10.77."""

SEMITONES, SEMITONE_SIZE, SEMITONE_HOP, LOWEST_SEMITONE = 84, 4096, 2048, 24
SEMITONE_RATE = RATE / SEMITONE_HOP
"""Rows of `semitones` per second: 5.38."""

_FLOOR = 1e-8
_AT_ONCE = 1 << 18


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """Tables of one song.

    Attributes
    ----------
    duration
        Seconds.
    bands
        (k, 40) log10 of mel power, 5.38 rows a second, as `Sound.bands` before its logarithm.
    chroma
        (k, 12) pitch classes, as `Sound.chroma`.
    onsets
        (m,) onset strength, 86.13 a second, as `Sound.onsets`.
    mel10
        (about 2 k, 64) log10 of mel power, `MEL_RATE` rows a second.
    semitones
        (k, 84) log10 of power per semitone from C1, `SEMITONE_RATE` rows a second.
    """

    duration: float
    bands: Float32
    chroma: Float32
    onsets: Float32
    mel10: Float32
    semitones: Float32


def hear_samples(samples: Float32, rate: int) -> Heard:
    """Return the tables of a mono signal, (n,), at `rate` Hz; it must not be empty."""
    resampler = Resampler(rate, RATE, 1, "MQ")
    onsets, pitch = OnsetMeter(RATE), PitchMeter(RATE)
    mel, semitones = _MelMeter(), _SemitoneMeter()

    def take(low: Float32) -> None:
        onsets.push(low)
        pitch.push(low)
        mel.push(low)
        semitones.push(low)

    for first in range(0, samples.size, _AT_ONCE):
        take(resampler.push(samples[first : first + _AT_ONCE, None])[:, 0])
    take(resampler.finish()[:, 0])
    onsets.finish()
    pitch.finish()
    chroma, bands = pitch.chroma(), onsets.bands()
    rows = min(chroma.shape[0], bands.shape[0])
    return Heard(
        duration=samples.size / rate,
        bands=np.log10(np.maximum(bands[:rows], np.float32(_FLOOR))),
        chroma=chroma[:rows],
        onsets=onsets.onset_strength(),
        mel10=mel.finish(),
        semitones=semitones.finish()[:rows],
    )


class _FilteredFrames:
    """Powers of a filter bank in each frame of a signal that comes in blocks.

    Parameters
    ----------
    size, hop
        Samples of a frame, and from one to the next.
    filters
        (size // 2 + 1, bands).
    """

    def __init__(self, size: int, hop: int, filters: Float32) -> None:
        self._framer = Framer(size, hop)
        self._filters = filters
        self._rows: list[Float32] = []

    def push(self, samples: Float32) -> None:
        self._take(self._framer.push(samples))

    def _take(self, frames: Iterator[Float32]) -> None:
        self._rows += [product(power_spectra(block), self._filters) for block in frames]

    def rows(self) -> Float32:
        self._take(self._framer.finish())
        return np.concatenate(self._rows)


class _MelMeter(_FilteredFrames):
    """Mel power in frames of 93 ms, two and two averaged."""

    def __init__(self) -> None:
        filters = mel_filters(RATE, MEL_SIZE, MEL_BANDS, 30.0, RATE / 2.0)
        super().__init__(MEL_SIZE, MEL_HOP, filters)

    def finish(self) -> Float32:
        rows = self.rows()
        whole = rows.shape[0] // MEL_POOL
        pooled = rows[: whole * MEL_POOL].reshape(whole, MEL_POOL, MEL_BANDS).mean(axis=1)
        return np.log10(np.maximum(pooled, np.float32(_FLOOR)))


class _SemitoneMeter(_FilteredFrames):
    """Power around each semitone in frames of 372 ms: a constant-Q transform as far as they go.

    Below 200 Hz frames do not resolve semitones; there a filter is as wide as one bin of the
    transform and neighbours share it.
    """

    def __init__(self) -> None:
        hertz = np.fft.rfftfreq(SEMITONE_SIZE, 1.0 / RATE)
        centres = 440.0 * 2.0 ** ((np.arange(SEMITONES) + LOWEST_SEMITONE - 69.0) / 12.0)
        width = np.maximum(centres * (2.0 ** (1.0 / 12.0) - 1.0), RATE / SEMITONE_SIZE)
        triangles = np.maximum(0.0, 1.0 - np.abs(hertz[:, None] - centres) / width)
        super().__init__(SEMITONE_SIZE, SEMITONE_HOP, triangles.astype(np.float32))

    def finish(self) -> Float32:
        return np.log10(np.maximum(self.rows(), np.float32(_FLOOR)))

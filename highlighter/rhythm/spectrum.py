"""Mel levels a hundred times a second, and pitch classes: what beats are read from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from highlighter.analysis.frames import Float32, Framer, mel_filters, power_spectra
from highlighter.products import product

RATE = 22_050
"""Hz of the mono signal that frames are cut from."""

SIZE, HOP = 1024, 220
"""Samples: frames of 46 ms; short enough to tell a drum's moment, long enough for its pitch."""

FRAME_RATE = RATE / HOP
"""Frames per second, 100.2."""

BANDS = 64
_LOWEST, _HIGHEST = 30.0, 10_500.0

CHROMA_SIZE, CHROMA_STRIDE = 4096, 4
"""Samples per frame of pitch classes, and frames of `HOP` from one to the next."""

_CHROMA_LOWEST, _CHROMA_HIGHEST = 60.0, 1_800.0
_FLOOR = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """A fragment as beats are looked for in it.

    Attributes
    ----------
    levels
        (n, 64) common logarithm of each mel band's power, full scale about 0, at `FRAME_RATE`.
        Row i is centred on sample i · `HOP`.
    chroma
        (ceil(n / 4), 12) amplitude by pitch class from C, at a quarter of that rate.
    """

    levels: Float32
    chroma: Float32


def spectrum_of(samples: Float32) -> Spectrum:
    """Return what is heard in (n,) mono samples at `RATE`."""
    filters = mel_filters(RATE, SIZE, BANDS, _LOWEST, _HIGHEST)
    rows = [product(power_spectra(frames), filters) for frames in _frames(samples, SIZE, HOP)]
    power = np.concatenate(rows) if rows else np.zeros((0, BANDS), dtype=np.float32)
    fold, first, last = _pitch_classes()
    classes = [
        product(np.sqrt(power_spectra(frames, first, last)), fold)
        for frames in _frames(samples, CHROMA_SIZE, HOP * CHROMA_STRIDE)
    ]
    return Spectrum(
        np.log10(np.maximum(power, np.float32(_FLOOR))),
        np.concatenate(classes) if classes else np.zeros((0, 12), dtype=np.float32),
    )


def _frames(samples: Float32, size: int, hop: int) -> list[Float32]:
    framer = Framer(size, hop)
    return [*framer.push(samples), *framer.finish()]


@lru_cache(maxsize=1)
def _pitch_classes() -> tuple[Float32, int, int]:
    """Return (bins, 12) weights and the bins they are for, at A4 = 440 Hz."""
    hertz = np.fft.rfftfreq(CHROMA_SIZE, 1.0 / RATE)
    inside = np.flatnonzero((hertz >= _CHROMA_LOWEST) & (hertz <= _CHROMA_HIGHEST))
    pitch = 69.0 + 12.0 * np.log2(hertz[inside] / 440.0)
    away = (pitch[:, None] - np.arange(12) + 6.0) % 12.0 - 6.0
    # A bin is wider than a semitone below 100 Hz; what two notes share counts for both.
    weights = np.exp(-0.5 * (away / 0.5) ** 2).astype(np.float32)
    return weights, int(inside[0]), int(inside[-1]) + 1

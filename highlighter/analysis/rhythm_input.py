"""How strongly something begins at each moment, and how the spectrum moves."""

from __future__ import annotations

import numpy as np

from highlighter.analysis.frames import Float32, Framer, mel_filters, power_spectra
from highlighter.products import product

SIZE = 512
HOP = 128
"""Samples at 11,025 Hz: frames of 46 ms, 86 of them per second."""

BANDS = 40
POOL = 16
"""Frames averaged into one row of the band table, which then has 5.4 rows per second."""

FLOOR = 1e-8
"""Power below which nothing counts as sound, −80 dB under a full-scale sine's mel band."""


class OnsetMeter:
    """Collects onset strength and pooled mel bands of a mono signal that comes in blocks.

    Onset strength is spectral flux: the rise of each mel band's level in decibels against the
    frame before, averaged over bands (S. Böck, G. Widmer, *Maximum filter vibrato suppression for
    onset detection*, DAFx 2013, without the filter; as in D. Ellis, JNMR 36, 2007).

    Parameters
    ----------
    sample_rate
        Hz.
    """

    def __init__(self, sample_rate: int) -> None:
        self._framer = Framer(SIZE, HOP)
        self._filters = mel_filters(sample_rate, SIZE, BANDS, 30.0, sample_rate / 2.0)
        self._last = np.full((1, BANDS), 10.0 * np.log10(FLOOR), dtype=np.float32)
        self._flux: list[Float32] = []
        self._pooled: list[Float32] = []
        self._waiting = np.zeros((0, BANDS), dtype=np.float32)

    def push(self, samples: Float32) -> None:
        """Take the next samples, (n,)."""
        for frames in self._framer.push(samples):
            self._take(frames)

    def finish(self) -> None:
        """Take the end of the signal."""
        for frames in self._framer.finish():
            self._take(frames)
        if self._waiting.shape[0]:
            self._pooled.append(self._waiting.mean(axis=0, keepdims=True))
            self._waiting = self._waiting[:0]

    def _take(self, frames: Float32) -> None:
        mel = product(power_spectra(frames), self._filters)
        np.maximum(mel, np.float32(FLOOR), out=mel)
        level = np.log10(mel) * np.float32(10.0)
        before = np.concatenate([self._last, level[:-1]])
        self._flux.append(np.maximum(level - before, np.float32(0.0)).mean(axis=1))
        self._last = level[-1:].copy()
        rows = np.concatenate([self._waiting, mel])
        whole = rows.shape[0] // POOL * POOL
        if whole:
            self._pooled.append(rows[:whole].reshape(-1, POOL, BANDS).mean(axis=1))
        self._waiting = rows[whole:]

    def onset_strength(self) -> Float32:
        """Return (n,) decibels per frame, ≥ 0, 86 per second."""
        return np.concatenate(self._flux) if self._flux else np.zeros(0, dtype=np.float32)

    def bands(self) -> Float32:
        """Return (n, 40) mean power, 5.4 per second."""
        return np.concatenate(self._pooled) if self._pooled else np.zeros((0, BANDS), np.float32)

"""Level and zero crossings of overlapping frames, from sums over the hops they share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from highlighter.analysis.frames import Float32

_SILENT = 1e-10
"""Samples up to this count as zero, and zero as positive: `librosa.zero_crossings`."""


class LevelMeter:
    """Measures frames of a mono signal that comes in blocks.

    Parameters
    ----------
    size
        Samples per frame: an even number of hops.
    hop
        Samples between frames; frame i is centred on sample i · hop.
    """

    def __init__(self, size: int, hop: int) -> None:
        self._size, self._hop = size, hop
        self._rest = np.zeros(0, dtype=np.float32)
        self._negative: bool | None = None
        self._squares: list[Float32] = []
        self._crossings: list[NDArray[np.int64]] = []
        self._at_start: list[NDArray[np.bool_]] = []
        self._samples = 0

    def push(self, samples: Float32) -> None:
        """Take the next samples, (n,)."""
        signal = np.concatenate([self._rest, samples])
        whole = signal.size // self._hop * self._hop
        self._take(signal[:whole])
        self._rest = signal[whole:]
        self._samples += samples.size

    def finish(self) -> tuple[Float32, Float32]:
        """Return (n,) RMS and (n,) zero crossings per sample; n is samples // hop + 1.

        `librosa.feature.rms` takes what lies before and behind the signal for silence, and
        `zero_crossing_rate` for a constant; so it is here.
        """
        missing = -self._samples % self._hop
        if missing:
            last = self._rest[-1:] if self._rest.size else np.zeros(1, np.float32)
            padded = np.concatenate([self._rest, np.repeat(last, missing)])
            self._take(padded)
            self._squares[-1] = np.einsum("i,i->", self._rest, self._rest)[None]
            self._rest = self._rest[:0]
        hops = self._size // self._hop
        count = self._samples // self._hop + 1
        squares = _over_frames(_joined(self._squares), hops, count)
        starts = np.pad(_joined(self._at_start), (hops // 2, hops))[:count]
        # A crossing at a frame's first sample lies before that frame.
        crossings = _over_frames(_joined(self._crossings), hops, count) - starts
        return (
            np.sqrt(squares / self._size).astype(np.float32),
            (crossings / self._size).astype(np.float32),
        )

    def _take(self, signal: Float32) -> None:
        if not signal.size:
            return
        hops = signal.reshape(-1, self._hop)
        self._squares.append(np.einsum("ij,ij->i", hops, hops))
        negative = signal < -_SILENT
        before = negative[0] if self._negative is None else self._negative
        crossing = negative != np.concatenate([[before], negative[:-1]])
        self._negative = bool(negative[-1])
        crossing = crossing.reshape(-1, self._hop)
        self._crossings.append(np.count_nonzero(crossing, axis=1))
        self._at_start.append(crossing[:, 0].copy())


def _joined(parts: list[NDArray]) -> NDArray[np.float64]:  # type: ignore[type-arg]
    return np.concatenate(parts).astype(np.float64) if parts else np.zeros(0)


def _over_frames(hops: NDArray[np.float64], width: int, count: int) -> NDArray[np.float64]:
    """Return (count,) sums over the `width` hops around each frame's centre."""
    padded = np.pad(hops, (width // 2, width))
    sums: NDArray[np.float64] = np.zeros(count)
    for offset in range(width):
        sums += padded[offset : offset + count]
    return sums

"""Measure a stream of stereo blocks: loudness, true peak and a waveform, in bounded memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from highlighter.loudness import LoudnessMeter, decibels, peak_envelope

Float32 = NDArray[np.float32]

_CONTEXT = 32  # samples on each side that the peak interpolation may look at


class StreamMeter:
    """Loudness, true peak and waveform of a stereo stream.

    Parameters
    ----------
    sample_rate
        Hz.
    frames
        How long the stream is expected to be, for the waveform's spans; ≥ 1.
    points
        Of the waveform, at most; fewer where there are fewer frames.
    """

    def __init__(self, sample_rate: int, frames: int, points: int = 600) -> None:
        self._rate = sample_rate
        self._loudness = LoudnessMeter(sample_rate, 2)
        self._edges = np.linspace(0, frames, min(points, frames) + 1).round().astype(np.int64)
        self._waveform = np.zeros(self._edges.size - 1, dtype=np.float32)
        self._position = 0
        self._recent: Float32 = np.zeros((0, 2), dtype=np.float32)
        self._fresh = 0  # the first of the recent samples that is not looked at yet
        self._true_peak = 0.0

    def push(self, block: Float32) -> None:
        """Measure the next (n, 2) samples, full scale at ±1."""
        if not block.shape[0]:
            return
        self._loudness.push(block)
        self._draw(block)
        # The end of what is known looks like a cut, and a cut has peaks of its own: the last
        # samples are looked at again when what follows them is known.
        known = np.concatenate([self._recent, block])
        first, self._fresh = self._fresh, max(0, known.shape[0] - _CONTEXT)
        envelope = peak_envelope(known, self._rate)[first : self._fresh]
        self._true_peak = max(self._true_peak, float(envelope.max(initial=0.0)))
        dropped = max(0, known.shape[0] - 2 * _CONTEXT)
        self._recent = known[dropped:].copy()
        self._fresh -= dropped

    def _draw(self, block: Float32) -> None:
        # numpy is many times slower along an axis of two.
        magnitude = np.maximum(np.abs(block[:, 0]), np.abs(block[:, 1]))
        place = np.arange(self._position, self._position + magnitude.size)
        self._position += magnitude.size
        points = np.searchsorted(self._edges, place[[0, -1]], side="right") - 1
        for point in range(int(points[0]), min(int(points[1]), self._waveform.size - 1) + 1):
            low = max(0, int(self._edges[point]) - int(place[0]))
            high = int(self._edges[point + 1]) - int(place[0])
            top = float(magnitude[low:high].max(initial=0.0))
            self._waveform[point] = max(float(self._waveform[point]), top)

    @property
    def lufs(self) -> float:
        """Integrated loudness so far, LUFS; −inf for silence."""
        return self._loudness.integrated()

    @property
    def true_peak_dbtp(self) -> float:
        """True peak so far, dBTP; −inf for silence. The last samples count as cut off."""
        rest = peak_envelope(self._recent, self._rate)[self._fresh :]
        return decibels(max(self._true_peak, float(rest.max(initial=0.0))))

    @property
    def waveform(self) -> tuple[float, ...]:
        """Largest magnitude in each span so far, 0 to 1."""
        return tuple(round(min(1.0, float(value)), 4) for value in self._waveform)

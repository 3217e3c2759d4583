"""Which pitches sound: spectral peaks, folded into one finely divided octave."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from highlighter.analysis.frames import Float32, Framer, power_spectra
from highlighter.products import product

SIZE = 4096
HOP = 2048
"""Samples at 11,025 Hz: frames of 372 ms, 5.4 of them per second."""

STEPS = 60
"""Divisions of the octave, five per semitone, so that the tuning can be corrected later."""

_LOWEST, _HIGHEST = 65.0, 2_100.0
"""Hz, C2 to C7: below, semitones lie closer than the frames resolve; above, overtones rule."""

_AUDIBLE = 1e-2
"""Magnitude of a peak over its frame's largest (−40 dB) that still counts."""

_AROUND, _PROMINENT = 12, 3.2
"""Bins to each side, and how often their mean a peak must be; 2 % of noise's energy is."""

_A4 = 440.0


class PitchMeter:
    """Collects the pitch content of a mono signal that comes in blocks.

    Parameters
    ----------
    sample_rate
        Hz.
    """

    def __init__(self, sample_rate: int) -> None:
        self._framer = Framer(SIZE, HOP)
        self._spacing = sample_rate / SIZE
        self._low = max(2, int(_LOWEST / self._spacing))
        self._high = min(SIZE // 2 - 2, int(_HIGHEST / self._spacing))
        self._rows: list[Float32] = []
        self._deviation = 0j
        self._weight = 0.0
        self._peak_energy = 0.0
        self._energy = 0.0

    def push(self, samples: Float32) -> None:
        """Take the next samples, (n,)."""
        for frames in self._framer.push(samples):
            self._take(frames)

    def finish(self) -> None:
        """Take the end of the signal."""
        for frames in self._framer.finish():
            self._take(frames)

    def _take(self, frames: Float32) -> None:
        magnitude = np.sqrt(power_spectra(frames)[:, self._low - 1 : self._high + 2])
        left, centre, right = magnitude[:, :-2], magnitude[:, 1:-1], magnitude[:, 2:]
        loudest = centre.max(axis=1, keepdims=True)
        is_peak = (centre > left) & (centre >= right) & (centre > _AUDIBLE * loudest + 1e-7)
        row, column = np.nonzero(is_peak)
        self._energy += float(np.square(centre).sum())
        histogram = np.zeros(frames.shape[0] * STEPS, dtype=np.float64)
        if row.size:
            # Parabola through the logarithms of three magnitudes (J. O. Smith, SASP, 2011).
            low, mid, high = (np.log(part[row, column] + 1e-12) for part in (left, centre, right))
            bend = low - 2.0 * mid + high
            offset = np.where(bend < 0.0, 0.5 * (low - high) / np.where(bend < 0, bend, 1.0), 0.0)
            hertz = (column + self._low + np.clip(offset, -0.5, 0.5)) * self._spacing
            pitch = 12.0 * np.log2(hertz / _A4) + 69.0
            strength = np.sqrt(centre[row, column])  # compressed: chords count, not only the bass
            step = np.floor(np.mod(pitch, 12.0) * (STEPS / 12)).astype(np.int64) % STEPS
            histogram = np.bincount(row * STEPS + step, weights=strength, minlength=histogram.size)
            phase = np.exp(2j * np.pi * (pitch - np.round(pitch)))
            self._deviation += complex((strength * phase).sum())
            self._weight += float(strength.sum())
            self._peak_energy += _prominent_energy(magnitude, row, column)
        self._rows.append(histogram.reshape(-1, STEPS).astype(np.float32))

    def tuning(self) -> float:
        """Return by how much the music is tuned above A4 = 440 Hz, in semitones, −0.5 to 0.5."""
        if abs(self._deviation) < 1e-9:
            return 0.0
        return float(np.angle(self._deviation) / (2.0 * np.pi))

    def tonality(self) -> float:
        """Return how much of the energy stands in peaks, 0 (noise) to 1 (a pure tone), roughly."""
        return float(min(1.0, self._peak_energy / self._energy)) if self._energy > 0.0 else 0.0

    def chroma(self) -> Float32:
        """Return (n, 12), C first, ≥ 0, with the tuning taken out; not normalised."""
        if not self._rows:
            return np.zeros((0, 12), dtype=np.float32)
        return fold(np.concatenate(self._rows), self.tuning())


def _prominent_energy(
    magnitude: Float32, row: NDArray[np.int64], column: NDArray[np.int64]
) -> float:
    """Return the energy of peaks, with their two neighbours, that tower over their surroundings."""
    total = np.cumsum(np.pad(magnitude, ((0, 0), (1, 0))), axis=1)
    place = column + 1
    low = np.maximum(place - _AROUND, 0)
    high = np.minimum(place + _AROUND + 1, magnitude.shape[1])
    around = (total[row, high] - total[row, low]) / (high - low)
    tall = magnitude[row, place] > _PROMINENT * around
    row, place = row[tall], place[tall]
    return float(sum(np.square(magnitude[row, place + d]).sum() for d in (-1, 0, 1)))


def fold(steps: Float32, tuning: float) -> Float32:
    """Return (n, 12) from (n, 60), each pitch class a raised cosine around its tuned centre."""
    per_class = STEPS // 12
    place = (np.arange(STEPS) + 0.5) / per_class - tuning
    distance = np.mod(place[:, None] - np.arange(12)[None, :] + 6.0, 12.0) - 6.0
    weights: NDArray[np.float64] = np.where(
        np.abs(distance) < 0.5, np.cos(np.pi * distance) ** 2, 0.0
    )
    return product(steps, weights.astype(np.float32))

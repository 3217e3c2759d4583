"""Which pitches sound: spectral peaks, folded into one finely divided octave."""

from __future__ import annotations

import math

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
    tonality
        Whether `tonality` will be asked for: it is a fifth of the work.
    """

    def __init__(self, sample_rate: int, *, tonality: bool = True) -> None:
        self._tonality = tonality
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
        magnitude = np.sqrt(power_spectra(frames, self._low - 1, self._high + 2))
        left, centre, right = magnitude[:, :-2], magnitude[:, 1:-1], magnitude[:, 2:]
        least = centre.max(axis=1, keepdims=True) * np.float32(_AUDIBLE) + np.float32(1e-7)
        is_peak = centre > left
        is_peak &= centre >= right
        is_peak &= centre > least
        if self._tonality:
            self._energy += float(np.einsum("ij,ij->", centre, centre, dtype=np.float64))
        histogram = np.zeros(frames.shape[0] * STEPS, dtype=np.float64)
        place = np.flatnonzero(is_peak)
        if place.size:
            row, column = np.divmod(place, centre.shape[1])
            at = place + 2 * row + 1  # in `magnitude`, whose rows are two longer
            beside = [magnitude.take(at + d) for d in (-1, 0, 1)]
            # Parabola through the logarithms of three magnitudes (J. O. Smith, SASP, 2011).
            low, mid, high = (np.log(part + np.float32(1e-12)) for part in beside)
            bend = low - np.float32(2.0) * mid + high
            slope = np.float32(0.5) * (low - high)
            offset = np.divide(slope, bend, out=np.zeros_like(bend), where=bend < 0.0)
            bins = column + np.clip(offset, np.float32(-0.5), np.float32(0.5))
            pitch = 12.0 * np.log2((bins + self._low) * (self._spacing / _A4)) + 69.0
            strength = np.sqrt(beside[1])  # compressed: chords count, not only the bass
            step = np.floor(np.mod(pitch, 12.0) * (STEPS / 12)).astype(np.int64) % STEPS
            histogram = np.bincount(row * STEPS + step, weights=strength, minlength=histogram.size)
            turn = (2.0 * np.pi * (pitch - np.round(pitch))).astype(np.float32)
            self._deviation += complex(
                np.dot(strength, np.cos(turn)), np.dot(strength, np.sin(turn))
            )
            self._weight += float(strength.sum())
            if self._tonality:
                self._peak_energy += _prominent_energy(magnitude, row, column + 1, beside)
        self._rows.append(histogram.reshape(-1, STEPS).astype(np.float32))

    def tuning(self) -> float:
        """Return by how much the music is tuned above A4 = 440 Hz, in semitones, −0.5 to 0.5."""
        if abs(self._deviation) < 1e-9:
            return 0.0
        return float(np.angle(self._deviation) / (2.0 * np.pi))

    def tonality(self) -> float:
        """Return how much of the energy stands in peaks, 0 (noise) to 1 (a pure tone), roughly.

        NaN if it was not listened for.
        """
        if not self._tonality:
            return math.nan
        return float(min(1.0, self._peak_energy / self._energy)) if self._energy > 0.0 else 0.0

    def chroma(self) -> Float32:
        """Return (n, 12), C first, ≥ 0, with the tuning taken out; not normalised."""
        if not self._rows:
            return np.zeros((0, 12), dtype=np.float32)
        return fold(np.concatenate(self._rows), self.tuning())


def _prominent_energy(
    magnitude: Float32, row: NDArray[np.int64], place: NDArray[np.int64], beside: list[Float32]
) -> float:
    """Return the energy of peaks, with their two neighbours, that tower over their surroundings.

    Parameters
    ----------
    magnitude
        (n, bins).
    row, place
        (m,) where in it the peaks are.
    beside
        (m,) magnitudes before, at and behind each of them.
    """
    total = np.zeros((magnitude.shape[0], magnitude.shape[1] + 1), dtype=np.float32)
    np.cumsum(magnitude, axis=1, out=total[:, 1:])
    low = np.maximum(place - _AROUND, 0)
    high = np.minimum(place + _AROUND + 1, magnitude.shape[1])
    first = row * total.shape[1]
    around = (total.take(first + high) - total.take(first + low)) / (high - low)
    tall = beside[1] > _PROMINENT * around
    return float(sum(np.square(part[tall]).sum(dtype=np.float64) for part in beside))


def fold(steps: Float32, tuning: float) -> Float32:
    """Return (n, 12) from (n, 60), each pitch class a raised cosine around its tuned centre."""
    per_class = STEPS // 12
    place = (np.arange(STEPS) + 0.5) / per_class - tuning
    distance = np.mod(place[:, None] - np.arange(12)[None, :] + 6.0, 12.0) - 6.0
    weights: NDArray[np.float64] = np.where(
        np.abs(distance) < 0.5, np.cos(np.pi * distance) ** 2, 0.0
    )
    return product(steps, weights.astype(np.float32))

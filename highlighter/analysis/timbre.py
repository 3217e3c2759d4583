"""How a sound is coloured: centroid, bandwidth, roll-off, flatness, zero crossings, level."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from highlighter.analysis.frames import Float32, Framer, power_spectra
from highlighter.analysis.spectral_shape import centroid_bandwidth_rolloff
from highlighter.products import sum_of_squares

_FRAME_SECONDS = 0.0464  # 2,048 samples at 44.1 kHz
_HOPS_PER_SECOND = 5.38
_AUDIBLE = 1e-3  # RMS, −60 dBFS: colour of silence means nothing


@dataclass(frozen=True, slots=True)
class Timbre:
    """Means over the audible frames (46 ms, five a second) of the mono mix.

    Attributes
    ----------
    centroid_hz, bandwidth_hz
        Centre and spread of the magnitude spectrum.
    rolloff_hz
        Frequency below which 85 % of the magnitude lie.
    flatness
        Geometric over arithmetic mean of the power spectrum, 0 (tone) to 1 (white noise).
    zero_crossing_rate
        Sign changes per sample, 0 to 1.
    rms_mean, rms_std
        Level, linear, full scale 1; over all frames, silent ones too.
    crest_db
        Largest sample over the whole signal's RMS.
    audible
        Share of frames above −60 dBFS.
    """

    centroid_hz: float
    bandwidth_hz: float
    rolloff_hz: float
    flatness: float
    zero_crossing_rate: float
    rms_mean: float
    rms_std: float
    crest_db: float
    audible: float


class TimbreMeter:
    """Measures a mono signal, at its own sample rate, that comes in blocks.

    Parameters
    ----------
    sample_rate
        Hz.
    """

    def __init__(self, sample_rate: int) -> None:
        size = 1 << max(5, round(math.log2(sample_rate * _FRAME_SECONDS)))
        self._hop = max(1, round(sample_rate / _HOPS_PER_SECOND))
        # Frames lie apart here, so a frame as long as the hop is cut and its middle looked at.
        self._size = min(size, self._hop)
        self._framer = Framer(self._hop, self._hop)
        self._spacing = sample_rate / self._size
        self._sums = np.zeros(5)
        self._heard = 0
        self._levels: list[Float32] = []
        self._peak = 0.0
        self._energy = 0.0
        self._samples = 0

    def push(self, samples: Float32) -> None:
        """Take the next samples, (n,)."""
        if samples.size:
            self._peak = max(self._peak, float(np.abs(samples).max()))
            self._energy += sum_of_squares(samples)
            self._samples += samples.size
        for frames in self._framer.push(samples):
            self._take(frames)

    def finish(self) -> Timbre:
        """Take the end of the signal, and return what it was like."""
        for frames in self._framer.finish():
            self._take(frames)
        levels = np.concatenate(self._levels) if self._levels else np.zeros(1, np.float32)
        means = self._sums / max(1, self._heard)
        overall = math.sqrt(self._energy / max(1, self._samples))
        crest = 20.0 * math.log10(self._peak / overall) if overall > 0.0 else 0.0
        return Timbre(
            centroid_hz=float(means[0]),
            bandwidth_hz=float(means[1]),
            rolloff_hz=float(means[2]),
            flatness=float(means[3]),
            zero_crossing_rate=float(means[4]),
            rms_mean=float(levels.mean()),
            rms_std=float(levels.std()),
            crest_db=crest,
            audible=self._heard / levels.size,
        )

    def _take(self, frames: Float32) -> None:
        start = (self._hop - self._size) // 2
        cut = frames[:, start : start + self._size]
        level = np.sqrt(np.einsum("ij,ij->i", cut, cut) / self._size)
        self._levels.append(level)
        cut = cut[level > _AUDIBLE]
        if not cut.shape[0]:
            return
        power = power_spectra(cut)
        power[:, 0] = 0.0  # a constant offset is no sound
        magnitude = np.sqrt(power)
        shape = centroid_bandwidth_rolloff(magnitude, self._spacing)
        tones = np.maximum(power[:, 1:], np.float32(1e-14))
        flatness = np.exp(np.log(tones).mean(axis=1)) / tones.mean(axis=1)
        signs = np.signbit(cut)
        self._sums += [
            *shape.sum(axis=0, dtype=np.float64).tolist(),
            float(flatness.sum()),
            float((signs[:, 1:] != signs[:, :-1]).mean(axis=1).sum()),
        ]
        self._heard += cut.shape[0]

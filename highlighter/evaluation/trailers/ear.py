"""What an ear that shares no code with the renderer says of the levels of a finished sound.

* Loudness: ITU-R BS.1770-4 as its annex 1 prints it: the two filters' coefficients at 48 kHz
  (sound of other rates is resampled to it), 400 ms blocks three quarters overlapped, both gates.
* True peak: the signal band-limited to four times its rate by the discrete Fourier transform, in
  blocks that overlap (annex 2 asks for a factor of four at least).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

SILENT = -math.inf

_RATE = 48_000
_SHELF = (
    (1.53512485958697, -2.69169618940638, 1.19839281085285),
    (1.0, -1.69065929318241, 0.73248077421585),
)
_HIGH_PASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
_STEP = _RATE // 10
_OVERSAMPLED = 4
_BLOCK, _MARGIN = 1 << 16, 1 << 11
_QUIET = 1e-3
"""RMS of 10 ms below which nothing is heard: −60 dBFS."""


def read_sound(path: Path) -> tuple[Float32, int]:
    """Return (n, 2) samples and the rate of a file, read by libsndfile.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    import soundfile

    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.SoundFileError as error:
        raise OSError(f"{path.name}: {error}") from error
    return np.asarray(samples if samples.shape[1] == 2 else samples[:, [0, 0]]), int(rate)


def step_energies(samples: Float32, rate: int) -> Float64:
    """Return (steps,) mean squares of K-weighted sound in steps of 100 ms, both channels added."""
    from scipy.signal import lfilter

    if rate != _RATE:
        import soxr

        samples = soxr.resample(samples, rate, _RATE, "HQ")
    steps = samples.shape[0] // _STEP
    total = np.zeros(steps)
    for channel in range(samples.shape[1]):
        weighted = lfilter(*_HIGH_PASS, lfilter(*_SHELF, samples[:, channel].astype(np.float64)))
        total += np.square(weighted[: steps * _STEP]).reshape(steps, _STEP).mean(axis=1)
    return total


def loudness(energies: Float64) -> float:
    """Return the integrated loudness of `step_energies`, LUFS; −inf where all is gated away."""
    if energies.size < 4:
        return SILENT
    blocks = np.convolve(energies, np.full(4, 0.25), mode="valid")
    blocks = blocks[_lufs(blocks) > -70.0]
    if not blocks.size:
        return SILENT
    blocks = blocks[_lufs(blocks) > float(_lufs(blocks.mean())) - 10.0]
    return float(_lufs(blocks.mean()))


def part_loudnesses(energies: Float64, spans: Sequence[tuple[float, float]]) -> Float64:
    """Return the integrated loudness of spans in seconds, LUFS each."""
    return np.array([loudness(energies[round(10 * low) : round(10 * high)]) for low, high in spans])


def true_peak(samples: Float32) -> float:
    """Return the largest magnitude between samples too, dBTP; −inf for silence."""
    from scipy.fft import irfft, rfft

    padded = np.pad(samples, ((_MARGIN, _MARGIN), (0, 0)))
    largest = float(np.abs(samples).max(initial=0.0))
    body = _BLOCK - 2 * _MARGIN
    for first in range(0, samples.shape[0], body):
        block = padded[first : first + _BLOCK]
        for channel in range(block.shape[1]):
            frames = block.shape[0]
            fine = irfft(rfft(block[:, channel]), n=_OVERSAMPLED * frames) * _OVERSAMPLED
            inner = fine[_OVERSAMPLED * _MARGIN : _OVERSAMPLED * (frames - _MARGIN)]
            largest = max(largest, float(np.abs(inner).max(initial=0.0)))
    return 20.0 * math.log10(largest) if largest > 0.0 else SILENT


def clipped(samples: Float32) -> int:
    """Return how many samples are at full scale or beyond."""
    return int((np.abs(samples) >= 1.0).sum())


def longest_silence(
    samples: Float32, rate: int, without: Sequence[tuple[float, float]] = ()
) -> float:
    """Return the longest stretch below −60 dBFS, seconds, in steps of 10 ms.

    Parameters
    ----------
    samples
        (n, 2).
    rate
        Hz.
    without
        Spans, in seconds, that are not looked at.
    """
    step = rate // 100
    rows = samples[: samples.shape[0] // step * step].reshape(-1, step * samples.shape[1])
    quiet = np.sqrt(np.square(rows, dtype=np.float64).mean(axis=1)) < _QUIET
    for low, high in without:
        quiet[max(0, math.floor(100 * low)) : math.ceil(100 * high)] = False
    edges = np.flatnonzero(np.diff(np.concatenate([[0], quiet.astype(np.int8), [0]])))
    runs = edges[1::2] - edges[::2]
    return float(runs.max(initial=0)) * step / rate


def _lufs(energy: Float64 | float) -> Float64:
    with np.errstate(divide="ignore"):
        found: Float64 = -0.691 + 10.0 * np.log10(np.asarray(energy, dtype=np.float64))
    return found

"""The master bus: loudness, gentle compression, warmth, and a limiter that looks ahead."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from standin.music.loudness import integrated_loudness, true_peak
from standin.music.mixing import apply_block_gain
from standin.music.synthesis.oscillators import RATE, Samples

CEILING = 10 ** (-0.8 / 20)
"""True peak that no track exceeds: -0.8 dBTP."""

_GLUE_BLOCK = 512
_LIMIT_BLOCK = 32


def master(mix: Samples, loudness: float, squeeze: float) -> Samples:
    """Return a mix at a loudness, compressed, warmed and limited; works in place.

    Parameters
    ----------
    mix
        Of shape (2, n).
    loudness
        Integrated loudness aimed at, LUFS; limiting may leave it a little lower.
    squeeze
        Depth of compression, 0 to 1.
    """
    mix -= mix.mean(axis=1, keepdims=True)
    mix *= np.float32(10 ** ((loudness - integrated_loudness(mix, every=3)) / 20))
    if squeeze > 0.0:
        _glue(mix, loudness, squeeze)
        mix *= np.float32(10 ** ((loudness - integrated_loudness(mix, every=3)) / 20))
    _warm(mix)
    _limit(mix)
    peak = true_peak(mix)
    if peak > CEILING:
        mix *= np.float32(CEILING / peak)
    return mix


def _glue(mix: Samples, loudness: float, squeeze: float) -> None:
    """Compress slowly above the track's own loudness: attack 30 ms, release about 300 ms."""
    level = 10 * np.log10(_block_power(mix, _GLUE_BLOCK) + 1e-9)
    threshold = loudness - 1.0
    over = np.maximum(level - threshold, 0.0)
    # A soft knee: half the ratio in the first 3 dB.
    reduction = -(0.75 * squeeze) * np.where(over < 3.0, over**2 / 6.0, over - 1.5)
    block = _GLUE_BLOCK / RATE
    gain = _smoothed(reduction, 40.0 * block / 0.3 * 0.1, 40.0 * block / 0.03 * 0.1)
    edges = np.concatenate([gain[:1], 0.5 * (gain[1:] + gain[:-1]), gain[-1:]])
    apply_block_gain(mix, (10 ** (edges / 20)).astype(np.float32), _GLUE_BLOCK)


def _block_power(mix: Samples, block: int) -> NDArray[np.float64]:
    count = -(-mix.shape[1] // block)
    power = np.zeros(count)
    whole = mix.shape[1] // block
    for channel in mix:
        framed = channel[: whole * block].reshape(whole, block)
        power[:whole] += np.einsum("ij,ij->i", framed, framed) / block
    if whole < count:
        power[whole:] = power[whole - 1] if whole else 0.0
    return power


def _smoothed(gain: NDArray[np.float64], rise: float, fall: float) -> NDArray[np.float64]:
    """Let a gain in dB rise and fall by no more than so many dB a block, never above itself."""
    index = np.arange(gain.size)
    released = np.minimum.accumulate(gain - rise * index) + rise * index
    backwards = released[::-1]
    attacked = np.minimum.accumulate(backwards - fall * index) + fall * index
    return np.asarray(attacked[::-1])


def _warm(mix: Samples) -> None:
    """Bend the loudest moments softly: linear to 0.6, then towards 1.4, odd harmonics only."""
    knee, room = np.float32(0.6), np.float32(0.8)
    for channel in mix:
        for first in range(0, channel.size, 1 << 16):
            part = channel[first : first + (1 << 16)]
            size = np.abs(part)
            loud = size > knee
            if loud.any():
                over = size[loud]
                part[loud] = np.sign(part[loud]) * (knee + room * np.tanh((over - knee) / room))


def _limit(mix: Samples) -> None:
    """Keep every sample under the ceiling: 2 ms of look-ahead, about 120 ms of release."""
    block = _LIMIT_BLOCK
    count = -(-mix.shape[1] // block)
    whole = mix.shape[1] // block
    peaks = np.zeros(count)
    for channel in mix:
        framed = channel[: whole * block].reshape(whole, block)
        loud = np.maximum(framed.max(axis=1), -framed.min(axis=1))
        np.maximum(peaks[:whole], loud, out=peaks[:whole])
        if whole < count:
            peaks[-1] = max(peaks[-1], float(np.abs(channel[whole * block :]).max()))
    ceiling = CEILING * 10 ** (-0.35 / 20)
    need = 20 * np.log10(np.minimum(1.0, ceiling / np.maximum(peaks, 1e-6)))
    gain = _smoothed(need, 12.0 * block / RATE / 0.12, 12.0 * block / RATE / 0.002)
    edges = np.minimum(np.append(gain, gain[-1]), np.insert(gain, 0, gain[0]))
    apply_block_gain(mix, (10 ** (edges / 20)).astype(np.float32), block)

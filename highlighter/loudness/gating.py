"""Gates: which parts of a sound count for its loudness, and for its range."""

from __future__ import annotations

import numpy as np

from highlighter.loudness.arrays import Float64
from highlighter.loudness.scale import SILENCE, from_lufs, to_lufs

ABSOLUTE_GATE = -70.0  # LUFS
_RELATIVE_GATE = -10.0  # LU
_RANGE_GATE = -20.0  # LU, EBU Tech 3342
HOPS_PER_BLOCK = 4  # 400 ms
HOPS_PER_SHORT_TERM = 30  # 3 s


def gated(powers: Float64) -> float:
    """Return the loudness, in LUFS, of the mean squares of 400 ms blocks that pass both gates."""
    loudness = to_lufs(powers)
    heard = powers[loudness > ABSOLUTE_GATE]
    if not heard.size:
        return SILENCE
    gate = to_lufs(np.array([heard.mean()]))[0] + _RELATIVE_GATE
    # The absolute gate holds beside the relative one.
    kept = powers[loudness > max(float(gate), ABSOLUTE_GATE)]
    return float(to_lufs(np.array([kept.mean()]))[0])


def range_of(short_term: Float64) -> float:
    """Return the loudness range of EBU Tech 3342, in LU, of short-term loudness ten times a second.

    0 where there is none, and for silence.
    """
    loudness = short_term[short_term > ABSOLUTE_GATE]
    if not loudness.size:
        return 0.0
    mean = float(to_lufs(np.array([from_lufs(loudness).mean()]))[0])
    low, high = np.percentile(loudness[loudness > mean + _RANGE_GATE], [10.0, 95.0])
    return float(high - low)


def integrated_of_hops(hops: Float64) -> float:
    """Return the gated loudness, in LUFS, of neighbouring values of `LoudnessMeter.hops`.

    `SILENCE` where nothing passes the gates; less than 400 ms are measured as a whole.
    """
    if 0 < hops.size < HOPS_PER_BLOCK:
        whole = float(to_lufs(np.array([from_lufs(hops).mean()]))[0])
        return whole if whole > ABSOLUTE_GATE else SILENCE
    powers = _means(from_lufs(hops), HOPS_PER_BLOCK)
    return gated(powers) if powers.size else SILENCE


def short_term_of_hops(hops: Float64) -> Float64:
    """Return the loudness of each 3 s among neighbouring values of `LoudnessMeter.hops`, LUFS."""
    return to_lufs(_means(from_lufs(hops), HOPS_PER_SHORT_TERM))


def _means(values: Float64, width: int) -> Float64:
    if values.size < width:
        return np.zeros(0)
    total = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray(np.maximum(total[width:] - total[:-width], 0.0) / width, dtype=np.float64)

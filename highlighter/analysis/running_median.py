"""Exact running medians over 31 values, by sorting networks that neighbouring windows share.

A heap or a histogram per window does not fit into whole-array operations; sorted runs do. From
neighbours, sorted pairs are made, from pairs fours, eights and sixteens (K. E. Batcher, *Sorting
networks and their applications*, AFIPS 1968), each once for all windows that hold it. The middle
of a window is then read from two runs of sixteen: 143 minima and maxima per value, however long
the signal, where sorting each window anew would take about 400.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

UInt16 = NDArray[np.uint16]

WINDOW = 31
"""Values in a window."""


def running_median(values: UInt16) -> UInt16:
    """Return (n − 31,): the medians of values[i : i + 31], for (n,) whole numbers."""
    return medians_of_pairs(values[:-1], values[1:], 2)


def medians_of_pairs(first: UInt16, second: UInt16, apart: int) -> UInt16:
    """Return the medians of windows that are given as pairs of neighbours.

    Parameters
    ----------
    first, second
        (n,) each: two neighbouring values of the signal, for every place a window may begin at.
    apart
        From a pair to that of the next two values: 2 for windows that begin at every value, 1 for
        those at every second.

    Returns
    -------
    numpy.ndarray
        (n − 15 · apart,): the median of first[i], second[i], first[i + apart], …, second[i + 14 ·
        apart] and first[i + 15 · apart], 31 values.
    """
    runs = [np.minimum(first, second), np.maximum(first, second)]
    for pairs in (1, 2, 4):
        count = runs[0].size - pairs * apart
        runs = _merged([run[:count] for run in runs], [run[pairs * apart :] for run in runs])
    reach = 8 * apart
    count = first.size - 15 * apart
    # The smaller of two sorted runs, one turned round, are the 16 smallest of the 32 values.
    lower = np.zeros(count, dtype=np.uint16)
    upper = np.full(count, np.iinfo(np.uint16).max, dtype=np.uint16)
    spare = np.empty(count, dtype=np.uint16)
    for run, other in zip(runs, reversed(runs), strict=True):
        left, right = run[:count], other[reach : reach + count]
        np.maximum(lower, np.minimum(left, right, out=spare), out=lower)
        np.minimum(upper, np.maximum(left, right, out=spare), out=upper)
    # The 32nd does not belong: without it the middle is `upper` if it lies below, else `lower`.
    np.minimum(second[15 * apart :], upper, out=spare)
    np.maximum(spare, lower, out=spare)
    lower += upper  # may wrap round; the subtraction wraps back
    lower -= spare
    return lower


def _merged(left: list[UInt16], right: list[UInt16]) -> list[UInt16]:
    """Return one sorted run of two of equal length, by Batcher's odd-even merge."""
    if len(left) == 1:
        return [np.minimum(left[0], right[0]), np.maximum(left[0], right[0])]
    even = _merged(left[0::2], right[0::2])
    odd = _merged(left[1::2], right[1::2])
    run = [even[0]]
    for low, high in zip(odd[:-1], even[1:], strict=True):
        # Every array costs room in the cache: the larger values take that of those they replace.
        run.append(np.minimum(low, high))
        run.append(np.maximum(low, high, out=high))
    run.append(odd[-1])
    return run

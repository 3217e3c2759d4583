"""Stored numbers as they were written: 0.734, not the 0.7339999… that its 32 bits hold."""

from __future__ import annotations

from typing import Any

import numpy as np

_POWERS = np.array([float(10**digits) for digits in range(23)])
"""Those powers of ten that a double holds exactly, so that dividing by one rounds only once."""

_DIGITS = 6
"""So many digits every 32-bit float tells apart, and as many of any decimal survive in one."""

_WHOLE = 1e6

Floats = np.ndarray[Any, np.dtype[np.float32]]
Doubles = np.ndarray[Any, np.dtype[np.float64]]


def short_decimals(values: Floats) -> Doubles:
    """Return for each number the shortest decimal that rounds to it, as ``str`` prints it.

    Nearly all numbers in tables have six digits or fewer: these are found all at once.

    Parameters
    ----------
    values
        Any shape; NaN stays.
    """
    wide = values.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        digits = _DIGITS - 1 - np.floor(np.log10(np.abs(wide)))
        powers = _POWERS[np.nan_to_num(digits).clip(0, len(_POWERS) - 1).astype(np.intp)]
        decimals: Doubles = np.rint(wide * powers) / powers
        short = (decimals.astype(np.float32) == values) & (np.abs(wide) < _WHOLE)
    for at in np.flatnonzero(~(short | np.isnan(wide))).tolist():
        decimals.flat[at] = float(str(values.flat[at]))
    return decimals

"""Change a fragment's tempo without its pitch, and keep every moment where the plan has it.

Signalsmith Stretch (G. Luff; through python-stretch, both MIT) moves clicks by less than a
millisecond and leaves them sharp, which is why it is used and not a plain phase vocoder. It takes
its own latency off what is handed over at once: a moment `t` of the input is heard at ``t / rate``
of the output.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

MARGIN = 0.25
"""Seconds that are stretched before and after what is wanted: its ends are not to be heard."""

_SEED = 1


@lru_cache(maxsize=1)
def _library() -> Any | None:
    try:
        return import_module("python_stretch")
    except ImportError:  # there are platforms it is not built for
        return None


def can_stretch() -> bool:
    """Return whether the library that changes the tempo is installed here."""
    return _library() is not None


def stretched(samples: Float32, rate: float, sample_rate: int) -> Float32:
    """Return (n, 2) `samples` played `rate` times as fast, at their own pitch.

    Parameters
    ----------
    samples
        (n, 2) float32.
    rate
        Seconds of the input per second of the output; > 1 is faster.
    sample_rate
        Hz.

    Returns
    -------
    (round(n / rate), 2) float32, the same for the same input, always.

    Raises
    ------
    RuntimeError
        `can_stretch` is False.
    """
    library = _library()
    if library is None:
        raise RuntimeError("python-stretch is not installed: plan without stretching")
    stretcher = library.Signalsmith.Stretch(_SEED)
    stretcher.preset(2, float(sample_rate))
    stretcher.setTimeFactor(rate)
    found = np.asarray(stretcher.process(np.ascontiguousarray(samples.T)), dtype=np.float32).T
    frames = round(samples.shape[0] / rate)
    if found.shape[0] < frames:
        found = np.pad(found, ((0, frames - found.shape[0]), (0, 0)))
    return np.ascontiguousarray(found[:frames])

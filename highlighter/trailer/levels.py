"""Level a fragment by its sound: what the limiter will take off it is made up for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from highlighter.loudness import SILENCE, LoudnessMeter, integrated_loudness, true_peak
from highlighter.trailer.gains import SURE_BOOST, gain_for
from highlighter.trailer.limiter import Limiter

Float32 = NDArray[np.float32]

MOST_MAKE_UP = 1.5
"""dB by which a fragment is raised for what the limiter takes off it."""


def gain_of(
    played: Float32, sample_rate: int, ceiling: float, most_boost: float = SURE_BOOST
) -> float | None:
    """Return the gain in dB of a fragment, None for silence.

    Parameters
    ----------
    played
        (n, 2), from where its chapter starts to where it ends.
    sample_rate
        Hz.
    ceiling
        dBTP, of the limiter that all will go through.
    most_boost
        dB by which it may be raised, what is made up for aside.
    """
    loudness = integrated_loudness(played, sample_rate)
    if loudness == SILENCE:
        return None
    peak = true_peak(played, sample_rate)
    gain = gain_for(loudness, peak, most_boost)
    if peak + gain <= ceiling:
        return gain
    limiter = Limiter(sample_rate, ceiling)
    meter = LoudnessMeter(sample_rate, 2)
    meter.push(limiter.push(played * np.float32(10.0 ** (gain / 20.0))))
    meter.push(limiter.flush())
    taken = loudness + gain - meter.integrated()
    # Once more, and a little more would be taken: the whole is measured in the end anyway.
    return gain + min(max(0.0, taken), MOST_MAKE_UP)

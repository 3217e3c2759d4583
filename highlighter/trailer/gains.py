"""How much louder or quieter each fragment is made, and what that leaves to the whole."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

TARGET_LUFS = -14.0
SURE_BOOST = 12.0
"""dB by which any fragment may be raised, whatever the whole will still need."""

MOST_MASTER_BOOST = 3.0
"""dB by which the whole may be raised on top."""

MOST_BOOST = SURE_BOOST + MOST_MASTER_BOOST - 0.5
"""dB by which a fragment may be raised where the whole needs nothing; one that would need more
stays quieter, rather than its noise being heard. Half a dB is left for what an encoder takes."""

MOST_LIMITING = 8.0
"""dB that the limiter may take off a fragment's peaks; a boost that needs more is cut back."""

PEAK_CEILING = -1.5
"""dBTP at which the limiter starts to work, for that reckoning."""

_GATE = -70.0  # LUFS, the absolute gate of BS.1770
_BOUND_STEP = 0.1  # dB


@dataclass(frozen=True, slots=True)
class Played:
    """How loud a fragment is in its file.

    Parameters
    ----------
    seconds
        That it plays.
    loudness
        LUFS.
    peak
        dBTP.
    """

    seconds: float
    loudness: float
    peak: float


def gain_for(loudness: float, peak: float, most_boost: float = SURE_BOOST) -> float:
    """Return the gain in dB for a fragment of `loudness` LUFS that peaks at `peak` dBTP.

    Parameters
    ----------
    loudness, peak
        LUFS and dBTP.
    most_boost
        dB by which it may be raised; see `boost_bound`.
    """
    wanted = TARGET_LUFS - loudness
    room = PEAK_CEILING + MOST_LIMITING - peak
    return wanted if wanted <= 0.0 else min(wanted, most_boost, max(0.0, room))


def boost_bound(fragments: Sequence[Played]) -> float:
    """Return the dB, `SURE_BOOST` to `MOST_BOOST`, by which fragments of one trailer may be raised.

    What is heard is raised twice: as a fragment and with the whole, which makes up for fragments
    that stay too quiet. Both together are bounded by 15 dB. Where most fragments come out as loud
    as they should, the whole needs little of its share, and the quiet ones get it: they would
    otherwise stand below their neighbours. Where all are quiet, the whole uses all of it.
    """
    steps = round((MOST_BOOST - SURE_BOOST) / _BOUND_STEP)
    for step in range(steps, 0, -1):
        bound = round(SURE_BOOST + step * _BOUND_STEP, 2)
        levels = [
            (one.seconds, one.loudness + gain_for(one.loudness, one.peak, bound))
            for one in fragments
        ]
        if bound + max(0.0, TARGET_LUFS - mean_loudness(levels)) <= MOST_BOOST:
            return bound
    return SURE_BOOST


def mean_loudness(fragments: Sequence[tuple[float, float]]) -> float:
    """Return the LUFS of fragments in a row, gated as ITU-R BS.1770-4 does; −inf for silence.

    Parameters
    ----------
    fragments
        Seconds and LUFS of each.
    """
    heard = [(seconds, 10.0 ** (lufs / 10.0)) for seconds, lufs in fragments if lufs > _GATE]
    mean = 0.0
    for _ in range(2):
        length = sum(seconds for seconds, _ in heard)
        if not length:
            return -math.inf
        mean = sum(seconds * power for seconds, power in heard) / length
        # What is 10 LU below the rest does not count.
        heard = [one for one in heard if one[1] >= mean / 10.0]
    return 10.0 * math.log10(mean)

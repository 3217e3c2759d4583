"""How much louder or quieter each fragment is made."""

from __future__ import annotations

TARGET_LUFS = -14.0
MOST_BOOST = 12.0
"""dB; a fragment that would need more stays quieter, rather than its noise being heard."""

MOST_LIMITING = 8.0
"""dB that the limiter may take off a fragment's peaks; a boost that needs more is cut back."""

PEAK_CEILING = -1.5
"""dBTP at which the limiter starts to work, for that reckoning."""


def gain_for(loudness: float, peak: float) -> float:
    """Return the gain in dB for a fragment of `loudness` LUFS that peaks at `peak` dBTP."""
    wanted = TARGET_LUFS - loudness
    room = PEAK_CEILING + MOST_LIMITING - peak
    return wanted if wanted <= 0.0 else min(wanted, MOST_BOOST, max(0.0, room))

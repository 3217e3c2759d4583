"""The self-similarity matrix without any training: what comes back, and what is played with force.

M. Goto, "A chorus section detection method for musical audio signals", IEEE TASLP 2006, in the
plainest form that holds its own: passages of four bars are compared with all others, those that
return often are weighed equally with those that are loud. It learns nothing, so it is what training
has to beat. The curve is the one that the strategy `repetition` looks at.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from highlighter.analysis.hearing import Sound
from highlighter.highlight.curve import interest
from highlighter.highlight.model import Curve

Float32 = NDArray[np.float32]


def curve(chroma: Float32, bands: Float32, duration: float) -> Curve:
    """Return the curve of interest, about 2.7 values per second.

    Parameters
    ----------
    chroma
        (k, 12) ≥ 0, 5.38 rows per second.
    bands
        (k, 40) mel power, 5.38 rows per second.
    duration
        Seconds.
    """
    found = interest(
        Sound(
            duration=duration,
            sample_rate=0,
            channels=1,
            codec="",
            lost=0.0,
            damaged=0,
            loudness_lufs=None,
            momentary=np.zeros(0),
            onsets=np.zeros(0, dtype=np.float32),
            chroma=np.asarray(chroma, dtype=np.float32),
            bands=np.asarray(bands, dtype=np.float32),
            tuning=0.0,
            tonality=0.0,
            timbre=None,
        )
    )
    return Curve(found.values, found.rate)

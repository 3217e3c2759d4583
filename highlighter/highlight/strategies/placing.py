"""From a curve to a highlight's place, in the way that strategies share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from highlighter.highlight.model import Curve
from highlighter.highlight.strategies.protocol import Heard
from highlighter.highlight.window import PEAK_SHARE, SECTION_SHARE, best_window, settled

Float64 = NDArray[np.float64]


def section(
    heard: Heard, curve: Curve, seconds: float, begins: Float64 | None = None
) -> tuple[float, float, float]:
    """Return start, end and margin (0 to 1) of the window that holds and begins a section.

    Parameters
    ----------
    heard, curve
        The track, and its curve of interest.
    seconds
        Length of the window.
    begins
        (n,) like the curve: what a window is worth for beginning there, beside what is inside.
    """
    return _place(heard, curve, seconds, SECTION_SHARE, True, begins)


def peak(heard: Heard, curve: Curve, seconds: float) -> tuple[float, float, float]:
    """Return start, end and margin (0 to 1) of the window with the most inside."""
    return _place(heard, curve, seconds, PEAK_SHARE, False, None)


def _place(
    heard: Heard,
    curve: Curve,
    seconds: float,
    rise_share: float,
    fading: bool,
    begins: Float64 | None,
) -> tuple[float, float, float]:
    total = heard.sound.duration
    choice = best_window(
        curve.values, curve.rate, seconds, total, rise_share, fading=fading, begins=begins
    )
    start, end = settled(choice.start, seconds, total, heard.phrases)
    return start, end, choice.margin

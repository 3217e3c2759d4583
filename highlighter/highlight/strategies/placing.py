"""From a curve to a highlight's place, in the way that all strategies share."""

from __future__ import annotations

from highlighter.highlight.model import Curve
from highlighter.highlight.strategies.protocol import Heard
from highlighter.highlight.window import Choice, best_window, snapped

_SNAP_NEEDS = 0.35


def place(heard: Heard, curve: Curve, seconds: float, rise_share: float) -> tuple[float, Choice]:
    """Return the start of the best window on a beat where the beat is sure, and the choice."""
    total = heard.sound.duration
    choice = best_window(curve.values, curve.rate, seconds, total, rise_share)
    start, analysis = choice.start, heard.analysis
    if analysis.bpm is not None and analysis.bpm_confidence >= _SNAP_NEEDS:
        start = snapped(start, analysis.beats, total - seconds, min(1.0, 60.0 / analysis.bpm))
    return start, choice

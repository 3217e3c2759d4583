"""What comes back, and is played with force: needs no model, and has no genre in mind."""

from __future__ import annotations

import numpy as np

from highlighter.highlight.model import Curve
from highlighter.highlight.strategies.placing import section
from highlighter.highlight.strategies.protocol import Found, Heard

LEAST_REPEATS = 0.3
"""Strength of repetition from which it decides: noise stays below."""

_CLEARLY_REPEATS = 0.55

_MARGINS = (0.0, 0.3, 0.45, 0.6, 1.0)
_HITS = (0.4, 0.7, 0.87, 0.95, 0.97)
"""How often a window with such a margin was at least half chorus, in 149 songs that have one."""


class Repetition:
    """The passage that comes back most, of which the most forceful time is taken."""

    name = "repetition"

    def find(self, heard: Heard, seconds: float) -> Found | None:
        """See `highlighter.highlight.strategies.protocol.Strategy`."""
        structure = heard.structure
        if structure.repeats < LEAST_REPEATS:
            return None
        curve = Curve(structure.values, structure.rate)
        start, end, margin = section(heard, curve, seconds)
        song = np.interp(structure.repeats, (LEAST_REPEATS, _CLEARLY_REPEATS), (0.5, 1.0))
        return Found(
            curve,
            start,
            end,
            float(song * np.interp(margin, _MARGINS, _HITS)),
            "this passage comes back more often, and is played with more force, than the rest",
        )

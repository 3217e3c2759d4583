"""What comes back, and is played with force: needs no model, and has no genre in mind."""

from __future__ import annotations

import numpy as np

from highlighter.highlight.model import Curve
from highlighter.highlight.strategies.placing import section
from highlighter.highlight.strategies.protocol import Found, Heard

_REPEATS = 0.3
"""Strength of repetition from which it decides."""


class Repetition:
    """The passage that comes back most, of which the most forceful time is taken."""

    name = "repetition"

    def find(self, heard: Heard, seconds: float) -> Found | None:
        """See `highlighter.highlight.strategies.protocol.Strategy`."""
        structure = heard.structure
        if structure.repeats < _REPEATS:
            return None
        curve = Curve(structure.values, structure.rate)
        start, end, margin = section(heard, curve, seconds)
        sure = float(np.clip(0.4 + structure.repeats, 0.0, 0.95))
        return Found(
            curve,
            start,
            end,
            sure * (0.3 + 0.7 * margin),
            "this passage comes back more often, and is played with more force, than the rest",
        )

"""The most forceful passage, where nothing comes back."""

from __future__ import annotations

from highlighter.highlight.model import Curve
from highlighter.highlight.strategies.placing import peak
from highlighter.highlight.strategies.protocol import Found, Heard

LEAST_CONTRAST = 3.0
"""Decibels between loud and quiet passages from which loudness alone decides."""

_SURE = 0.5


class Energy:
    """The loudest passage of a track with loud and quiet ones."""

    name = "energy"

    def find(self, heard: Heard, seconds: float) -> Found | None:
        """See `highlighter.highlight.strategies.protocol.Strategy`."""
        structure = heard.structure
        if structure.contrast < LEAST_CONTRAST:
            return None
        curve = Curve(structure.energy, structure.rate)
        start, end, margin = peak(heard, curve, seconds)
        return Found(
            curve,
            start,
            end,
            _SURE * (0.3 + 0.7 * margin),
            "nothing in the track clearly comes back, and this is its most forceful passage",
        )

"""The passage of ambient and experimental music in which most happens at once."""

from __future__ import annotations

import numpy as np

from highlighter.analysis.hearing import TABLE_RATE
from highlighter.highlight.force import busyness, fullness, scaled, smooth
from highlighter.highlight.model import Curve
from highlighter.highlight.similarity import pooled
from highlighter.highlight.strategies.placing import peak
from highlighter.highlight.strategies.protocol import Found, Heard

_FACTOR = 2
_SMOOTH_SECONDS = 8.0
_LEAST_SPREAD = 0.05
_FULL_SPREAD = 0.6


class Densest:
    """Spectral flux times spectral fullness: many events over much of the spectrum."""

    name = "densest"

    def find(self, heard: Heard, seconds: float) -> Found | None:
        """See `highlighter.highlight.strategies.protocol.Strategy`."""
        sound = heard.sound
        bands = pooled(heard.bands, _FACTOR)
        rate = TABLE_RATE / _FACTOR
        rows = bands.shape[0]
        if rows < 2 or heard.silent:
            return None
        flux = smooth(busyness(sound.onsets, rows, _FACTOR), rate, _SMOOTH_SECONDS)
        dense = flux * smooth(fullness(bands), rate, _SMOOTH_SECONDS)
        high, low = float(np.percentile(dense, 95)), float(np.percentile(dense, 20))
        spread = (high - low) / high if high > 0.0 else 0.0
        if spread < _LEAST_SPREAD:
            return None
        curve = Curve(scaled(dense), rate)
        start, end, margin = peak(heard, curve, seconds)
        return Found(
            curve,
            start,
            end,
            float(np.clip(spread / _FULL_SPREAD, 0.0, 1.0)) * (0.3 + 0.6 * margin),
            "more happens here at once, over more of the spectrum, than elsewhere in the track",
        )

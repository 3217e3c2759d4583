"""The theme of jazz and its likes: stated early, and again at the end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from highlighter.analysis.hearing import TABLE_RATE
from highlighter.highlight.force import relative, scaled, smooth
from highlighter.highlight.model import Curve
from highlighter.highlight.recurrence import covering, usual_between
from highlighter.highlight.similarity import (
    along_diagonals,
    pool_factor,
    pooled,
    similarity,
)
from highlighter.highlight.strategies.placing import peak, section
from highlighter.highlight.strategies.protocol import Found, Heard

Float64 = NDArray[np.float64]

_CONTEXT_SECONDS = 8.0
_SMOOTH_SECONDS = 4.0
_EARLY, _LATE = 0.45, 0.6
"""Shares of the track before which the theme is stated, and after which it is restated."""

_BETWEEN_SHARE = 0.5
_LEAST_GAIN, _SURE_GAIN = 0.25, 0.65
"""Random melodies over the same changes reach 0.3; what is really played again, 0.5 and more."""

_SHORTEST = 45.0
_LEAST_CONTRAST, _CONTRAST_RANGE = 2.0, 15.0
_MOST_BY_FORCE = 0.5
_RATE_AT_LEAST = 1.0


class Theme:
    """The passage stated early and restated at the end, or else the most energetic chorus."""

    name = "theme"

    def find(self, heard: Heard, seconds: float) -> Found | None:
        """See `highlighter.highlight.strategies.protocol.Strategy`."""
        stated = _stated(heard, seconds)
        forceful = _forceful(heard, seconds)
        if stated is None or (forceful is not None and forceful.confidence > stated.confidence):
            return forceful
        return stated


def _stated(heard: Heard, seconds: float) -> Found | None:
    sound = heard.sound
    if sound.duration < max(_SHORTEST, 1.5 * seconds) or heard.silent:
        return None
    factor = pool_factor(sound.chroma.shape[0])
    rate = TABLE_RATE / factor
    chroma, bands = pooled(relative(sound.chroma), factor), pooled(heard.bands, factor)
    rows = chroma.shape[0]
    context = max(2, round(_CONTEXT_SECONDS * rate))
    if rows < 4 * context:
        return None
    passages = along_diagonals(similarity(chroma, bands), context)
    gain, between = _gains(passages, context)
    if gain.size == 0:
        return None
    # Solos go over the theme's harmony: what the middle has as well is worth less.
    evidence = np.maximum(gain - _BETWEEN_SHARE * between, 0.0)
    told = np.zeros(rows)
    early = covering(evidence.astype(np.float32), context, gain.size + context - 1)
    told[: early.size] = early
    told = smooth(told, rate, _SMOOTH_SECONDS)
    factor_up = max(1, int(np.ceil(_RATE_AT_LEAST / rate)))
    curve = Curve(np.repeat(scaled(told), factor_up), rate * factor_up)
    start, end, _ = section(heard, curve, seconds)
    inside = told[int(start * rate) : max(int(start * rate) + 1, int(end * rate))]
    strength = float(inside.mean())
    if strength < _LEAST_GAIN or start > _EARLY * sound.duration:
        return None
    return Found(
        curve,
        start,
        end,
        float(np.clip((strength - _LEAST_GAIN) / (_SURE_GAIN - _LEAST_GAIN), 0.0, 0.95)),
        "this is stated early and comes back at the end, so it is taken for the theme",
    )


def _gains(passages: NDArray[np.float32], context: int) -> tuple[Float64, Float64]:
    """Return how well early passages come back late, and how well in between, each (m,).

    Both are relative to what the track's passages have in common: 0 as usual, 1 the same.
    """
    count = passages.shape[0]
    early, late = int(_EARLY * count), int(_LATE * count)
    if early < 2 or count - late < 2:
        return np.zeros(0), np.zeros(0)
    usual = usual_between(passages, context)
    scale = max(0.05, 1.0 - usual)
    gain = (passages[:early, late:].max(axis=1).astype(np.float64) - usual) / scale
    middle = passages[:early, early + context : late]
    if middle.shape[1] == 0:
        return gain, np.zeros(early)
    return gain, (middle.max(axis=1).astype(np.float64) - usual) / scale


def _forceful(heard: Heard, seconds: float) -> Found | None:
    structure = heard.structure
    if structure.contrast < _LEAST_CONTRAST or structure.energy.size < 2:
        return None
    curve = Curve(structure.energy, structure.rate)
    start, end, margin = peak(heard, curve, seconds)
    told = min(1.0, structure.contrast / _CONTRAST_RANGE) * (0.3 + 0.7 * margin)
    return Found(
        curve,
        start,
        end,
        _MOST_BY_FORCE * told,
        "no theme clearly comes back at the end, and this is the most energetic chorus",
    )

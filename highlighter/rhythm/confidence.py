"""How sure beats and bars are.

A confidence is a product of doubts, each of which alone can forbid a bold mix: that the tempo is a
listener's half or double, that drums and harmony disagree with the network, that beats are uneven,
that hardly anything is heard at them. What fragments of each confidence turned out to be is
measured in `benchmarks/beats.py`, and printed in `docs/beats.md`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from highlighter.rhythm.bar_pointer import Bars

SURE = 0.9
"""From this `FragmentRhythm.confidence` on, at least 95 % of the beats are right in 95 of 100
fragments: a beat-matched join may rely on them."""

_LEAST = 0.02
"""A doubt does not say more than that."""

_AS_MUCH = 0.95
"""From where as much begins between beats as at them; then only a clear network tells which."""

_DRUMMED = 0.6, 0.75
"""A bass drum at three beats of four, and none between, says where beats are, whatever else, such
as open hats, is louder between them: of 222 such fragments 219 had the pulse right, and the others
are uneven."""

_SLIPPED = 0.5
"""Doubt of bars one of which is too short or too long, which is rare in music and common in error:
of 49 songs' fragments with sure beats and bars that seemed so, every one that slipped was wrong."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Signs of right and wrong beats.

    Attributes
    ----------
    strength
        Mean activation at beats, 0 to 1.
    alternation
        0 to 1: how much every second beat differs from the others, as where the tempo is double.
    unevenness, drift
        Spread of the beats around a smooth curve, and of the curve's intervals, in beats.
    agreement, octave_agreement
        F-measure with the beats of the flux alone, and the best of it at half and double tempo.
    tempo_share
        How often people state this tempo, against its half and its double.
    between
        How much begins half-way between beats, against the beats themselves.
    drummed
        Share of the beats at which more begins in the bass than half a beat behind them.
    """

    strength: float
    alternation: float
    unevenness: float
    drift: float
    agreement: float
    octave_agreement: float
    tempo_share: float
    between: float
    drummed: float


def pulse_confidence(evidence: Evidence) -> float:
    """Return 0 to 1: how sure the pulse is, at the tempo found, its half or its double."""
    return round(
        _ramp(_logit(evidence.strength), -2.4, -1.0)
        * _ramp(-evidence.drift, -0.05, -0.015)
        * _ramp(-evidence.unevenness, -0.06, -0.025)
        * max(_seconded(evidence), _ramp(evidence.drummed, *_DRUMMED)),
        4,
    )


def beat_confidence(evidence: Evidence) -> float:
    """Return 0 to 1: how sure the beats are, at the level a listener taps."""
    level = _ramp(evidence.tempo_share, 0.5, 0.9) * _ramp(-evidence.alternation, -0.5, -0.25)
    return round(pulse_confidence(evidence) * level, 4)


def bar_confidence(bars: Bars, beats_sure: float) -> float:
    """Return 0 to 1: how sure the downbeats are.

    Parameters
    ----------
    bars
        What was counted.
    beats_sure
        `beat_confidence` of the beats it was counted from.
    """
    chosen = bars.certainty[bars.positions == 0]
    mean = float(chosen.mean()) if chosen.size else 0.0
    even = 1.0 if bars.slips == 0 else _SLIPPED
    return round(beats_sure * bars.metre_certainty * _ramp(mean, 0.5, 0.95) * even, 4)


def _seconded(evidence: Evidence) -> float:
    """Return the doubt that flux alone has beats elsewhere, or errs as the network does."""
    seconded = _ramp(evidence.octave_agreement, 0.5, 0.95) * _ramp(evidence.agreement, -0.2, 0.3)
    if evidence.between <= _AS_MUCH:
        return seconded
    return seconded * _ramp(evidence.strength, 0.45, 0.65)


def _ramp(value: float, low: float, high: float) -> float:
    return min(1.0, max(_LEAST, (value - low) / (high - low)))


def _logit(value: float) -> float:
    inside = min(0.995, max(0.005, value))
    return math.log(inside / (1.0 - inside))

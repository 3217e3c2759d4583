"""Beats, bars and phrases of a fragment of sound, for joins that land on them."""

from __future__ import annotations

from highlighter.rhythm.confidence import SURE
from highlighter.rhythm.errors import RhythmModelError
from highlighter.rhythm.rhythm import NO_RHYTHM, FragmentRhythm, folded, rhythm_of

__all__ = ["NO_RHYTHM", "SURE", "FragmentRhythm", "RhythmModelError", "folded", "rhythm_of"]

"""What can go wrong while rhythm is looked for."""

from __future__ import annotations

from highlighter.errors import HighlightModelError


class RhythmModelError(HighlightModelError):
    """The file of the beat network is missing, damaged, foreign, or made for other features."""

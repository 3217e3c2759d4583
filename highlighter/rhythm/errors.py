"""What can go wrong while rhythm is looked for."""

from __future__ import annotations

from hooklist_errors import HooklistError


class RhythmModelError(HooklistError):
    """The file of the beat network is missing, damaged, foreign, or made for other features."""

    code = "rhythm.model"

"""What can go wrong with saving beside Spotify itself."""

from __future__ import annotations

from typing import ClassVar

from hooklist_errors import HooklistError


class NothingToSave(HooklistError):
    """No track of the playlist is known at Spotify."""

    code: ClassVar[str] = "save.nothing"


class TooMuchToSave(HooklistError):
    """The playlist is longer than a save may be."""

    code: ClassVar[str] = "save.too_long"


class SaveDiffers(HooklistError):
    """What Spotify shows is not what was written, however often it was written."""

    code: ClassVar[str] = "save.differs"

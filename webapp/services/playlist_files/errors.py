"""What can be wrong with a list that somebody brings."""

from __future__ import annotations

from typing import ClassVar

from hooklist_errors import HooklistError


class ListUnreadable(HooklistError):
    """The file is none of the known kinds, is damaged, or holds something that is not read."""

    code: ClassVar[str] = "list.unreadable"


class ListEmpty(HooklistError):
    """The file was read and names no track."""

    code: ClassVar[str] = "list.empty"


class ListTooLarge(HooklistError):
    """The file is larger than any list of tracks needs to be."""

    code: ClassVar[str] = "list.too_large"


def unreadable(name: str, why: str) -> ListUnreadable:
    """Return the error for a file that cannot be read."""
    return ListUnreadable(
        "The list was not read",
        which=name,
        why=why,
        kept="the seeds in the basket",
        next_step="bring an M3U8, XSPF, JSPF, CSV or JSON list",
    )

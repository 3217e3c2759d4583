"""What the present user is choosing: read once per request, kept with the account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import g

from webapp.routes.access import current_user
from webapp.wiring import services


def draft(name: str) -> Any:
    """Return a value of the user's draft, or None if there is none.

    Raises
    ------
    LoginNeeded
        If nobody is logged in.
    """
    if "draft" not in g:
        g.draft = services().drafts.get(current_user().id)
    return g.draft.get(name)


def change_draft(name: str, change: Callable[[Any], Any]) -> Any:
    """Replace a value by ``change(value)``, with no other request in between; return the new one.

    Raises
    ------
    LoginNeeded
        If nobody is logged in.
    """
    g.draft = services().drafts.change(current_user().id, name, change)
    return g.draft[name]

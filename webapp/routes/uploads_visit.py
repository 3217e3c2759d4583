"""Whose files: those of the browser's session, whether somebody is logged in there or not."""

from __future__ import annotations

from webapp.security.sessions import browser_session
from webapp.services.uploads.taking import Visitor
from webapp.store import new_id
from webapp.store.errors import SessionUnknown
from webapp.wiring import services

SESSION_KEY = "uploads"
"""Under this name a session keeps the id of its box; the id never leaves the server."""


def box_id() -> str | None:
    """Return the id of this browser's box; None if it has brought nothing yet."""
    found = browser_session().get(SESSION_KEY)
    return found if isinstance(found, str) else None


def visitor() -> Visitor:
    """Return who brings something, with a box from now on.

    Raises
    ------
    SessionUnknown
        If this browser has no session: it has not seen the page.
    """
    session = browser_session()
    if session.stored is None:
        raise SessionUnknown("The session has ended", next_step="reload the page")
    if box_id() is None:
        # Two files may come at once, and both belong into one box.
        session.change(SESSION_KEY, lambda kept: kept or new_id())
    return Visitor(str(box_id()), session.stored.handle, session.user_id)


def forget_uploads() -> None:
    """Remove what this browser has brought: its session is about to end."""
    services().uploads.remove_box(box_id())


def carry_uploads(before: str | None) -> None:
    """See to a box after a login.

    Parameters
    ----------
    before
        Its id before the login. The same user's goes along under the new session; a stranger's was
        forgotten with their session, and its files go with it.
    """
    if before is None:
        return
    session = browser_session()
    if box_id() == before and session.stored is not None:
        services().uploads.follow_session(before, session.stored.handle)
    else:
        services().uploads.remove_box(before)

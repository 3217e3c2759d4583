"""How many there are of what: numbers only, for the operator."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import Engine, func, select

from webapp.store.clock import DAY, Clock
from webapp.store.engine import reading
from webapp.store.schema import PLAYLIST, SESSION, TOKEN, USER


@dataclass(frozen=True, slots=True)
class Census:
    """Numbers of one moment.

    Attributes
    ----------
    users, users_today
        All, and those seen within the last 24 hours.
    connected, to_reconnect
        Users with a connection to Spotify, and those of them who have to log in again.
    sessions, sessions_logged_in
        Browsers known, and those in which somebody is logged in.
    playlists
        Made and kept.
    """

    users: int
    users_today: int
    connected: int
    to_reconnect: int
    sessions: int
    sessions_logged_in: int
    playlists: int


def take_census(engine: Engine, clock: Clock = time.time) -> Census:
    """Count, in one reading."""
    now = clock()
    live = (SESSION.c.idle_expires_at > now) & (SESSION.c.expires_at > now)
    count = func.count()
    numbers = {
        "users": select(count).select_from(USER),
        "users_today": select(count).where(USER.c.last_seen > now - DAY),
        "connected": select(count).select_from(TOKEN),
        "to_reconnect": select(count).where(TOKEN.c.needs_reconnect),
        "sessions": select(count).where(live),
        "sessions_logged_in": select(count).where(live, SESSION.c.user_id.is_not(None)),
        "playlists": select(count).select_from(PLAYLIST),
    }
    asked = select(*(query.scalar_subquery().label(name) for name, query in numbers.items()))
    with reading(engine) as connection:
        return Census(**connection.execute(asked).mappings().one())

"""Thumbs: which tracks a user wants more of, and which never again."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Delete, Engine, RowMapping, delete, select, update

from webapp.store.clock import Clock
from webapp.store.engine import once_more, reading, writing
from webapp.store.schema import THUMB
from webapp.store.values import plain_text

MOST_PER_USER = 2_000
"""Beyond so many, a user's oldest one goes."""

_KEYS_PER_QUERY = 500


@dataclass(frozen=True, slots=True)
class Thumb:
    """What a user thinks of a track of the catalogue.

    Attributes
    ----------
    user_id
        Whose.
    track_id
        Of the catalogue's row.
    up
        More like it, else less.
    title, artists
        As the list had them; the catalogue may lose the track.
    created_at, updated_at
        Seconds since the epoch.
    """

    user_id: str
    track_id: str
    up: bool
    title: str
    artists: tuple[str, ...]
    created_at: float
    updated_at: float


class Thumbs:
    """The thumbs.

    Parameters
    ----------
    engine
        From `webapp.store.open_engine`.
    clock
        Seconds since the epoch.
    """

    def __init__(self, engine: Engine, clock: Clock = time.time) -> None:
        self._engine = engine
        self._clock = clock

    def of_tracks(
        self, user_id: str, track_ids: Iterable[str], connection: Connection | None = None
    ) -> dict[str, bool]:
        """Return whether the user's thumb is up, by id of those tracks that have one."""
        ids = list(dict.fromkeys(track_ids))
        if connection is None:
            with reading(self._engine) as own:
                return self._of_tracks(own, user_id, ids)
        return self._of_tracks(connection, user_id, ids)

    def list(self, user_id: str, *, limit: int = 200, offset: int = 0) -> tuple[Thumb, ...]:
        """Return the user's thumbs, the last given first."""
        query = (
            select(THUMB)
            .where(THUMB.c.user_id == user_id)
            .order_by(THUMB.c.updated_at.desc(), THUMB.c.track_id)
            .limit(limit)
            .offset(offset)
        )
        with reading(self._engine) as connection:
            return tuple(_thumb(row) for row in connection.execute(query).mappings())

    def put(
        self,
        user_id: str,
        track_id: str,
        *,
        up: bool,
        title: str = "",
        artists: Sequence[str] = (),
        connection: Connection | None = None,
    ) -> None:
        """Write down what the user thinks of a track, instead of what was written before."""

        def put() -> None:
            with writing(self._engine, connection) as inside:
                now = self._clock()
                mine = (THUMB.c.user_id == user_id) & (THUMB.c.track_id == track_id)
                changed = update(THUMB).where(mine).values(up=up, updated_at=now)
                if inside.execute(changed).rowcount:
                    return
                inside.execute(
                    THUMB.insert().values(
                        user_id=user_id,
                        track_id=track_id,
                        up=up,
                        title=plain_text(title),
                        artists=[plain_text(artist) for artist in artists[:20]],
                        created_at=now,
                        updated_at=now,
                    )
                )
                inside.execute(_oldest(user_id))

        if connection is not None:
            put()
        else:
            once_more(put, which=track_id)

    def delete(self, user_id: str, track_id: str, connection: Connection | None = None) -> bool:
        """Take a thumb back; return whether there was one."""
        gone = delete(THUMB).where(THUMB.c.user_id == user_id, THUMB.c.track_id == track_id)
        with writing(self._engine, connection) as inside:
            return inside.execute(gone).rowcount > 0

    def _of_tracks(
        self, connection: Connection, user_id: str, ids: Sequence[str]
    ) -> dict[str, bool]:
        found: dict[str, bool] = {}
        for start in range(0, len(ids), _KEYS_PER_QUERY):
            query = select(THUMB.c.track_id, THUMB.c.up).where(
                THUMB.c.user_id == user_id,
                THUMB.c.track_id.in_(ids[start : start + _KEYS_PER_QUERY]),
            )
            found.update((row.track_id, bool(row.up)) for row in connection.execute(query))
        return found


def _oldest(user_id: str) -> Delete:
    beyond = (
        select(THUMB.c.track_id)
        .where(THUMB.c.user_id == user_id)
        .order_by(THUMB.c.updated_at.desc(), THUMB.c.track_id)
        .offset(MOST_PER_USER)
        .limit(100)
    )
    return delete(THUMB).where(THUMB.c.user_id == user_id, THUMB.c.track_id.in_(beyond))


def _thumb(row: RowMapping) -> Thumb:
    return Thumb(**{**row, "artists": tuple(row["artists"])})

"""Playlists that were deleted and can still be had back, what shelves hold, and their titles."""

from __future__ import annotations

import time
from collections.abc import Mapping

from sqlalchemy import Connection, Engine, delete, func, select, update

from webapp.store.clock import Clock
from webapp.store.engine import reading, writing
from webapp.store.errors import PlaylistUnknown
from webapp.store.playlists import Playlist, Shelf, on_shelf
from webapp.store.schema import PLAYLIST, SHARED_LINK
from webapp.store.values import plain_text

DAY = 86_400.0
DAYS_KEPT = 30
"""A playlist in the bin goes for good after so many days."""


class PlaylistBin:
    """The bin of each user.

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

    def counts(self, user_id: str) -> Mapping[Shelf, int]:
        """Return how many playlists stand on each shelf of the user's."""
        shelves: tuple[Shelf, ...] = ("all", "drafts", "saved", "bin")
        with reading(self._engine) as connection:
            return {
                shelf: connection.execute(
                    select(func.count()).select_from(PLAYLIST).where(on_shelf(user_id, shelf))
                ).scalar_one()
                for shelf in shelves
            }

    def put(self, playlist_id: str, user_id: str) -> None:
        """Put a playlist into the bin. The link it was shared by is gone for good.

        Raises
        ------
        PlaylistUnknown
            If there is none that is not in it already, or it is another user's.
        """
        with writing(self._engine) as connection:
            self._mark(playlist_id, user_id, connection, deleted_at=self._clock())
            connection.execute(delete(SHARED_LINK).where(SHARED_LINK.c.playlist_id == playlist_id))

    def restore(self, playlist_id: str, user_id: str) -> None:
        """Take a playlist out of the bin again; one that is not in it stays where it is.

        Raises
        ------
        PlaylistUnknown
            If there is none, or it is another user's.
        """
        with writing(self._engine) as connection:
            self._mark(playlist_id, user_id, connection, deleted_at=None)

    def rename(self, playlist_id: str, user_id: str, title: str) -> None:
        """Give a playlist another title; its version stays, since its tracks do.

        Raises
        ------
        PlaylistUnknown
            If there is none, or it is another user's.
        """
        changed = (
            update(PLAYLIST)
            .where(PLAYLIST.c.id == playlist_id, on_shelf(user_id))
            .values(title=plain_text(title), updated_at=self._clock())
            .returning(PLAYLIST.c.id)
        )
        with writing(self._engine) as connection:
            if connection.execute(changed).first() is None:
                raise _unknown(playlist_id)

    def either(self, playlist_id: str, user_id: str) -> Playlist:
        """Return a user's playlist, whether it is in the bin or not: to be looked at, no more.

        Raises
        ------
        PlaylistUnknown
            If there is none, or it is another user's.
        """
        mine = (PLAYLIST.c.id == playlist_id) & (PLAYLIST.c.user_id == user_id)
        with reading(self._engine) as connection:
            row = connection.execute(select(PLAYLIST).where(mine)).mappings().first()
        if row is None:
            raise _unknown(playlist_id)
        return Playlist(**row)

    def contents(self, user_id: str, limit: int = 100) -> tuple[str, ...]:
        """Return the ids of what is in a user's bin."""
        query = select(PLAYLIST.c.id).where(on_shelf(user_id, "bin")).limit(limit)
        with reading(self._engine) as connection:
            return tuple(connection.execute(query).scalars())

    def outdated(self, limit: int = 100) -> tuple[tuple[str, str], ...]:
        """Return (playlist, user) of what was in a bin for longer than it is kept."""
        query = (
            select(PLAYLIST.c.id, PLAYLIST.c.user_id)
            .where(PLAYLIST.c.deleted_at < self._clock() - DAYS_KEPT * DAY)
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return tuple((row.id, row.user_id) for row in connection.execute(query))

    def _mark(
        self, playlist_id: str, user_id: str, connection: Connection, *, deleted_at: float | None
    ) -> None:
        mine = (PLAYLIST.c.id == playlist_id) & (PLAYLIST.c.user_id == user_id)
        if deleted_at is not None:
            mine = mine & PLAYLIST.c.deleted_at.is_(None)
        changed = update(PLAYLIST).where(mine).values(deleted_at=deleted_at)
        if connection.execute(changed.returning(PLAYLIST.c.id)).first() is None:
            raise _unknown(playlist_id)


def _unknown(playlist_id: str) -> PlaylistUnknown:
    return PlaylistUnknown(
        "There is no such playlist", which=playlist_id, next_step="look in your history"
    )

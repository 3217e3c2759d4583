"""What a playlist was before each change, so that the change can be undone."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, bindparam, delete, func, select

from webapp.store.clock import Clock
from webapp.store.engine import reading, writing
from webapp.store.playlists import Playlist
from webapp.store.schema import PLAYLIST, PLAYLIST_STEP

MOST_STEPS = 20
"""So many changes of one playlist can be undone."""


# Asked with almost each request: putting a statement together takes longer than asking it.
_LAST = (
    select(PLAYLIST_STEP)
    .join(PLAYLIST, PLAYLIST.c.id == PLAYLIST_STEP.c.playlist_id)
    .where(
        PLAYLIST_STEP.c.playlist_id == bindparam("playlist"),
        PLAYLIST.c.user_id == bindparam("user"),
    )
    .order_by(PLAYLIST_STEP.c.number.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class PlaylistStep:
    """A change, and what the playlist was before it.

    Attributes
    ----------
    playlist_id
        32 hex digits.
    number
        Rises with each change of the playlist.
    what
        Plain data that tells what was done.
    tracks, options, notes
        Of the playlist before that.
    created_at
        Seconds since the epoch.
    """

    playlist_id: str
    number: int
    what: dict[str, Any]
    tracks: list[dict[str, Any]]
    options: dict[str, Any]
    notes: list[Any]
    created_at: float


class PlaylistSteps:
    """The changes that can be undone, at most `MOST_STEPS` of each playlist.

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

    def add(
        self, before: Playlist, what: Mapping[str, Any], connection: Connection
    ) -> PlaylistStep:
        """Keep a playlist as it was before a change, and forget the oldest step beyond the last 20.

        Parameters
        ----------
        before
            As it was read under `connection`, which holds its row (`Playlists.lock`).
        what
            Plain data that tells what is done.
        connection
            The open transaction in which it is done.
        """
        of_playlist = PLAYLIST_STEP.c.playlist_id == before.id
        last = connection.execute(select(func.max(PLAYLIST_STEP.c.number)).where(of_playlist))
        step = PlaylistStep(
            playlist_id=before.id,
            number=(last.scalar() or 0) + 1,
            what=dict(what),
            tracks=before.tracks,
            options=before.options,
            notes=before.notes,
            created_at=self._clock(),
        )
        values = {name: getattr(step, name) for name in PlaylistStep.__slots__}
        connection.execute(PLAYLIST_STEP.insert().values(values))
        old = PLAYLIST_STEP.c.number <= step.number - MOST_STEPS
        connection.execute(delete(PLAYLIST_STEP).where(of_playlist & old))
        return step

    def last(
        self, playlist_id: str, user_id: str, connection: Connection | None = None
    ) -> PlaylistStep | None:
        """Return the user's last change of a playlist, or None if nothing can be undone."""
        named = {"playlist": playlist_id, "user": user_id}
        if connection is not None:
            row = connection.execute(_LAST, named).mappings().first()
        else:
            with reading(self._engine) as own:
                row = own.execute(_LAST, named).mappings().first()
        return None if row is None else _step(row)

    def forget(self, step: PlaylistStep, connection: Connection | None = None) -> bool:
        """Remove a step that is undone; False if it was gone already."""
        gone = delete(PLAYLIST_STEP).where(
            PLAYLIST_STEP.c.playlist_id == step.playlist_id, PLAYLIST_STEP.c.number == step.number
        )
        with writing(self._engine, connection) as inside:
            return inside.execute(gone).rowcount > 0


def _step(row: RowMapping) -> PlaylistStep:
    return PlaylistStep(**row)

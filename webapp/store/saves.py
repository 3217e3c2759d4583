"""Saves: how far a playlist has got on its way into a Spotify account, to be resumed there."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from sqlalchemy import Connection, Engine, RowMapping, bindparam, select, update

from webapp.store.clock import Clock
from webapp.store.engine import once_more, reading, writing
from webapp.store.errors import PlaylistUnknown, SaveUnknown
from webapp.store.schema import PLAYLIST, SAVE
from webapp.store.values import new_id, plain_text

SaveState: TypeAlias = Literal["pending", "writing", "parked", "done", "failed"]


class _Unset:
    """Tells an argument that was left out from None."""


_UNSET = _Unset()


# Asked with almost each request: putting a statement together takes longer than asking it.
_OF_PLAYLIST = select(SAVE).where(
    SAVE.c.playlist_id == bindparam("playlist"), SAVE.c.user_id == bindparam("user")
)


@dataclass(frozen=True, slots=True)
class Save:
    """A save.

    Attributes
    ----------
    id, user_id, playlist_id
        32 hex digits each; one save per user and playlist.
    name, description, public
        As the playlist is to be called in Spotify; the marker is not in `description`.
    uris
        The tracks to write, in order.
    marker
        Ten hex digits, unique: put into the description, they find a playlist that was created
        although the answer was lost.
    spotify_playlist_id, spotify_url, snapshot
        What Spotify has told so far.
    state
        ``pending``, ``writing``, ``parked`` (waits for a moment or for a login), ``done``,
        ``failed``.
    written
        Tracks known to be in Spotify.
    error_code
        Why it is parked or failed.
    parked_until
        Seconds since the epoch; None if it waits for something else than time.
    created_at, updated_at
        Seconds since the epoch.
    cover
        Whether Hooklist's cover is wanted there.
    cover_digest
        SHA-256 of the picture that was put there, as hex; None if there is none of ours.
    cover_error
        Why the last try to put it there came to nothing.
    """

    id: str
    user_id: str
    playlist_id: str
    name: str
    description: str
    public: bool
    uris: tuple[str, ...]
    marker: str
    spotify_playlist_id: str | None
    spotify_url: str | None
    snapshot: str | None
    state: SaveState
    written: int
    error_code: str | None
    parked_until: float | None
    created_at: float
    updated_at: float
    cover: bool = False
    cover_digest: str | None = None
    cover_error: str | None = None


class Saves:
    """The saves.

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

    def start(
        self,
        user_id: str,
        playlist_id: str,
        *,
        name: str,
        public: bool,
        uris: Sequence[str],
        description: str = "",
        cover: bool | None = None,
        connection: Connection | None = None,
    ) -> Save:
        """Return the save of this playlist, made on the first call; a double click makes one.

        A save that exists takes over name, description, publicity and tracks; if any of them
        differs, it is pending again and keeps its Spotify playlist, which will be rewritten. So it
        is after a failure.

        Raises
        ------
        PlaylistUnknown
            If there is no such playlist, or it is another user's.
        """
        wanted = {
            "name": plain_text(name),
            "description": plain_text(description),
            "public": public,
            "uris": list(uris),
        }

        def start() -> Save:
            with writing(self._engine, connection) as inside:
                save = self._start(inside, user_id, playlist_id, wanted)
                if cover is None or save.cover == cover:
                    return save
                return self._write(save.id, {"cover": cover, "cover_error": None}, inside)

        # Inside a transaction of others a broken constraint cannot be repeated.
        return start() if connection is not None else once_more(start, which="save")

    def get(self, save_id: str, user_id: str) -> Save:
        """Return the user's save.

        Raises
        ------
        SaveUnknown
            If there is none, or it is another user's.
        """
        found = self._first((SAVE.c.id == save_id) & (SAVE.c.user_id == user_id))
        if found is None:
            raise _unknown(save_id)
        return found

    def of_playlist(self, playlist_id: str, user_id: str) -> Save | None:
        """Return the user's save of a playlist, or None."""
        named = {"playlist": playlist_id, "user": user_id}
        with reading(self._engine) as connection:
            row = connection.execute(_OF_PLAYLIST, named).mappings().first()
        return None if row is None else _save(row)

    def parked(self, user_id: str) -> tuple[Save, ...]:
        """Return the user's saves that wait, the oldest first."""
        query = (
            select(SAVE)
            .where(SAVE.c.user_id == user_id, SAVE.c.state == "parked")
            .order_by(SAVE.c.created_at, SAVE.c.id)
        )
        with reading(self._engine) as connection:
            return tuple(_save(row) for row in connection.execute(query).mappings())

    def update(
        self,
        save_id: str,
        *,
        state: SaveState | None = None,
        written: int | None = None,
        spotify_playlist_id: str | _Unset | None = _UNSET,
        spotify_url: str | _Unset | None = _UNSET,
        snapshot: str | _Unset | None = _UNSET,
        error_code: str | _Unset | None = _UNSET,
        parked_until: float | _Unset | None = _UNSET,
        connection: Connection | None = None,
    ) -> Save:
        """Write down how far it has got; what is left out stays.

        A new state without an error code clears the earlier one, and so the moment it is parked
        until.

        Raises
        ------
        SaveUnknown
            If it was deleted meanwhile.
        """
        values: dict[str, Any] = {"updated_at": self._clock()}
        if state is not None:
            values |= {"state": state, "error_code": None, "parked_until": None}
        if written is not None:
            values["written"] = written
        optional = {
            "spotify_playlist_id": spotify_playlist_id,
            "spotify_url": spotify_url,
            "snapshot": snapshot,
            "error_code": error_code,
            "parked_until": parked_until,
        }
        values |= {name: value for name, value in optional.items() if not isinstance(value, _Unset)}
        with writing(self._engine, connection) as inside:
            return self._write(save_id, values, inside)

    def note_cover(
        self,
        save_id: str,
        *,
        digest: str | None = None,
        error: str | None = None,
        connection: Connection | None = None,
    ) -> Save:
        """Write down that a cover is there, or why it is not; what was there before stays there.

        Raises
        ------
        SaveUnknown
            If the save was deleted meanwhile.
        """
        values: dict[str, Any] = {"cover_error": error}
        if digest is not None:
            values["cover_digest"] = digest
        with writing(self._engine, connection) as inside:
            return self._write(save_id, values, inside)

    def without_cover(self, user_id: str, error: str) -> tuple[Save, ...]:
        """Return the user's finished saves whose covers came to nothing for a reason."""
        query = select(SAVE).where(
            SAVE.c.user_id == user_id,
            SAVE.c.state == "done",
            SAVE.c.cover.is_(True),
            SAVE.c.cover_error == error,
        )
        with reading(self._engine) as connection:
            return tuple(_save(row) for row in connection.execute(query).mappings())

    def _write(self, save_id: str, values: dict[str, Any], connection: Connection) -> Save:
        changed = update(SAVE).where(SAVE.c.id == save_id).values(values).returning(SAVE)
        row = connection.execute(changed).mappings().first()
        if row is None:
            raise _unknown(save_id)
        return _save(row)

    def _first(self, condition: Any) -> Save | None:
        with reading(self._engine) as connection:
            row = connection.execute(select(SAVE).where(condition)).mappings().first()
        return None if row is None else _save(row)

    def _start(
        self, connection: Connection, user_id: str, playlist_id: str, wanted: dict[str, Any]
    ) -> Save:
        now = self._clock()
        own = select(PLAYLIST.c.id).where(
            PLAYLIST.c.id == playlist_id, PLAYLIST.c.user_id == user_id
        )
        if connection.execute(own).first() is None:
            raise PlaylistUnknown(
                "There is no such playlist", which=playlist_id, next_step="look in your history"
            )
        mine = (SAVE.c.playlist_id == playlist_id) & (SAVE.c.user_id == user_id)
        row = connection.execute(select(SAVE).where(mine).with_for_update()).mappings().first()
        if row is None:
            values = {
                "id": new_id(),
                "user_id": user_id,
                "playlist_id": playlist_id,
                "marker": secrets.token_hex(5),
                "state": "pending",
                "written": 0,
                "created_at": now,
                "updated_at": now,
                **wanted,
            }
            inserted = SAVE.insert().values(values).returning(SAVE)
            return _save(connection.execute(inserted).mappings().one())
        if row["state"] != "failed" and all(row[name] == value for name, value in wanted.items()):
            return _save(row)
        again = {
            "state": "pending",
            "written": 0,
            "error_code": None,
            "parked_until": None,
            "updated_at": now,
            **wanted,
        }
        changed = update(SAVE).where(mine).values(again).returning(SAVE)
        return _save(connection.execute(changed).mappings().one())


def _unknown(save_id: str) -> SaveUnknown:
    return SaveUnknown("There is no such save", which=save_id, next_step="save the playlist again")


def _save(row: RowMapping) -> Save:
    return Save(**{**row, "uris": tuple(row["uris"])})

"""Playlists and their trailers. Every read and write names the user: ownership is in the query."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    bindparam,
    delete,
    exists,
    func,
    select,
    update,
)

from webapp.store.clock import Clock
from webapp.store.engine import once_more, reading, writing
from webapp.store.errors import PlaylistChanged, PlaylistUnknown
from webapp.store.schema import PLAYLIST, SAVE
from webapp.store.values import new_id, plain_text

PlaylistState: TypeAlias = Literal["pending", "ready", "failed"]
TrailerState: TypeAlias = Literal["none", "pending", "ready", "failed"]
Shelf: TypeAlias = Literal["all", "drafts", "saved", "bin"]
_MOST_IDS = 500
"""Asked for by one statement."""
Data: TypeAlias = Mapping[str, Any]


# Asked with almost each request: putting a statement together takes longer than asking it.
_OF_USER = select(PLAYLIST).where(
    PLAYLIST.c.id == bindparam("playlist"),
    PLAYLIST.c.user_id == bindparam("user"),
    PLAYLIST.c.deleted_at.is_(None),
)


@dataclass(frozen=True, slots=True)
class Playlist:
    """A generated playlist.

    Attributes
    ----------
    id, user_id
        32 hex digits each.
    title
        Text for people.
    seeds, tracks
        Plain data, in order; what is in them is the caller's.
    options
        What was asked for (length, familiarity, …).
    notes
        What the user should know about the result (seeds without a match, …).
    catalogue_version
        Of the catalogue it was made from; empty while pending.
    state
        ``pending`` until generated.
    error
        Plain data of why it failed, else None.
    version
        Goes up with each change of title or tracks; two tabs that edit the same one notice.
    trailer
        Plain data of the trailer (file name, chapters, peaks), or None.
    trailer_state
        ``none`` until asked for.
    created_at, updated_at
        Seconds since the epoch.
    deleted_at
        When it was put into the bin (`webapp.store.playlist_bin`); None if it is not in there.
    """

    id: str
    user_id: str
    title: str
    seeds: list[dict[str, Any]]
    options: dict[str, Any]
    tracks: list[dict[str, Any]]
    notes: list[Any]
    catalogue_version: str
    state: PlaylistState
    error: dict[str, Any] | None
    version: int
    trailer: dict[str, Any] | None
    trailer_state: TrailerState
    created_at: float
    updated_at: float
    deleted_at: float | None = None


class Playlists:
    """The playlists. One that is in the bin is found by none of these but `delete`.

    Every method that changes something takes an open transaction as `connection`, for effects that
    must be written together with the end of a job (`webapp.jobs.Jobs.completing`).

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

    def create(
        self,
        user_id: str,
        *,
        title: str,
        seeds: Sequence[Data],
        options: Data,
        playlist_id: str | None = None,
        connection: Connection | None = None,
    ) -> Playlist:
        """Make an empty, pending playlist.

        Parameters
        ----------
        user_id
            Whose.
        title, seeds, options
            See `Playlist`.
        playlist_id
            If the caller has chosen it already (`webapp.store.values.new_id`).
        connection
            An open transaction to take part in.
        """
        now = self._clock()
        playlist = Playlist(
            id=playlist_id or new_id(),
            user_id=user_id,
            title=plain_text(title),
            seeds=[dict(seed) for seed in seeds],
            options=dict(options),
            tracks=[],
            notes=[],
            catalogue_version="",
            state="pending",
            error=None,
            version=1,
            trailer=None,
            trailer_state="none",
            created_at=now,
            updated_at=now,
        )
        values = {name: getattr(playlist, name) for name in Playlist.__slots__}

        def create() -> Playlist:
            with writing(self._engine, connection) as inside:
                inside.execute(PLAYLIST.insert().values(values))
            return playlist

        return create() if connection is not None else once_more(create, which=playlist.id)

    def get(self, playlist_id: str, user_id: str, connection: Connection | None = None) -> Playlist:
        """Return the user's playlist.

        Raises
        ------
        PlaylistUnknown
            If there is none, or it is another user's: nobody can tell which.
        """
        named = {"playlist": playlist_id, "user": user_id}
        if connection is not None:
            row = connection.execute(_OF_USER, named).mappings().first()
        else:
            with reading(self._engine) as own:
                row = own.execute(_OF_USER, named).mappings().first()
        if row is None:
            raise _unknown(playlist_id)
        return _playlist(row)

    def there(self, ids: Collection[str]) -> frozenset[str]:
        """Return those of some ids that playlists have, whoever's they are, in a bin or not."""
        wanted, found = sorted(ids), set[str]()
        with reading(self._engine) as connection:
            for first in range(0, len(wanted), _MOST_IDS):
                some = PLAYLIST.c.id.in_(wanted[first : first + _MOST_IDS])
                found |= set(connection.execute(select(PLAYLIST.c.id).where(some)).scalars())
        return frozenset(found)

    def list(
        self,
        user_id: str,
        *,
        shelf: Shelf = "all",
        words: str = "",
        limit: int = 50,
        offset: int = 0,
    ) -> tuple[Playlist, ...]:
        """Return the user's playlists, the newest first.

        Parameters
        ----------
        user_id
            Whose.
        shelf
            ``drafts`` were never saved completely, ``saved`` ones were; ``bin`` are those that were
            deleted, the last one first; ``all`` are those that were not.
        words
            Only those that have this in their title, in upper or lower case.
        limit, offset
            How many, after how many.
        """
        order = PLAYLIST.c.deleted_at if shelf == "bin" else PLAYLIST.c.created_at
        query = (
            select(PLAYLIST)
            .where(on_shelf(user_id, shelf, words))
            .order_by(order.desc(), PLAYLIST.c.id)
            .limit(limit)
            .offset(offset)
        )
        with reading(self._engine) as connection:
            return tuple(_playlist(row) for row in connection.execute(query).mappings())

    def set_ready(
        self,
        playlist_id: str,
        *,
        tracks: Sequence[Data],
        catalogue_version: str,
        notes: Sequence[Any] = (),
        title: str | None = None,
        options: Data | None = None,
        connection: Connection | None = None,
    ) -> Playlist:
        """Write the generated tracks; the playlist is ready.

        Raises
        ------
        PlaylistUnknown
            If it was deleted meanwhile.
        """
        values: dict[str, Any] = {
            "tracks": [dict(track) for track in tracks],
            "notes": list(notes),
            "catalogue_version": catalogue_version,
            "state": "ready",
            "error": None,
            "version": PLAYLIST.c.version + 1,
        }
        if title is not None:
            values["title"] = plain_text(title)
        if options is not None:
            values["options"] = dict(options)
        return self._update(playlist_id, values, connection)

    def set_failed(
        self, playlist_id: str, error: Data, connection: Connection | None = None
    ) -> Playlist:
        """Remember why it could not be generated.

        Raises
        ------
        PlaylistUnknown
            If it was deleted meanwhile.
        """
        return self._update(playlist_id, {"state": "failed", "error": dict(error)}, connection)

    def set_trailer(
        self,
        playlist_id: str,
        state: TrailerState,
        trailer: Data | None = None,
        *,
        if_version: int | None = None,
        connection: Connection | None = None,
    ) -> Playlist:
        """Write the trailer's state, and the trailer if it is ready.

        Parameters
        ----------
        playlist_id
            Which.
        state
            ``pending`` and ``failed`` keep an earlier trailer unless another is given.
        trailer
            Plain data.
        if_version
            Write only if the tracks are still those of this version.
        connection
            An open transaction to take part in.

        Raises
        ------
        PlaylistUnknown
            If it was deleted meanwhile.
        PlaylistChanged
            If it has another version than `if_version`.
        """
        values: dict[str, Any] = {"trailer_state": state}
        if trailer is not None or state == "none":
            values["trailer"] = None if trailer is None else dict(trailer)
        return self._update(playlist_id, values, connection, version=if_version)

    def update_tracks(
        self,
        playlist_id: str,
        user_id: str,
        *,
        version: int,
        tracks: Sequence[Data] | None = None,
        title: str | None = None,
        options: Data | None = None,
        notes: Sequence[Any] | None = None,
        catalogue_version: str | None = None,
        connection: Connection | None = None,
    ) -> Playlist:
        """Replace what is given, if the playlist is still the one that was read.

        Raises
        ------
        PlaylistUnknown
            If there is none, or it is another user's.
        PlaylistChanged
            If it has another version by now; `details` tells which.
        """
        values: dict[str, Any] = {"version": PLAYLIST.c.version + 1}
        if tracks is not None:
            values["tracks"] = [dict(track) for track in tracks]
        if title is not None:
            values["title"] = plain_text(title)
        if options is not None:
            values["options"] = dict(options)
        if notes is not None:
            values["notes"] = list(notes)
        if catalogue_version is not None:
            values["catalogue_version"] = catalogue_version
        return self._update(playlist_id, values, connection, user_id=user_id, version=version)

    def change_options(
        self, playlist_id: str, user_id: str, change: Callable[[Playlist], Data]
    ) -> Playlist:
        """Replace the options by ``change(playlist)``, with nobody in between; the version stays.

        Raises
        ------
        PlaylistUnknown
            If there is none, or it is another user's.
        """
        with writing(self._engine) as connection:
            playlist = self.lock(playlist_id, user_id, connection)
            values = {"options": dict(change(playlist))}
            return self._update(playlist_id, values, connection, user_id=user_id)

    def lock(self, playlist_id: str, user_id: str, connection: Connection) -> Playlist:
        """Return the user's playlist, which nobody else can change until `connection` ends.

        Raises
        ------
        PlaylistUnknown
            If there is none, or it is another user's.
        """
        query = select(PLAYLIST).where(_own(playlist_id, user_id)).with_for_update()
        row = connection.execute(query).mappings().first()
        if row is None:
            raise _unknown(playlist_id)
        return _playlist(row)

    def learn(
        self, playlist_id: str, user_id: str, *, version: int, learnt: Mapping[int, Data]
    ) -> Playlist:
        """Write down more about tracks without changing which they are; the version stays.

        Parameters
        ----------
        playlist_id, user_id
            Which, and whose.
        version
            The places in `learnt` are those of this version.
        learnt
            By place in the list, what is now known of the track; the rest of it stays.

        Raises
        ------
        PlaylistUnknown
            If there is none, or it is another user's.
        PlaylistChanged
            If it has another version by now.
        """
        with writing(self._engine) as connection:
            locked = select(PLAYLIST.c.tracks).where(_own(playlist_id, user_id)).with_for_update()
            tracks = connection.execute(locked).scalar()
            if tracks is None:
                raise _unknown(playlist_id)
            for place, track in learnt.items():
                if 0 <= place < len(tracks):
                    tracks[place] = {**tracks[place], **track}
            return self._update(
                playlist_id, {"tracks": tracks}, connection, user_id=user_id, version=version
            )

    def delete(
        self, playlist_id: str, user_id: str, connection: Connection | None = None
    ) -> Playlist:
        """Delete the playlist with its saves for good; return it, for its files to be removed.

        One that is in the bin is deleted out of it.

        Raises
        ------
        PlaylistUnknown
            If there is none, or it is another user's.
        """
        gone = (
            delete(PLAYLIST)
            .where(PLAYLIST.c.id == playlist_id, PLAYLIST.c.user_id == user_id)
            .returning(PLAYLIST)
        )
        with writing(self._engine, connection) as inside:
            row = inside.execute(gone).mappings().first()
        if row is None:
            raise _unknown(playlist_id)
        return _playlist(row)

    def _update(
        self,
        playlist_id: str,
        values: dict[str, Any],
        connection: Connection | None,
        *,
        user_id: str | None = None,
        version: int | None = None,
    ) -> Playlist:
        mine = PLAYLIST.c.id == playlist_id
        if user_id is not None:
            mine = _own(playlist_id, user_id)
        expected = mine if version is None else mine & (PLAYLIST.c.version == version)
        changed = (
            update(PLAYLIST)
            .where(expected)
            .values(updated_at=self._clock(), **values)
            .returning(PLAYLIST)
        )
        with writing(self._engine, connection) as inside:
            row = inside.execute(changed).mappings().first()
            if row is not None:
                return _playlist(row)
            now = inside.execute(select(PLAYLIST.c.version).where(mine)).scalar()
        if now is None:
            raise _unknown(playlist_id)
        raise changed_meanwhile(playlist_id, now=now, expected=version)


def on_shelf(user_id: str, shelf: Shelf = "all", words: str = "") -> ColumnElement[bool]:
    """Return which playlists stand on a shelf of a user's; see `Playlists.list`."""
    binned = PLAYLIST.c.deleted_at.is_not(None)
    found = (PLAYLIST.c.user_id == user_id) & (binned if shelf == "bin" else ~binned)
    if shelf in {"drafts", "saved"}:
        saved = exists().where(SAVE.c.playlist_id == PLAYLIST.c.id, SAVE.c.state == "done")
        found = found & (saved if shelf == "saved" else ~saved)
    if words:
        lowered = plain_text(words).lower()
        found = found & func.lower(PLAYLIST.c.title).contains(lowered, autoescape=True)
    return found


def changed_meanwhile(playlist_id: str, *, now: int, expected: int | None) -> PlaylistChanged:
    """Return the error for a change that was made on an earlier version than the present one."""
    return PlaylistChanged(
        "The playlist was not changed",
        which=playlist_id,
        why="it was changed in another tab or by a job meanwhile",
        kept="both the other change and what you see here",
        next_step="reload it, then make your change again",
        details={"version": now, "expected": expected},
    )


def _own(playlist_id: str, user_id: str) -> ColumnElement[bool]:
    return (
        (PLAYLIST.c.id == playlist_id)
        & (PLAYLIST.c.user_id == user_id)
        & PLAYLIST.c.deleted_at.is_(None)
    )


def _unknown(playlist_id: str) -> PlaylistUnknown:
    return PlaylistUnknown(
        "There is no such playlist", which=playlist_id, next_step="look in your history"
    )


def _playlist(row: RowMapping) -> Playlist:
    return Playlist(**row)

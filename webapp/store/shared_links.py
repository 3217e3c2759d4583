"""Links under which playlists may be read: of each only a hash, and what to make it from again."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, RowMapping, select, update

from webapp.store.clock import Clock
from webapp.store.engine import once_more, reading, writing
from webapp.store.errors import PlaylistUnknown
from webapp.store.playlists import Playlist, on_shelf
from webapp.store.schema import PLAYLIST, SHARED_LINK


@dataclass(frozen=True, slots=True)
class SharedLink:
    """The last link of a playlist.

    Attributes
    ----------
    playlist_id, user_id
        Of what, and whose.
    nonce
        Random; with the secret key of the installation it makes the link's token.
    token_hash
        SHA-256 of the token as hex; None once it is revoked.
    created_at
        Seconds since the epoch.
    revoked_at
        None while it works.
    """

    playlist_id: str
    user_id: str
    nonce: str
    token_hash: str | None
    created_at: float
    revoked_at: float | None


class SharedLinks:
    """The links, one for each playlist at most.

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

    def of_playlist(self, playlist_id: str, user_id: str) -> SharedLink | None:
        """Return the last link of the user's playlist, working or revoked; None without one."""
        query = select(SHARED_LINK).where(
            SHARED_LINK.c.playlist_id == playlist_id, SHARED_LINK.c.user_id == user_id
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _link(row)

    def put(
        self, playlist_id: str, user_id: str, *, nonce: str, token_hash: str, anew: bool
    ) -> SharedLink:
        """Write a link down; the one before stops working at once.

        Parameters
        ----------
        playlist_id, user_id
            Of what, and whose.
        nonce, token_hash
            See `SharedLink`.
        anew
            Whether to replace one that works; without that, it is returned as it is.

        Raises
        ------
        PlaylistUnknown
            If there is no such playlist, it is in the bin, or it is another user's.
        """

        def put() -> SharedLink:
            with writing(self._engine) as connection:
                return self._put(connection, playlist_id, user_id, nonce, token_hash, anew)

        return once_more(put, which=playlist_id)

    def revoke(self, playlist_id: str, user_id: str) -> None:
        """Let a link work no longer; without one that works, nothing is to do."""
        changed = (
            update(SHARED_LINK)
            .where(
                SHARED_LINK.c.playlist_id == playlist_id,
                SHARED_LINK.c.user_id == user_id,
                SHARED_LINK.c.token_hash.is_not(None),
            )
            .values(token_hash=None, revoked_at=self._clock())
        )
        with writing(self._engine) as connection:
            connection.execute(changed)

    def playlist(self, token_hash: str) -> Playlist | None:
        """Return the playlist that a link opens, or None."""
        query = (
            select(PLAYLIST)
            .join(SHARED_LINK, SHARED_LINK.c.playlist_id == PLAYLIST.c.id)
            .where(SHARED_LINK.c.token_hash == token_hash, PLAYLIST.c.deleted_at.is_(None))
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else Playlist(**row)

    def _put(
        self,
        connection: Connection,
        playlist_id: str,
        user_id: str,
        nonce: str,
        token_hash: str,
        anew: bool,
    ) -> SharedLink:
        own = select(PLAYLIST.c.id).where(PLAYLIST.c.id == playlist_id, on_shelf(user_id))
        if connection.execute(own.with_for_update()).first() is None:
            raise PlaylistUnknown(
                "There is no such playlist", which=playlist_id, next_step="look in your history"
            )
        here = SHARED_LINK.c.playlist_id == playlist_id
        before = connection.execute(select(SHARED_LINK).where(here)).mappings().first()
        if before is not None and before["token_hash"] is not None and not anew:
            return _link(before)
        values = {
            "nonce": nonce,
            "token_hash": token_hash,
            "created_at": self._clock(),
            "revoked_at": None,
        }
        if before is not None:
            changed = update(SHARED_LINK).where(here).values(values)
            return _link(connection.execute(changed.returning(SHARED_LINK)).mappings().one())
        made = SHARED_LINK.insert().values(playlist_id=playlist_id, user_id=user_id, **values)
        return _link(connection.execute(made.returning(SHARED_LINK)).mappings().one())


def _link(row: RowMapping) -> SharedLink:
    return SharedLink(**row)

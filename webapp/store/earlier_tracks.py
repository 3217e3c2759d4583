"""Tracks that stand in a user's earlier playlists. The user is named in the query."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from sqlalchemy import Engine, select

from webapp.store.engine import reading
from webapp.store.playlists import Playlist, on_shelf
from webapp.store.schema import PLAYLIST

LeaveOut: TypeAlias = Literal["", "saved", "all"]
"""Tracks of which earlier playlists are left out: of none, of the saved ones, of all."""

LEAVE_OUT: tuple[LeaveOut, ...] = get_args(LeaveOut)

MOST_TRACKS = 10_000
"""So many tracks are looked at, those of the newest playlists first."""


class EarlierTracks:
    """What users have already.

    Parameters
    ----------
    engine
        From `webapp.store.open_engine`.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ids(self, playlist: Playlist, which: LeaveOut) -> tuple[str, ...]:
        """Return the ids of what the owner of a playlist had when it was asked for, but its own.

        What lies in the bin is not had. Playlists that came later do not count, so that an old
        playlist is revised tomorrow as it is today.

        Parameters
        ----------
        playlist
            Whose own tracks are not among them.
        which
            ``saved`` for those that were saved completely, ``all`` for every one.

        Returns
        -------
        tuple
            Of each track its id in the catalogue and, where it is another, the one at Spotify.
        """
        if not which:
            return ()
        query = (
            select(PLAYLIST.c.tracks)
            .where(
                on_shelf(playlist.user_id, which),
                PLAYLIST.c.created_at <= playlist.created_at,
                PLAYLIST.c.id != playlist.id,
            )
            .order_by(PLAYLIST.c.created_at.desc(), PLAYLIST.c.id)
            .execution_options(yield_per=20)
        )
        own = {str(track["id"]) for track in playlist.tracks}
        had: dict[str, str] = {}
        with reading(self._engine) as connection, connection.execute(query) as found:
            for tracks in found.scalars():
                for track in tracks or ():
                    had.setdefault(str(track["id"]), str(track.get("spotify_id") or ""))
                if len(had) >= MOST_TRACKS:
                    break
        pairs = [pair for pair in list(had.items())[:MOST_TRACKS] if pair[0] not in own]
        return tuple(dict.fromkeys(one for pair in pairs for one in pair if one))

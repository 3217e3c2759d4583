"""A listener's choice of how the trailer of a playlist is joined; a new one is made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.jobs.errors import TooManyJobs
from webapp.services.trailer_style import OPTION, Order
from webapp.store.engine import once_more, writing

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from webapp.jobs import Jobs
    from webapp.services.trailer_requests import TrailerRequests
    from webapp.store import Playlist, Playlists


class TrailerChoices:
    """Keeps with a playlist how its trailer is to be joined.

    Parameters
    ----------
    engine
        The database.
    playlists, jobs
        What is kept.
    trailers
        Asks for trailers anew.
    """

    def __init__(
        self, engine: Engine, playlists: Playlists, jobs: Jobs, trailers: TrailerRequests
    ) -> None:
        self._engine = engine
        self._playlists = playlists
        self._jobs = jobs
        self._trailers = trailers

    def choose(self, user_id: str, playlist_id: str, *, mixing: bool, order: Order) -> Playlist:
        """Have the trailer joined this way from now on, and ask for it; nothing new asks nothing.

        The list stays as it is, and the choice is no step of its *Undo*. It has a new version all
        the same, because a trailer belongs to a version.

        Raises
        ------
        webapp.store.errors.PlaylistUnknown
            If there is none, or it is another user's.
        """
        chosen = {"mixing": mixing, "order": order}

        def write() -> tuple[Playlist, bool, TooManyJobs | None]:
            with writing(self._engine) as connection:
                before = self._playlists.lock(playlist_id, user_id, connection)
                if before.state != "ready" or before.options.get(OPTION) == chosen:
                    return before, False, None
                after = self._playlists.update_tracks(
                    playlist_id,
                    user_id,
                    version=before.version,
                    options={**before.options, OPTION: chosen, "listed": before.version + 1},
                    connection=connection,
                )
                return after, True, self._ask(after, connection)

        after, changed, late = once_more(write, which=playlist_id)
        if changed:
            self._jobs.announce()
            self._trailers.call_off_outdated(after)
        if late is not None:
            self._trailers.put_off(after, late)
        return self._playlists.get(playlist_id, user_id)

    def _ask(self, playlist: Playlist, connection: Connection) -> TooManyJobs | None:
        try:
            self._trailers.ask(playlist, connection)
        except TooManyJobs as error:
            return error
        # What lies there was joined another way, whatever list it was made of.
        trailer = self._playlists.get(playlist.id, playlist.user_id, connection).trailer
        if trailer:
            self._playlists.set_trailer(
                playlist.id, "pending", {**trailer, "outdated": True}, connection=connection
            )
        return None

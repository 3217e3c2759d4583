"""The result page: whatever was asked of it, the list as it stands now, and what went wrong."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template, url_for

from webapp.routes.failures import Failure, recorded_failure
from webapp.routes.opened_rows import opened_rows
from webapp.routes.playlist_view import (
    about,
    notes_of,
    total_duration,
    track_rows,
    trailer_view,
)
from webapp.routes.save_view import save_view
from webapp.routes.shape_words import shape_words
from webapp.routes.share_view import take_along
from webapp.routes.spotify_player import offered_for
from webapp.routes.step_words import step_words
from webapp.routes.waveform import poster
from webapp.store import Playlist
from webapp.wiring import services

FIRST_VERSION = 2
"""Of a playlist as it was made; each change counts one up."""


@dataclass(frozen=True)
class Again:
    """An action that came too late and can be done to the list as it is now.

    Parameters
    ----------
    act
        As the form sends it.
    label
        Of its button.
    """

    act: str
    label: str


def render_row(playlist: Playlist, track_id: str) -> str:
    """Return the whole row of one track, in a page of its own that holds nothing else."""
    rows = track_rows(playlist, trailer_view(playlist))
    number = next(at for at, row in enumerate(rows, start=1) if row.id == track_id)
    return render_template("row.html", playlist=playlist, track=rows[number - 1], number=number)


def render_result(
    playlist: Playlist, failure: Failure | None = None, *, again: Again | None = None
) -> str:
    """Return the page of a playlist.

    Parameters
    ----------
    playlist
        As it stands.
    failure
        Of what was just asked for, if it failed.
    again
        What can be asked for again as it is now.
    """
    here = url_for("playlists.show", playlist_id=playlist.id)
    if failure is None and playlist.state != "ready":
        failure = recorded_failure(playlist.error or {"code": "internal"}, next_page=here)
    trailer = trailer_view(playlist)
    step = services().revision.last_step(playlist) if playlist.state == "ready" else None
    return render_template(
        "playlist.html",
        playlist=playlist,
        about=about(playlist),
        seeds=playlist.seeds,
        shape=shape_words(playlist),
        notes=notes_of(playlist),
        failure=failure,
        again=again,
        undo=step_words(step.what) if step else None,
        trailer=trailer,
        changed=playlist.version > FIRST_VERSION,
        coming=poster() if trailer.job else "",
        tracks=track_rows(playlist, trailer),
        opened=opened_rows(playlist),
        total_duration=total_duration(playlist),
        save=save_view(playlist),
        take=take_along(playlist),
        on_spotify=offered_for(playlist),
    )

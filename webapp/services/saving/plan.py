"""Which tracks of a playlist can be saved, told before anything is written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.services.saving.errors import NothingToSave, TooMuchToSave
from webapp.services.saving.links import unlinked

MOST_TRACKS = 500
_ID = re.compile(r"[A-Za-z0-9]{22}\Z")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A track that cannot be saved, because Spotify does not have it as far as we know.

    Attributes
    ----------
    title, artists
        As the playlist shows them.
    """

    title: str
    artists: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SavePlan:
    """What a save will write.

    Attributes
    ----------
    uris
        In the playlist's order.
    left_out
        Tracks that Spotify does not have, in the playlist's order.
    to_look_for
        How many more will be looked for at Spotify first.
    """

    uris: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    to_look_for: int = 0


def plan_save(tracks: Sequence[Mapping[str, Any]]) -> SavePlan:
    """Return what of a playlist can be saved.

    Parameters
    ----------
    tracks
        As playlists keep them; ``spotify_id`` counts.
    """
    uris: list[str] = []
    left_out: list[LeftOut] = []
    waiting = set(unlinked(tracks))
    for place, track in enumerate(tracks):
        spotify_id = track.get("spotify_id")
        if isinstance(spotify_id, str) and _ID.match(spotify_id):
            uris.append(f"spotify:track:{spotify_id}")
        elif place not in waiting:
            artists = tuple(str(artist) for artist in track.get("artists") or ())
            left_out.append(LeftOut(str(track.get("title") or ""), artists))
    return SavePlan(tuple(uris), tuple(left_out), len(waiting))


def check_plan(plan: SavePlan) -> None:
    """Refuse what cannot be saved.

    Raises
    ------
    NothingToSave, TooMuchToSave
        If no track can be saved, or more than 500.
    """
    if not plan.uris and not plan.to_look_for:
        raise NothingToSave(
            "There is nothing to save",
            why="none of the tracks is known at Spotify",
            kept="the playlist is kept here",
            next_step="make a playlist from a catalogue whose tracks carry Spotify ids",
        )
    count = len(plan.uris) + plan.to_look_for
    if count > MOST_TRACKS:
        raise TooMuchToSave(
            "The playlist cannot be saved",
            why=f"it has {count} tracks, {MOST_TRACKS} may be saved at once",
            next_step="make a shorter one",
        )

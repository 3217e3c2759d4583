"""Where tracks that have no audio here are heard on Spotify: by a rule, or as the listener says.

Spotify's sound is never read, so nothing is known of it but its length: the place is a share of
that, or what the listener chose. Nothing is mixed or faded by it (``docs/spotify-player.md``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webapp.errors import InvalidRequest, NotFound
from webapp.store import MovedHighlights, Playlist

SHARE = 0.35
"""Of a track's length before its highlight, where nobody has said otherwise."""
UNKNOWN_START = 30.0
"""Seconds, for a track of unknown length."""
SECONDS = (10, 15, 30)
"""How long each may be heard; the middle one is usual."""
MOST = 50
"""Tracks of one list, played by one call."""


@dataclass(frozen=True, slots=True)
class SpotifyHighlight:
    """Where a track is heard.

    Attributes
    ----------
    track
        The playlist's row.
    spotify_id
        The track at Spotify.
    start
        Seconds.
    chosen
        Whether the listener said so.
    """

    track: Mapping[str, Any]
    spotify_id: str
    start: float
    chosen: bool

    @property
    def uri(self) -> str:
        """How Spotify's player calls it."""
        return f"spotify:track:{self.spotify_id}"


def usual_start(duration: float | None) -> float:
    """Return where a track of so many seconds is heard from, its end kept for the longest choice.

    >>> usual_start(200.0), usual_start(20.0), usual_start(None)
    (70.0, 0.0, 30.0)
    """
    if not duration:
        return UNKNOWN_START
    return round(max(0.0, min(SHARE * duration, duration - SECONDS[-1])), 1)


class SpotifyHighlights:
    """The highlights of tracks that only Spotify can play.

    Parameters
    ----------
    moved
        What listeners chose.
    """

    def __init__(self, moved: MovedHighlights) -> None:
        self._moved = moved

    def of_playlist(self, playlist: Playlist) -> tuple[SpotifyHighlight, ...]:
        """Return the tracks without audio here that Spotify has, in order, at most `MOST`."""
        only_there = [
            track for track in playlist.tracks if not track.get("audio") and track.get("spotify_id")
        ][:MOST]
        keys = [_key(str(track["spotify_id"])) for track in only_there]
        chosen = self._moved.get_many(playlist.user_id, keys)
        return tuple(
            SpotifyHighlight(
                track,
                str(track["spotify_id"]),
                chosen[key].start if key in chosen else usual_start(track.get("duration")),
                key in chosen,
            )
            for track, key in zip(only_there, keys, strict=True)
        )

    def choose(self, playlist: Playlist, spotify_id: str, start: float | None) -> None:
        """Keep from where the listener wants to hear a track; None forgets it.

        Raises
        ------
        webapp.errors.NotFound
            If the list has no such track without audio.
        webapp.errors.InvalidRequest
            If the track is over by then.
        """
        found = [one for one in self.of_playlist(playlist) if one.spotify_id == spotify_id]
        if not found:
            raise NotFound(
                "There is no such track", which=spotify_id[:40], next_step="reload the page"
            )
        key = _key(spotify_id)
        if start is None:
            self._moved.delete(playlist.user_id, key)
            return
        duration = found[0].track.get("duration")
        if start < 0 or (duration and start > duration - 1):
            raise InvalidRequest(
                "The track is not heard from there",
                which=f"{start:g} s",
                why=f"it is {duration:g} s long" if duration else "it begins at 0",
                next_step="give a time within the track",
            )
        self._moved.put(playlist.user_id, key, start, start + SECONDS[-1])


def _key(spotify_id: str) -> str:
    return f"spotify:track:{spotify_id}"

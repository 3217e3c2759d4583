"""Find, for tracks of a catalogue, the same recordings on Spotify, so that a playlist can be saved.

A track that came with a Spotify id keeps it. Any other is searched by its ISRC, else by title and
artist, and taken only if it is the same version of the same song: never the first hit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from recommender.catalogue.match import ForeignTrack

LOOKED_FOR = "looked_for"
"""Key of a playlist's track that was searched at Spotify, whether it was found or not."""
SEARCH_LENGTH = 120
"""Characters of a title or artist that go into a query."""


class FoundTrack(Protocol):
    """What a search answers: `webapp.spotify.objects.SpotifyTrack`."""

    @property
    def id(self) -> str:
        """Its 22 characters."""

    @property
    def title(self) -> str:
        """As Spotify writes it."""

    @property
    def artists(self) -> tuple[str, ...]:
        """In their credited order."""

    @property
    def duration(self) -> float | None:
        """Seconds."""

    @property
    def isrc(self) -> str:
        """Twelve characters, or empty."""


Search = Callable[[str], Iterable[FoundTrack]]
"""Answers one query; its errors (rate limits, outages) pass through."""


def unlinked(tracks: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return the places of tracks that have no Spotify id and have not been searched yet."""
    return [
        place
        for place, track in enumerate(tracks)
        if not track.get("spotify_id") and not track.get(LOOKED_FOR) and track.get("title")
    ]


def linked(track: Mapping[str, Any], search: Search) -> dict[str, Any]:
    """Return a playlist's track with the id of the same recording on Spotify, if it has one.

    Parameters
    ----------
    track
        As playlists keep them.
    search
        Asks Spotify.
    """
    found = find_on_spotify(track, search)
    if found is None:
        return {**track, LOOKED_FOR: True}
    return {
        **track,
        "spotify_id": found.id,
        "uri": f"spotify:track:{found.id}",
        LOOKED_FOR: True,
    }


def gone_tracks(
    tracks: Sequence[Mapping[str, Any]], exists: Callable[[str], bool]
) -> dict[int, dict[str, Any]]:
    """Return the tracks whose ids Spotify no longer has, without them, by their place.

    Parameters
    ----------
    tracks
        As playlists keep them.
    exists
        Asks Spotify for an id; asked once for each.
    """
    ids = {place: str(track.get("spotify_id") or "") for place, track in enumerate(tracks)}
    gone = {
        track_id for track_id in dict.fromkeys(ids.values()) if track_id and not exists(track_id)
    }
    return {
        place: {**tracks[place], "spotify_id": "", "uri": "", LOOKED_FOR: True}
        for place, track_id in ids.items()
        if track_id in gone
    }


def find_on_spotify(track: Mapping[str, Any], search: Search) -> FoundTrack | None:
    """Return the same recording on Spotify, or None where none of the answers is it."""
    from recommender.catalogue.recordings import same_recording

    wanted = _foreign(track)
    for query in queries(wanted):
        for found in search(query):
            offered = _foreign(
                {
                    "title": found.title,
                    "artists": found.artists,
                    "duration": found.duration,
                    "isrc": found.isrc,
                }
            )
            if same_recording(wanted, offered):
                return found
    return None


def queries(wanted: ForeignTrack) -> list[str]:
    """Return the searches to try, the surest first.

    >>> from recommender.catalogue.match import ForeignTrack
    >>> queries(ForeignTrack(title="Better", artists=("Jonathan Coulton",)))
    ['track:"Better" artist:"Jonathan Coulton"', 'Better Jonathan Coulton']
    """
    tried = [f"isrc:{wanted.isrc}"] if wanted.isrc else []
    title, artist = _plain(wanted.title), _plain(wanted.artists[0] if wanted.artists else "")
    if title and artist:
        tried.append(f'track:"{title}" artist:"{artist}"')
    if title:
        # Field filters miss titles that Spotify writes with a suffix; plain words find those too.
        tried.append(f"{title} {artist}".strip())
    return tried


def _foreign(track: Mapping[str, Any]) -> ForeignTrack:
    from recommender.catalogue.match import ForeignTrack

    return ForeignTrack(
        title=str(track.get("title") or ""),
        artists=tuple(str(name) for name in track.get("artists") or ()),
        duration=track.get("duration"),
        isrc=str(track.get("isrc") or ""),
    )


def _plain(text: str) -> str:
    """Return `text` without the characters that mean something in a query."""
    return " ".join(text.replace('"', " ").replace(":", " ").split())[:SEARCH_LENGTH]

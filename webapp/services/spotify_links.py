"""Find, for tracks of a catalogue, the same recordings on Spotify, so that a playlist can be saved.

A row that came with a Spotify id keeps it. Any other is searched by its ISRC, else by title and
artist, and taken only if it is the same version of the same song: never the first hit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

SEARCH_LENGTH = 120
"""Characters of a title or artist that go into a query."""


class FoundTrack(Protocol):
    """What a search answers."""

    @property
    def id(self) -> str:
        """Its 22 characters."""

    @property
    def uri(self) -> str:
        """``spotify:track:…``."""

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


@dataclass(frozen=True)
class Wanted:
    """A track of the catalogue that is looked for.

    Parameters
    ----------
    title, artists
        As the catalogue has them.
    duration
        Seconds, or None.
    isrc
        Twelve characters, or empty.
    """

    title: str
    artists: tuple[str, ...]
    duration: float | None
    isrc: str

    @classmethod
    def of(cls, track: Mapping[str, Any]) -> Wanted:
        """Make one from a playlist's stored track."""
        return cls(
            str(track["title"]),
            tuple(track["artists"]),
            track.get("duration"),
            str(track.get("isrc") or ""),
        )


Search = Callable[[str], Sequence[FoundTrack]]
SameRecording = Callable[[Wanted, FoundTrack], bool]


def queries(wanted: Wanted) -> list[str]:
    """Return the searches to try, the surest first.

    >>> queries(Wanted("Better", ("Jonathan Coulton",), 200.0, ""))
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


def find_on_spotify(wanted: Wanted, search: Search, same: SameRecording) -> FoundTrack | None:
    """Return the same recording on Spotify, or None where none of the answers is it.

    Parameters
    ----------
    wanted
        What is looked for.
    search
        Answers one query with a page of tracks; its errors (rate limits, outages) pass through.
    same
        Decides whether an answer is the same version of the same song.
    """
    for query in queries(wanted):
        for found in search(query):
            if same(wanted, found):
                return found
    return None


def _plain(text: str) -> str:
    """Return `text` without the characters that mean something in a query."""
    return " ".join(text.replace('"', " ").replace(":", " ").split())[:SEARCH_LENGTH]

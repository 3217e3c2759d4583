"""JSPF (https://xspf.org/jspf): XSPF's elements as JSON."""

from __future__ import annotations

import json
from typing import Any

from webapp.services.playlist_files.errors import unreadable
from webapp.services.playlist_files.listing import ListedTrack, Listing, ListLine, one_line, text_of
from webapp.services.playlist_files.xspf import ARTIST, identifiers, track_of


def write(listing: Listing) -> bytes:
    """Return the list as a JSPF document."""
    playlist: dict[str, Any] = {"title": one_line(listing.title)}
    if listing.made:
        playlist["date"] = listing.made
    playlist["track"] = [
        _entry(track, number) for number, track in enumerate(listing.tracks, start=1)
    ]
    text = json.dumps({"playlist": playlist}, ensure_ascii=False, indent=2)
    return (text + "\n").encode("utf-8", "replace")


def read(document: Any, name: str) -> list[ListLine]:
    """Return the entries of a document that was read as JSON.

    Raises
    ------
    ListUnreadable
        If it is no JSPF.
    """
    playlist = document.get("playlist") if isinstance(document, dict) else None
    tracks = playlist.get("track") if isinstance(playlist, dict) else None
    if not isinstance(tracks, list):
        raise unreadable(name, "there is no list of tracks in it")
    return [_line(number, entry) for number, entry in enumerate(tracks, start=1)]


def _entry(track: ListedTrack, number: int) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "location": [track.uri] if track.uri else [],
        "identifier": identifiers(track),
        "title": one_line(track.title),
        "creator": one_line(", ".join(track.artists)),
        "album": one_line(track.album),
        "trackNum": number,
        "duration": track.milliseconds,
    }
    if len(track.artists) > 1:
        entry["meta"] = [{ARTIST: one_line(artist)} for artist in track.artists]
    return {key: value for key, value in entry.items() if value}


def _line(number: int, entry: Any) -> ListLine:
    if not isinstance(entry, dict):
        return ListLine(number, "", None)
    meta = entry.get("meta")
    track = track_of(
        title=text_of(entry.get("title")),
        creator=text_of(entry.get("creator")),
        artists=[
            text_of(one[ARTIST])
            for one in (meta if isinstance(meta, list) else ())
            if isinstance(one, dict) and ARTIST in one
        ],
        album=text_of(entry.get("album")),
        duration=entry.get("duration"),
        uris=_texts(entry.get("identifier")) + _texts(entry.get("location")),
    )
    return ListLine(number, track.name if track else "", track)


def _texts(value: Any) -> list[str]:
    # The specification wants arrays; many writers send one text.
    values = value if isinstance(value, list) else [value]
    return [one for one in values[:20] if isinstance(one, str)]

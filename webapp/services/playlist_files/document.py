"""JSON with everything Hooklist knows of a list: for programs, and to bring it back whole."""

from __future__ import annotations

import json
from typing import Any

from webapp.services.playlist_files.errors import unreadable
from webapp.services.playlist_files.listing import (
    ListedTrack,
    Listing,
    ListLine,
    artists_of,
    isrc_of,
    seconds_of,
    spotify_id_of,
    text_of,
)

FORMAT, VERSION = "hooklist-playlist", 1


def write(listing: Listing) -> bytes:
    """Return the list as JSON."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "title": listing.title,
        "made": listing.made or None,
        "seeds": [_entry(seed) for seed in listing.seeds],
        "tracks": [_entry(track) for track in listing.tracks],
    }
    # A lone surrogate is legal in JSON's escapes and nowhere else.
    return (json.dumps(document, indent=2, allow_nan=False) + "\n").encode("ascii")


def read(document: Any, name: str) -> list[ListLine]:
    """Return the entries of a document: ours, or any list of objects that name tracks.

    Raises
    ------
    ListUnreadable
        If there is no list in it, or a later release wrote it.
    """
    held = document
    if isinstance(document, dict):
        version = document.get("version")
        if document.get("format") == FORMAT and version != VERSION:
            raise unreadable(name, f"it is of version {str(version)[:20]}, {VERSION} is read here")
        held = document.get("tracks")
    if not isinstance(held, list):
        raise unreadable(name, "there is no list of tracks in it")
    return [_line(number, entry) for number, entry in enumerate(held, start=1)]


def _entry(track: ListedTrack) -> dict[str, Any]:
    return {
        "title": track.title,
        "artists": list(track.artists),
        "album": track.album,
        "duration": track.duration,
        "year": track.year,
        "genre": track.genre,
        "isrc": track.isrc,
        "spotify_id": track.spotify_id,
        "spotify_uri": track.uri,
        "licence": track.licence,
        "id": track.id,
    }


def _line(number: int, entry: Any) -> ListLine:
    if isinstance(entry, str):
        entry = {"uri": entry}
    if not isinstance(entry, dict):
        return ListLine(number, "", None)
    ids = [spotify_id_of(entry.get(key)) for key in ("spotify_id", "spotify_uri", "uri", "id")]
    track = ListedTrack(
        title=text_of(entry.get("title") or entry.get("name")),
        artists=artists_of(entry.get("artists") or entry.get("artist")),
        album=text_of(entry.get("album")),
        duration=seconds_of(entry.get("duration")) or seconds_of(entry.get("duration_ms"), 0.001),
        isrc=isrc_of(entry.get("isrc")),
        spotify_id=next((found for found in ids if found), ""),
    )
    named = track.spotify_id or track.isrc or (track.title and track.artists)
    return ListLine(number, track.name, track if named else None)

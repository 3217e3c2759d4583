"""XSPF version 1 (https://xspf.org/spec): XML for lists, with room for ids and lengths."""

from __future__ import annotations

from html import escape
from urllib.parse import unquote, urlsplit

from webapp.services.playlist_files.errors import unreadable
from webapp.services.playlist_files.listing import (
    ListedTrack,
    Listing,
    ListLine,
    artists_of,
    isrc_of,
    one_line,
    seconds_of,
    spotify_id_of,
    text_of,
)
from webapp.services.playlist_files.safe_xml import Element, parse

NAMESPACE = "http://xspf.org/ns/0/"
ARTIST = "urn:hooklist:artist"
"""``rel`` of a meta element: one artist; ``creator`` has all of them in one text."""
MILLISECOND = 0.001


def write(listing: Listing) -> bytes:
    """Return the list as an XSPF document."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<playlist version="1" xmlns="{NAMESPACE}">',
        _tag("title", listing.title, 1),
    ]
    if listing.made:
        lines.append(_tag("date", listing.made, 1))
    lines.append("  <trackList>")
    for number, track in enumerate(listing.tracks, start=1):
        lines += ["    <track>", *_track_lines(track, number), "    </track>"]
    lines += ["  </trackList>", "</playlist>"]
    return ("\n".join(line for line in lines if line) + "\n").encode("utf-8", "replace")


def read(text: str, name: str) -> list[ListLine]:
    """Return the entries of a document.

    Raises
    ------
    ListUnreadable
        If it is no XSPF, or its XML is damaged or declares anything (`safe_xml`).
    """
    root = parse(text, name)
    if root.name != "playlist":
        raise unreadable(name, f"its outermost element is {root.name[:40]}, not playlist")
    tracks = [track for held in root.all("trackList") for track in held.all("track")]
    return [_line(number, track) for number, track in enumerate(tracks, start=1)]


def identifiers(track: ListedTrack) -> list[str]:
    """Return the URIs that name a track."""
    return [uri for uri in (track.uri, track.isrc and f"urn:isrc:{track.isrc}") if uri]


def track_of(
    *,
    title: str,
    creator: str,
    artists: list[str],
    album: str,
    duration: object,
    uris: list[str],
) -> ListedTrack | None:
    """Return the track that an entry of XSPF or JSPF names, or None if it names none."""
    ids = [found for uri in uris if (found := spotify_id_of(uri))]
    codes = [found for uri in uris if (found := isrc_of(uri))]
    if not title and not ids and not codes:
        title = text_of(unquote(urlsplit(uris[0]).path.rpartition("/")[2])) if uris else ""
        artist, dash, rest = title.rpartition(".")[0].partition(" - ")
        if not dash:
            return None
        title, creator = rest, artist
    return ListedTrack(
        title=title,
        artists=artists_of(artists or creator),
        album=album,
        duration=seconds_of(duration, MILLISECOND),
        isrc=codes[0] if codes else "",
        spotify_id=ids[0] if ids else "",
    )


def _track_lines(track: ListedTrack, number: int) -> list[str]:
    lines = [_tag("location", track.uri, 3)] if track.uri else []
    lines += [_tag("identifier", uri, 3) for uri in identifiers(track)]
    lines += [
        _tag("title", track.title, 3),
        _tag("creator", ", ".join(track.artists), 3),
        _tag("album", track.album, 3),
        _tag("trackNum", str(number), 3),
        _tag("duration", "" if track.milliseconds is None else str(track.milliseconds), 3),
    ]
    if len(track.artists) > 1:
        lines += [
            f'      <meta rel="{ARTIST}">{escape(one_line(artist), quote=False)}</meta>'
            for artist in track.artists
        ]
    return lines


def _tag(name: str, text: str, depth: int) -> str:
    shown = escape(one_line(text), quote=False)
    return f"{'  ' * depth}<{name}>{shown}</{name}>" if shown else ""


def _line(number: int, element: Element) -> ListLine:
    track = track_of(
        title=text_of(element.text("title")),
        creator=text_of(element.text("creator")),
        artists=[
            meta.content for meta in element.all("meta") if meta.attributes.get("rel") == ARTIST
        ],
        album=text_of(element.text("album")),
        duration=element.text("duration"),
        uris=[part.content.strip() for part in element.all("identifier", "location")],
    )
    return ListLine(number, track.name if track else "", track)

"""M3U8: the extended M3U list in UTF-8, as players have read it since Winamp.

There is no standard beyond habit: ``#EXTM3U``, then for each entry ``#EXTINF:seconds,Artist -
Title`` and a line that says where it is. Lines that begin with ``#`` and are not known are comments
to every player, so what habit has no room for (ISRC, single artists) stands in one of ours.
"""

from __future__ import annotations

import json
import re

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

OURS = "#HOOKLIST:"
_EXTINF = re.compile(r"#EXTINF:\s*(-?\d+(?:\.\d+)?)[^,]*,(.*)\Z", re.IGNORECASE)


def write(listing: Listing) -> bytes:
    """Return the list; a track is its own file, else its Spotify URI, else its name."""
    lines = ["#EXTM3U", f"#PLAYLIST:{one_line(listing.title)}"]
    for track in listing.tracks:
        seconds = -1 if track.duration is None else round(track.duration)
        lines.append(f"#EXTINF:{seconds},{one_line(track.name)}")
        lines.append(OURS + json.dumps(_ours(track), separators=(",", ":")))
        lines.append(track.path or track.uri or _as_name(track))
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def read(text: str, name: str) -> list[ListLine]:
    """Return the entries of a list; plain M3U without ``#EXTM3U`` too.

    Raises
    ------
    ListUnreadable
        If it is a playlist of pieces of one stream (HLS), which names no tracks.
    """
    found: list[ListLine] = []
    info, ours = "", ""
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if line.upper().startswith("#EXT-X-"):
            raise unreadable(name, "it is a stream in pieces (HLS), not a list of tracks")
        if line.upper().startswith("#EXTINF:"):
            info = line
        elif line.startswith(OURS):
            ours = line.removeprefix(OURS)
        elif line and not line.startswith("#"):
            track = _track(line, info, ours)
            found.append(ListLine(number, track.name if track else one_line(line)[:200], track))
            info, ours = "", ""
    return found


def _ours(track: ListedTrack) -> dict[str, object]:
    told = {
        "title": track.title,
        "artists": list(track.artists),
        "album": track.album,
        "duration": track.duration,
        "isrc": track.isrc,
        "spotify_id": track.spotify_id,
    }
    return {key: value for key, value in told.items() if value}


def _as_name(track: ListedTrack) -> str:
    name = one_line(track.name) or "Untitled"
    return f"./{name}" if name.startswith("#") else name


def _track(line: str, info: str, ours: str) -> ListedTrack | None:
    exact = _exact(ours)
    if exact is not None:
        return exact
    spotify_id = spotify_id_of(line)
    told = _EXTINF.match(info)
    # Without EXTINF the name of the file has to do: "01 - Artist - Title.mp3".
    shown = told.group(2) if told else re.split(r"[\\/]", line)[-1].rpartition(".")[0] or line
    shown = text_of(re.sub(r"\A\d{1,3}\s*[-.]\s+", "", shown) if not told else shown)
    artist, dash, title = shown.partition(" - ")
    if not spotify_id and not dash:
        return None
    return ListedTrack(
        title=text_of(title) if dash else shown,
        artists=artists_of(artist) if dash else (),
        duration=seconds_of(told.group(1)) if told else None,
        spotify_id=spotify_id,
    )


def _exact(ours: str) -> ListedTrack | None:
    try:
        told = json.loads(ours) if ours else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    track = ListedTrack(
        title=text_of(told.get("title")),
        artists=artists_of(told.get("artists")),
        album=text_of(told.get("album")),
        duration=seconds_of(told.get("duration")),
        isrc=isrc_of(told.get("isrc")),
        spotify_id=spotify_id_of(told.get("spotify_id")),
    )
    return track if track.title or track.spotify_id or track.isrc else None

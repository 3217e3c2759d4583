"""Text that somebody pastes, line by line: which lines name a track, and which do not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

LineKind: TypeAlias = Literal["track", "other", "unreadable", "duplicate"]

MOST_LINES = 50
LONGEST_LINE = 500

_ID = r"([0-9A-Za-z]{22})"
_TRACK_URI = re.compile(rf"spotify:track:{_ID}\Z")
_TRACK_PATH = re.compile(rf"(?:/intl-[a-z]{{2}}(?:-[a-zA-Z]{{2,4}})?)?(?:/embed)?/track/{_ID}/?\Z")
_OTHER_URI = re.compile(r"spotify:(?:user:[^:]+:)?(album|artist|playlist|episode|show|user)\b")
_OTHER_PATH = re.compile(r"/(album|artist|playlist|episode|show|user)/")
_BARE_ID = re.compile(rf"{_ID}\Z")
_ADDRESS = re.compile(r"(?:https?://)?([^/\s?#]+)(/[^\s?#]*)?(?:[?#]\S*)?\Z", re.IGNORECASE)


@dataclass(frozen=True)
class PastedLine:
    """One line of the text.

    Parameters
    ----------
    number
        From 1, blank lines counted, as an editor counts them.
    text
        The line, shortened.
    kind
        ``track``; ``other`` for a link to something else of Spotify's; ``unreadable``;
        ``duplicate`` of an earlier line.
    track_id
        22 characters where the line names a track.
    other
        What else the link leads to, such as ``album``.
    """

    number: int
    text: str
    kind: LineKind
    track_id: str = ""
    other: str = ""


def read_lines(text: str, *, open_host: str = "open.spotify.com") -> tuple[PastedLine, ...]:
    """Return what each line that is not blank names, at most `MOST_LINES` of them.

    Understood are ``spotify:track:…``, links to ``open.spotify.com`` in all their forms (language
    in the path, embeds, share parameters), and bare ids.

    Parameters
    ----------
    text
        As pasted.
    open_host
        Host, and port if any, whose links count beside Spotify's own: the stand-in's.

    Examples
    --------
    >>> read_lines("spotify:track:11dFghVXANMlKmJXsNCbNl")[0].kind
    'track'
    """
    hosts = {"open.spotify.com", "play.spotify.com", open_host.lower()}
    seen: set[str] = set()
    lines: list[PastedLine] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip().strip("<>\"'")[:LONGEST_LINE]
        if not line:
            continue
        if len(lines) == MOST_LINES:
            break
        lines.append(_read_line(number, line, hosts, seen))
    return tuple(lines)


def _read_line(number: int, line: str, hosts: set[str], seen: set[str]) -> PastedLine:
    track_id, other = _target(line, hosts)
    if other:
        return PastedLine(number, line, "other", other=other)
    if not track_id:
        return PastedLine(number, line, "unreadable")
    if track_id in seen:
        return PastedLine(number, line, "duplicate", track_id)
    seen.add(track_id)
    return PastedLine(number, line, "track", track_id)


def _target(line: str, hosts: set[str]) -> tuple[str, str]:
    """Return the track's id, or else what other thing of Spotify's the line leads to."""
    if found := _TRACK_URI.match(line) or _BARE_ID.match(line):
        return found.group(1), ""
    if found := _OTHER_URI.match(line):
        return "", found.group(1)
    address = _ADDRESS.match(line)
    if address is None or address.group(1).lower() not in hosts:
        return "", ""
    path = (address.group(2) or "").removeprefix("/open")
    if found := _TRACK_PATH.match(path):
        return found.group(1), ""
    if found := _OTHER_PATH.search(path):
        return "", found.group(1)
    return "", ""

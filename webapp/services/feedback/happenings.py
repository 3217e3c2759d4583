"""What happens in a visit, written down under a pseudonym that is forgotten with the visit.

The pseudonym of a visit and the key that names its playlists and tracks are random. What leads from
a browser's session to them is kept outside of the database, for at most `VISIT_SECONDS`; then
nobody can tell any more whose visit it was, or which playlist.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from webapp.services.feedback.experiments import variants_of
from webapp.store import ListenerEvent

if TYPE_CHECKING:
    from webapp.services.most_replayed import PlayedSpan
    from webapp.store import Ephemeral, ListenerEvents, Playlist

Kind: TypeAlias = Literal[
    "playlist_made",
    "highlight_heard",
    "trailer_end",
    "full_play",
    "saved",
    "thumb_up",
    "thumb_down",
    "thumb_back",
    "removed",
    "replaced",
    "extended",
    "refreshed",
    "undone",
    "highlight_moved",
]

VISIT_SECONDS = 24 * 3600.0
HEARD_SHARE = 0.5
"""Of a chapter, after which its highlight counts as heard; and of the trailer, for its end."""
MOST_SPANS = 500
"""Parts of a trailer that are told apart in a visit."""
END_SECONDS = 1.5
"""Who hears so much before the end has heard the trailer to its end."""

Span: TypeAlias = tuple[float, float]


@dataclass(frozen=True)
class Visit:
    """A session for a day.

    Parameters
    ----------
    name
        Pseudonym.
    key
        Names playlists and tracks inside of the visit.
    """

    name: str
    key: str

    def opaque(self, text: str) -> str:
        """Return a name that cannot be led back without the key."""
        if not text:
            return ""
        return hmac.new(self.key.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]


class Happenings:
    """Writes down what happens. Everything here is for those who let themselves be counted.

    Parameters
    ----------
    events
        What is kept.
    ephemeral
        Leads from sessions to visits while they last.
    secret
        Hides the sessions' names there.
    clock
        Seconds since the epoch.
    """

    def __init__(
        self,
        events: ListenerEvents,
        ephemeral: Ephemeral,
        secret: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._events = events
        self._ephemeral = ephemeral
        self._secret = secret.encode()
        self._clock = clock

    def record(
        self,
        session: str,
        kind: Kind,
        playlist: Playlist | None = None,
        *,
        track: str = "",
        strategy: str = "",
        variants: Mapping[str, str] | None = None,
    ) -> None:
        """Write down that something happened, once in a visit for each playlist and track.

        Parameters
        ----------
        session
            Names the browser's session.
        kind
            What happened.
        playlist, track
            To which, if to any.
        strategy
            How the track's highlight was found.
        variants
            Of a playlist that is not there yet; else the playlist knows its own.
        """
        visit = self._visit(session)
        known = variants_of(playlist.options) if playlist is not None else dict(variants or {})
        self._events.add([self._event(visit, kind, playlist, track, strategy, known)])

    def heard(
        self,
        session: str,
        playlist: Playlist,
        spans: Sequence[PlayedSpan],
        strategies: Callable[[], Mapping[str, str]],
    ) -> None:
        """Write down which highlights of a trailer were heard by now, and whether its end was.

        Parameters
        ----------
        session
            Names the browser's session.
        playlist
            Whose trailer was played.
        spans
            What was played of it since the last report, seconds of the trailer.
        strategies
            How the highlight of each track was found, by id; asked only if one is new.
        """
        trailer = playlist.trailer or {}
        visit = self._visit(session)
        key = f"visit-heard:{visit.name}:{visit.opaque(str(trailer.get('file')))}"
        kept = self._ephemeral.get(key)
        before = [(float(start), float(end)) for start, end in kept or ()]
        played = [(span.start, span.end) for span in spans if span.kind != "skipped"]
        after = joined([*before, *played])[:MOST_SPANS]
        if after == before:
            return
        self._ephemeral.set(key, after, ttl=VISIT_SECONDS)
        new = heard_tracks(trailer, after) - heard_tracks(trailer, before)
        known = variants_of(playlist.options)
        events: list[ListenerEvent] = []
        if new:
            found = strategies()
            ids = [str(track.get("id")) for track in playlist.tracks]
            events += [
                self._event(
                    visit, "highlight_heard", playlist, ids[one], found.get(ids[one], ""), known
                )
                for one in sorted(new)
                if one < len(ids)
            ]
        if heard_to_end(trailer, after) and not heard_to_end(trailer, before):
            events.append(self._event(visit, "trailer_end", playlist, "", "", known))
        self._events.add(events)

    def _event(
        self,
        visit: Visit,
        kind: Kind,
        playlist: Playlist | None,
        track: str,
        strategy: str,
        variants: Mapping[str, str],
    ) -> ListenerEvent:
        return ListenerEvent(
            day=self._events.today(),
            visit=visit.name,
            kind=kind,
            playlist=visit.opaque(playlist.id if playlist is not None else ""),
            subject=visit.opaque(track),
            strategy=strategy,
            variants=dict(variants),
        )

    def _visit(self, session: str) -> Visit:
        name = hmac.new(self._secret, f"visit\n{session}".encode(), hashlib.sha256).hexdigest()
        kept: Any = self._ephemeral.get(f"visit:{name[:32]}")
        # An absolute end: a session that is used every day is another visit every day.
        if isinstance(kept, dict) and self._clock() < float(kept["until"]):
            return Visit(str(kept["name"]), str(kept["key"]))
        visit = Visit(secrets.token_hex(16), secrets.token_hex(16))
        until = self._clock() + VISIT_SECONDS
        value = {"name": visit.name, "key": visit.key, "until": until}
        self._ephemeral.set(f"visit:{name[:32]}", value, ttl=VISIT_SECONDS)
        return visit


def joined(spans: Iterable[Span]) -> list[Span]:
    """Return spans in order, those that meet as one.

    >>> joined([(3.0, 5.0), (0.0, 1.0), (5.0, 6.0)])
    [(0.0, 1.0), (3.0, 6.0)]
    """
    whole: list[Span] = []
    for start, end in sorted(spans):
        if whole and start <= whole[-1][1] + 0.01:
            whole[-1] = (whole[-1][0], max(whole[-1][1], end))
        else:
            whole.append((start, end))
    return whole


def heard_tracks(trailer: Mapping[str, Any], spans: Sequence[Span]) -> set[int]:
    """Return the places in the list of those tracks whose chapter was heard at least by half."""
    return {
        int(chapter["track"])
        for chapter in trailer.get("chapters") or ()
        if _within(spans, float(chapter["start"]), float(chapter["end"]))
        >= HEARD_SHARE * (float(chapter["end"]) - float(chapter["start"]))
    }


def heard_to_end(trailer: Mapping[str, Any], spans: Sequence[Span]) -> bool:
    """Whether a trailer's end was heard, and half of what lies before it."""
    duration = float(trailer.get("duration") or 0.0)
    if duration <= 0.0:
        return False
    end = _within(spans, duration - END_SECONDS, duration)
    return end >= 0.5 * END_SECONDS and _within(spans, 0.0, duration) >= HEARD_SHARE * duration


def _within(spans: Sequence[Span], start: float, end: float) -> float:
    return sum(max(0.0, min(end, last) - max(start, first)) for first, last in spans)

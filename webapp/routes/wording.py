"""Data put into words: why a track is there, what a playlist's notes mean, what was allowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from webapp.i18n import _, duration, ngettext
from webapp.routes.reason_words import feature_word, nearness, shared_words


def why(reason: Mapping[str, Any]) -> str:
    """Return why a track is in the playlist, from what was measured and nothing else.

    Playlists of earlier releases know which attributes are shared, but not their values.
    """
    title = str(reason.get("seed_title") or "")
    shared = [one for one in reason.get("shared") or () if isinstance(one, dict)]
    words = [word for one in shared if (word := shared_words(one))]
    if not words:
        words = [feature_word(str(name)) for name in reason.get("attributes") or ()]
    said = ", ".join(words)
    if shared and (near := nearness(reason.get("percentile"))):
        said = f"{said} · {near}" if said else near
    if title and said:
        return _("close to “%(title)s”: %(words)s", title=title, words=said)
    if title:
        return _("close to “%(title)s”", title=title)
    return _("close in %(words)s", words=said) if said else ""


def note_text(note: Mapping[str, Any]) -> str:
    """Return a note of a playlist in words; a kind that is not known here speaks for itself."""
    kind = str(note.get("kind") or "")
    if kind == "seed_unmatched":
        artists = ", ".join(str(name) for name in note.get("artists") or ())
        return _(
            "“%(title)s”%(by)s is not in this catalogue, so the other seeds decided.",
            title=note.get("title") or "",
            by=_(" by %(artists)s", artists=artists) if artists else "",
        )
    if kind == "less_unmatched":
        return _(
            "“%(title)s” is not in this catalogue, so nothing could be kept away from it.",
            title=note.get("title") or "",
        )
    if kind == "length_missed":
        return _length_missed(note)
    if kind == "filters_left_few":
        return _filters_left_few(note)
    return _plain_notes().get(kind) or str(note.get("message") or "")


def _plain_notes() -> dict[str, str]:
    return {
        "too_few_tracks": _("The catalogue has fewer tracks that fit than you asked for."),
        "artist_cap_relaxed": _(
            "Some artists appear more often than usual, because the catalogue is small."
        ),
        "spacing_relaxed": _(
            "Some tracks of one artist follow each other, because the catalogue is small."
        ),
        "curve_missed": _(
            "Energy does not quite run as you asked: too few tracks that fit have the energy "
            "that was wanted."
        ),
        "flow_missed": _(
            "Some tracks do not follow smoothly: too few that fit agree in tempo and key."
        ),
        "tracks_gone": _(
            "Some tracks are no longer in the catalogue. They stay in the list and count for "
            "nothing when others are picked."
        ),
    }


def _length_missed(note: Mapping[str, Any]) -> str:
    asked, got = note.get("asked_seconds"), note.get("got_seconds")
    if not isinstance(asked, int | float) or not isinstance(got, int | float):
        return _("The playlist could not be made exactly as long as you asked.")
    return _(
        "The playlist lasts %(got)s instead of %(asked)s: no choice of tracks that fit comes "
        "nearer.",
        got=duration(got),
        asked=duration(asked),
    )


def _filters_left_few(note: Mapping[str, Any]) -> str:
    """Return how many tracks passed, and the filter that bars most by itself."""
    passing = int(note.get("passing") or 0)
    said = ngettext(
        "Only %(num)s track of the catalogue passes what you chose.",
        "Only %(num)s tracks of the catalogue pass what you chose.",
        passing,
    )
    bars = note.get("by") or note.get("barred") or {}
    known = {
        "explicit": _("no explicit tracks"),
        "years": _("years"),
        "tempo": _("tempo"),
        "genres": _("genre"),
        "sources": _("source"),
        "avoid_words": _("words to avoid"),
    }
    counted = {name: bars[name] for name in known if isinstance(bars, dict) and bars.get(name)}
    if not counted:
        return said
    worst = max(counted, key=lambda name: int(counted[name]))
    return said + " " + _("Most are left out by: %(filter)s.", filter=known[worst])


def unknown_step() -> str:
    """Return how a step of a job is called that has no name here."""
    return _("Working")


def step_label(name: str) -> str:
    """Return a step of a job in words."""
    words = {
        "queued": _("In the queue"),
        "matching": _("Looking up your seeds"),
        "recommending": _("Choosing tracks"),
        "listening": _("Listening for the best moments"),
        "rendering": _("Joining them into a trailer"),
    }
    return words.get(name.partition(".")[0], unknown_step())


def scope_words(scopes: Iterable[str]) -> list[str]:
    """Return what the user has allowed at Spotify, in words."""
    words = {
        "user-top-read": _("see what you hear most"),
        "user-read-recently-played": _("see what you have just heard"),
        "user-library-read": _("see your liked songs"),
        "playlist-read-private": _("see your playlists, private ones too"),
        "playlist-modify-private": _("make private playlists"),
        "playlist-modify-public": _("make public playlists"),
    }
    return [words.get(scope, scope) for scope in sorted(scopes)]


def track_count(number: int) -> str:
    """Return a number of tracks in words."""
    return ngettext("%(num)s track", "%(num)s tracks", number)

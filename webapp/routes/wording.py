"""Data put into words: why a track is there, what a playlist's notes mean, what was allowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from webapp.i18n import _, ngettext


def attribute_word(name: str) -> str:
    """Return a feature's name as people say it."""
    words = {
        "danceability": _("how danceable it is"),
        "energy": _("energy"),
        "key": _("key"),
        "loudness": _("loudness"),
        "mode": _("major or minor"),
        "speechiness": _("how much is spoken"),
        "acousticness": _("how acoustic it is"),
        "instrumentalness": _("how much is instrumental"),
        "liveness": _("how live it feels"),
        "valence": _("mood"),
        "tempo": _("tempo"),
        "duration": _("length"),
        "time_signature": _("metre"),
        "artist": _("artist"),
        "genre": _("genre"),
        "year": _("year"),
    }
    return words.get(name, name.replace("_", " "))


def why(reason: Mapping[str, Any]) -> str:
    """Return why a track is in the playlist, from what was measured and nothing else."""
    title = str(reason.get("seed_title") or "")
    words = [attribute_word(str(name)) for name in reason.get("attributes") or ()]
    if title and words:
        return _("close to “%(title)s”: %(words)s", title=title, words=", ".join(words))
    if title:
        return _("close to “%(title)s”", title=title)
    if words:
        return _("close in %(words)s", words=", ".join(words))
    return ""


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
    if kind == "too_few_tracks":
        return _("The catalogue has fewer tracks that fit than you asked for.")
    if kind == "artist_cap_relaxed":
        return _("Some artists appear more often than usual, because the catalogue is small.")
    if kind == "spacing_relaxed":
        return _("Some tracks of one artist follow each other, because the catalogue is small.")
    return str(note.get("message") or "")


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

"""Data put into words: why a track is there, what a playlist's notes mean, what was allowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hooklist_genres import MODEL, Labelled, resolve
from webapp.i18n import _, duration, ngettext, number
from webapp.routes.reason_words import feature_word, nearness, shared_words

MOST_GENRE_LETTERS = 60


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


def genre_words(label: Labelled) -> str:
    """Return a track's genre as its row shows it, with how sure a model is of what it said.

    Parameters
    ----------
    label
        What is known of it.
    """
    found = resolve(label.genre)
    # A classifier spells genres as its table did; whoever stated one meant it as it stands.
    name = found.name if found is not None and label.source == MODEL else label.genre
    name = ", ".join(part.strip() for part in name.split(";") if part.strip())
    if len(name) > MOST_GENRE_LETTERS:
        name = name[:MOST_GENRE_LETTERS].rstrip(" ,") + "…"
    if label.estimated is None:
        return name
    percent = min(99, round(100 * label.estimated))
    return _("%(genre)s, %(percent)s%% sure", genre=name, percent=percent)


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
    if kind == "thumbs":
        return _thumbs(int(note.get("more") or 0), int(note.get("less") or 0))
    if kind == "left_out":
        return ngettext(
            "%(num)s track of the catalogue was left out because you have it already.",
            "%(num)s tracks of the catalogue were left out because you have them already.",
            int(note.get("tracks") or 0),
        )
    if kind == "liked_partly":
        return ngettext(
            "Of your %(all)s Liked Songs the latest %(num)s was looked at; an older one may come.",
            "Of your %(all)s Liked Songs the latest %(num)s were looked at; an older one may come.",
            int(note.get("looked_at") or 0),
            all=number(int(note.get("all") or 0)),
        )
    if kind in {"unknown_artists", "seed_artists_avoided"}:
        return _of_avoided(kind, [str(name) for name in note.get("artists") or ()])
    if kind == "filters_left_few":
        return _filters_left_few(note)
    if kind == "lengths_assumed":
        return ngettext(
            "How long %(num)s track lasts is not known; it counts as %(usual)s.",
            "How long %(num)s tracks last is not known; each counts as %(usual)s.",
            int(note.get("tracks") or 0),
            usual=duration(float(note.get("seconds") or 0)),
        )
    return _plain_notes().get(kind) or str(note.get("message") or "")


def _of_avoided(kind: str, artists: Sequence[str]) -> str:
    named = ", ".join(artists)
    if kind == "unknown_artists":
        return _("Not in the catalogue, so there was nothing to avoid: %(artists)s.", artists=named)
    return _(
        "Nothing by %(artists)s comes, as you asked; your seeds still count for how it sounds.",
        artists=named,
    )


def _thumbs(more: int, less: int) -> str:
    up = ngettext("%(num)s thumb up", "%(num)s thumbs up", more)
    down = ngettext("%(num)s thumb down", "%(num)s thumbs down", less)
    both = _("%(up)s and %(down)s", up=up, down=down) if more and less else up if more else down
    return _("Of your earlier thumbs, those near these seeds counted: %(thumbs)s.", thumbs=both)


def filters_barred(counts: Mapping[str, Any]) -> str:
    """Return how many tracks each filter bars by itself, the one that bars most first."""
    words = {
        "explicit": _("nothing explicit"),
        "years": _("years"),
        "tempo": _("tempo"),
        "genres": _("genre"),
        "sources": _("source"),
        "avoid_words": _("words to avoid"),
        "avoid_artists": _("artists to avoid"),
    }
    known = {name: int(counts[name]) for name in words if counts.get(name)}
    ordered = sorted(known, key=lambda name: -known[name])
    return ", ".join(
        _("%(filter)s leaves out %(number)s", filter=words[name], number=number(known[name]))
        for name in ordered
    )


def _plain_notes() -> dict[str, str]:
    return {
        "too_few_tracks": _("The catalogue has fewer tracks that fit than you asked for."),
        "artist_cap_relaxed": _(
            "Some artists appear more often than usual, because too few others fit."
        ),
        "spacing_relaxed": _(
            "Some tracks of one artist stand close together, because too few others fit."
        ),
        "liked_unread": _(
            "Your Liked Songs could not be read, so that some of them may be in this list."
        ),
        "curve_missed": _(
            "Energy does not quite run as you asked: no tracks that fit come nearer."
        ),
        "tracks_gone": _(
            "Some tracks are no longer in the catalogue. They stay in the list and count for "
            "nothing when others are picked."
        ),
        "no_bridge": _(
            "There is no path between the seeds: too few of them have features to compare."
        ),
        "not_sequenced": _("A list this long comes in the order of likeness, without a curve."),
        "by_tags": _(
            "Nothing was ever measured of these seeds, so tracks were picked by artist, genre "
            "and year."
        ),
        "filled_by_tags": _(
            "Some tracks were never measured; they were picked by artist, genre and year."
        ),
        "seeds_without_features": _(
            "Nothing was ever measured of some seeds, so the others decided."
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
    said = ngettext(
        "Only %(num)s track of the catalogue passes what you chose.",
        "Only %(num)s tracks of the catalogue pass what you chose.",
        int(note.get("passing") or 0),
    )
    counts = note.get("by_filter")
    barred = filters_barred(counts) if isinstance(counts, dict) else ""
    return said + " " + _("By itself, %(filters)s.", filters=barred) if barred else said


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
        "ugc-image-upload": _("give playlists a cover"),
        "streaming": _("play in this browser (Premium)"),
        "user-modify-playback-state": _("start and stop what plays"),
        "user-read-playback-state": _("see what plays, and where"),
    }
    return [words.get(scope, scope) for scope in sorted(scopes)]


def track_count(number: int) -> str:
    """Return a number of tracks in words."""
    return ngettext("%(num)s track", "%(num)s tracks", number)

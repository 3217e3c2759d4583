"""A playlist and its trailer as the result page shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import url_for

from hooklist_genres import Labelled
from webapp.i18n import _, duration
from webapp.routes.failures import Failure, recorded_failure
from webapp.routes.highlight_view import HighlightView, highlight_view
from webapp.routes.job_view import JobView, job_view
from webapp.routes.licence_words import Licence, licence_words
from webapp.routes.reason_words import feature_facts
from webapp.routes.transition_words import JoinCount, join_counts, tier_name, transition_why
from webapp.routes.waveform import Mark, marks, wave_paths
from webapp.routes.wording import genre_words, note_text, track_count, why
from webapp.services.trailer_style import TrailerStyle
from webapp.store import Playlist
from webapp.wiring import services

if TYPE_CHECKING:
    from webapp.services.highlights_moved import TrackHighlight

DEMO_LICENCE = "CC0 1.0"
NO_DERIVATIVES = "trailer.no_derivatives"


@dataclass(frozen=True)
class Chapter:
    """Where a track is heard in the trailer, and how it is come to.

    Parameters
    ----------
    start, end
        Seconds of the trailer.
    tier, tier_words, why
        How the track before passes into it, one of `webapp.routes.transition_words.TIERS`, what
        that is called, and why it was taken; empty for the first.
    kept
        Per cent of the beginning of the highlight, as long as the track is heard, that is heard;
        None where that is not known.
    facts
        Tempo and key in words, where the analysis is sure of them.
    """

    start: float
    end: float
    tier: str = ""
    tier_words: str = ""
    why: str = ""
    kept: int | None = None
    facts: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrackRow:
    """A track of the list.

    Parameters
    ----------
    id
        Of the catalogue's row.
    title, artists, duration, licence
        Of the track; duration in seconds.
    why
        The reason, in words.
    url
        Its page at Spotify, or empty.
    deed
        Of the licence, where it is one that is known.
    full
        Address of the whole track, or empty.
    cover
        Where its cover is, if there is one.
    chapter
        Where it is heard in the trailer.
    mute
        Why it is not, or empty.
    kept
        Whether it stays where it is when others are picked anew.
    genre, genre_source, genre_confidence
        As it was written, who says so, and how sure that is (`hooklist_genres.Labelled`).
    genre_words
        The same for people, empty where it is unknown.
    highlight
        Where its best seconds lie, once it was heard.
    """

    id: str
    title: str
    artists: tuple[str, ...]
    duration: float | None
    licence: str
    why: str
    url: str
    deed: str
    full: str
    cover: str
    chapter: Chapter | None
    mute: str
    kept: bool
    genre: str
    genre_source: str
    genre_confidence: float
    genre_words: str
    highlight: HighlightView | None

    def to_data(self) -> dict[str, Any]:
        """Return it for a JSON answer."""
        return {
            **vars(self),
            "artists": list(self.artists),
            "chapter": _chapter_data(self.chapter) if self.chapter else None,
            "highlight": self.highlight.to_data() if self.highlight else None,
        }


@dataclass(frozen=True)
class TrailerView:
    """The trailer.

    Parameters
    ----------
    state
        ``ready``, ``pending``, ``failed`` or ``none``.
    url
        Of the sound.
    name
        Tells this trailer from those before it.
    duration
        Seconds.
    chapters
        In the order they are heard.
    wave
        Hue and path of each chapter (`webapp.routes.waveform`).
    marks
        Where one track passes into the next, and how.
    joins
        How often each way of passing is taken, the boldest first.
    style
        How the tracks are joined, where its listener may choose.
    may_mix
        Whether the operator lets tracks be mixed.
    job
        That makes it, while it does.
    failure
        Why there is none.
    can_retry
        Whether it may be asked for again.
    """

    state: str
    url: str = ""
    name: str = ""
    duration: float = 0.0
    chapters: tuple[Chapter, ...] = ()
    wave: tuple[tuple[int, str], ...] = ()
    marks: tuple[Mark, ...] = ()
    joins: tuple[JoinCount, ...] = ()
    style: TrailerStyle | None = None
    may_mix: bool = True
    job: JobView | None = None
    failure: Failure | None = None
    can_retry: bool = False

    def to_data(self) -> dict[str, Any]:
        """Return it for a JSON answer."""
        return {
            "state": self.state,
            "url": self.url,
            "duration": self.duration,
            "chapters": [_chapter_data(chapter) for chapter in self.chapters],
            "job": self.job.id if self.job else None,
            "failure": self.failure.to_data() if self.failure else None,
        }


def trailer_view(playlist: Playlist) -> TrailerView:
    """Return how the trailer of a playlist stands."""
    here = url_for("playlists.show", playlist_id=playlist.id)
    trailer = playlist.trailer or {}
    style = services().trailers.style_of(playlist)
    may_mix = services().settings.mixing
    if playlist.trailer_state == "ready" and services().trailers.file_of(playlist) is not None:
        chapters = _in_order(trailer)
        length = float(trailer["duration"])
        return TrailerView(
            "ready",
            # Another trailer has another address: browsers keep pieces of sound by it.
            url=url_for("playlists.audio", playlist_id=playlist.id, of=_version(trailer["file"])),
            name=str(trailer["file"]),
            duration=length,
            chapters=tuple(_chapter(chapter) for chapter in chapters),
            wave=tuple(wave_paths(trailer.get("peaks") or (), chapters, length)),
            marks=marks(chapters, length),
            joins=join_counts(chapters),
            style=style,
            may_mix=may_mix,
        )
    if playlist.trailer_state == "none":
        return TrailerView("none")
    job = services().trailer_requests.job_of(playlist)
    if job is not None and not job.is_over:
        return TrailerView("pending", style=style, may_mix=may_mix, job=job_view(job))
    error = trailer.get("error") or (job.error if job else None) or {}
    if job is not None and job.state == "cancelled":
        error = {"code": "jobs.cancelled", "why": _("it was cancelled")}
    return TrailerView("failed", failure=recorded_failure(error, next_page=here), can_retry=True)


def track_rows(playlist: Playlist, trailer: TrailerView) -> tuple[TrackRow, ...]:
    """Return the list, each track with where it is heard."""
    heard: dict[int, Chapter] = {}
    unheard: dict[int, str] = {}
    if trailer.state == "ready":
        kept: Mapping[str, Any] = playlist.trailer or {}
        heard = {
            int(chapter["track"]): shown
            for chapter, shown in zip(_in_order(kept), trailer.chapters, strict=True)
        }
        unheard = {
            int(skipped["track"]): str(skipped.get("error") or "unreadable")
            for skipped in kept.get("skipped") or ()
        }
    kept_rows = set(playlist.options.get("locked") or ())
    highlights = services().highlights.of_playlist(playlist)
    return tuple(
        _row(
            playlist.id,
            track,
            heard.get(number),
            _mute(track, trailer, unheard.get(number, "")),
            kept=track.get("id") in kept_rows,
            highlight=highlights.get(str(track.get("id"))),
        )
        for number, track in enumerate(playlist.tracks)
    )


def notes_of(playlist: Playlist) -> list[str]:
    """Return the playlist's notes in words."""
    return [text for note in playlist.notes if isinstance(note, dict) and (text := note_text(note))]


def total_duration(playlist: Playlist) -> str:
    """Return how long the whole playlist lasts, or nothing where that is not known."""
    lengths = [track.get("duration") for track in playlist.tracks]
    known = [float(length) for length in lengths if length]
    return duration(sum(known)) if known and len(known) == len(lengths) else ""


def about(playlist: Playlist) -> str:
    """Return one line about the playlist."""
    if playlist.state == "ready":
        return _("Playlist · %(tracks)s", tracks=track_count(len(playlist.tracks)))
    return _("Playlist")


def _row(
    playlist_id: str,
    track: Mapping[str, Any],
    chapter: Chapter | None,
    mute: str,
    *,
    kept: bool,
    highlight: TrackHighlight | None,
) -> TrackRow:
    settings = services().settings
    spotify_id = str(track.get("spotify_id") or "")
    licence = licence_words(str(track.get("licence") or ""))
    track_id = str(track.get("id") or "")
    owned = bool(track.get("audio"))
    label = Labelled.of_row(track)
    return TrackRow(
        id=track_id,
        title=str(track.get("title") or ""),
        artists=tuple(str(artist) for artist in track.get("artists") or ()),
        duration=track.get("duration"),
        licence=licence.name if licence and not _is_demos(licence) else "",
        deed=licence.url if licence else "",
        why=why(track.get("reason") or {}),
        url=f"{settings.spotify_open_url.rstrip('/')}/track/{spotify_id}" if spotify_id else "",
        full=_of_track("sound.track", playlist_id, track_id)
        if owned and settings.full_tracks
        else "",
        cover=_of_track("sound.cover", playlist_id, track_id) if owned or spotify_id else "",
        chapter=chapter,
        mute="" if chapter else mute,
        kept=kept,
        genre=label.genre,
        genre_source=label.source,
        genre_confidence=label.confidence,
        genre_words=genre_words(label),
        highlight=highlight_view(highlight, label) if highlight else None,
    )


def _in_order(trailer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the chapters of a trailer as they are heard."""
    return sorted(trailer["chapters"], key=lambda chapter: float(chapter["start"]))


def _of_track(endpoint: str, playlist_id: str, track_id: str) -> str:
    return url_for(endpoint, playlist_id=playlist_id, track_id=track_id)


def _is_demos(licence: Licence) -> bool:
    """Return whether it is the licence of all generated music, which need not be said 200 times."""
    return services().settings.demo and licence.name == DEMO_LICENCE


def _mute(track: Mapping[str, Any], trailer: TrailerView, unheard: str) -> str:
    if trailer.state == "none":
        return ""  # said once for all of them
    if not track.get("audio"):
        return _("no preview")
    if unheard == NO_DERIVATIVES:
        return _("left out of the trailer: its licence forbids mixing")
    return _("no preview: its audio cannot be read") if unheard else ""


def _version(file: object) -> str:
    return str(file).rpartition("-")[2].partition(".")[0]


def _chapter(chapter: Mapping[str, Any]) -> Chapter:
    tier, kept = str(chapter.get("transition") or ""), chapter.get("kept")
    name = tier_name(tier)
    return Chapter(
        round(float(chapter["start"]), 3),
        round(float(chapter["end"]), 3),
        tier=tier if name else "",
        tier_words=name,
        why=transition_why(str(chapter.get("reason") or "")) if name else "",
        kept=round(100 * min(1.0, float(kept))) if isinstance(kept, int | float) else None,
        facts=tuple(feature_facts(chapter.get("features") or {})),
    )


def _chapter_data(chapter: Chapter) -> dict[str, Any]:
    return {**vars(chapter), "facts": list(chapter.facts)}

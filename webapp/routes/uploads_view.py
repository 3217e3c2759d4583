"""A visitor's files and their mix as the page shows them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from hooklist_genres import Labelled
from webapp.i18n import _, ngettext, number
from webapp.routes.failures import Failure, recorded_failure
from webapp.routes.highlight_view import HighlightView, highlight_view
from webapp.routes.licence_words import licence_words
from webapp.routes.moments import Moment, moment
from webapp.routes.playlist_view import Chapter, TrailerView
from webapp.routes.transition_words import join_counts, tier_name, transition_why
from webapp.routes.waveform import marks, wave_paths
from webapp.routes.wording import genre_words
from webapp.services.highlights_moved import TrackHighlight
from webapp.services.uploads.mixing import (
    MIX_FORMATS,
    PLAYED,
    MixFormat,
    MixWish,
    seconds_range,
    title_of,
)
from webapp.store import Upload, UploadBox
from webapp.wiring import services

FORMAT_NAMES: dict[MixFormat, str] = {"mp3": "MP3", "opus": "Opus", "m4a": "M4A"}


@dataclass(frozen=True)
class UploadRow:
    """A file of the list.

    Parameters
    ----------
    id, name, state
        As it is kept.
    title, artists
        Of its tags, or of its name.
    size
        In words.
    duration
        Seconds, once known.
    licence, deed
        What its tags say, and where the licence stands.
    picked
        Whether it is to be part of the mix.
    genre_words
        Its tag's genre, or empty.
    highlight
        Where its best seconds lie, once it was heard.
    chapter
        Where it is heard in the mix.
    mute
        Why it is not, although it was picked.
    hear, take
        Addresses of the highlight as sound and as a file, or empty.
    failure
        Why nothing can be made of it.
    """

    id: str
    name: str
    state: str
    title: str
    artists: tuple[str, ...]
    size: str
    duration: float | None
    licence: str
    deed: str
    picked: bool
    genre_words: str
    highlight: HighlightView | None
    chapter: Chapter | None
    mute: str
    hear: str
    take: str
    failure: Failure | None

    def to_data(self) -> dict[str, Any]:
        """Return it for a JSON answer."""
        return {
            "id": self.id,
            "name": self.name,
            "state": self.state,
            "title": self.title,
            "artists": list(self.artists),
            "duration": self.duration,
            "licence": self.licence,
            "picked": self.picked,
            "highlight": self.highlight.to_data() if self.highlight else None,
            "chapter": {"start": self.chapter.start, "end": self.chapter.end}
            if self.chapter
            else None,
            "hear": self.hear,
            "failure": self.failure.to_data() if self.failure else None,
        }


@dataclass(frozen=True)
class MixFormatView:
    """A format of the mix.

    Parameters
    ----------
    form, name
        For machines and for people.
    state
        ``none``, ``pending``, ``ready`` or ``failed``.
    url
        Of the file, once it is there.
    failure
        Why it is not.
    """

    form: MixFormat
    name: str
    state: str
    url: str
    failure: Failure | None

    def to_data(self) -> dict[str, Any]:
        """Return it for a JSON answer."""
        return {
            "format": self.form,
            "state": self.state,
            "url": self.url,
            "failure": self.failure.to_data() if self.failure else None,
        }


@dataclass(frozen=True)
class MixView:
    """The mix.

    Parameters
    ----------
    state
        Of the format that is played.
    player
        What the player plays, while there is one.
    formats
        To take along.
    sentence, done, total
        How far it is while it is made.
    outdated
        Whether other files or highlights are picked by now.
    wish
        How it was asked for, or would be.
    seconds
        As the form shows them.
    shortest, longest
        Seconds that so many picked files can fill.
    """

    state: str
    player: TrailerView | None
    formats: tuple[MixFormatView, ...]
    sentence: str
    done: int
    total: int
    outdated: bool
    wish: MixWish
    seconds: str
    shortest: int
    longest: int

    @property
    def failure(self) -> Failure | None:
        """Why there is no mix."""
        return next((one.failure for one in self.formats if one.form == PLAYED), None)

    @property
    def busy(self) -> bool:
        """Whether any format is being made."""
        return any(one.state == "pending" for one in self.formats)

    def to_data(self) -> dict[str, Any]:
        """Return it for a JSON answer."""
        return {
            "state": self.state,
            "duration": self.player.duration if self.player else None,
            "url": self.player.url if self.player else "",
            "sentence": self.sentence,
            "done": self.done,
            "total": self.total,
            "outdated": self.outdated,
            "formats": [one.to_data() for one in self.formats],
        }


@dataclass(frozen=True)
class UploadsView:
    """Everything of the page.

    Parameters
    ----------
    rows
        Files that were taken, in their order.
    refused
        Files that were not, and why.
    mix
        Of those picked.
    first_gone
        When the first of the files is removed.
    stalled
        Whether files wait that nobody hears any more.
    next_place
        Where the next file belongs in the list.
    """

    rows: tuple[UploadRow, ...]
    refused: tuple[UploadRow, ...]
    mix: MixView
    first_gone: Moment | None
    stalled: bool
    next_place: int

    @property
    def waiting(self) -> int:
        """How many files are to be heard yet."""
        return sum(row.state in {"receiving", "waiting"} for row in self.rows)

    @property
    def busy(self) -> bool:
        """Whether anything changes by itself."""
        return (self.waiting > 0 and not self.stalled) or self.mix.busy

    @property
    def key(self) -> str:
        """Tells one state of the page from another, progress left aside."""
        told = {**self.to_data(), "stalled": self.stalled}
        told["mix"] = {**told["mix"], "sentence": "", "done": 0, "total": 0}
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]

    def to_data(self) -> dict[str, Any]:
        """Return it for a JSON answer."""
        return {
            "files": [row.to_data() for row in (*self.rows, *self.refused)],
            "mix": self.mix.to_data(),
            "waiting": self.waiting,
            "busy": self.busy,
        }


def uploads_view(box_id: str | None) -> UploadsView:
    """Return how a box stands."""
    uploads, box = services().uploads.of(box_id), services().uploads.box(box_id)
    highlights = services().uploads.highlights(uploads)
    mix = _mix(box, uploads)
    kept: Mapping[str, Any] = (box.mix if box else None) or {}
    heard = {str(one["upload"]): one for one in kept.get("chapters") or ()} if mix.player else {}
    mute = {str(one["upload"]) for one in kept.get("skipped") or ()} if mix.player else set()
    rows = [_row(one, highlights.get(one.id), heard.get(one.id), one.id in mute) for one in uploads]
    stays = [one for one in uploads if one.state != "failed"]
    return UploadsView(
        rows=tuple(row for row in rows if row.state != "failed"),
        refused=tuple(row for row in rows if row.state == "failed"),
        mix=mix,
        first_gone=moment(min((one.expires_at for one in stays), default=None)),
        stalled=_is_stalled(box, uploads),
        next_place=1 + max((one.number for one in uploads), default=-1),
    )


def _row(
    upload: Upload,
    here: TrackHighlight | None,
    chapter: Mapping[str, Any] | None,
    mute: bool,
) -> UploadRow:
    track = upload.track or {}
    label = Labelled.of_row(track)
    licence = licence_words(str(track.get("licence") or ""))
    # Another place has another address: browsers keep pieces of sound by it.
    at = round(1000 * here.start) if here else 0
    address = url_for("uploads.highlight", upload_id=upload.id, at=at) if here else ""
    return UploadRow(
        id=upload.id,
        name=upload.name,
        state=upload.state,
        title=title_of(upload),
        artists=tuple(str(one) for one in track.get("artists") or ()),
        size=_("%(size)s MB", size=number(round(upload.bytes / 1e6, 1))) if upload.bytes else "",
        duration=track.get("duration"),
        licence=licence.name if licence else "",
        deed=licence.url if licence else "",
        picked=upload.picked,
        genre_words=genre_words(label),
        highlight=highlight_view(here, label) if here else None,
        chapter=_chapter(chapter) if chapter else None,
        mute=_("not in the mix: it cannot be played there") if mute else "",
        hear=address,
        take=f"{address}&take=1" if address else "",
        failure=recorded_failure(upload.error, next_page=url_for("uploads.show"))
        if upload.error
        else None,
    )


def _chapter(chapter: Mapping[str, Any]) -> Chapter:
    tier = str(chapter.get("transition") or "")
    name = tier_name(tier)
    return Chapter(
        round(float(chapter["start"]), 3),
        round(float(chapter["end"]), 3),
        tier=tier if name else "",
        tier_words=name,
        why=transition_why(str(chapter.get("reason") or "")) if name else "",
    )


def _mix(box: UploadBox | None, uploads: Sequence[Upload]) -> MixView:
    kept: Mapping[str, Any] = (box.mix if box else None) or {}
    formats = tuple(_format(box, form) for form in MIX_FORMATS)
    state, told = services().mixes.state_of(box, PLAYED)
    wish = MixWish(**kept["wish"]) if kept else MixWish(mixing=services().settings.mixing)
    picked = sum(one.picked and one.state != "failed" for one in uploads)
    low, high = seconds_range(max(1, picked))
    total, done = int(told.get("total") or 0), int(told.get("done") or 0)
    return MixView(
        state=state,
        player=_player(box, kept) if state == "ready" else None,
        formats=formats,
        sentence=_progress(told) if state == "pending" else "",
        done=done,
        total=total,
        outdated=box is not None and services().mixes.is_outdated(box, uploads),
        wish=wish,
        seconds="" if wish.seconds is None else f"{wish.seconds:g}",
        shortest=round(low),
        longest=round(high),
    )


def _format(box: UploadBox | None, form: MixFormat) -> MixFormatView:
    state, told = services().mixes.state_of(box, form)
    version = box.mix_version if box else 0
    here = url_for("uploads.show")
    return MixFormatView(
        form,
        FORMAT_NAMES[form],
        state,
        url_for("uploads.mix_sound", form=form, of=version, take=1) if state == "ready" else "",
        recorded_failure(told, next_page=here) if state == "failed" else None,
    )


def _player(box: UploadBox | None, kept: Mapping[str, Any]) -> TrailerView:
    chapters = sorted(kept["chapters"], key=lambda chapter: float(chapter["start"]))
    length = float(kept["duration"])
    version = box.mix_version if box else 0
    return TrailerView(
        "ready",
        url=url_for("uploads.mix_sound", form=PLAYED, of=version),
        name=f"mix-{version}",
        duration=length,
        chapters=tuple(map(_chapter, chapters)),
        wave=tuple(wave_paths(kept.get("peaks") or (), chapters, length)),
        marks=marks(chapters, length),
        joins=join_counts(chapters),
    )


def _progress(told: Mapping[str, Any]) -> str:
    if not told.get("step"):
        return _("In the queue, next to come.")
    return _("Mixing your files …")


def _is_stalled(box: UploadBox | None, uploads: Sequence[Upload]) -> bool:
    """Whether files wait and the job that should hear them has ended without it."""
    if box is None or not any(one.state == "waiting" for one in uploads):
        return False
    return services().uploads.is_hearing_over(box)


def bounds_words() -> list[str]:
    """Return what may be brought, in words, one bound each."""
    bounds = services().upload_bounds
    hours = bounds.keep_seconds / 3600
    return [
        _("MP3, WAV, FLAC, Ogg, Opus or M4A"),
        ngettext("%(num)s file at a time", "up to %(num)s files", bounds.files),
        _(
            "%(size)s MB and %(minutes)s minutes each",
            size=number(bounds.file_bytes / 1e6),
            minutes=number(bounds.seconds / 60),
        ),
        ngettext(
            "removed after %(hours)s hour",
            "removed after %(hours)s hours",
            round(hours),
            hours=number(hours),
        ),
    ]

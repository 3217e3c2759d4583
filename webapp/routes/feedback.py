"""What people tell the operator, and what they think of what they hear."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from flask import Blueprint, Response, g, jsonify, redirect, render_template, request, url_for
from pydantic import Field, StringConstraints
from werkzeug.wrappers import Response as AnyResponse

from hooklist_errors import HooklistError
from webapp.errors import InvalidRequest, NotFound
from webapp.faces import face_of
from webapp.i18n import _
from webapp.routes.access import current_user
from webapp.routes.failures import Failure, failure_of
from webapp.routes.inputs import Strict, check, form_data, offset, plain, read_json
from webapp.routes.opened_rows import opened_after
from webapp.services.feedback.experiments import variants_of
from webapp.services.highlights_moved import heard_tracks
from webapp.store import Playlist, Thumb
from webapp.store.feedback_messages import LONGEST_CONTACT, LONGEST_PAGE, LONGEST_TEXT
from webapp.wiring import services

blueprint = Blueprint("feedback", __name__)

THUMBS_PER_PAGE = 100
SAME_PLACE = 0.5
"""Seconds that a highlight may have moved by and still be the one that was rated."""

Topic = Literal["problem", "idea", "music", "praise", "other"]


class MessageInput(Strict):
    """A message to the operator."""

    topic: Topic
    text: Annotated[
        str, StringConstraints(min_length=1, max_length=LONGEST_TEXT, strip_whitespace=True)
    ]
    page: Annotated[str, StringConstraints(max_length=LONGEST_PAGE)]
    contact: Annotated[str, StringConstraints(max_length=LONGEST_CONTACT)]


class RatingInput(Strict):
    """How good something is: of a track's highlight, or of the trailer where no track is named."""

    track: Annotated[str, StringConstraints(max_length=300)] = ""
    value: Annotated[int, Field(ge=1, le=5)]


class RatedInput(Strict):
    """What is not rated any more."""

    track: Annotated[str, StringConstraints(max_length=300)] = ""


@dataclass(frozen=True)
class Subject:
    """Something that is rated."""

    kind: Literal["highlight", "trailer"]
    name: str
    place: float = 0.0
    strategy: str = ""


@dataclass(frozen=True)
class Said:
    """What the owner of a playlist has said of it.

    Parameters
    ----------
    thumbs
        Whether the thumb is up, by track id.
    highlights
        Rating of the present highlight, by track id.
    trailer
        Rating of the present trailer, or None.
    """

    thumbs: dict[str, bool] = field(default_factory=dict)
    highlights: dict[str, int] = field(default_factory=dict)
    trailer: int | None = None


@blueprint.app_context_processor
def _for_templates() -> dict[str, object]:
    return {
        "said_of": said_of,
        "topic_words": topic_words,
        "feedback_days": lambda: services().settings.feedback_days,
    }


def topic_words() -> dict[str, str]:
    """Return the topics of a message, in words."""
    return {
        "problem": _("Something does not work"),
        "idea": _("An idea or a wish"),
        "music": _("The music: highlights, trailers, playlists"),
        "praise": _("Praise"),
        "other": _("Something else"),
    }


@blueprint.get("/feedback")
def form() -> str:
    """Show the form to the operator."""
    return _form({}, sent=request.args.get("sent") == "1")


@blueprint.post("/feedback")
def send() -> AnyResponse | tuple[str, int]:
    """Keep a message to the operator; whoever writes it, no account is kept with it."""
    given = {
        name: plain(form_data(name)).replace("\r\n", "\n")
        for name in ("topic", "text", "page", "contact")
    }
    try:
        told = _message(given)
        services().messages.add(told.topic, told.text, page=told.page, contact=told.contact)
    except HooklistError as error:
        failure = failure_of(error, next_page=url_for("feedback.form"))
        return _form(given, failure=failure), face_of(error).status
    return redirect(url_for("feedback.form", sent="1"), 303)


@blueprint.post("/p/<playlist_id>/rate")
def rate_by_form(playlist_id: str) -> AnyResponse:
    """Rate a highlight (``track`` names it) or the trailer, or take it back (``back``)."""
    user, track_id = current_user(), form_data("track")
    playlist = services().playlists.get(playlist_id, user.id)
    if form_data("back"):
        services().ratings.delete(user.id, *_named(playlist, track_id))
    else:
        value = form_data(f"rating {track_id}".strip())
        if value not in set("12345"):
            raise InvalidRequest(
                "That was not rated",
                which=value[:20],
                why="a rating is 1 to 5",
                next_step="go back and choose one",
            )
        _rate(playlist, track_id, int(value))
    ids = [str(track["id"]) for track in playlist.tracks]
    place = f"track-{ids.index(track_id) + 1}" if track_id in ids else "rate-trailer"
    opened = opened_after(playlist)
    return redirect(
        url_for("playlists.show", playlist_id=playlist_id, open=opened, _anchor=place), 303
    )


@blueprint.put("/api/v1/playlists/<playlist_id>/rating")
def rate(playlist_id: str) -> Response:
    """Rate a highlight or the trailer."""
    told = read_json(RatingInput)
    playlist = services().playlists.get(playlist_id, current_user().id)
    _rate(playlist, told.track, told.value)
    return jsonify({"value": told.value})


@blueprint.delete("/api/v1/playlists/<playlist_id>/rating")
def take_back(playlist_id: str) -> Response:
    """Take a rating back."""
    told, user = read_json(RatedInput), current_user()
    playlist = services().playlists.get(playlist_id, user.id)
    services().ratings.delete(user.id, *_named(playlist, told.track))
    return jsonify({"value": None})


@blueprint.get("/thumbs")
def thumbs() -> str:
    """Show what the user wants more and less of, to be taken back."""
    first = offset()
    found = services().thumbs.list(current_user().id, limit=THUMBS_PER_PAGE + 1, offset=first)
    more = len(found) > THUMBS_PER_PAGE
    return render_template(
        "thumbs.html",
        thumbs=[_thumb(one) for one in found[:THUMBS_PER_PAGE]],
        older=url_for("feedback.thumbs", offset=first + THUMBS_PER_PAGE) if more else "",
    )


@blueprint.post("/thumbs/remove")
def remove_thumb() -> AnyResponse:
    """Take a thumb back; lists that are there stay as they are."""
    services().thumbs.delete(current_user().id, form_data("track"))
    return redirect(url_for("feedback.thumbs"), 303)


def said_of(playlist: Playlist) -> Said:
    """Return what the owner has said of a playlist; looked up once for each answer."""
    known: dict[str, Said] = g.setdefault("said_of", {})
    if playlist.id not in known:
        known[playlist.id] = _look_up(playlist)
    return known[playlist.id]


def _look_up(playlist: Playlist) -> Said:
    user_id = playlist.user_id
    ids = [str(track.get("id")) for track in playlist.tracks]
    heard = heard_tracks(playlist)
    ratings = services().ratings
    highlights: dict[str, int] = {}
    rated = ratings.of(user_id, "highlight", (key for key, _ in heard.values()))
    if rated:
        for track_id, here in services().highlights.of_playlist(playlist).items():
            rating = rated.get(heard[track_id][0])
            if rating is not None and abs(rating.place - here.start) <= SAME_PLACE:
                highlights[track_id] = rating.value
    file = str((playlist.trailer or {}).get("file") or "")
    trailer = ratings.of(user_id, "trailer", [file]).get(file) if file else None
    return Said(
        services().thumbs.of_tracks(user_id, ids), highlights, trailer.value if trailer else None
    )


def _rate(playlist: Playlist, track_id: str, value: int) -> None:
    subject = _subject(playlist, track_id)
    services().ratings.put(
        playlist.user_id,
        subject.kind,
        subject.name,
        value,
        place=subject.place,
        strategy=subject.strategy,
        variants=variants_of(playlist.options),
    )


def _named(playlist: Playlist, track_id: str) -> tuple[Literal["highlight", "trailer"], str]:
    subject = _subject(playlist, track_id)
    return subject.kind, subject.name


def _subject(playlist: Playlist, track_id: str) -> Subject:
    """Return what is rated: the highlight of a track as this listener hears it, or the trailer.

    Raises
    ------
    NotFound
        If there is none.
    """
    if not track_id:
        file = str((playlist.trailer or {}).get("file") or "")
        if playlist.trailer_state == "ready" and file:
            return Subject("trailer", file)
    else:
        heard = heard_tracks(playlist).get(track_id)
        here = services().highlights.of_playlist(playlist).get(track_id) if heard else None
        if heard is not None and here is not None:
            return Subject("highlight", heard[0], here.start, here.strategy)
    raise NotFound(
        "That was not rated",
        which=track_id[:100],
        why="it is not there, or has not been heard yet",
        next_step="reload the page",
    )


def _message(given: dict[str, str]) -> MessageInput:
    if not given["text"].strip():
        raise InvalidRequest(
            "The message was not sent", why="nothing is written in it", next_step="write something"
        )
    if len(given["text"]) > LONGEST_TEXT:
        raise InvalidRequest(
            "The message was not sent",
            which=f"{len(given['text'])} characters",
            why=f"it may have {LONGEST_TEXT}",
            kept="what you wrote, below",
            next_step="make it shorter",
        )
    return check(MessageInput, given)


def _form(given: dict[str, str], *, failure: Failure | None = None, sent: bool = False) -> str:
    return render_template(
        "feedback.html",
        given=given,
        failure=failure,
        sent=sent,
        longest={"text": LONGEST_TEXT, "page": LONGEST_PAGE, "contact": LONGEST_CONTACT},
    )


def _thumb(thumb: Thumb) -> dict[str, object]:
    return {
        "id": thumb.track_id,
        "up": thumb.up,
        "title": thumb.title or _("Untitled"),
        "artists": ", ".join(thumb.artists),
    }

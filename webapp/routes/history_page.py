"""What the user has made: drafts, what was saved, and what was deleted and can be had back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from flask import render_template, request, url_for

from webapp.i18n import _
from webapp.routes.access import current_user
from webapp.routes.cover_address import cover_address
from webapp.routes.failures import Failure
from webapp.routes.inputs import offset
from webapp.routes.moments import Moment, moment
from webapp.routes.save_view import saved_address
from webapp.routes.wording import track_count
from webapp.store import Playlist
from webapp.store.errors import PlaylistUnknown
from webapp.store.playlist_bin import DAY, DAYS_KEPT
from webapp.store.playlists import Shelf
from webapp.wiring import services

PER_PAGE = 30
LONGEST_WORDS = 100


@dataclass(frozen=True)
class Entry:
    """A playlist in the list.

    Parameters
    ----------
    id, title, about
        Of the playlist.
    url
        Its page; empty while it is in the bin.
    cover
        Address of the picture.
    created
        When it was made.
    gone
        When it goes for good, in the bin.
    saved_url
        Where it can be opened at Spotify, or empty.
    mark
        What is to be known of it at a glance.
    good
        Whether that is how it should be.
    sounds
        Whether there is a trailer to hear.
    whole
        Whether it was made completely, so that it can be copied.
    seeds
        Whether it knows what it was made from.
    """

    id: str
    title: str
    about: str
    url: str
    cover: str
    created: Moment | None
    gone: Moment | None
    saved_url: str
    mark: str
    good: bool
    sounds: bool
    whole: bool
    seeds: bool


def render_history(failure: Failure | None = None) -> str:
    """Return the page: one shelf, or what fits the words that were searched for."""
    user, first = current_user(), offset()
    shelf, words = _asked()
    found = services().playlists.list(
        user.id, shelf=shelf, words=words, limit=PER_PAGE + 1, offset=first
    )

    def address(at: int) -> str:
        return url_for(
            "playlists.history",
            show=None if shelf == "all" else shelf,
            q=words or None,
            offset=at or None,
        )

    counts = services().bin.counts(user.id)
    return render_template(
        "history.html",
        failure=failure,
        entries=[_entry(playlist) for playlist in found[:PER_PAGE]],
        shelf=shelf,
        words=words,
        shelves=[(name, label, counts[name]) for name, label in _shelves() if _shown(name, counts)],
        made=counts["all"],
        deleted=_deleted(user.id),
        renamed=request.args.get("renamed") == "1",
        restored=request.args.get("restored") == "1",
        emptied=request.args.get("emptied") == "1",
        days=DAYS_KEPT,
        older=address(first + PER_PAGE) if len(found) > PER_PAGE else "",
        newer=address(max(0, first - PER_PAGE)) if first else "",
    )


def _asked() -> tuple[Shelf, str]:
    asked = request.args.get("show", "")
    shelf: Shelf = next((name for name in get_args(Shelf) if name == asked), "all")
    return shelf, " ".join(request.args.get("q", "").split())[:LONGEST_WORDS]


def _shelves() -> tuple[tuple[Shelf, str], ...]:
    return (
        ("all", _("All")),
        ("drafts", _("Drafts")),
        ("saved", _("Saved")),
        ("bin", _("Deleted")),
    )


def _shown(name: Shelf, counts: object) -> bool:
    assert isinstance(counts, dict)  # noqa: S101 - from the store
    return name != "bin" or bool(counts["bin"]) or request.args.get("show") == "bin"


def _deleted(user_id: str) -> dict[str, str] | None:
    """Return the playlist that was deleted just now, to be had back; None without one."""
    asked = request.args.get("deleted", "")[:32]
    if not asked:
        return None
    try:
        services().playlists.get(asked, user_id)
    except PlaylistUnknown:
        return {"id": asked}
    return None  # it was had back meanwhile


def _entry(playlist: Playlist) -> Entry:
    binned = playlist.deleted_at is not None
    saved = services().saves.of_playlist(playlist.id, playlist.user_id)
    saved_url = saved_address(saved)
    mark, good = _mark(playlist, saved.state if saved else "", bool(saved_url))
    gone = None if playlist.deleted_at is None else playlist.deleted_at + DAYS_KEPT * DAY
    return Entry(
        id=playlist.id,
        title=playlist.title,
        about=track_count(len(playlist.tracks)),
        url="" if binned else url_for("playlists.show", playlist_id=playlist.id),
        cover=cover_address(playlist),
        created=moment(playlist.created_at),
        gone=moment(gone),
        saved_url=saved_url,
        mark=mark,
        good=good,
        sounds=not binned and playlist.trailer_state == "ready",
        whole=playlist.state == "ready",
        seeds=bool(playlist.seeds),
    )


def _mark(playlist: Playlist, save: str, saved: bool) -> tuple[str, bool]:
    if playlist.state == "pending":
        return _("being made"), False
    if playlist.state == "failed":
        return _("could not be made"), False
    if saved or save == "done":
        return _("saved"), True
    words = {
        "pending": _("being saved"),
        "writing": _("being saved"),
        "parked": _("saving waits"),
        "failed": _("not saved completely"),
    }
    return words.get(save, _("draft")), False

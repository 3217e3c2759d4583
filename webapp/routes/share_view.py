"""A playlist as strangers with a link see it, and what of it they may hear."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import url_for

from webapp.i18n import _, ngettext
from webapp.routes.cover_address import cover_address, cover_stamp
from webapp.routes.licence_words import DEEDS, licence_words
from webapp.routes.moments import Moment, moment
from webapp.routes.playlist_view import TrailerView, total_duration, trailer_view
from webapp.routes.wording import track_count
from webapp.services.playlist_files.formats import FORMATS
from webapp.services.sharing import Shared
from webapp.store import Playlist
from webapp.wiring import services

OWN = frozenset({"own", "own work", "own music", "own recording", "own recordings"})
"""What an operator writes as the licence of music that is theirs to give."""


@dataclass(frozen=True)
class TakeAlong:
    """What the owner may do with a playlist beyond saving it.

    Parameters
    ----------
    state
        ``never``, ``shared``, ``lost`` (it works, but cannot be shown any more) or ``revoked``.
    link
        To be sent to others; empty where there is none.
    since
        When it was shared, or revoked.
    heard
        What those who have the link may hear, in words.
    formats
        Name, label and address of each file.
    cover, picture
        Addresses of the cover, drawn and as a picture.
    """

    state: str
    link: str
    since: Moment | None
    heard: str
    formats: tuple[tuple[str, str, str], ...]
    cover: str
    picture: str


def take_along(playlist: Playlist) -> TakeAlong:
    """Return what the owner may do with a playlist."""
    shared: Shared = services().sharing.state(playlist.user_id, playlist.id)
    of = cover_stamp(playlist)
    return TakeAlong(
        state="lost" if shared.state == "shared" and not shared.token else shared.state,
        link=link_of(shared.token) if shared.token else "",
        since=moment(shared.since, now=services().clock()),
        heard=why_silent(playlist)
        or _("Who has it sees the list and hears the trailer, without an account."),
        formats=tuple(
            (
                form.name,
                form.label,
                url_for("takealong.export", playlist_id=playlist.id, name=form.name),
            )
            for form in FORMATS.values()
        ),
        cover=cover_address(playlist),
        picture=url_for("takealong.cover_picture", playlist_id=playlist.id, of=of),
    )


def link_of(token: str) -> str:
    """Return the whole address of a shared page; never taken from a request."""
    return services().settings.base_url + url_for("share.show", token=token)


def allows_sharing(licence: str) -> bool:
    """Return whether a track under this licence may be played to the public in excerpts.

    Every Creative Commons licence lets a work be shared as it is, and the trailer keeps those as
    they are that allow no more (`highlighter.trailer`). Nothing is taken for granted: what names no
    licence is not shared.
    """
    known = licence_words(licence)
    if known is None:
        return False
    return (
        known.url.startswith(DEEDS)
        or known.name.startswith("CC BY")
        or (known.name.strip().casefold() in OWN)
    )


def why_silent(playlist: Playlist) -> str:
    """Return why strangers may not hear a playlist's trailer; empty if they may."""
    policy = services().settings.shared_trailers
    if policy == "none":
        return _("Whoever runs this Hooklist shares no sound. Who has the link sees the list.")
    if playlist.trailer_state != "ready" or services().trailers.file_of(playlist) is None:
        return _("There is no trailer of it at the moment. Who has the link sees the list.")
    barred = [] if policy == "all" else _barred(playlist)
    if not barred:
        return ""
    return ngettext(
        "Its trailer is not shared: %(num)s track has no licence that allows it (“%(title)s”).",
        "Its trailer is not shared: %(num)s tracks have no licence that allows it (“%(title)s” is "
        "one of them).",
        len(barred),
        title=barred[0],
    )


def shared_trailer(playlist: Playlist, token: str) -> TrailerView | None:
    """Return the trailer for those who have the link; None where they may not hear it."""
    if why_silent(playlist):
        return None
    view = trailer_view(playlist)
    if view.state != "ready":
        return None
    of = view.name.rpartition("-")[2].partition(".")[0]
    return replace(view, url=url_for("share.trailer", token=token, of=of), style=None)


def description_of(playlist: Playlist) -> str:
    """Return a playlist in one sentence, for previews of its link."""
    parts = [track_count(len(playlist.tracks)), total_duration(playlist)]
    said = ", ".join(part for part in parts if part)
    titles = [str(seed.get("title") or "") for seed in playlist.seeds if seed.get("title")]
    if not titles:
        return said
    named = ", ".join(f"“{title}”" for title in titles[:3]) + (" …" if len(titles) > 3 else "")
    return _("%(tracks)s. Made from %(seeds)s.", tracks=said, seeds=named)


def _barred(playlist: Playlist) -> list[str]:
    """Return the titles of the tracks that sound and may not be shared."""
    chapters = (playlist.trailer or {}).get("chapters") or ()
    sounding = {int(chapter["track"]) for chapter in chapters}
    tracks: list[Mapping[str, object]] = [
        track for number, track in enumerate(playlist.tracks) if number in sounding
    ]
    if len(tracks) < len(sounding):  # the list and its trailer do not fit: nobody knows what sounds
        return [playlist.title]
    return [
        str(track.get("title") or "")
        for track in tracks
        if not allows_sharing(str(track.get("licence") or ""))
    ]

"""A save as the result page shows it: a form, its progress, its end, or why it waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import url_for

from webapp.i18n import _, ngettext
from webapp.routes.failures import Action, Failure, asks_for, recorded_failure
from webapp.services.save import SaveStatus
from webapp.services.saving.plan import plan_save
from webapp.spotify.scopes import COVER, missing_scopes, save_scopes
from webapp.store import Playlist, Save
from webapp.wiring import services

_TROUBLED = frozenset({"problem", "partly", "waiting"})


@dataclass(frozen=True)
class SaveView:
    """A save on its page.

    Parameters
    ----------
    state
        ``form``, ``writing``, ``done``, ``changed`` (done, and the list was changed since),
        ``waiting`` (goes on by itself or after a login), ``partly`` (failed with some of the tracks
        written; it can go on from there) or ``problem``.
    name, public
        For the form.
    total, written
        Tracks to write, and written.
    sentence
        What happens or has happened.
    url
        The playlist at Spotify, once it is there.
    failure
        Why it waits or failed.
    left_out
        Tracks that Spotify does not have, as far as we know.
    to_look_for
        Tracks that will be looked for at Spotify first.
    button
        What the form's button says.
    cover
        Whether Hooklist's cover is wanted there.
    cover_words
        How that stands, once the tracks are there; may be empty.
    cover_way
        What to do about it.
    cover_coming
        Whether it is under way, so that looking again is worth it.
    """

    state: str
    name: str
    public: bool
    total: int
    written: int
    sentence: str
    url: str
    failure: Failure | None
    left_out: int
    to_look_for: int
    button: str
    cover: bool
    cover_words: str
    cover_way: Action | None
    cover_coming: bool

    def to_data(self) -> dict[str, Any]:
        """Return it for a JSON answer."""
        return {
            **vars(self),
            "failure": self.failure.to_data() if self.failure else None,
            "cover_way": vars(self.cover_way) if self.cover_way else None,
        }


def save_view(playlist: Playlist) -> SaveView:
    """Return how the saving of a playlist stands."""
    service = services().save
    plan = plan_save(playlist.tracks)
    status = service.status(playlist.user_id, playlist.id, plan)
    total, state = len(plan.uris) + plan.to_look_for, _state(status)
    save = status.save if status else None
    if state == "done" and save and (plan.uris != save.uris or plan.to_look_for):
        state = "changed"
    if state in {"writing", "partly"} and save and not plan.to_look_for:
        total = len(save.uris)  # the list may have been changed since
    finished = save is not None and state in {"done", "changed"}
    return SaveView(
        state=state,
        name=save.name if save else playlist.title[:100],
        public=save.public if save else False,
        total=total,
        written=save.written if save else 0,
        sentence=_sentence(state, save, total),
        url=saved_address(save),
        failure=_failure(playlist, status) if status and state in _TROUBLED else None,
        left_out=len(plan.left_out),
        to_look_for=plan.to_look_for,
        button=_button(state, total),
        cover=save.cover if save else _may_put_covers(playlist.user_id),
        cover_words=_cover_words(save) if save and finished else "",
        cover_way=_cover_way(playlist, save) if save and finished else None,
        cover_coming=bool(finished and save and _is_coming(save)),
    )


def consent_address(user_id: str, playlist_id: str, *, public: bool, cover: bool = False) -> str:
    """Return where the user can agree to what this save needs; empty if they have already.

    The save is asked for before that, so it is not lost if they never come back; it waits. For its
    cover alone it does not wait.
    """
    connection = services().spotify.connection(user_id)
    if connection is None or connection.needs_reconnect:
        return ""  # the save's own notice leads to the login
    needed = save_scopes(public=public, cover=cover)
    if not missing_scopes(connection.scopes, needed):
        return ""
    here = url_for("playlists.show", playlist_id=playlist_id)
    return url_for("login.begin", next=here, ask=asks_for(needed))


def saved_address(save: Save | None) -> str:
    """Return where a finished save can be opened: at Spotify and nowhere else, or an empty text."""
    if save is None or save.state != "done":
        return ""
    address = save.spotify_url or ""
    origin = services().settings.spotify_open_url.rstrip("/") + "/"
    return address if address.startswith(origin) else ""


def _state(status: SaveStatus | None) -> str:
    if status is None:
        return "form"
    states = {"pending": "writing", "writing": "writing", "done": "done", "parked": "waiting"}
    begun = 0 < status.save.written < len(status.save.uris)
    return states.get(status.state, "partly" if begun else "problem")


def _button(state: str, total: int) -> str:
    if state == "problem":
        return _("Try again")
    if state == "partly":
        return _("Go on saving")
    if state == "changed":
        return _("Save the changes")
    return ngettext("Save %(num)s track", "Save %(num)s tracks", total)


def _sentence(state: str, save: Save | None, total: int) -> str:
    if save is None or state not in {"writing", "done", "changed", "partly", "waiting"}:
        return ""
    if state == "partly" or (state == "waiting" and save.written):
        return _(
            "%(done)s of %(total)s tracks are at Spotify already.",
            done=save.written,
            total=total,
        )
    if state == "waiting":
        return ""
    if state == "changed":
        return _("“%(name)s” at Spotify is as it was before your last changes.", name=save.name)
    if state == "done":
        words = ngettext(
            "%(num)s track is in “%(name)s” at Spotify, in this order.",
            "%(num)s tracks are in “%(name)s” at Spotify, in this order.",
            total,
            name=save.name,
        )
        return words
    if not save.written:
        return _("Saving …")
    return _("Saving: %(done)s of %(total)s tracks written", done=save.written, total=total)


def _may_put_covers(user_id: str) -> bool:
    """Return whether a cover costs no further question to the user."""
    connection = services().spotify.connection(user_id)
    return connection is not None and not missing_scopes(connection.scopes, [COVER])


def _is_coming(save: Save) -> bool:
    return save.cover and not save.cover_digest and not save.cover_error


def _cover_words(save: Save) -> str:
    if not save.cover:
        return ""
    if save.cover_error == "spotify.scope":
        return _("Its cover is not there: Spotify has not been allowed to take pictures from here.")
    if save.cover_error:
        return _("Its cover could not be put there; the tracks are.")
    return _("With the cover made here.") if save.cover_digest else _("Its cover is on its way.")


def _cover_way(playlist: Playlist, save: Save) -> Action | None:
    if not save.cover or save.cover_error != "spotify.scope":
        return None
    here = url_for("playlists.show", playlist_id=playlist.id)
    ask = asks_for(save_scopes(public=save.public, cover=True))
    return Action(url_for("login.begin", next=here, ask=ask), _("Allow the cover at Spotify"))


def _failure(playlist: Playlist, status: SaveStatus) -> Failure:
    words = dict(status.error or {})
    # A parked job's error says that it waits; what for stands in its details.
    code = (words.get("details") or {}).get("code") or status.save.error_code or words.get("code")
    return recorded_failure(
        {
            **words,
            "code": code or "internal",
            "kept": _("this list, and what was written so far"),
            "next_step": _advice(status),
            "details": {"scopes": sorted(status.scopes)},
        },
        until=status.save.parked_until if status.state == "parked" else None,
        next_page=url_for("playlists.show", playlist_id=playlist.id),
    )


def _advice(status: SaveStatus) -> str:
    if status.state == "parked" and not status.scopes:
        return _("nothing to do: it goes on by itself")
    if status.save.error_code == "spotify.reconnect":
        return _("connect again, and it goes on where it stopped")
    if status.save.error_code == "spotify.scope":
        return _("allow it at Spotify, and it goes on where it stopped")
    return _("try again; nothing is written twice")

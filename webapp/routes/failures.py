"""What went wrong, as pages say it in place: headline, cause, what was kept, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for

from hooklist_errors import HooklistError
from webapp.error_advice import error_words
from webapp.faces import face_of
from webapp.i18n import _, sentence
from webapp.routes.moments import Moment, moment
from webapp.routes.wording import filters_barred
from webapp.spotify.scopes import COVER, SAVE_PRIVATE, SAVE_PUBLIC
from webapp.wiring import services


@dataclass(frozen=True)
class Action:
    """A way out.

    Parameters
    ----------
    url
        Of this site.
    label
        Of the button.
    """

    url: str
    label: str


@dataclass(frozen=True)
class Failure:
    """A failure, in words.

    Parameters
    ----------
    code
        Stable.
    title
        Headline.
    sentence, kept, advice
        May be empty.
    until
        When it may be tried again, if that is known.
    action
        The way out, if there is one.
    tone
        ``bad``, or ``warn`` for what passes by itself.
    """

    code: str
    title: str
    sentence: str = ""
    kept: str = ""
    advice: str = ""
    until: Moment | None = None
    action: Action | None = None
    tone: str = "bad"

    def to_data(self) -> dict[str, Any]:
        """Return it for a JSON answer; what is empty is left out."""
        data: dict[str, Any] = {
            "code": self.code,
            "title": self.title,
            "sentence": self.sentence,
            "kept": self.kept,
            "advice": self.advice,
            "tone": self.tone,
            "until": self.until.to_data() if self.until else None,
            "action": vars(self.action) if self.action else None,
        }
        return {name: value for name, value in data.items() if value}


class _Recorded(HooklistError):
    """An error that was kept as plain data; only its code is needed to find its face."""

    def __init__(self, code: str) -> None:
        super().__init__("")
        self.recorded_code = code

    def __getattribute__(self, name: str) -> Any:
        return super().__getattribute__("recorded_code" if name == "code" else name)


def failure_of(error: HooklistError, *, next_page: str) -> Failure:
    """Return the words for an error.

    Parameters
    ----------
    error
        Caught.
    next_page
        Where to come back to if a login is the way out.
    """
    now = services().clock()
    until = getattr(error, "until", None)
    patience = getattr(error, "retry_after", None)
    if until is None and isinstance(patience, int | float):
        until = now + patience
    return _failure(
        error.code,
        {
            "why": error.why,
            "what": error.what,
            "which": error.which,
            "kept": error.kept,
            "next_step": error.next_step,
            "details": error.details,
        },
        until=until,
        scopes=getattr(error, "scopes", ()),
        next_page=next_page,
    )


def recorded_failure(
    error: Mapping[str, Any], *, until: float | None = None, next_page: str
) -> Failure:
    """Return the words for an error that a job or a playlist has kept (`webapp.jobs.describe`)."""
    details = error.get("details") or {}
    return _failure(
        str(error.get("code") or "internal"),
        error,
        until=until,
        scopes=tuple(details.get("scopes") or ()),
        next_page=next_page,
    )


def _failure(
    code: str,
    words: Mapping[str, Any],
    *,
    until: float | None,
    scopes: tuple[str, ...],
    next_page: str,
) -> Failure:
    now = services().clock()
    passing = until is not None and until > now
    said = error_words(code, words)
    cause = said.cause
    barred = (words.get("details") or {}).get("filters")
    if code == "recommend.nothing_left" and isinstance(barred, dict):
        cause = sentence(_("by itself, %(filters)s", filters=filters_barred(barred)))
    # "From 14:05" helps and is all there is to do; "from three seconds ahead" does not.
    shown = moment(until, now=now) if until is not None and until > now + 20 else None
    action = _way_out(code, scopes, next_page)
    return Failure(
        code=code,
        title=str(face_of(_Recorded(code)).title),
        sentence=cause,
        kept=said.kept,
        advice="" if shown else said.next_step,
        until=shown,
        action=action,
        tone="warn" if passing or action else "bad",
    )


def asks_for(scopes: Iterable[str]) -> str | None:
    """Return what the login has to ask for (`webapp.routes.login.ASKS`) so that these are allowed.

    >>> asks_for({"playlist-modify-private", "ugc-image-upload"})
    'save-cover'
    """
    wanted = set(scopes)
    if not wanted & {SAVE_PRIVATE, SAVE_PUBLIC, COVER}:
        return None
    ask = "save-public" if SAVE_PUBLIC in wanted else "save"
    return f"{ask}-cover" if COVER in wanted else ask


def _way_out(code: str, scopes: tuple[str, ...], next_page: str) -> Action | None:
    if code in {"spotify.reconnect", "login.needed", "session.unknown"}:
        return Action(url_for("login.begin", next=next_page), _("Connect to Spotify again"))
    if code == "spotify.scope":
        way = url_for("login.begin", next=next_page, ask=asks_for(scopes))
        return Action(way, _("Allow it at Spotify"))
    if code in {"login.denied", "login.failed", "login.state_invalid"}:
        return Action(url_for("login.begin"), _("Log in with Spotify"))
    return None

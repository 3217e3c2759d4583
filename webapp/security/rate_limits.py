"""How often one user, or one stranger's address, may ask for what costs something.

The counters are ephemeral: they live in Redis or Valkey where there is one, and in this process
while it is away (`webapp.store.ephemeral`). They keep one person from using up what all share; the
hard bounds on work are the job table's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from flask import Flask, request

from webapp.security.errors import TooManyRequests
from webapp.security.sessions import SESSIONLESS, browser_session
from webapp.wiring import services

MINUTE, HOUR = 60.0, 3600.0


@dataclass(frozen=True)
class Limit:
    """A bound on requests.

    Parameters
    ----------
    name
        Requests of one name share a counter.
    most
        Requests in a window.
    window
        Seconds.
    by
        What is counted: each ``user``, or each ``address`` where nobody is logged in yet.
    """

    name: str
    most: int
    window: float
    by: Literal["user", "address"] = "user"


LOGIN = Limit("login", 30, MINUTE, by="address")
MAKE = Limit("make", 20, HOUR)
SEARCH = Limit("search", 60, MINUTE)
SAVE = Limit("save", 60, HOUR)
HEARD = Limit("heard", 60, MINUTE)
MOVE = Limit("highlight", 300, HOUR)
SOUND = Limit("sound", 120, MINUTE)
LIVE = Limit("live", 30, MINUTE)
CHECK = Limit("operator check", 10, HOUR)
FORM = Limit("form", 60, MINUTE, by="address")
FEEDBACK = Limit("feedback", 10, HOUR, by="address")
VOTE = Limit("vote", 60, MINUTE, by="address")
VOTED_SOUND = Limit("voted-sound", 600, MINUTE, by="address")
RATE = Limit("rate", 600, HOUR)
UPLOAD = Limit("upload", 300, HOUR, by="address")
UPLOAD_CHANGE = Limit("upload-change", 600, HOUR, by="address")
UPLOAD_MIX = Limit("upload-mix", 60, HOUR, by="address")
UPLOAD_SOUND = Limit("upload-sound", 240, MINUTE, by="address")
UPLOAD_LOOK = Limit("upload-look", 300, MINUTE, by="address")
SHARED = Limit("shared", 240, MINUTE, by="address")
TAKE = Limit("take along", 120, HOUR)
OWN_DATA = Limit("own data", 10, HOUR)
PAGES = Limit("pages", 600, MINUTE)

LIMITS: dict[str, Limit] = {
    "login.begin": LOGIN,
    "login.callback": LOGIN,
    "playlists.make": MAKE,
    "playlists.trailer_again": MAKE,
    "playlists.choose_joins": MOVE,
    "api.search": SEARCH,
    "seeds.paste": SEARCH,
    "operator.check": CHECK,
    "account.export": OWN_DATA,
    "playlists.save": SAVE,
    "api.save": SAVE,
    "bring.read": SEARCH,
    "share.show": SHARED,
    "share.trailer": SHARED,
    "share.cover": SHARED,
    "share.cover_picture": SHARED,
    "takealong.share": TAKE,
    "takealong.duplicate": TAKE,
    "takealong.export": TAKE,
    "sound.live": LIVE,
    "sound.track": SOUND,
    "sound.cover": SOUND,
    "feedback.form": FORM,
    "feedback.send": FEEDBACK,
    "feedback.rate": RATE,
    "feedback.rate_by_form": RATE,
    "feedback.take_back": RATE,
    "feedback.happened": HEARD,
    "listening_test.show": FORM,
    "listening_test.vote": VOTE,
    "listening_test.sound": VOTED_SOUND,
    "listening.heard": HEARD,
    "listening.move": MOVE,
    "listening.go_back": MOVE,
    "listening.move_by_form": MOVE,
    "uploads.send": UPLOAD,
    "uploads_api.receive": UPLOAD,
    "uploads.show": UPLOAD_LOOK,
    "uploads_api.show": UPLOAD_LOOK,
    "uploads.highlight": UPLOAD_SOUND,
    "uploads.mix_sound": UPLOAD_SOUND,
    "uploads.mix": UPLOAD_MIX,
    "uploads.ask_format": UPLOAD_MIX,
    "uploads_api.mix": UPLOAD_MIX,
    "uploads_api.mix_format": UPLOAD_MIX,
    "uploads.move": UPLOAD_CHANGE,
    "uploads.remove": UPLOAD_CHANGE,
    "uploads.hear_again": UPLOAD_CHANGE,
    "uploads_api.pick": UPLOAD_CHANGE,
    "uploads_api.remove": UPLOAD_CHANGE,
    "uploads_api.remove_all": UPLOAD_CHANGE,
    "uploads_api.move": UPLOAD_CHANGE,
    "uploads_api.go_back": UPLOAD_CHANGE,
}
"""By endpoint; every other one that needs a login has `PAGES`."""


def init_rate_limits(app: Flask) -> None:
    """Refuse what is asked too often. To be called after access control, which knows the user."""

    @app.before_request
    def refuse_too_many() -> None:
        limit = LIMITS.get(request.endpoint or "")
        user_id = None
        if limit is None or limit.by == "user":
            if request.endpoint is None or request.path.startswith(SESSIONLESS):
                return
            user_id = browser_session().user_id
            if user_id is None:
                return
        limit = limit or PAGES
        who = user_id or request.remote_addr or ""
        hit = services().ephemeral.hit(
            f"limit:{limit.name}:{who}", limit=limit.most, window=limit.window
        )
        if not hit.allowed:
            raise TooManyRequests(
                "That was too much at once",
                which=limit.name,
                why=f"{limit.most} may be asked for in {limit.window:.0f} s",
                kept="nothing was changed",
                next_step=f"try again in {hit.retry_after:.0f} s",
                retry_after=hit.retry_after,
            )

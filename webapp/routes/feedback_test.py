"""The blind listening test: two sounds of the same music, and which is better. No login."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from pydantic import StringConstraints
from werkzeug.wrappers import Response as AnyResponse

from webapp.errors import InvalidRequest, ListeningTestUnreadable, NotFound
from webapp.routes.inputs import Strict, check, form_data, plain
from webapp.security.sessions import browser_session
from webapp.services.feedback.listening_test import TYPES, Shown, Sounds, order_for, sound_of
from webapp.store.listening_votes import LONGEST_REASON, Choice
from webapp.store.values import new_id
from webapp.wiring import services

blueprint = Blueprint("listening_test", __name__)

VOTER = "voter"
"""Under this name a session keeps its voter's secret; it ends with the session."""
_NUMBER = re.compile(r"[0-9]{1,4}\Z")
_SOUND = re.compile(r"[0-9a-f]{32}\Z")


class VoteInput(Strict):
    """Which of two sounds is better, as the page called them."""

    choice: Literal["a", "b", "none"]
    reason: Annotated[str, StringConstraints(max_length=LONGEST_REASON, strip_whitespace=True)]


@blueprint.get("/listening-test")
def show() -> str:
    """Show a pair: the one asked for by its number, else the first without a vote."""
    sounds, voter = _sounds(), _voter()
    pairs = order_for(sounds, voter)
    votes = services().votes.of_voter(sounds.name, voter)
    open_ = [number for number, one in enumerate(pairs, 1) if one.pair.id not in votes]
    number = _asked(len(pairs)) or (open_[0] if open_ else 0)
    if number == 0:
        return render_template("listening_test.html", pair=None, total=len(pairs), voted=len(votes))
    shown = pairs[number - 1]
    vote = votes.get(shown.pair.id)
    return render_template(
        "listening_test.html",
        pair=shown.pair,
        sounds=[url_for("listening_test.sound", name=name) for name in shown.sounds],
        number=number,
        total=len(pairs),
        voted=len(votes),
        choice=_turned(shown, vote.choice) if vote else "",
        reason=vote.reason if vote else "",
        test=sounds.name[:16],
        longest=LONGEST_REASON,
    )


@blueprint.post("/listening-test")
def vote() -> AnyResponse:
    """Keep a vote, instead of an earlier one on the same pair, and go on to the next."""
    sounds, voter = _sounds(), _voter()
    pairs = order_for(sounds, voter)
    number = form_data("pair")
    if form_data("test") != sounds.name[:16] or not _NUMBER.match(number):
        raise _unknown("the test has changed since the page was opened")
    if not 1 <= int(number) <= len(pairs):
        raise _unknown("there is no such pair")
    told = check(VoteInput, {"choice": form_data("choice"), "reason": plain(form_data("reason"))})
    shown = pairs[int(number) - 1]
    services().votes.put(
        sounds.name, voter, shown.pair.id, _turned(shown, told.choice), told.reason
    )
    return redirect(url_for("listening_test.show"), 303)


@blueprint.get("/listening-test/sound/<name>")
def sound(name: str) -> Response:
    """Send a sound under a name that only this session knows; parts of it too."""
    sounds = _sounds()
    voter = browser_session().get(VOTER)
    file = sound_of(sounds, str(voter), name) if voter and _SOUND.match(name) else None
    if file is None or not file.is_file():
        raise NotFound("There is no such sound", next_step="open the listening test again")
    kind = TYPES[file.suffix.lower()]
    response = send_file(
        file, mimetype=kind, conditional=True, max_age=None, download_name="sound", etag=False
    )
    # When a file was written, and under which name, is nothing a voter should know.
    response.headers.pop("Last-Modified", None)
    response.headers["Content-Disposition"] = "inline"
    return response


def _sounds() -> Sounds:
    """Return the pairs; a folder that cannot be used is the operator's to know, not the voter's."""
    try:
        sounds = services().listening_test.sounds()
    except ListeningTestUnreadable:
        sounds = None
    if sounds is None:
        raise NotFound("There is no listening test at the moment", next_step="come back later")
    return sounds


def _voter() -> str:
    session = browser_session()
    if VOTER not in session:
        session[VOTER] = new_id()
    return str(session[VOTER])


def _asked(total: int) -> int:
    text = request.args.get("pair", "")
    number = int(text) if _NUMBER.match(text) else 0
    return number if 1 <= number <= total else 0


def _turned(shown: Shown, choice: Choice) -> Choice:
    """Return a choice of the page as one of the pair, or the other way round."""
    return choice if choice == "none" else shown.side_of(choice)


def _unknown(why: str) -> InvalidRequest:
    return InvalidRequest(
        "The vote was not counted",
        why=why,
        kept="your other votes",
        next_step="open the listening test again",
    )

"""Bringing a list: a file of tracks from elsewhere, each line with a verdict, some become seeds."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from hooklist_errors import HooklistError
from webapp.error_advice import error_words
from webapp.errors import InvalidRequest
from webapp.faces import face_of
from webapp.i18n import _, ngettext
from webapp.routes.access import current_user
from webapp.routes.basket import basket, change_basket
from webapp.routes.failures import Failure, failure_of
from webapp.routes.inputs import SeedInput, parse
from webapp.routes.seed_pages import Question, TabView
from webapp.routes.seeds import render_tab
from webapp.services.bringing import MOST_LINES
from webapp.services.bringing import Brought as Verdict
from webapp.services.playlist_files.formats import MOST_BYTES
from webapp.services.playlist_files.formats import read as read_file
from webapp.services.seeds import MOST_SEEDS, Seed, with_seed
from webapp.wiring import services

blueprint = Blueprint("bring", __name__)

MOST_CHOSEN = 200
LONGEST_NAME = 100


@dataclass(frozen=True)
class BroughtLine:
    """A line of the file.

    Parameters
    ----------
    number
        Of the entry or the line, as the file's format counts.
    text
        As it was read.
    message
        The verdict.
    good
        Whether the catalogue has it.
    seed
        The track, where it can be put into the basket.
    inside
        Whether it is in there already.
    chosen
        Whether it is ticked to begin with.
    """

    number: int
    text: str
    message: str
    good: bool
    seed: Seed | None
    inside: bool
    chosen: bool


@dataclass(frozen=True)
class BroughtList:
    """A file that was read.

    Parameters
    ----------
    name
        Of the file.
    lines
        With their verdicts.
    about
        How many are known, in words.
    usable
        Whether there is anything to put into the basket.
    room
        Seeds that the basket still takes.
    """

    name: str
    lines: tuple[BroughtLine, ...]
    about: str
    usable: bool
    room: int


@blueprint.post("/seeds/bring")
def read() -> tuple[str, int]:
    """Show what each line of a file leads to; the file itself is not kept."""
    question = Question(tab="paste")
    user = current_user()
    file = request.files.get("list")
    try:
        if file is None or not file.filename:
            raise InvalidRequest(
                "No list was read",
                why="no file was chosen",
                kept="the seeds in the basket",
                next_step="choose a file first",
            )
        name = file.filename[-LONGEST_NAME:]
        lines = read_file(file.stream.read(MOST_BYTES + 1), name)
        verdicts = services().bringing.verdicts(user.id, lines)
    except HooklistError as error:
        failure = failure_of(error, next_page=question.address())
        view = TabView(tab="paste", back=question.address(), failure=failure)
        return render_tab(view), face_of(error).status
    view = TabView(tab="paste", back=question.address(), brought=_view(name, verdicts, len(lines)))
    return render_tab(view), 200


@blueprint.post("/seeds/bring/add")
def add() -> Response | str:
    """Put the chosen tracks into the basket, as many as there is room for."""
    sent = request.form.getlist("seed")[:MOST_CHOSEN]
    seeds = [parse(SeedInput, text).seed(services().settings) for text in sent]
    left_out = 0
    for seed in seeds:
        try:
            change_basket(lambda kept, seed=seed: with_seed(kept, seed))  # type: ignore[misc]
        except InvalidRequest:
            left_out += 1
    question = Question(tab="paste")
    if not left_out:
        return redirect(question.address(), 303)
    told = Failure(
        "seeds.left_out",
        _("Not every track found room"),
        sentence=ngettext(
            "%(num)s track was left out: the basket takes %(most)s.",
            "%(num)s tracks were left out: the basket takes %(most)s.",
            left_out,
            most=MOST_SEEDS,
        ),
        advice=_("Remove a seed first, then bring the list again."),
        tone="warn",
    )
    return render_tab(TabView(tab="paste", back=question.address(), notices=(told,)))


def _view(name: str, verdicts: tuple[Verdict, ...], read: int) -> BroughtList:
    here = {seed.key for seed in basket()}
    room = MOST_SEEDS - len(here)
    lines: list[BroughtLine] = []
    ticked = 0
    for verdict in verdicts:
        inside = verdict.seed is not None and verdict.seed.key in here
        chosen = verdict.seed is not None and not inside and ticked < room
        ticked += chosen
        lines.append(
            BroughtLine(
                number=verdict.line.number,
                text=verdict.line.text,
                message=_("in the basket already") if inside else _message(verdict),
                good=verdict.outcome in {"id", "isrc", "name"},
                seed=verdict.seed,
                inside=inside,
                chosen=chosen,
            )
        )
    known = sum(line.good for line in lines)
    about = ngettext("%(num)s is in your catalogue", "%(num)s are in your catalogue", known)
    if read > MOST_LINES:
        about = _(
            "the first %(most)s of %(all)s; %(about)s", most=MOST_LINES, all=read, about=about
        )
    return BroughtList(name, tuple(lines), about, any(line.chosen for line in lines), room)


def _message(verdict: Verdict) -> str:
    words = {
        "id": _("in your catalogue, by its id"),
        "isrc": _("in your catalogue, by its ISRC"),
        "name": _("in your catalogue, by artist, title and length"),
        "spotify": _("not in this catalogue, but at Spotify"),
        "duplicate": _("the same track as in a line above"),
        "unreadable": _("names no track"),
        "unknown": _("not found, neither here nor at Spotify"),
        "not_asked": _("not in this catalogue; enough was asked of Spotify for one list"),
    }
    if verdict.outcome == "failed" and verdict.error is not None:
        return error_words(verdict.error.code, {**vars(verdict.error), "which": ""}).cause
    return words[verdict.outcome]

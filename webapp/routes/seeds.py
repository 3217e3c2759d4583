"""Picking seeds. Works without scripts: every change is a form that leads back to its page."""

from __future__ import annotations

import re
import secrets

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from webapp.errors import InvalidRequest
from webapp.routes.access import current_user
from webapp.routes.basket import basket, change_basket, less_like, mark_less, take_out
from webapp.routes.energy_curve import Curve
from webapp.routes.failures import Failure, failure_of
from webapp.routes.inputs import SeedInput, form_data, json_field, offset, parse
from webapp.routes.presets import presets, with_preset
from webapp.routes.seed_pages import (
    Question,
    TabView,
    pasted_view,
    span_labels,
    tab_labels,
    tab_view,
)
from webapp.routes.shape import form_values, is_plain, remember, remembered
from webapp.security.next_page import safe_next
from webapp.services.seeds import MOST_LINES, MOST_SEEDS, with_seed
from webapp.wiring import services

blueprint = Blueprint("seeds", __name__)

PATIENCE, LONGEST_PATIENCE = 3.0, 60.0
"""Seconds a page waits for Spotify: on its own, and if its script asks for more."""
_WAIT = re.compile(r"\bwait=([0-9]{1,3})\b")

LENGTHS = (10, 15, 20, 25, 30, 40, 50, 60, 80, 100)


@blueprint.get("/seeds")
def pick() -> str:
    """Show a tab, and the basket beside it."""
    question = Question.of(request.args, offset())
    chosen = {seed.key for seed in basket()}
    user_id = current_user().id
    view = tab_view(services().seeds, user_id, question, chosen, patience=_patience())
    return _page(view)


@blueprint.post("/seeds/paste")
def paste() -> str:
    """Show what each pasted line leads to."""
    chosen = {seed.key for seed in basket()}
    links, open_url = form_data("links"), services().settings.spotify_open_url
    user = current_user()
    return _page(pasted_view(services().seeds, user.id, links, chosen, open_url=open_url))


@blueprint.post("/seeds/add")
def add() -> Response | tuple[str, int]:
    """Put a track into the basket."""
    seed = parse(SeedInput, json_field("seed")).seed(services().settings)
    _keep_shape()
    try:
        change_basket(lambda kept: with_seed(kept, seed))
    except InvalidRequest as error:
        failure = failure_of(error, next_page=url_for("seeds.pick"))
        question = Question(tab="search")
        return _page(TabView(tab="search", back=question.address()), failure), 422
    return _back()


@blueprint.post("/seeds/remove")
def remove() -> Response:
    """Take a track out of the basket."""
    _keep_shape()
    take_out(form_data("spotify_id"))
    return _back()


@blueprint.post("/seeds/less")
def less() -> Response:
    """Mark a seed as one to keep away from, or take the mark away."""
    _keep_shape()
    spotify_id = form_data("spotify_id")
    mark_less(spotify_id, less=spotify_id not in less_like())
    return _back()


@blueprint.post("/seeds/plain")
def plain() -> Response:
    """Forget the shape that was chosen."""
    remember({})
    return _back()


@blueprint.post("/seeds/preset")
def preset() -> Response:
    """Set the shape to a ready-made one; length and what must not come stay."""
    remember(with_preset(form_values(request.form), form_data("preset")))
    return _back()


def render_seeds(failure: Failure) -> str:
    """Return the page with something that went wrong on top; the basket is as it was."""
    question = Question(tab="search")
    return _page(TabView(tab="search", back=question.address()), failure)


def render_tab(view: TabView) -> str:
    """Return the page with a tab as it is given."""
    return _page(view)


def _page(view: TabView, failure: Failure | None = None) -> str:
    context, shape = view.context(), remembered()
    if failure is not None:
        context = {**context, "notices": (*view.notices, failure)}
    return render_template(
        "seeds.html",
        **context,
        tabs=tab_labels(),
        spans=span_labels(),
        basket=basket(),
        less_like=less_like(),
        lengths=LENGTHS,
        shape=shape,
        # Open it would cover a telephone's screen; there a word says that it was touched.
        shape_open=not is_plain(shape) and request.headers.get("Sec-CH-UA-Mobile") != "?1",
        shape_touched=not is_plain(shape),
        presets=presets(shape),
        curve=Curve.of(shape),
        most_seeds=MOST_SEEDS,
        most_lines=MOST_LINES,
        idempotency_key=secrets.token_hex(16),
    )


def _patience() -> float:
    """Return how long Spotify may take before the page is sent without it (RFC 7240, wait)."""
    found = _WAIT.search(request.headers.get("Prefer", "")[:100])
    return min(LONGEST_PATIENCE, float(found[1])) if found else PATIENCE


def _keep_shape() -> None:
    """Keep what was chosen beside the seeds; the page sends all of it with every button."""
    if form_data("shape"):
        remember(form_values(request.form))


def _back() -> Response:
    return redirect(safe_next(form_data("back"), url_for("seeds.pick")), 303)


__all__ = ["blueprint", "render_seeds", "render_tab"]

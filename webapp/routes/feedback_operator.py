"""What people say and do, for the operator: figures, messages, and the blind test's results."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.errors import ListeningTestUnreadable, NotFound
from webapp.i18n import _
from webapp.routes.access import operator_required
from webapp.routes.failures import failure_of
from webapp.routes.inputs import form_data, offset
from webapp.routes.moments import moment
from webapp.services.feedback.figures import (
    LEAST_SHOWN,
    SCALES,
    Figure,
    Measure,
    as_csv,
    cell,
    conversion_figures,
    kind_counts,
    opinion_figures,
)
from webapp.services.feedback.listening_test import Comparison, compare, results
from webapp.store import UserCount
from webapp.wiring import services

blueprint = Blueprint("feedback_operator", __name__, url_prefix="/operator")

PER_PAGE = 50
BAR = 200.0
"""Width of a bar's box."""


@dataclass(frozen=True)
class Row:
    """A figure as a line of a table.

    Parameters
    ----------
    of
        What it is over, in words.
    n
        What it rests on.
    value, interval
        As texts; empty where it rests on too little.
    bar, low, high
        Places of the value and its interval on a line from 0 to `BAR`.
    """

    of: str
    n: int
    value: str = ""
    interval: str = ""
    bar: float = 0.0
    low: float = 0.0
    high: float = 0.0


@blueprint.get("/figures")
@operator_required
def figures() -> str | Response:
    """Show how many use this, how they like it, and what they go on to do; ``form=csv`` a table."""
    if request.args.get("form") == "csv":
        return _figures_csv()
    found = [*opinion_figures(services().ratings.opinions()), *_conversions()]
    tables = [
        (measure, title, what, [_row(one) for one in found if one.measure == measure])
        for measure, (title, what) in _measures().items()
    ]
    return render_template(
        "operator/figures.html",
        tables=tables,
        users=_users(),
        days=[
            (datetime.fromtimestamp(count.day * 86400.0, UTC).date().isoformat(), count)
            for count in services().events.user_counts(14)
        ],
        kinds=[
            (_kinds().get(one.kind, one.kind), one) for one in kind_counts(services().events.each())
        ],
        least=LEAST_SHOWN,
        kept_days=services().settings.feedback_days,
        experiments=services().settings.experiments,
        bar=BAR,
    )


def _figures_csv() -> Response:
    """Return all figures as a table."""
    events = list(services().events.each())
    found = [*opinion_figures(services().ratings.opinions()), *conversion_figures(events)]
    text = as_csv(found, kind_counts(events), [_users(), *services().events.user_counts()])
    return _csv(text, "hooklist-figures.csv")


@blueprint.get("/feedback")
@operator_required
def messages() -> str:
    """Show what people have written, what was not read first."""
    first, now = offset(), services().clock()
    found = services().messages.list(limit=PER_PAGE + 1, offset=first)
    return render_template(
        "operator/feedback.html",
        messages=[(one, moment(one.created_at, now=now)) for one in found[:PER_PAGE]],
        unread=services().messages.unread(),
        kept_days=4 * services().settings.feedback_days,
        older=url_for("feedback_operator.messages", offset=first + PER_PAGE)
        if len(found) > PER_PAGE
        else "",
    )


@blueprint.post("/feedback/<message_id>/read")
@operator_required
def mark(message_id: str) -> AnyResponse:
    """Mark a message as read (``read=1``) or as not read."""
    if not services().messages.mark(message_id, read=form_data("read") == "1"):
        raise _no_message(message_id)
    return redirect(url_for("feedback_operator.messages"), 303)


@blueprint.post("/feedback/<message_id>/delete")
@operator_required
def delete(message_id: str) -> AnyResponse:
    """Delete a message."""
    if not services().messages.delete(message_id):
        raise _no_message(message_id)
    return redirect(url_for("feedback_operator.messages"), 303)


@blueprint.get("/listening-test")
@operator_required
def listening_test() -> str | Response:
    """Show what came out of the blind test, or what is wrong with it; ``form=csv`` each vote."""
    if request.args.get("form") == "csv":
        return _votes_csv()
    test, failure = services().listening_test, None
    try:
        sounds = test.sounds()
    except ListeningTestUnreadable as error:
        sounds = None
        failure = failure_of(error, next_page=url_for("feedback_operator.listening_test"))
    votes = services().votes.of_test(sounds.name) if sounds else ()
    pairs = sounds.pairs if sounds else ()
    return render_template(
        "operator/listening_test.html",
        failure=failure,
        wanted=test.wanted,
        there=sounds is not None,
        comparisons=[_comparison(one) for one in compare(pairs, votes)],
        pairs=results(pairs, votes),
        votes=len(votes),
        voters=len({vote.voter for vote in votes}),
        others=len(services().votes.of_test()) - len(votes),
        bar=BAR,
    )


def _votes_csv() -> Response:
    """Return each vote on the present pairs as a line; who gave it is a number."""
    sounds = services().listening_test.sounds()
    if sounds is None:
        raise NotFound("There is no listening test", next_step="see docs/feedback.md")
    by_id = {pair.id: pair for pair in sounds.pairs}
    voters: dict[str, int] = {}
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(["voter", "pair", "title", "a", "b", "better", "reason"])
    for vote in services().votes.of_test(sounds.name):
        pair = by_id.get(vote.pair)
        if pair is None:
            continue
        number = voters.setdefault(vote.voter, len(voters) + 1)
        better = "" if vote.choice == "none" else pair.side(vote.choice).system
        texts = (pair.id, pair.title, pair.a.system, pair.b.system, better, vote.reason)
        table.writerow([number, *map(cell, texts)])
    return _csv(out.getvalue(), "hooklist-listening-test.csv")


def _conversions() -> Sequence[Figure]:
    return conversion_figures(services().events.each())


def _users() -> UserCount:
    return services().events.users_now()


def _row(figure: Figure) -> Row:
    estimate = figure.estimate
    of = _of(figure)
    if not figure.shown:
        return Row(of, estimate.n)
    lowest, highest = SCALES[figure.measure]

    def place(value: float) -> float:
        return round(BAR * (value - lowest) / (highest - lowest), 1)

    known = not math.isnan(estimate.low)
    return Row(
        of,
        estimate.n,
        _number(figure.measure, estimate.value),
        _(
            "%(low)s to %(high)s",
            low=_number(figure.measure, estimate.low),
            high=_number(figure.measure, estimate.high),
        )
        if known
        else "",
        place(estimate.value),
        place(estimate.low) if known else place(estimate.value),
        place(estimate.high) if known else place(estimate.value),
    )


def _of(figure: Figure) -> str:
    if figure.by == "all":
        return _("all")
    if figure.by == "strategy":
        return _("found by %(strategy)s", strategy=figure.of)
    return _("experiment %(variant)s", variant=figure.of)


def _number(measure: Measure, value: float) -> str:
    if measure == "satisfaction":
        return f"{value:.0f}"
    if measure in ("highlight", "trailer"):
        return f"{value:.2f}"
    return f"{100 * value:.1f} %"


def _comparison(one: Comparison) -> dict[str, object]:
    decided = one.wins + one.losses
    return {
        "title": _("%(one)s against %(other)s", one=one.one, other=one.other),
        "one": one,
        "decided": decided,
        "share": f"{100 * one.share.value:.1f} %" if decided else "",
        "interval": _(
            "%(low)s to %(high)s",
            low=f"{100 * one.share.low:.1f} %",
            high=f"{100 * one.share.high:.1f} %",
        )
        if decided
        else "",
        "p": f"{one.p:.4f}" if one.p >= 0.0001 else "< 0.0001",
        "place": round(BAR * one.share.value, 1) if decided else 0.0,
        "low": round(BAR * one.share.low, 1) if decided else 0.0,
        "high": round(BAR * one.share.high, 1) if decided else 0.0,
        "enough": one.voters >= LEAST_SHOWN,
    }


def _measures() -> dict[Measure, tuple[str, str]]:
    return {
        "satisfaction": (
            _("Satisfaction index"),
            _("0 to 100, over people: how they rate highlights and trailers, both alike."),
        ),
        "highlight": (
            _("Mean opinion score of highlights"),
            _("1 (bad) to 5 (excellent), over all ratings; n counts people."),
        ),
        "trailer": (
            _("Mean opinion score of trailers"),
            _("1 (bad) to 5 (excellent), over all ratings; n counts people."),
        ),
        "full_play": (
            _("From a highlight to the whole track"),
            _("Of the visits that heard a highlight, those that then played its track as a whole."),
        ),
        "saved": (
            _("From a highlight to a saved playlist"),
            _("Of the visits that heard a highlight, those that saved a playlist it is in."),
        ),
        "trailer_end": (
            _("From a highlight to the trailer's end"),
            _("Of the visits that heard a highlight, those that heard the trailer to its end."),
        ),
    }


def _kinds() -> dict[str, str]:
    return {
        "playlist_made": _("playlist asked for"),
        "highlight_heard": _("highlight heard"),
        "trailer_end": _("trailer heard to its end"),
        "full_play": _("whole track played"),
        "saved": _("saving asked for"),
        "thumb_up": _("thumb up"),
        "thumb_down": _("thumb down"),
        "thumb_back": _("thumb taken back"),
        "removed": _("track removed"),
        "replaced": _("track replaced"),
        "extended": _("list made longer"),
        "refreshed": _("rest picked anew"),
        "undone": _("change undone"),
        "highlight_moved": _("highlight moved"),
    }


def _csv(text: str, name: str) -> Response:
    response = Response(text, mimetype="text/csv")
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response


def _no_message(message_id: str) -> NotFound:
    return NotFound("There is no such message", which=message_id[:100], next_step="reload the list")

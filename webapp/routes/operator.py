"""The operator's pages: what runs, what waits, what is wrong (`webapp.routes.access`)."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from webapp.i18n import _
from webapp.jobs.overview import owner_of
from webapp.routes.access import current_user, operator_required
from webapp.routes.moments import moment
from webapp.routes.operator_view import overview as overview_facts
from webapp.services.setup_check import Finding
from webapp.wiring import services

blueprint = Blueprint("operator", __name__)

CHECK_KEPT = 900.0
"""Seconds for which what Spotify answered is shown; the page itself asks nothing."""


@dataclass(frozen=True)
class Section:
    """An entry of the operator's navigation.

    Parameters
    ----------
    url
        Of the page.
    label
        In words.
    current
        Whether it is the page that is shown.
    """

    url: str
    label: str
    current: bool


@blueprint.app_context_processor
def _for_templates() -> dict[str, object]:
    return {"operator_sections": operator_sections}


def operator_sections() -> list[Section]:
    """Return the operator's pages that this application has, by their addresses."""
    labels = {
        "/operator": _("Overview"),
        "/operator/figures": _("Figures"),
        "/operator/feedback": _("Feedback"),
        "/operator/listening-test": _("Listening test"),
        "/listening-test": _("Listening test"),
    }
    there = {
        rule.rule for rule in current_app.url_map.iter_rules() if "GET" in (rule.methods or ())
    }
    found: dict[str, Section] = {}
    for path, label in labels.items():
        if path in there:
            found.setdefault(label, Section(path, label, request.path == path))
    return list(found.values())


@blueprint.get("/operator")
@operator_required
def overview() -> str:
    """Show how this installation is doing."""
    findings, asked_at = _findings()
    return render_template(
        "operator/overview.html", findings=findings, asked_at=asked_at, **overview_facts()
    )


@blueprint.post("/operator/check")
@operator_required
def check() -> Response:
    """Ask Spotify about the app, its redirect address, and who this is."""
    findings = services().setup_check.ask(current_user().id)
    kept = {"at": services().clock(), "findings": [asdict(finding) for finding in findings]}
    services().ephemeral.set(_check_key(), kept, ttl=CHECK_KEPT)
    return redirect(url_for("operator.overview", _anchor="setup"), 303)


@blueprint.post("/operator/jobs/<job_id>/retry")
@operator_required
def retry(job_id: str) -> Response:
    """Queue anybody's failed or cancelled job again."""
    services().jobs.retry(job_id, owner_of(services().engine, job_id))
    return redirect(url_for("operator.overview", _anchor="jobs"), 303)


@blueprint.post("/operator/jobs/<job_id>/cancel")
@operator_required
def cancel(job_id: str) -> Response:
    """Call anybody's job off."""
    services().jobs.cancel(job_id, owner_of(services().engine, job_id))
    return redirect(url_for("operator.overview", _anchor="jobs"), 303)


def _findings() -> tuple[tuple[Finding, ...], object]:
    kept = services().ephemeral.get(_check_key())
    try:
        # A shared server may hold anything under this name.
        findings = tuple(Finding(**finding) for finding in kept["findings"])
        return findings, moment(float(kept["at"]), now=services().clock())
    except (KeyError, TypeError, ValueError):
        return services().setup_check.seen(current_user().id), None


def _check_key() -> str:
    return f"setup-check:{current_user().id}"

"""The operator's pages: what runs, what waits, what is wrong (`webapp.routes.access`)."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, current_app, render_template, request

from webapp.i18n import _
from webapp.routes.access import operator_required

blueprint = Blueprint("operator", __name__)


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
    return render_template("operator/overview.html")

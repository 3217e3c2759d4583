"""Where the header and the footer of every page lead; pages that are not there are left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request, url_for

from webapp.i18n import _


@dataclass(frozen=True)
class Place:
    """A link of the navigation.

    Parameters
    ----------
    url
        Of a page of this site.
    label
        In words.
    current
        Whether this is the page that is shown, or the part of the site it belongs to.
    """

    url: str
    label: str
    current: bool


def init_navigation(app: Flask) -> None:
    """Give templates ``main_places()`` and ``foot_places()``."""
    app.jinja_env.globals["main_places"] = main_places
    app.jinja_env.globals["foot_places"] = foot_places


def main_places(*, is_operator: bool = False) -> list[Place]:
    """Return the places of the header, for somebody who is logged in."""
    found = [
        *_place("seeds.pick", _("Seeds")),
        *_place("uploads.show", _("Uploads")),
        *_place("playlists.history", _("History")),
        *_place("account.show", _("Account")),
    ]
    if is_operator:
        found += _place("operator.overview", _("Operator"))
    return found


def foot_places() -> list[Place]:
    """Return the places of the footer."""
    return [
        *_place("landing.privacy", _("What is kept, and for how long")),
        *_place("feedback.form", _("Tell us what you think")),
    ]


def _place(endpoint: str, label: str) -> list[Place]:
    view: Any = current_app.view_functions.get(endpoint)
    if view is None:
        return []
    area = endpoint.partition(".")[0]
    # A part of the site with pages of its own is one place.
    inside = area in {"operator", "uploads"} and request.blueprint == area
    return [Place(url_for(endpoint), label, inside or request.endpoint == endpoint)]

"""The first page, and what is kept about whom."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from webapp.routes.assets import asset
from webapp.routes.failures import Failure
from webapp.routes.sample_trailer import sample_trailer

blueprint = Blueprint("landing", __name__)


@blueprint.get("/")
def home() -> str:
    """Say what this is, let it be heard, and offer the login."""
    return render_landing()


def render_landing(failure: Failure | None = None) -> str:
    """Return the first page, with what went wrong at the login on top."""
    own_files = "uploads.show" in current_app.view_functions
    return render_template(
        "landing.html",
        sample=sample_trailer(),
        failure=failure,
        uploads_url=url_for("uploads.show") if own_files else "",
    )


@blueprint.get("/privacy")
def privacy() -> str:
    """Say what is kept, and for how long."""
    return render_template("privacy.html")


@blueprint.get("/favicon.ico")
def favicon() -> BaseResponse | Response:
    """Lead browsers that ask for this by themselves to the real one."""
    return redirect(asset("favicon.svg"), 302)

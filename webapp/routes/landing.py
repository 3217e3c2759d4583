"""The first page, and what is kept about whom."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template
from werkzeug.wrappers import Response as BaseResponse

from webapp.routes.assets import asset
from webapp.routes.waveform import poster

blueprint = Blueprint("landing", __name__)


@blueprint.get("/")
def home() -> str:
    """Say what this is, and offer the login."""
    return render_template("landing.html", poster=poster(), failure=None)


@blueprint.get("/privacy")
def privacy() -> str:
    """Say what is kept, and for how long."""
    return render_template("privacy.html")


@blueprint.get("/favicon.ico")
def favicon() -> BaseResponse | Response:
    """Lead browsers that ask for this by themselves to the real one."""
    return redirect(asset("favicon.svg"), 302)

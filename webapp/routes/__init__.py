"""The pages and the JSON beside them: thin, one blueprint per area (``docs/screens.md``)."""

from __future__ import annotations

from flask import Flask


def register_routes(app: Flask) -> None:
    """Add every page, the static files and the login check to `app`."""
    from webapp.routes import (
        account,
        api,
        assets,
        bring,
        feedback,
        feedback_operator,
        feedback_test,
        hands,
        jobs,
        landing,
        language,
        listening,
        login,
        operator,
        playlists,
        seeds,
        share,
        sound,
        spotify_player,
        takealong,
        uploads,
        uploads_api,
    )
    from webapp.routes.access import init_access
    from webapp.routes.feedback_events import init_events
    from webapp.routes.navigation import init_navigation

    assets.init_assets(app)
    init_access(app)
    init_navigation(app)
    init_events(app)
    for area in (
        landing,
        language,
        login,
        seeds,
        bring,
        jobs,
        playlists,
        sound,
        spotify_player,
        takealong,
        share,
        hands,
        listening,
        account,
        operator,
        feedback,
        feedback_operator,
        feedback_test,
        uploads,
        uploads_api,
        api,
    ):
        app.register_blueprint(area.blueprint)

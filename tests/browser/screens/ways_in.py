"""The first page, the login, no connection, and what went wrong."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.screens.table import Show, screen
from tests.browser.stage import Stage


@screen("landing", "landing.home", "first visit")
def first_visit(stage: Stage) -> None:
    stage.nobody()
    stage.go("/")


@screen("landing", "landing.home", "logged in")
def logged_in(stage: Stage) -> None:
    stage.as_person()
    stage.go("/")


@screen("landing", "login.callback", "login denied, failed, or begun too long ago")
def login_denied(stage: Stage) -> None:
    stage.nobody()
    stage.go(stage.world.spotify.login(stage.begun_login(), "rich", allow=False))


@screen("landing", "login.callback", "login denied, failed, or begun too long ago")
def login_failed(stage: Stage) -> None:
    stage.nobody()
    back = stage.world.spotify.login(stage.begun_login(), "rich")
    stage.world.spotify.fault("POST", "/api/token", status=400, json={"error": "invalid_grant"})
    stage.go(back)


@screen("landing", "login.callback", "login denied, failed, or begun too long ago")
def login_too_old(stage: Stage) -> None:
    stage.nobody()
    stage.go(f"/callback?code=x&state={'y' * 43}")


@screen("landing", "login.callback", "account not on the app's list")
def not_on_the_list(stage: Stage) -> None:
    stage.nobody()
    stage.go(stage.world.spotify.login(stage.begun_login(), "outsider"))


@screen("privacy", "landing.privacy")
def privacy(stage: Stage) -> None:
    stage.nobody()
    stage.go("/privacy")


@screen("every page", "playlists.history", "offline and online again")
def offline(stage: Stage) -> None:
    stage.as_person()
    stage.go("/history")
    stage.undo.append(lambda: stage.context.set_offline(False))
    stage.context.set_offline(True)
    expect(stage.page.locator("[data-connection]")).not_to_be_empty()


STATUSES = (400, 401, 403, 404, 405, 413, 422, 429, 500, 503)


def error_page(status: int) -> Show:
    def show(stage: Stage) -> None:
        stage.nobody()
        with stage.answering(status) as path:
            stage.go(path)
        expect(stage.page.locator("main")).to_contain_text(str(status))

    show.__name__ = f"status_{status}"
    return show


for _status in STATUSES:
    screen(
        "errors",
        "landing.privacy",
        "400, 401, 403, 404, 405, 413, 422, 429, 500, 503: what happened, what was kept, "
        "what to do, a number for the operator",
    )(error_page(_status))

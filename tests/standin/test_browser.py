"""The pages in a real Chromium: no script runs, nothing is blocked, axe finds nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode

import pytest

from standin.grants import challenge_of
from standin.harness import Standin

AXE = Path(__file__).resolve().parents[1] / "vendor" / "axe-core@4.14.1" / "axe.min.js"
WIDTHS = (320, 1280)
SCHEMES = ("light", "dark")

pytestmark = [pytest.mark.browser]


class _App(BaseHTTPRequestHandler):
    """The app that asked to be let in: shows that the browser came back."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>back</title>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def app() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _App)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
    yield f"http://127.0.0.1:{server.server_port}/callback"
    server.shutdown()
    server.server_close()


def authorize_url(spotify: Standin, callback: str) -> str:
    asked = {
        "client_id": spotify.client_id,
        "response_type": "code",
        "redirect_uri": callback,
        "scope": "user-top-read playlist-modify-private",
        "state": "abc",
        "code_challenge_method": "S256",
        "code_challenge": challenge_of("v" * 43),
    }
    return f"{spotify.url}/authorize?{urlencode(asked)}"


def open_page(browser, troubles: list[str], scheme: str = "light", width: int = 1280):
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 800}, reduced_motion="reduce"
    )
    page = context.new_page()
    page.on("console", lambda message: troubles.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: troubles.append(f"error: {error}"))

    def on_dialog(dialog) -> None:
        troubles.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    page.on("dialog", on_dialog)
    return page


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_accessible_fits_and_is_quiet(
    spotify: Standin, browser, app: str, scheme: str, width: int
) -> None:
    troubles: list[str] = []
    page = open_page(browser, troubles, scheme, width)
    hostile = spotify.playlists("hostile")
    odd = next(p for p in spotify.playlists("rich") if p["name"] == "Odds and ends")
    track = hostile[0]["uris"][0].rsplit(":", 1)[1]
    for url in (
        authorize_url(spotify, app),
        f"{spotify.url}/authorize?client_id=wrong",
        f"{spotify.open_url}/playlist/{odd['id']}",
        f"{spotify.open_url}/playlist/{hostile[0]['id']}",
        f"{spotify.open_url}/track/{track}",
        f"{spotify.open_url}/track/none",
    ):
        page.goto(url)
        page.evaluate(AXE.read_text() + ";0")
        found = page.evaluate("axe.run().then(r => r.violations.map(v => [v.id, v.nodes[0].html]))")
        assert found == [], url
        overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert overflow <= 0, url
    page.context.close()
    # Chromium logs the status of the two pages that are refusals; nothing else may be logged.
    assert [t for t in troubles if "status of 40" not in t] == []


def test_allow_and_deny_lead_back_to_the_app_by_keyboard_too(
    spotify: Standin, browser, app: str
) -> None:
    troubles: list[str] = []
    page = open_page(browser, troubles)
    page.goto(authorize_url(spotify, app))
    page.get_by_label("second").check()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{app}?code=*")
    assert page.title() == "back"
    page.goto(authorize_url(spotify, app))
    page.get_by_role("button", name="Deny").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{app}?error=access_denied&state=abc")
    page.context.close()
    assert [t for t in troubles if "favicon" not in t] == []

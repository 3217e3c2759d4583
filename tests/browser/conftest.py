"""A whole Hooklist for a browser: server, workers, stand-in Spotify, a catalogue that sounds."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import Error as PlaywrightError
from sqlalchemy import delete
from waitress.server import create_server

from recommender import RowsSource, build_catalogue
from standin.harness import Standin
from standin.samples import sample_tracks
from webapp.app import create_app
from webapp.jobs import Worker
from webapp.settings import Settings
from webapp.store import writing
from webapp.store.schema import DRAFT
from webapp.wiring import Services, open_services

AXE = (Path(__file__).resolve().parents[1] / "vendor/axe-core@4.14.1/axe.min.js").read_text("utf-8")
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SECONDS = 56
FEATURES = ("danceability", "energy", "valence", "acousticness", "instrumentalness", "liveness")


@dataclass
class World:
    """Everything that runs, and where."""

    url: str
    spotify: Standin
    services: Services
    path: Path


@dataclass
class Watch:
    """What went wrong on a page that nobody asked about."""

    problems: list[str] = field(default_factory=list)

    def of(self, context: BrowserContext, world: World, *, scripts: bool = True) -> None:
        context.expose_binding(
            "reportViolation", lambda _, text: self.problems.append(f"CSP: {text}")
        )
        context.add_init_script(
            "addEventListener('securitypolicyviolation', (e) => "
            "window.reportViolation(`${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}`));"
        )
        context.on("page", lambda page: self._listen(page, world, scripts))

    def _listen(self, page: Page, world: World, scripts: bool) -> None:
        def said(message: Any) -> None:
            # A page that is meant to be refused is told by the browser on its console, too.
            expected = "Failed to load resource" in message.text
            if message.type in {"error", "warning"} and not expected:
                self.problems.append(f"console: {message.text}")

        def failed(request: Any) -> None:
            # Without scripts the browser fetches none of those that the page names, and calls that
            # "csp"; where scripts run, what the policy stops is told by its own event above.
            expected = {"net::ERR_ABORTED", "net::ERR_INTERNET_DISCONNECTED", "csp"}
            aborted = request.failure in expected
            # Where scripts are switched off, a browser says that it will not fetch them.
            unwanted = not scripts and request.failure == "csp" and request.url.endswith(".js")
            if request.url.startswith(world.url) and not (aborted or unwanted):
                self.problems.append(f"network: {request.url} {request.failure}")

        def answered(response: Any) -> None:
            if response.url.startswith(world.url) and response.status >= 500:
                self.problems.append(f"status {response.status}: {response.url}")

        page.on("console", said)
        page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        page.on("requestfailed", failed)
        page.on("response", answered)
        page.on("dialog", lambda dialog: self.problems.append(f"dialog: {dialog.message}"))


def tune(number: int, path: Path) -> Path:
    """Write a short tune with a beat and a part that comes back, so that all stages have work."""
    rate = 22_050
    draw = np.random.default_rng(number)
    time = np.arange(SECONDS * rate) / rate
    beat = 60 / (92 + 9 * number)
    root = 110 * 2 ** (number * 5 % 12 / 12)
    loud = np.where((time % 28 > 9) & (time % 28 < 19), 1.0, 0.45)
    sound = sum(np.sin(2 * np.pi * root * ratio * time) for ratio in (1, 1.26, 1.5)) / 6
    pulse = np.exp(-12 * (time % beat)) * draw.standard_normal(time.size) * 0.3
    soundfile.write(path, np.clip(loud * (sound + pulse), -1, 1).astype(np.float32), rate)
    return path


def catalogue_rows(folder: Path, count: int) -> Iterator[dict[str, Any]]:
    # Six tunes under many names: heard once each, and yet every track has a file of its own.
    tunes = [tune(number, folder / f"tune-{number}.wav") for number in range(6)]
    for number, track in enumerate(sample_tracks()[:count]):
        draw = np.random.default_rng(number)
        yield {
            "id": f"row-{number}",
            "title": track["title"],
            "artists": track["artists"],
            "album": track["album"],
            "year": track["year"],
            "duration": track["duration_ms"] / 1000,
            "explicit": track["explicit"],
            "isrc": track["isrc"],
            "spotify_id": track["id"],
            "genre": track["genre"],
            "popularity": None,
            **{name: float(draw.uniform(0.05, 0.95)) for name in FEATURES},
            "tempo": float(draw.uniform(70, 170)),
            "loudness": float(draw.uniform(-20, -5)),
            "key": int(draw.integers(12)),
            "mode": int(draw.integers(2)),
            "speechiness": 0.05,
            "time_signature": 4,
            "source": "test",
            "licence": "CC0-1.0",
            "audio": "" if number % 9 == 8 else str(copy_of(tunes[number % len(tunes)], number)),
        }


def copy_of(file: Path, number: int) -> Path:
    link = file.with_name(f"track-{number}.wav")
    os.link(file, link)
    return link


@pytest.fixture(scope="session")
def make_world() -> Callable[[Path], Any]:
    return open_world


class open_world:
    """Start everything in this process, on free ports of 127.0.0.1; stop it at the end."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> World:
        path = self._path
        listener = socket.create_server(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._spotify = Standin.thread(redirect_uris=[f"{base}/callback"])
        spotify = self._spotify
        settings = Settings(
            demo=True,
            base_url=base,
            data_dir=path,
            secret_key="browser-test-" * 4,
            spotify_client_id=spotify.client_id,
            spotify_accounts_url=spotify.url,
            spotify_api_url=spotify.api_url,
            spotify_open_url=spotify.open_url,
            spotify_image_origins=[spotify.url],
            demo_audio_url=spotify.url,
            spotify_player=True,
            spotify_player_script=f"{spotify.url}/sdk/spotify-player.js",
            spotify_embed_url=f"{spotify.url}/embed",
            trailer_seconds=40,
        )
        (path / "music").mkdir()
        rows = RowsSource("test", catalogue_rows(path / "music", 260))
        build_catalogue([rows], settings.catalogue_path)
        self._services = services = open_services(settings)
        self._server = create_server(create_app(services), sockets=[listener], threads=8)
        self._workers = [
            Worker(services.jobs, tasks, wakeup=services.wakeup)
            for tasks in (services.web_tasks(), services.worker_tasks())
        ]
        for run in (self._server.run, *(worker.run for worker in self._workers)):
            threading.Thread(target=run, daemon=True).start()
        return World(base, spotify, services, path)

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.stop()
        self._server.close()
        self._spotify.stop()
        self._services.close()


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("world")) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _fresh(browser: Browser, world: World) -> None:
    """Begin each test with a Spotify that holds nothing against us."""
    world.spotify.reset()
    for cooldown in world.services.cooldowns.list():
        world.services.cooldowns.clear(cooldown.name)
    with writing(world.services.engine) as connection:
        connection.execute(delete(DRAFT))


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Fail the test at its end if a page broke a rule or wrote an error."""
    watching = Watch()
    yield watching
    assert watching.problems == []


@pytest.fixture
def visit(
    browser: Browser, world: World, watch: Watch
) -> Iterator[Callable[..., tuple[BrowserContext, Page]]]:
    """Open a browser of its own, with a page in it."""
    contexts: list[BrowserContext] = []

    def open_context(
        width: int = 1280, scheme: str = "light", *, javascript: bool = True
    ) -> tuple[BrowserContext, Page]:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            has_touch=width < 600,
            java_script_enabled=javascript,
        )
        context.set_default_timeout(15_000)
        watch.of(context, world, scripts=javascript)
        contexts.append(context)
        return context, context.new_page()

    yield open_context
    for context in contexts:
        context.close()


def axe_violations(page: Page) -> list[str]:
    """Return what axe-core finds on the page, one line each."""
    page.evaluate(AXE + ";0")
    found = page.evaluate(
        "(tags) => axe.run(document, {iframes: false, runOnly: {type: 'tag', values: tags}})"
        ".then((r) => r.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target + ' ' "
        "+ (n.any[0]?.message ?? '')).join(' | ')}`))",
        AXE_TAGS,
    )
    return list(found)


@pytest.fixture
def accessible() -> Callable[[Page], None]:
    def check(page: Page) -> None:
        for attempt in (1, 2, 3):
            before = page.url
            try:
                page.wait_for_load_state()
                look(page)
                return
            except PlaywrightError:
                # A page of progress leads on by itself; then the next one is looked at.
                if attempt == 3 or page.url == before:
                    raise

    def look(page: Page) -> None:
        overflow = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow <= 0, f"{page.url} is {overflow} px wider than the window"
        assert axe_violations(page) == [], page.url

    return check


def log_in(page: Page, world: World, person: str = "rich") -> None:
    """Go through the landing page and the stand-in's consent page."""
    page.goto(world.url)
    page.get_by_role("link", name="Log in with Spotify").click()
    page.locator(f"input[value='{person}']").check()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{world.url}/**")


@pytest.fixture
def enter() -> Callable[..., None]:
    return log_in

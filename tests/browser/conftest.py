"""A whole Hooklist for a browser: server, workers, stand-in Spotify, a catalogue that sounds."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import Error as PlaywrightError
from sqlalchemy import delete, select
from waitress.server import create_server

from recommender import RowsSource, build_catalogue
from standin.harness import Standin
from standin.samples import sample_tracks
from tests.connected_people import connect
from webapp.app import create_app
from webapp.jobs import JobUnknown, Worker
from webapp.services.feedback.listening_test import ListeningTest
from webapp.settings import Settings
from webapp.spotify.scopes import LOGIN_SCOPES
from webapp.store import reading, writing
from webapp.store.schema import DRAFT, JOB
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
    app: Flask


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
        app = create_app(services)
        self._server = create_server(app, sockets=[listener], threads=8)
        self._workers = [
            Worker(services.jobs, tasks, wakeup=services.wakeup)
            for tasks in (services.web_tasks(), services.worker_tasks())
        ]
        for run in (self._server.run, *(worker.run for worker in self._workers)):
            threading.Thread(target=run, daemon=True).start()
        return World(base, spotify, services, path, app)

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
def _fresh(browser: Browser, world: World) -> Iterator[None]:
    """Begin with a Spotify that holds nothing against us; leave no work behind."""
    world.spotify.reset()
    # What one test read of Spotify is not the next one's answer.
    world.services.ephemeral.close()
    for cooldown in world.services.cooldowns.list():
        world.services.cooldowns.clear(cooldown.name)
    yield
    with writing(world.services.engine) as connection:
        connection.execute(delete(DRAFT))
    # Trailers that nobody waits for any more would be made beside the next tests.
    under_way = select(JOB.c.id, JOB.c.user_id).where(
        JOB.c.state.in_(["queued", "parked", "running"])
    )
    with reading(world.services.engine) as connection:
        left = connection.execute(under_way).all()
    for job_id, user_id in left:
        with suppress(JobUnknown):
            world.services.jobs.cancel(job_id, user_id)


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
        width: int = 1280,
        scheme: str = "light",
        *,
        javascript: bool = True,
        locale: str = "en-US",
        touch: bool | None = None,
    ) -> tuple[BrowserContext, Page]:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            has_touch=width < 600 if touch is None else touch,
            locale=locale,
            java_script_enabled=javascript,
        )
        context.set_default_timeout(15_000)
        watch.of(context, world, scripts=javascript)
        contexts.append(context)
        return context, context.new_page()

    yield open_context
    for context in contexts:
        context.close()


OF_COLOUR = ("color-contrast", "link-in-text-block")
"""Rules of axe-core that look at colours: of all of them, these alone know of light and dark."""

ALL: Mapping[str, Any] = {"runOnly": {"type": "tag", "values": AXE_TAGS}}
COLOURS: Mapping[str, Any] = {"runOnly": {"type": "rule", "values": OF_COLOUR}}
SIZES: Mapping[str, Any] = {"runOnly": {"type": "rule", "values": ["target-size"]}}
BUT_COLOURS: Mapping[str, Any] = {**ALL, "rules": {key: {"enabled": False} for key in OF_COLOUR}}
"""What axe-core is asked. Colours are half of its work: they are looked at once in each scheme."""

Look = tuple[int, str, Mapping[str, Any]]
"""Width in px, colour scheme, and what axe-core is asked there; each is looked at for overflow."""

EVERY_LOOK = os.environ.get("EVERY_LOOK") == "1"
ALL_LOOKS: Sequence[Look] = (
    *((1280, "light", ALL), (1280, "dark", COLOURS)),
    *((320, "dark", ALL), (320, "light", COLOURS)),
)
LOOKS: Sequence[Look] = ALL_LOOKS if EVERY_LOOK else ((1280, "light", ALL), (320, "dark", ALL))

FIND = """
(what) => {
  // What a bar that stays in the window covers just now comes out from under it with the page; what
  // an open menu covers, when it is closed.
  const stays = (e) => e && (["fixed", "sticky"].includes(getComputedStyle(e).position)
    || e.matches(".acts[open]") || stays(e.parentElement));
  const covered = (check) => check.data?.messageKey?.startsWith("partiallyObscured")
    && check.relatedNodes.every((one) => stays(document.querySelector(one.target[0])));
  const counts = (rule) => (node) => rule.id !== "target-size" || !node.any.some(covered);
  // Rows that are laid out only when they come near have a guessed height until then.
  const later = [...document.querySelectorAll("li")]
    .filter((e) => getComputedStyle(e).contentVisibility === "auto");
  for (const e of later) e.style.contentVisibility = "visible";
  return axe.run(document, {
    iframes: false, preload: false, resultTypes: ["violations"], ...what,
  }).then((found) => [
    ...found.violations
      .map((rule) => [rule.id, rule.nodes.filter(counts(rule))])
      .filter(([, nodes]) => nodes.length)
      .map(([id, nodes]) => `${id}: ${nodes
        .map((n) => `${n.target} ${n.any[0]?.message ?? ""} `
          + (n.any[0]?.relatedNodes ?? []).map((one) => one.target)).join(" | ")}`),
    ...[...document.querySelectorAll(":is(audio, video)[autoplay]")].map(() => "plays by itself"),
  ]).finally(() => { for (const e of later) e.style.contentVisibility = ""; });
}
"""


def axe_violations(page: Page, what: Mapping[str, Any] = ALL) -> list[str]:
    """Return what axe-core finds on the page, one line each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE + ";0")
    return list(page.evaluate(FIND, dict(what)))


WIDER = """
() => {
  const root = document.documentElement, pixels = root.scrollWidth - root.clientWidth;
  if (pixels <= 0) return [];
  const out = [...document.querySelectorAll("body *")]
    .filter((e) => e.getBoundingClientRect().right > root.clientWidth + 1);
  const last = out.slice(-1).map((e) => e.outerHTML.slice(0, 150));
  return [`${pixels} px wider than the window: ${last}`];
}
"""


def overflow(page: Page) -> list[str]:
    """Return by how much the page is wider than its window, if it is, and what sticks out."""
    return list(page.evaluate(WIDER))


SETTLED = """
() => document.getAnimations().forEach((one) => {
  try { one.finish(); } catch { one.cancel(); }  // what has no end cannot be finished
})
"""
"""Colours on their way from one scheme to the other are those of neither."""


def faults_in_all_looks(page: Page, looks: Sequence[Look] = LOOKS) -> list[str]:
    """Return what axe-core finds in light and dark, wide and narrow, without loading anything anew.

    The window is as it was afterwards.
    """
    found: list[str] = []
    before = page.viewport_size
    try:
        for width, scheme, what in looks:
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.evaluate(SETTLED)
            faults = axe_violations(page, what) + overflow(page)
            found += [f"{width} {scheme}: {one}" for one in faults]
    finally:
        page.emulate_media(color_scheme="null", reduced_motion="null")
        if before is not None:
            page.set_viewport_size(before)
    return found


def patiently(page: Page, look: Callable[[Page], list[str]]) -> list[str]:
    """Look at a page; one of progress leads on by itself, and then at the next one."""
    for attempt in (1, 2, 3):
        before = page.url
        try:
            page.wait_for_load_state()
            return look(page)
        except PlaywrightError:
            if attempt == 3 or page.url == before:
                raise
    return []


@pytest.fixture
def accessible() -> Callable[[Page], None]:
    """Return what fails a test on a page that is not accessible at this moment of a way.

    Colours are looked at in all looks, and those of every state in `test_every_screen`.
    """

    def check(page: Page) -> None:
        what = ALL if EVERY_LOOK else BUT_COLOURS
        found = patiently(page, lambda page: overflow(page) + axe_violations(page, what))
        assert found == [], page.url

    return check


@pytest.fixture
def accessible_in_all_looks() -> Callable[[Page], None]:
    """Return what fails a test on a page that is not accessible, light or dark, wide or narrow."""

    def check(page: Page) -> None:
        found = patiently(page, faults_in_all_looks)
        assert found == [], page.url

    return check


@pytest.fixture
def faults_of() -> Callable[..., list[str]]:
    """Return what tells of a page what is not accessible in it: in all looks, or in `looks`."""

    def tell(page: Page, looks: Sequence[Look] = LOOKS) -> list[str]:
        return patiently(page, lambda page: faults_in_all_looks(page, looks))

    return tell


def log_in(page: Page, world: World, person: str = "rich") -> None:
    """Begin with a session, as a login leaves one; `test_journey` walks through the login."""
    sign_in(page.context, world, person)
    page.goto(f"{world.url}/seeds")


def sign_in(
    context: BrowserContext | None,
    world: World,
    person: str = "rich",
    scopes: frozenset[str] | None = None,
) -> str:
    """Give a browser the session of a person whom Spotify knows; return the user's id."""
    services = world.services
    user = connect(services, world.spotify, person, scopes or LOGIN_SCOPES)
    if context is None:
        return user.id
    secret, _ = services.sessions.create(user.id, label="Chromium")
    how = {"path": "/", "secure": True, "httpOnly": True, "sameSite": "Lax"}
    context.add_cookies(
        [{"name": "__Host-sid", "value": secret, "domain": "127.0.0.1", **how}]  # type: ignore[list-item]
    )
    return user.id


@pytest.fixture(name="sign_in", scope="session")
def _sign_in() -> Callable[..., str]:
    return sign_in


@pytest.fixture
def enter() -> Callable[..., None]:
    return log_in


@pytest.fixture
def pairs(world: Any, tmp_path: Path) -> Iterator[None]:
    """Set the blind test up for a while: two pairs of different tones."""
    listed = []
    time = np.arange(22_050 * 6) / 22_050
    for number in range(2):
        sides = {}
        for side, tone in (("a", 220), ("b", 330)):
            file = f"{number}-{side}.wav"
            sound = 0.1 * np.sin(2 * np.pi * tone * time)
            soundfile.write(tmp_path / file, sound.astype(np.float32), 22_050)
            sides[side] = {"system": f"system-{side}", "file": file}
        listed.append({"id": f"p{number}", "title": f"Set {number}", **sides})
    (tmp_path / "pairs.json").write_text(json.dumps({"version": 1, "pairs": listed}))
    before = world.services.listening_test
    world.services.__dict__["listening_test"] = ListeningTest(tmp_path)
    yield
    world.services.__dict__["listening_test"] = before

"""The pages over real stores and a real stand-in Spotify, without a browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.test import TestResponse

from recommender import RowsSource, build_catalogue
from standin.harness import Standin
from standin.samples import sample_tracks
from tests.connected_people import connect, seed_data
from webapp.app import create_app
from webapp.jobs import Worker
from webapp.settings import Settings
from webapp.spotify.scopes import LOGIN_SCOPES
from webapp.wiring import Services, open_services

BASE = "https://hooklist.test"
FEATURES = ("danceability", "energy", "valence", "acousticness", "instrumentalness", "liveness")


@dataclass
class Site:
    """The application, what is behind it, and browsers to visit it with."""

    app: Flask
    services: Services
    spotify: Standin

    def browser(self, person: str | None = None) -> Visitor:
        visitor = Visitor(self, self.app.test_client())
        if person is not None:
            visitor.enter(person)
        return visitor

    def work(self) -> None:
        """Do all jobs that wait, in this thread."""
        tasks = {**self.services.web_tasks(), **self.services.worker_tasks()}
        worker = Worker(self.services.jobs, tasks)
        while worker.run_once():
            pass


@dataclass
class Visitor:
    """Somebody's browser: sends what a browser sends."""

    site: Site
    client: FlaskClient

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, base_url=BASE, **more)

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        """Send a form as a page of ours would, secret included."""
        return self.send("POST", path, data={"csrf_token": self.secret(), **(data or {})}, **more)

    def send(self, method: str, path: str, **more: Any) -> TestResponse:
        headers = {"Sec-Fetch-Site": "same-origin", **more.pop("headers", {})}
        return self.client.open(path, method=method, base_url=BASE, headers=headers, **more)

    def call(self, method: str, path: str, body: Any = None) -> TestResponse:
        """Send JSON as our scripts do."""
        return self.send(method, path, json=body, headers={"X-CSRFToken": self.secret()})

    def secret(self) -> str:
        page = self.get("/history").get_data(as_text=True)
        found = re.search(r'name="csrf-token" content="([^"]+)"', page)
        return unescape(found.group(1)) if found else ""

    def enter(self, person: str) -> None:
        """Have a session as a login leaves one, without walking through the login."""
        services = self.site.services
        user = connect(services, self.site.spotify, person, LOGIN_SCOPES)
        secret, _ = services.sessions.create(user.id)
        self.client.set_cookie(
            "__Host-sid", secret, domain="hooklist.test", secure=True, httponly=True
        )

    def log_in(self, person: str, **query: str) -> TestResponse:
        asked = self.get("/login", query_string=query)
        assert asked.status_code == 302
        return self.get(self.answered(asked.headers["Location"], person))

    def answered(self, address: str, person: str, *, allow: bool = True) -> str:
        """Answer the stand-in's page; return the path that it leads back to."""
        return self.site.spotify.login(address, person, allow).removeprefix(BASE)

    def cookie(self) -> str:
        found = self.client.get_cookie("__Host-sid", domain="hooklist.test")
        return found.value if found else ""

    def add(self, number: int) -> TestResponse:
        """Put a track of the stand-in's library into the basket."""
        return self.call("POST", "/api/v1/seeds", seed_data(number))

    def make(self, length: int = 10) -> str:
        """Make a playlist of what is in the basket; return its id."""
        answer = self.post("/make", {"length": length, "idempotency_key": "0" * 32})
        assert answer.status_code == 303, answer.get_data(as_text=True)
        self.site.work()
        page = self.get(answer.headers["Location"])
        return page.headers["Location"].removeprefix("/p/")


def catalogue_rows(count: int) -> Iterator[dict[str, Any]]:
    for number, track in enumerate(sample_tracks()[:count]):
        draw = np.random.default_rng(number)
        yield {
            **{name: track[name] for name in ("title", "artists", "album", "year", "genre")},
            "id": f"row-{number}",
            "duration": track["duration_ms"] / 1000,
            "explicit": track["explicit"],
            "isrc": track["isrc"],
            "spotify_id": track["id"],
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
            "audio": "",
        }


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("catalogue")
    build_catalogue([RowsSource("test", catalogue_rows(200))], folder)
    return folder


@pytest.fixture(scope="session")
def spotify() -> Iterator[Standin]:
    with Standin.thread(redirect_uris=[f"{BASE}/callback"]) as standin:
        yield standin


class KeptTemplates(BytecodeCache):
    """Templates as they were compiled for an earlier test: half of a test's time, otherwise."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


TEMPLATES = KeptTemplates()


@pytest.fixture
def make_site(
    catalogue: Path, spotify: Standin, migrated_file: Path, tmp_path: Path
) -> Iterator[Callable[..., Site]]:
    opened: list[Services] = []

    def make(**settings: Any) -> Site:
        given = {
            "base_url": BASE,
            "data_dir": tmp_path,
            "catalogue_dir": catalogue,
            "secret_key": "routes-test-" * 4,
            "spotify_client_id": spotify.client_id,
            "spotify_accounts_url": spotify.url,
            "spotify_api_url": spotify.api_url,
            "spotify_open_url": spotify.open_url,
            "spotify_image_origins": [spotify.url],
        }
        wanted = Settings(**{**given, **settings})
        file = wanted.data_dir / "hooklist.sqlite3"
        if wanted.data_dir.is_dir() and not file.exists():
            shutil.copyfile(migrated_file, file)
        services = open_services(wanted)
        opened.append(services)
        app = create_app(services)
        app.jinja_env.bytecode_cache = TEMPLATES
        return Site(app, services, spotify)

    spotify.reset()
    yield make
    for services in opened:
        services.close()


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site()

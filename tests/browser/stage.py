"""Puts Hooklist into any of its states for a browser: rows in the store, faults of Spotify's."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext, Page
from sqlalchemy import delete, update

from standin.samples import sample_tracks
from tests.connected_people import seed_data
from webapp.store import writing
from webapp.store.schema import (
    DRAFT,
    JOB,
    MOVED_HIGHLIGHT,
    PLAYLIST,
    PLAYLIST_STEP,
    RATING,
    SAVE,
    SHARED_LINK,
    THUMB,
)
from webapp.store.values import new_id

LATER = 86_400.0
HOSTILE = '<img src=x onerror="alert(1)">\u202eelitsoh\u202c {{ 7*7 }} %s ' + "Unbroken" * 12


def track_row(number: int, **more: Any) -> dict[str, Any]:
    """Return a track of a playlist; nothing of it can be heard here."""
    track = sample_tracks()[number]
    return {
        "id": f"row-{number}",
        "title": track["title"],
        "artists": list(track["artists"]),
        "duration": track["duration_ms"] / 1000,
        "audio": "",
        "spotify_id": track["id"],
        **more,
    }


def make_playlist(world: Any, user_id: str, length: int = 10) -> str:
    """Make a playlist as the worker does and wait for its trailer; return its id."""
    services = world.services
    started = services.generation.start(
        user_id, [seed_data(1), seed_data(4)], length=length, idempotency_key=new_id()
    )
    ends = time.monotonic() + 90
    while time.monotonic() < ends:
        made = services.playlists.get(started.playlist_id, user_id)
        if made.trailer_state in {"ready", "failed"}:
            assert made.trailer_state == "ready", made.trailer
            return str(made.id)
        time.sleep(0.1)
    raise AssertionError("no trailer within 90 s")


@dataclass
class Belongings:
    """What a module makes once: a user's playlist with a trailer, and one without any sound."""

    user_id: str
    full: str
    plain: str
    rows: dict[str, dict[str, Any]]


@dataclass
class Stage:
    """A browser, and everything behind it that a state is made of."""

    world: Any
    page: Page
    sign_in: Callable[..., str]
    own: Belongings
    undo: list[Callable[[], Any]] = field(default_factory=list)
    secrets: dict[str, tuple[str, list[Any]]] = field(default_factory=dict)

    @property
    def services(self) -> Any:
        return self.world.services

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    @property
    def user_id(self) -> str:
        return self.own.user_id

    def go(self, path: str) -> None:
        self.page.goto(path if path.startswith("http") else self.world.url + path)

    def nobody(self) -> None:
        self.context.clear_cookies()

    def as_person(self, person: str = "rich", *, again: bool = False) -> str:
        """Be a person; they log in once per test."""
        self.nobody()
        if again or person not in self.secrets:
            user_id = self.sign_in(self.context, self.world, person)
            self.secrets[person] = (user_id, self.context.cookies())
        user_id, cookies = self.secrets[person]
        self.context.add_cookies(cookies)
        return user_id

    def back_to_plain(self) -> None:
        """Take back whatever the last state was made of."""
        while self.undo:
            self.undo.pop()()
        self.world.spotify.clear_faults()
        for cooldown in self.services.cooldowns.list():
            self.services.cooldowns.clear(cooldown.name)
        with writing(self.services.engine) as connection:
            tables = (SAVE, SHARED_LINK, JOB, DRAFT, MOVED_HIGHLIGHT, THUMB, RATING)
            for table in tables:
                connection.execute(delete(table).where(table.c.user_id == self.user_id))
            for name, row in self.own.rows.items():
                connection.execute(delete(PLAYLIST_STEP).where(PLAYLIST_STEP.c.playlist_id == name))
                connection.execute(update(PLAYLIST).where(PLAYLIST.c.id == name).values(row))

    def draft(self, name: str, value: Any) -> None:
        self.services.drafts.change(self.user_id, name, lambda _: value)

    def playlist(self, which: str, **values: Any) -> str:
        """Show a playlist of the user's as if it stood so; return its path."""
        with writing(self.services.engine) as connection:
            connection.execute(update(PLAYLIST).where(PLAYLIST.c.id == which).values(values))
        return f"/p/{which}"

    def another(self, title: str, **values: Any) -> str:
        """Make one more playlist of the user's, gone afterwards; return its id."""
        services = self.services
        made = services.playlists.create(
            self.user_id, title=title, seeds=[seed_data(1)], options={}
        )
        self.undo.append(lambda: services.playlists.delete(made.id, self.user_id))
        if values.pop("ready", True):
            services.playlists.set_ready(made.id, tracks=[track_row(2)], catalogue_version="1")
        if values:
            self.playlist(made.id, **values)
        return str(made.id)

    def job(
        self,
        kind: str,
        payload: dict[str, Any],
        *,
        key: str | None = None,
        owned: bool = True,
        **values: Any,
    ) -> str:
        """Put a job into the table that no worker takes; return its id."""
        user_id = self.user_id if owned else None
        job = self.services.jobs.enqueue(
            kind, payload, user_id=user_id, key=key, lane=new_id(), run_at=self.later()
        )
        with writing(self.services.engine) as connection:
            if values:
                connection.execute(update(JOB).where(JOB.c.id == job.id).values(values))
        if not owned:
            self.undo.append(lambda: self.forget_job(job.id))
        return str(job.id)

    def forget_job(self, job_id: str) -> None:
        with writing(self.services.engine) as connection:
            connection.execute(delete(JOB).where(JOB.c.id == job_id))

    def later(self) -> float:
        return float(self.services.clock()) + LATER

    def save(
        self,
        playlist_id: str,
        *,
        cover: bool = False,
        job: dict[str, Any] | None = None,
        **values: Any,
    ) -> None:
        """Let a save of a playlist stand so; `job` tells of the job behind it."""
        tracks = self.services.playlists.get(playlist_id, self.user_id).tracks
        save = self.services.saves.start(
            self.user_id,
            playlist_id,
            name=values.pop("name", HOSTILE[:100]),
            public=False,
            uris=values.pop("uris", [f"spotify:track:{one['spotify_id']}" for one in tracks]),
            cover=cover,
        )
        with writing(self.services.engine) as connection:
            if values:
                connection.execute(update(SAVE).where(SAVE.c.id == save.id).values(values))
        self.job("save", {"save_id": save.id}, **(job or {}))

    def begun_login(self) -> str:
        """Begin a login in this browser; return Spotify's address that it leads to."""
        answer = self.context.request.get(f"{self.world.url}/login", max_redirects=0)
        return str(answer.headers["location"])

    @contextmanager
    def answering(self, status: int) -> Iterator[str]:
        """Let a page of ours answer with a failure; yield its path."""
        from flask import abort

        views = self.world.app.view_functions
        before = views["landing.privacy"]
        views["landing.privacy"] = lambda: abort(status)
        try:
            yield "/privacy"
        finally:
            views["landing.privacy"] = before

    def swap(self, owner: Any, name: str, value: Any) -> None:
        """Replace an attribute of an object until the state is over."""
        was = owner.__dict__.get(name)

        def back() -> None:
            if was is None:
                del owner.__dict__[name]
            else:
                owner.__dict__[name] = was

        owner.__dict__[name] = value
        self.undo.append(back)


def refused(code: str, **more: Any) -> dict[str, Any]:
    """Return a failure as it is kept."""
    return {
        "code": code,
        "what": "It was not done",
        "why": "somebody pulled the plug",
        "kept": "everything else",
        "next_step": "try again",
        **json.loads(json.dumps(more)),
    }

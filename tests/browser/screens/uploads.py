"""One's own files and their mix, without waiting for either."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from playwright.sync_api import expect

from tests.browser.screens.table import screen
from tests.browser.stage import HOSTILE, LATER, Stage, refused
from webapp.store import new_id, writing
from webapp.store.schema import UPLOAD, UPLOAD_BOX


@screen("uploads", "uploads.show", "nothing yet")
def uploads_empty(stage: Stage) -> None:
    stage.nobody()
    stage.go("/uploads")


@screen("uploads", "uploads.show", "switched off")
def uploads_off(stage: Stage) -> None:
    bounds = replace(stage.services.upload_bounds, server_bytes=0)
    stage.swap(stage.services, "upload_bounds", bounds)
    stage.nobody()
    stage.go("/uploads")
    expect(stage.page.locator("[data-dropzone]")).to_have_count(0)


def heard(stage: Stage, number: int) -> dict[str, Any]:
    """Return what is known of a file: a track of the playlist has the same content."""
    tracks = stage.services.playlists.get(stage.own.full, stage.user_id).tracks
    track = [one for one in tracks if one.get("study")][number]
    title = HOSTILE if number == 0 else track["title"]
    return {
        "state": "ready",
        "content_key": track["content"],
        "study": track["study"],
        "track": {"title": title, "artists": track["artists"], "duration": 56.0, "licence": "CC0"},
    }


FAILED = {"state": "failed", "error": refused("uploads.kind", why=HOSTILE)}


def fill(stage: Stage, *files: dict[str, Any], hearing: str = "queued", **mix: Any) -> str:
    """Lay files into the box of this browser and show them; return the box's id."""
    stage.as_person()
    now, box = time.time(), new_id()
    cookie = next(c for c in stage.context.cookies() if c["name"] == "__Host-sid")
    stage.services.sessions.change(cookie["value"], lambda data: {**data, "uploads": box})
    stage.undo.append(lambda: stage.services.uploads.remove_box(box))
    job = stage.job("uploads.hear", {"box": box}, owned=False, state=hearing)
    handle = stage.services.sessions.load(cookie["value"]).handle
    owned = {"id": box, "user_id": stage.user_id, "session_handle": handle, "hear_job": job}
    times = {"created_at": now, "updated_at": now}
    with writing(stage.services.engine) as connection:
        connection.execute(
            UPLOAD_BOX.insert().values(
                **owned, **times, mix=mix or None, mix_version=1 if mix else 0
            )
        )
        for number, file in enumerate(files):
            usual = {
                "box_id": box,
                "id": f"{number + 1:032x}",
                "number": number,
                "name": f"{HOSTILE[:40]}.wav",
                "file": "gone.wav",
                "bytes": 1_234_567,
                "content_key": None,
                "state": "waiting",
                "picked": True,
                "track": None,
                "study": None,
                "start": None,
                "error": None,
                "expires_at": now + LATER,
            }
            connection.execute(UPLOAD.insert().values({**usual, **times, **file}))
    stage.go("/uploads")
    return box


def mix_of(stage: Stage, **formats: dict[str, Any]) -> dict[str, Any]:
    """Return a mix of three files as it is kept, with the course of the playlist's trailer."""
    trailer = stage.own.rows[stage.own.full]["trailer"]
    chapters = [
        {**chapter, "upload": f"{number + 1:032x}"}
        for number, chapter in enumerate(trailer["chapters"][:3])
    ]
    return {
        "wish": {"order": "keep", "seconds": 25.0, "mixing": True},
        "title": "Mix of 3 tracks",
        "files": [],
        "duration": trailer["duration"],
        "peaks": trailer.get("peaks") or [],
        "chapters": chapters,
        "skipped": [{"upload": f"{4:032x}", "error": "unreadable"}],
        "formats": formats,
    }


@screen("uploads", "uploads.show", "refused, with the reason", "being heard", "heard")
@screen("uploads", "uploads.show", "left out of the mix")
def uploads_heard(stage: Stage) -> None:
    fill(stage, heard(stage, 0), {**heard(stage, 1), "picked": False}, {}, FAILED)
    expect(stage.page.locator(".entry")).to_have_count(3)
    stage.page.evaluate("for (const e of document.querySelectorAll('main details')) e.open = true")


@screen("uploads", "uploads.show", "given up, with *Try again*")
def uploads_given_up(stage: Stage) -> None:
    fill(stage, {}, hearing="failed")
    expect(stage.page.locator("form.notice")).to_be_visible()


MIXES = "the mix in the queue, being made, ready, outdated, failed"
FORMATS = "a format to be made, being made, to take along"


@screen("uploads", "uploads.show", MIXES)
def mix_being_made(stage: Stage) -> None:
    job = stage.job(
        "uploads.mix", {}, owned=False, state="running", step="rendering", done=1, total=3
    )
    mix = mix_of(stage, mp3={"state": "pending", "job": job})
    fill(stage, heard(stage, 0), heard(stage, 1), **mix)
    expect(stage.page.locator("[data-mix-sentence]")).to_be_visible()


@screen("uploads", "uploads.show", MIXES)
def mix_failed(stage: Stage) -> None:
    mix = mix_of(stage, mp3={"state": "failed", "error": refused("trailer.render_failed")})
    fill(stage, heard(stage, 0), **mix)


@screen("uploads", "uploads.show", MIXES, FORMATS)
def mix_ready(stage: Stage) -> None:
    job = stage.job("uploads.mix", {}, owned=False)
    mix = mix_of(
        stage,
        mp3={"state": "ready", "file": "mix-1.mp3", "bytes": 1000},
        opus={"state": "pending", "job": job},
    )
    box = fill(stage, *(heard(stage, number) for number in range(3)), heard(stage, 3), **mix)
    file = stage.services.upload_shelf.place(box, "mix-1.mp3")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"\0")
    stage.go("/uploads")
    expect(stage.page.locator("[data-player]")).to_be_visible()

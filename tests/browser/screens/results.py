"""A playlist, its trailer and highlights, saved and shared."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from playwright.sync_api import expect
from sqlalchemy import update

from tests.browser.screens.table import screen
from tests.browser.stage import HOSTILE, Stage, refused, track_row
from webapp.services.highlights_moved import CHOSEN, LISTENERS
from webapp.store import PlaylistSteps, writing
from webapp.store.schema import SHARED_LINK


def open_details(stage: Stage) -> None:
    stage.page.evaluate(
        "for (const e of document.querySelectorAll('main details:not(.acts)')) e.open = true"
    )


@screen("result", "playlists.show", "ready", "as made", "single tracks without preview")
@screen(
    "its highlight",
    "playlists.show",
    *("heard: curve and window", "heard by an earlier release: the window alone"),
    *("decided by listeners", "chosen by this one, with the way back"),
    "the whole of a short track, not to be moved",
)
@screen("a thumb, a rating", "playlists.show", "none", "given")
def result(stage: Stage) -> None:
    stage.as_person()
    services = stage.services
    playlist = services.playlists.get(stage.own.full, stage.user_id)
    found = services.highlights.of_playlist(playlist)
    kinds: list[dict[str, Any]] = [
        {},
        {"curve": (), "curve_rate": 0.0},
        {"strategy": LISTENERS, "most_replayed": tuple(range(0, 100, 2)), "evidence": 0.8},
        {"strategy": CHOSEN, "start": 3.0, "end": 33.0},
        {"start": 0.0, "track": 30.0, "end": 30.0},
    ]
    names = list(found)
    for name, kind in zip(names, kinds, strict=False):
        found[name] = replace(found[name], **kind)
    assert len(names) >= len(kinds)
    stage.swap(services.highlights, "of_playlist", lambda _: found)
    services.thumbs.put(stage.user_id, names[0], up=True, title="x", artists=["y"])
    stage.go(f"/p/{stage.own.full}")
    expect(stage.page.locator("[data-player]")).to_be_visible()
    open_details(stage)


@screen("result", "playlists.show", "changed", "trailer following the changes")
def result_changed(stage: Stage) -> None:
    stage.as_person()
    services, which = stage.services, stage.own.full
    with writing(services.engine) as connection:
        before = services.playlists.lock(which, stage.user_id, connection)
        PlaylistSteps(services.engine).add(
            before, {"action": "remove", "title": HOSTILE}, connection
        )
    path = stage.playlist(which, version=before.version + 1, trailer_state="pending")
    key = f"trailer:{which}:{before.version + 1}"
    stage.job("trailer", {"playlist_id": which, "version": before.version + 1}, key=key)
    stage.go(path)
    expect(stage.page.locator("#do-undo")).to_be_visible()
    expect(stage.page.locator("[data-job]")).to_be_visible()


@screen("result", "playlists.show", "changed in another tab, with a choice")
def result_conflict(stage: Stage) -> None:
    stage.as_person()
    stage.go(f"/p/{stage.own.plain}")
    stage.page.locator("#hands-version").evaluate("(e) => { e.value = '1'; }")
    stage.page.locator("#do-extend").click()
    expect(stage.page.locator("#do-again")).to_be_visible()


@screen("result", "hands.revise", "refused, with the list as it is")
def result_refused(stage: Stage) -> None:
    stage.as_person()
    stage.playlist(stage.own.plain, tracks=[track_row(0, id="not-there", title=HOSTILE)])
    stage.go(f"/p/{stage.own.plain}")
    stage.page.locator("[data-act=more_like]").first.click()
    expect(stage.page.locator("[data-notices] .notice")).to_be_visible()


@screen("result", "playlists.show", "empty")
def result_empty(stage: Stage) -> None:
    stage.as_person()
    stage.go(stage.playlist(stage.own.plain, tracks=[]))


@screen("result", "playlists.show", "trailer being made")
def trailer_coming(stage: Stage) -> None:
    stage.as_person()
    which = stage.own.plain
    stage.playlist(which, trailer_state="pending")
    version = stage.services.playlists.get(which, stage.user_id).version
    stage.job(
        "trailer",
        {"playlist_id": which, "version": version},
        key=f"trailer:{which}:{version}",
        state="running",
        step="listening",
        done=1,
        total=2,
    )
    stage.go(f"/p/{which}")
    expect(stage.page.locator("[data-job]")).to_be_visible()


@screen("result", "playlists.show", "failed, with *Try again*")
def trailer_failed(stage: Stage) -> None:
    stage.as_person()
    error = {"error": refused("trailer.render_failed", why=HOSTILE)}
    stage.go(stage.playlist(stage.own.plain, trailer_state="failed", trailer=error))


@screen("result", "playlists.show", "no audio at all")
@screen("its highlight", "playlists.show", "not heard yet: none")
@screen("save", "playlists.show", "form, with or without a cover")
@screen("taking along", "playlists.show", "never shared")
def no_audio(stage: Stage) -> None:
    stage.as_person()
    notes = [{"code": "seed.unmatched", "title": HOSTILE}]
    stage.go(stage.playlist(stage.own.plain, notes=notes, title=HOSTILE))


@screen("result", "playlists.show")
def not_made(stage: Stage) -> None:
    stage.as_person()
    which = stage.another("Failed", state="failed", error=refused("recommend.nothing_left"))
    stage.go(f"/p/{which}")


def saved(stage: Stage, **how: Any) -> None:
    stage.as_person()
    stage.save(stage.own.plain, **how)
    stage.go(f"/p/{stage.own.plain}")


DONE = {
    "state": "done",
    "written": 2,
    "spotify_playlist_id": "x" * 22,
    "job": {"state": "done"},
}


def done(stage: Stage, **how: Any) -> dict[str, Any]:
    return {**DONE, "spotify_url": f"{stage.world.spotify.open_url}/playlist/{'x' * 22}", **how}


@screen("save", "playlists.show", "n of m written")
@screen("taking along", "playlists.show", "shared since, the link to copy")
@screen("taking along", "playlists.show", "what strangers will hear, or why not")
def save_writing(stage: Stage) -> None:
    stage.services.sharing.share(stage.user_id, stage.own.plain)
    saved(stage, state="writing", written=1)


@screen("save", "playlists.show", "waiting until a moment")
@screen("taking along", "playlists.show", "the link cannot be shown any more")
def save_waiting(stage: Stage) -> None:
    stage.services.sharing.share(stage.user_id, stage.own.plain)
    with writing(stage.services.engine) as connection:
        connection.execute(
            update(SHARED_LINK)
            .where(SHARED_LINK.c.playlist_id == stage.own.plain)
            .values(nonce="0" * 32)
        )
    waits = refused("jobs.parked", details={"code": "spotify.quota"})
    until = stage.later()
    saved(
        stage,
        state="parked",
        parked_until=until,
        error_code="spotify.quota",
        job={"state": "parked", "error": waits},
    )


def waits_for_login(stage: Stage, reason: str) -> None:
    waits = refused("jobs.parked", details={"code": reason})
    job = {"state": "parked", "error": waits, "reason": reason}
    saved(stage, state="parked", error_code=reason, job=job)


@screen("save", "playlists.show", "permission or new login needed")
@screen("taking along", "playlists.show", "ended since")
def save_asks(stage: Stage) -> None:
    stage.services.sharing.share(stage.user_id, stage.own.plain)
    stage.services.sharing.revoke(stage.user_id, stage.own.plain)
    waits_for_login(stage, "spotify.scope")


@screen("save", "playlists.show", "permission or new login needed")
def save_reconnect(stage: Stage) -> None:
    waits_for_login(stage, "spotify.reconnect")


@screen("save", "playlists.show", "partly saved")
def save_partly(stage: Stage) -> None:
    error = refused("spotify.unavailable")
    saved(
        stage,
        state="failed",
        written=1,
        error_code=error["code"],
        job={"state": "failed", "error": error},
    )


@screen("save", "playlists.show", "failed, with *Try again*")
def save_failed(stage: Stage) -> None:
    error = refused("save.nothing")
    saved(stage, state="failed", error_code=error["code"], job={"state": "failed", "error": error})


@screen("save", "playlists.show", "changed since it was saved")
def save_changed(stage: Stage) -> None:
    saved(stage, uris=["spotify:track:" + "0" * 22], **done(stage))


IN_THE_END = "saved, with the link, and its cover there, on its way, not allowed or refused"


@screen("save", "playlists.show", IN_THE_END)
def saved_with_cover(stage: Stage) -> None:
    saved(stage, cover=True, cover_digest="0" * 64, **done(stage))


@screen("save", "playlists.show", IN_THE_END)
def saved_cover_coming(stage: Stage) -> None:
    saved(stage, cover=True, **done(stage))


@screen("save", "playlists.show", IN_THE_END)
def saved_cover_not_allowed(stage: Stage) -> None:
    saved(stage, cover=True, cover_error="spotify.scope", **done(stage))


@screen("save", "playlists.show", IN_THE_END)
def saved_cover_refused(stage: Stage) -> None:
    saved(stage, cover=True, cover_error="spotify.refused", **done(stage))


@screen("the shared page", "share.show", "with the trailer")
def shared(stage: Stage) -> None:
    token = stage.services.sharing.share(stage.user_id, stage.own.full).token
    stage.nobody()
    stage.go(f"/s/{token}")
    expect(stage.page.locator("[data-player]")).to_be_visible()


@screen("the shared page", "share.show", "without, and why")
def shared_silent(stage: Stage) -> None:
    token = stage.services.sharing.share(stage.user_id, stage.own.plain).token
    stage.playlist(stage.own.plain, title=HOSTILE)
    stage.nobody()
    stage.go(f"/s/{token}")


@screen("the shared page", "share.show", "ended or unknown")
def shared_no_more(stage: Stage) -> None:
    stage.nobody()
    stage.go(f"/s/{'x' * 43}")

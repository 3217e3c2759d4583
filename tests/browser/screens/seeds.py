"""Picking seeds, shaping the playlist, waiting for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from playwright.sync_api import expect

from tests.browser.screens.table import screen
from tests.browser.stage import HOSTILE, Stage, refused
from tests.connected_people import seed_data
from webapp.routes import seeds as seeds_page
from webapp.store import new_id


@screen("seeds", "seeds.pick", "tracks", "*More*", "basket empty, filled, full")
@screen("the shape", "seeds.pick", "untouched")
@screen("a track", "seeds.pick", "in the catalogue")
def top_tracks(stage: Stage) -> None:
    stage.as_person()
    stage.go("/seeds")
    expect(stage.page.locator(".more")).to_be_visible()


@screen("a track", "seeds.pick", "not in it", "in the basket")
@screen("the shape", "seeds.pick", "touched")
def basket_full(stage: Stage) -> None:
    stage.as_person()
    chosen = [seed_data(number) for number in range(10)]
    chosen[1] = {**chosen[1], "title": HOSTILE}
    stage.draft("basket", chosen)
    stage.draft("basket_less", [chosen[2]["spotify_id"]])
    stage.draft("shape", {"curve": "own", "avoid": HOSTILE[:60], "length": "10"})
    stage.go("/seeds?tab=liked")
    expect(stage.page.locator(".chip")).to_have_count(10)
    if not stage.page.locator(".shape[open]").count():
        stage.page.locator(".shape summary").first.click()


@screen("seeds", "seeds.pick")
def recent(stage: Stage) -> None:
    stage.as_person()
    stage.go("/seeds?tab=recent")


@screen("seeds", "seeds.pick")
def folders(stage: Stage) -> None:
    stage.as_person()
    stage.go("/seeds?tab=playlists")


@screen("seeds", "seeds.pick", "on its way")
def slow(stage: Stage) -> None:
    stage.as_person()
    stage.undo.append(lambda: setattr(seeds_page, "PATIENCE", 3.0))
    seeds_page.PATIENCE = 0.05
    stage.world.spotify.fault("GET", "/v1/search", delay=6)
    stage.go(f"/seeds?tab=search&q={new_id()[:8]}")
    expect(stage.page.locator("[data-slow]")).to_be_visible()


@screen("seeds", "seeds.pick", "empty account")
def empty_account(stage: Stage) -> None:
    stage.as_person("empty")
    stage.go("/seeds")
    expect(stage.page.locator(".empty")).to_be_visible()


@screen("seeds", "seeds.pick", "session ended mid-work")
def session_ended(stage: Stage) -> None:
    stage.as_person(again=True)
    stage.go("/seeds")
    cookie = next(c for c in stage.context.cookies() if c["name"] == "__Host-sid")
    assert stage.services.sessions.delete(cookie["value"])
    stage.page.locator("[data-basket=add]:visible button").first.click()
    expect(stage.page.locator("[data-notices] .notice a")).to_be_visible()
    stage.as_person(again=True)


@screen("seeds", "seeds.pick", "nothing found")
def nothing_found(stage: Stage) -> None:
    stage.as_person()
    stage.go("/seeds?tab=search&q=qqqqqq")
    expect(stage.page.locator(".empty")).to_be_visible()


@screen("seeds", "seeds.pick", "earlier answer because Spotify is away")
def earlier_answer(stage: Stage) -> None:
    stage.as_person()
    seeds = stage.services.seeds
    found = seeds.search

    def stale(*given: Any, **more: Any) -> Any:
        return replace(found(*given, **more), stale=True)

    stage.swap(seeds, "search", stale)
    stage.go("/seeds?tab=search&q=garden")
    expect(stage.page.locator("main .notice")).not_to_have_count(0)


@screen("seeds", "seeds.pick", "quota or rate limit with the moment it ends")
def quota(stage: Stage) -> None:
    stage.as_person()
    stage.world.spotify.quota("GET", "/v1/search", retry_after=7200)
    stage.go(f"/seeds?tab=search&q={new_id()[:8]}")
    expect(stage.page.locator(".notice time")).to_be_visible()


@screen("seeds", "seeds.pick", "connection ended")
def connection_ended(stage: Stage) -> None:
    stage.as_person(again=True)
    stage.world.spotify.revoke("rich")
    stage.go(f"/seeds?tab=search&q={new_id()[:8]}")
    expect(stage.page.locator("[data-results] .notice a")).to_be_visible()
    stage.as_person(again=True)


@screen("the shape", "playlists.make", "refused, with the field's name")
def shape_refused(stage: Stage) -> None:
    stage.as_person()
    stage.draft("basket", [seed_data(1)])
    stage.draft("shape", {"minutes": "2", "year_from": "2020", "year_to": "1990"})
    stage.go("/seeds")
    stage.page.locator("#make").evaluate("(form) => { form.noValidate = true; form.submit(); }")
    stage.page.wait_for_url("**/make")
    expect(stage.page.locator("[data-notices] .notice")).to_be_visible()


PASTED = (
    "https://open.spotify.com/track/{known}?si=1",
    "https://open.spotify.com/track/{known}",
    "https://open.spotify.com/album/{known}",
    HOSTILE,
    f"https://open.spotify.com/track/{'0' * 22}",
)


@screen(
    "pasted line",
    "seeds.paste",
    *("a track", "the same as above", "a link to something else", "not a link", "not found"),
)
def pasted(stage: Stage) -> None:
    stage.as_person()
    stage.go("/seeds?tab=paste")
    lines = [line.replace("{known}", seed_data(3)["spotify_id"]) for line in PASTED]
    stage.page.locator("#links").fill("\n".join(lines))
    stage.page.locator("form:has(#links) button").click()
    expect(stage.page.locator(".verdicts > li")).to_have_count(len(lines))


@screen("pasted line", "seeds.paste", "not looked up because Spotify stopped answering")
def pasted_in_vain(stage: Stage) -> None:
    stage.as_person()
    stage.world.spotify.quota("GET", "/v1/tracks*", count=None)
    stage.world.spotify.quota("GET", "/v1/tracks/*", count=None)
    stage.go("/seeds?tab=paste")
    links = [f"https://open.spotify.com/track/{new_id()[:22]}" for _ in range(2)]
    stage.page.locator("#links").fill("\n".join(links))
    stage.page.locator("form:has(#links) button").click()
    expect(stage.page.locator(".verdicts > li")).to_have_count(2)


def bring(stage: Stage, name: str, content: str) -> None:
    stage.as_person()
    stage.go("/seeds?tab=paste")
    file = {"name": name, "mimeType": "text/csv", "buffer": content.encode()}
    stage.page.locator("#list-file").set_input_files(file)
    stage.page.locator("form:has(#list-file) button").click()


@screen("a list that was brought", "bring.read", "not read, with the reason")
def list_refused(stage: Stage) -> None:
    bring(stage, "odd.xspf", "<!DOCTYPE x><playlist/>")
    expect(stage.page.locator("main .notice")).not_to_have_count(0)


@screen(
    "a list that was brought",
    "bring.read",
    "each line: in the catalogue by id, ISRC or name",
    *("only at Spotify", "the same as above", "in the basket already", "names no track"),
    "not found",
)
def list_brought(stage: Stage) -> None:
    one, two, three, four = seed_data(5), seed_data(6), seed_data(7), seed_data(280)
    rows = [
        ("", "", "", one["spotify_id"]),
        ("", "", two["isrc"], ""),
        (three["title"], three["artists"][0], "", ""),
        ("", "", "", four["spotify_id"]),
        ("", "", "", one["spotify_id"]),
        (HOSTILE, "nobody", "", ""),
        ("", "somebody", "", ""),
        ("", "", "", seed_data(8)["spotify_id"]),
    ]
    table = "\n".join(
        ",".join(f'"{cell.replace(chr(34), chr(39))}"' for cell in row) for row in rows
    )
    stage.as_person()
    stage.draft("basket", [seed_data(8)])
    bring(stage, f"{HOSTILE[:30]}.csv".replace('"', ""), f"title,artist,isrc,uri\n{table}\n")
    expect(stage.page.locator(".brought > li")).to_have_count(len(rows))


@screen("a list that was brought", "bring.read", "not asked any more", "Spotify failed")
def list_in_vain(stage: Stage) -> None:
    from webapp.services import bringing

    stage.undo.append(lambda: setattr(bringing, "MOST_QUESTIONS", 30))
    bringing.MOST_QUESTIONS = 1
    lines = "\n".join(f"{new_id()},nobody" for _ in range(3))
    bring(stage, "long.csv", f"title,artist\n{lines}\n")
    expect(stage.page.locator(".brought > li")).to_have_count(3)


def job(stage: Stage, **values: Any) -> None:
    stage.as_person()
    wanted = stage.another("Being made", ready=False, state="pending")
    stage.go(f"/jobs/{stage.job('playlist', {'playlist_id': wanted}, **values)}")


@screen("progress", "jobs.show", "queued", "taking long", "connection gone")
def job_queued(stage: Stage) -> None:
    job(stage)
    # Both are shown by the script once so much time has passed, or nothing answers.
    stage.page.evaluate(
        "for (const e of document.querySelectorAll('main [hidden]')) e.hidden = false"
    )


@screen("progress", "jobs.show", "each step with its count")
def job_running(stage: Stage) -> None:
    job(stage, state="running", step="listening", done=2, total=7)


@screen("progress", "jobs.show", "waiting")
def job_waiting(stage: Stage) -> None:
    waits = refused("jobs.parked", details={"code": "spotify.quota"})
    job(stage, state="parked", error=waits)
    expect(stage.page.locator("[data-job-failure] .notice")).to_be_visible()


@screen("progress", "jobs.show", "cancelled")
def job_cancelled(stage: Stage) -> None:
    job(stage, state="cancelled")


@screen("progress", "jobs.show", "failed, with *Try again*")
def job_failed(stage: Stage) -> None:
    job(stage, state="failed", error=refused("internal"))

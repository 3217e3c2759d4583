"""States on the way to a playlist: slow, offline, logged out, empty; and how short the way is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from webapp.routes import seeds as seeds_page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Enter = Callable[..., None]
Check = Callable[[Page], None]
SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifted += one.value;
}).observe({ type: "layout-shift", buffered: true });
"""


def chips(page: Page) -> Any:
    return page.locator("[data-chips] .chip")


def end_session(context: BrowserContext, world: Any) -> None:
    """End it on the server; the browser keeps its cookie, as when time has passed."""
    cookie = next(c for c in context.cookies() if c["name"] == "__Host-sid")
    assert world.services.sessions.delete(cookie["value"])


def test_a_sample_trailer_plays_on_click_before_any_login(visit: Any, world: Any) -> None:
    _, page = visit(360, "dark")
    page.goto(world.url)
    audio = page.locator("audio")
    assert audio.evaluate("(a) => a.paused")
    page.locator("[data-player] [data-play]").click()
    for _ in range(100):
        if audio.evaluate("(a) => a.currentTime") > 0.2:
            break
        page.wait_for_timeout(50)
    assert audio.evaluate("(a) => a.currentTime") > 0.2
    expect(page.locator(".sampled .current")).to_have_count(1)
    third = page.locator("[data-chapter]").nth(2)
    third.locator("[data-jump]").click()
    expect(third).to_have_class(re.compile("current"))


def test_from_the_first_page_to_a_saved_playlist_in_eight_clicks(visit: Any, world: Any) -> None:
    context, page = visit()
    clicks: list[str] = []
    context.expose_binding("clicked", lambda _, what: clicks.append(what))
    context.add_init_script(
        "addEventListener('click', (e) => e.isTrusted && e.detail && "
        "window.clicked(`${location.pathname} ${e.target.closest('a, button, label')?.innerText}`),"
        " true);"
    )
    page.goto(world.url)
    page.get_by_role("link", name="Log in with Spotify").click()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{world.url}/**")
    page.locator("[data-basket=add]:visible button").first.click()
    expect(chips(page)).to_have_count(1)
    page.get_by_role("button", name="Make playlist").click()
    page.wait_for_url("**/p/**", timeout=60_000)
    page.get_by_role("button", name=re.compile("^Save [0-9]+ tracks")).click()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url("**/p/**")
    expect(page.locator("[data-save]")).to_have_attribute("data-state", "done", timeout=60_000)
    assert 5 <= len(clicks) <= 8, clicks


def test_a_slow_spotify_is_told_in_place_and_nothing_jumps(
    visit: Any, world: Any, enter: Enter, accessible: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seeds_page, "PATIENCE", 0.3)
    context, page = visit()
    enter(page, world)
    context.add_init_script(SHIFTS)
    world.spotify.fault("GET", "/v1/me/player/recently-played", delay=2.5)
    page.goto(f"{world.url}/seeds?tab=recent")
    expect(page.locator("[data-slow]")).to_be_visible()
    expect(page.get_by_role("button", name="Make playlist")).to_be_visible()
    expect(page.locator("[data-results] [data-seed]").first).to_be_visible()
    expect(page.locator("[data-look-status]")).to_contain_text("shown")
    assert page.evaluate("window.shifted") <= 0.02

    world.spotify.fault("GET", "/v1/me/tracks", delay=8)
    page.get_by_role("link", name="Liked", exact=True).click()
    expect(page.locator("[data-slow]")).to_be_visible(timeout=6_000)
    accessible(page)  # not before: it lays out what is far below, which counts as a shift
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("[data-results] .notice")).to_contain_text("Your basket is safe")
    accessible(page)
    page.get_by_role("link", name="Top tracks", exact=True).click()
    expect(page.locator(".tabs [aria-current]")).to_have_text("Top tracks")
    expect(page.locator("[data-results] [data-seed]").first).to_be_visible()


def test_search_goes_along_with_typing_and_shows_only_the_last_question(
    visit: Any, world: Any, enter: Enter
) -> None:
    _, page = visit()
    enter(page, world)
    page.get_by_role("link", name="Search", exact=True).click()
    field = page.get_by_label("Title, artist, or both")
    expect(field).to_be_focused()
    world.spotify.fault("GET", "/v1/search", delay=2)
    before = len(world.spotify.requests())
    page.keyboard.type("sil")
    page.wait_for_timeout(600)  # the first, slow question is on its way
    page.keyboard.type("ver lantern", delay=20)
    expect(page.get_by_role("heading", name="Found for “silver lantern”")).to_be_visible()
    page.wait_for_timeout(1_800)
    expect(page.get_by_role("heading", name="Found for “silver lantern”")).to_be_visible()
    expect(field).to_be_focused()
    asked = [one for one in world.spotify.requests()[before:] if one["path"] == "/v1/search"]
    assert len(asked) <= 3, "each letter is not a question"


def test_a_session_that_ends_mid_work_loses_nothing(visit: Any, world: Any, enter: Enter) -> None:
    context, page = visit()
    enter(page, world)
    add = page.locator("[data-basket=add]:visible button")
    add.first.click()
    expect(chips(page)).to_have_count(1)
    page.locator(".shape summary").click()
    with page.expect_response("**/api/v1/shape"):
        page.get_by_label("Words to avoid").fill("kept")
        page.keyboard.press("Tab")
    end_session(context, world)
    with page.expect_response("**/api/v1/shape"):
        page.get_by_role("button", name="Focus").click()
    add.first.click()
    way = page.get_by_role("link", name="Log in and come back here")
    way.click()
    page.locator("input[value='rich']").check()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{world.url}/seeds**")
    expect(chips(page)).to_have_count(2)
    expect(page.get_by_label("Words to avoid")).to_have_value("kept")
    expect(page.get_by_role("button", name="Focus")).to_have_attribute("aria-pressed", "true")


def test_offline_is_told_and_so_is_the_way_back(visit: Any, world: Any, enter: Enter) -> None:
    context, page = visit(360)
    enter(page, world)
    context.set_offline(True)
    told = page.locator("[data-connection]")
    expect(told).to_contain_text("You are offline")
    page.locator("[data-basket=add]:visible button").first.click()
    expect(page.locator("[data-notices] .notice")).to_contain_text("did not reach the server")
    context.set_offline(False)
    expect(told).to_contain_text("online again")
    page.locator("[data-basket=add]:visible button").first.click()
    expect(chips(page)).to_have_count(1)


def test_an_empty_account_begins_with_tracks_of_the_catalogue(
    visit: Any, world: Any, enter: Enter, accessible: Check
) -> None:
    _, page = visit(320)
    enter(page, world, "empty")
    expect(page.locator(".empty")).to_be_visible()
    starters = page.locator(".starters [data-seed]")
    assert starters.count() >= 4
    accessible(page)
    starters.first.locator("[data-basket=add] button").click()
    expect(chips(page)).to_have_count(1)


def test_the_energy_curve_is_drawn_by_pointer(visit: Any, world: Any, enter: Enter) -> None:
    _, page = visit()
    enter(page, world)
    page.locator(".shape summary").click()
    pad = page.locator("[data-own]")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None

    def at(part: float, height: float) -> tuple[float, float]:
        return box["x"] + part * box["width"], box["y"] + (0.9 - 0.8 * height) * box["height"]

    page.mouse.move(*at(0.1, 0.1))
    page.mouse.down()
    for step in range(1, 21):
        page.mouse.move(*at(0.1 + 0.8 * step / 20, 0.1 + 0.8 * step / 20))
    with page.expect_response("**/api/v1/shape"):
        page.mouse.up()
    drawn = [int(page.locator(f"[name=point_{n}]").input_value()) for n in range(1, 6)]
    assert drawn == sorted(drawn)
    assert drawn[0] <= 2
    assert drawn[-1] == 9
    expect(page.locator("input[name=curve][value=own]")).to_be_checked()
    page.reload()
    assert page.locator("[name=point_5]").input_value() == "9"

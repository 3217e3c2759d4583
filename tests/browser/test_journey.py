"""The whole job as people do it, in light and dark, on a telephone and on a desk."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LOOKS = [(1280, "light"), (360, "dark"), (1280, "dark"), (360, "light")]
PATIENCE = 90_000


def chips(page: Page) -> Any:
    return page.locator("[data-chips] .chip")


def pick(page: Page, world: Any, accessible: Callable[[Page], None]) -> None:
    """Take a seed from each tab."""
    page.goto(f"{world.url}/seeds")
    for count, tab in enumerate(("Top tracks", "Recently played", "Liked"), start=1):
        page.get_by_role("link", name=tab, exact=True).click()
        expect(page.locator(".tabs [aria-current]")).to_have_text(tab)
        accessible(page)
        page.locator("[data-basket=add]:visible button").nth(count).click()
        expect(chips(page)).to_have_count(count)
    page.get_by_role("link", name="Playlists", exact=True).click()
    accessible(page)
    page.get_by_role("link", name="Thirty at thirty", exact=True).click()
    page.locator("[data-basket=add]:visible button").nth(4).click()
    expect(chips(page)).to_have_count(4)
    page.get_by_role("link", name="Search", exact=True).click()
    accessible(page)
    page.get_by_label("Title, artist, or both").fill("Garden")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("Found for “Garden”")).to_be_visible()
    page.locator("[data-basket=add]:visible button").nth(2).click()
    expect(chips(page)).to_have_count(5)
    page.get_by_role("link", name="Paste links").click()
    seeds = page.evaluate("fetch('/api/v1/seeds').then((r) => r.json())")["seeds"]
    link = f"https://open.spotify.com/track/{seeds[0]['spotify_id']}"
    page.get_by_label("Links to tracks").fill(f"{link}?si=1\nhello\n{link}")
    page.get_by_role("button", name="Look them up").click()
    expect(page.get_by_text("3 lines read")).to_be_visible()
    expect(page.get_by_text("not a link to a track", exact=True)).to_be_visible()
    expect(page.get_by_text("the same track as in a line above")).to_be_visible()
    accessible(page)
    # One chip away again, by its own button.
    chips(page).last.get_by_role("button", name="Remove").click()
    expect(chips(page)).to_have_count(4)


def hear(page: Page) -> None:
    """Play, jump to a chapter, use the keyboard."""
    audio = page.locator("audio")
    page.locator("[data-player] [data-play]").click()
    page.wait_for_timeout(1200)
    assert audio.evaluate("(a) => a.currentTime") > 0.5
    expect(page.locator(".entry.current")).to_have_count(1)
    jump = page.locator("[data-jump]").nth(3)
    start = float(page.locator("[data-chapter]").nth(3).get_attribute("data-start") or 0)
    jump.click()
    expect(page.locator("[data-chapter]").nth(3)).to_have_class(re.compile("current"))
    page.wait_for_timeout(500)
    assert start <= audio.evaluate("(a) => a.currentTime") < start + 3
    page.keyboard.press("k")
    assert audio.evaluate("(a) => a.paused")
    before = audio.evaluate("(a) => a.currentTime")
    page.keyboard.press("ArrowRight")
    assert audio.evaluate("(a) => a.currentTime") == pytest.approx(before + 5, abs=0.2)
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Shift+ArrowLeft")
    assert audio.evaluate("(a) => a.currentTime") < before
    expect(page.locator("[data-seek]")).to_have_attribute(
        "aria-valuetext", re.compile(r"\d:\d\d of \d:\d\d, .+")
    )


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_from_the_landing_page_to_the_saved_playlist(
    visit: Any, world: Any, accessible: Callable[[Page], None], width: int, scheme: str
) -> None:
    context, page = visit(width, scheme)
    page.goto(world.url)
    accessible(page)
    page.get_by_role("link", name="What is kept").click()
    accessible(page)

    page.goto(world.url)
    page.get_by_role("link", name="Log in with Spotify").click()
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_role("alert")).to_contain_text("not granted")
    accessible(page)
    page.get_by_role("link", name="Log in with Spotify").last.click()
    page.locator("input[value='rich']").check()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{world.url}/seeds")

    pick(page, world, accessible)
    page.get_by_label("Length").select_option("10")
    page.get_by_role("button", name="Make playlist").click()
    page.wait_for_url(re.compile("/(jobs|p)/"))
    if "/jobs/" in page.url:
        accessible(page)
        page.reload()
    page.wait_for_url("**/p/**")
    accessible(page)

    # The list is there before the trailer, which appears by itself.
    shown = page.locator(".entry")
    expect(shown).to_have_count(10)
    expect(page.locator(".why").first).to_contain_text("close to “")
    page.locator("[data-player]").wait_for(timeout=PATIENCE)
    accessible(page)
    hear(page)
    accessible(page)

    page.get_by_label("Name").fill("Heard first")
    page.get_by_role("button", name="Save 10 tracks").click()
    page.wait_for_url("**/authorize**")
    page.locator("input[value='rich']").check()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url("**/p/**")
    expect(page.locator("[data-save]")).to_have_attribute("data-state", "done", timeout=PATIENCE)
    accessible(page)
    ours = [
        link.get_attribute("href").rpartition("/")[2]
        for link in shown.locator(".end a[data-out]").all()
    ]
    with context.expect_page() as opened:
        page.get_by_role("link", name="Open in Spotify").click()
    there = opened.value
    expect(there.locator("#playlist-name")).to_have_text("Heard first")
    theirs = [
        item.get_attribute("data-uri").rpartition(":")[2]
        for item in there.locator("ol.tracks li").all()
    ]
    assert theirs == ours
    assert len(ours) == 10

    for path in ("/history", "/account", "/p/unknown"):
        page.goto(f"{world.url}{path}")
        accessible(page)

"""The whole job as people do it: with a mouse, by touch on a telephone, with keys alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE = 90_000


def until(page: Page, expression: str) -> None:
    """Wait for something in the page; Playwright's own way needs what the policy forbids."""
    for _ in range(200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"still not: {expression}")


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
    until(page, "document.querySelector('audio').currentTime > 0.5")
    expect(page.locator(".entry.current")).to_have_count(1)
    jump = page.locator("[data-jump]").nth(3)
    start = float(page.locator("[data-chapter]").nth(3).get_attribute("data-start") or 0)
    jump.click()
    expect(page.locator("[data-chapter]").nth(3)).to_have_class(re.compile("current"))
    until(
        page,
        f"!document.querySelector('audio').seeking && {start} <= "
        "document.querySelector('audio').currentTime",
    )
    assert audio.evaluate("(a) => a.currentTime") < start + 3
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
def test_from_the_landing_page_to_the_saved_playlist(
    visit: Any,
    world: Any,
    accessible: Callable[[Page], None],
    accessible_in_all_looks: Callable[[Page], None],
) -> None:
    context, page = visit()
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
    hear(page)
    accessible_in_all_looks(page)

    page.get_by_label("Name").fill("Heard first")
    page.get_by_role("button", name="Save 10 tracks").click()
    page.wait_for_url("**/authorize**")
    page.locator("input[value='rich']").check()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url("**/p/**")
    expect(page.locator("[data-save]")).to_have_attribute("data-state", "done", timeout=PATIENCE)
    accessible_in_all_looks(page)
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


def noted(context: BrowserContext) -> list[str]:
    """Return a list that gets the kind of each press: a key, or what was pointed with."""
    pressed: list[str] = []
    context.expose_binding("notePress", lambda _, kind: pressed.append(kind))
    context.add_init_script(
        "addEventListener('keydown', () => window.notePress('key'), true);"
        "addEventListener('pointerdown', (e) => window.notePress(e.pointerType), true);"
    )
    return pressed


def share_and_look(page: Page, visit: Any) -> None:
    """See that the link which was just made opens the playlist for a stranger."""
    link = page.locator("[data-share-link]").input_value()
    _, stranger = visit()
    stranger.goto(link)
    expect(stranger.locator(".entry")).to_have_count(10)


def press_to(page: Page, wanted: Locator, key: str = "Tab") -> None:
    """Walk by keyboard until the focus is where it is wanted, and can be seen there."""
    for _ in range(240):
        page.keyboard.press(key)
        if wanted.evaluate("(e) => e === document.activeElement"):
            ring = wanted.evaluate(
                "(e) => { const s = getComputedStyle(e);"
                " return e.matches(':focus-visible') && (s.outlineStyle !== 'none'"
                " || s.boxShadow !== 'none' || e.type === 'radio'); }"
            )
            assert ring, f"nothing shows that the focus is on {wanted}"
            return
    raise AssertionError(f"the keyboard does not get to {wanted}")


def press(page: Page, wanted: Locator) -> None:
    """Walk to a button or link and press it."""
    press_to(page, wanted)
    page.keyboard.press("Enter")


@pytest.mark.timeout(240)
def test_the_whole_job_by_keyboard_alone(visit: Any, world: Any) -> None:
    context, page = visit()
    pressed = noted(context)
    page.goto(world.url)
    press(page, page.get_by_role("link", name="Log in with Spotify"))
    page.wait_for_url("**/authorize**")
    press(page, page.get_by_role("button", name="Allow"))
    page.wait_for_url(f"{world.url}/seeds**")

    press(page, page.locator("[data-basket=add]:visible button").first)
    expect(chips(page)).to_have_count(1)
    press_to(page, page.get_by_role("button", name="Focus"))
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Focus")).to_have_attribute("aria-pressed", "true")
    press_to(page, page.locator("#length"))
    page.keyboard.press("Home")
    press(page, page.locator("[data-make-button]"))
    page.wait_for_url("**/p/**")

    page.locator("[data-player]").wait_for(timeout=PATIENCE)
    press(page, page.locator("[data-player] [data-play]"))
    until(page, "document.querySelector('audio').currentTime > 0.3")
    page.keyboard.press("k")

    row = page.locator(".entry", has=page.locator(".moment")).first
    press(page, row.locator(".moment summary"))
    slider = row.get_by_role("slider")
    press_to(page, slider)
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(row.locator("[data-span]")).to_have_text(re.compile("^0:01–"))
    expect(row.locator(".moment .mark")).to_have_text("yours")
    expect(slider).to_be_focused()

    press_to(page, page.get_by_role("button", name="Save 10 tracks"), "Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/authorize**")
    press(page, page.get_by_role("button", name="Allow"))
    page.wait_for_url("**/p/**")
    expect(page.locator("[data-save]")).to_have_attribute("data-state", "done", timeout=PATIENCE)
    press(page, page.get_by_role("button", name="Make a link"))
    expect(page.locator("[data-share-link]")).to_be_visible()
    assert set(pressed) == {"key"}
    share_and_look(page, visit)


@pytest.mark.timeout(240)
def test_the_whole_job_by_touch_on_a_narrow_screen(
    visit: Any, world: Any, accessible: Callable[[Page], None]
) -> None:
    context, page = visit(360, "dark", touch=True)
    pressed = noted(context)
    page.goto(world.url)
    page.get_by_role("link", name="Log in with Spotify").tap()
    page.get_by_role("button", name="Allow").tap()
    page.wait_for_url(f"{world.url}/seeds**")
    accessible(page)
    page.locator("[data-basket=add]:visible button").first.tap()
    expect(chips(page)).to_have_count(1)
    page.locator(".shape summary").tap()
    page.get_by_role("button", name="Focus").tap()
    expect(page.get_by_role("button", name="Focus")).to_have_attribute("aria-pressed", "true")
    # The list of lengths is the telephone's own.
    page.locator("#length").select_option("10")
    page.locator("[data-make-button]").tap()
    page.wait_for_url("**/p/**")

    page.locator("[data-player]").wait_for(timeout=PATIENCE)
    page.locator("[data-player] [data-play]").tap()
    until(page, "document.querySelector('audio').currentTime > 0.3")
    accessible(page)
    page.locator(".entry").last.scroll_into_view_if_needed()
    page.locator(".dock button:visible").first.tap()
    accessible(page)

    row = page.locator(".entry", has=page.locator(".moment")).first
    row.locator(".moment summary").tap()
    mover = row.locator("[data-mover]")
    mover.scroll_into_view_if_needed()
    before = row.locator("[data-span]").text_content()
    box = mover.bounding_box()
    assert box is not None
    left = row.locator("[data-window]").evaluate("(e) => e.x.baseVal.value") / 600
    there = 0.02 if left > 0.2 else 0.98
    mover.tap(position={"x": box["width"] * there, "y": box["height"] / 2})
    expect(row.locator(".moment .mark")).to_have_text("yours")
    expect(row.locator("[data-span]")).not_to_have_text(before or "")

    page.get_by_role("button", name="Save 10 tracks").tap()
    page.wait_for_url("**/authorize**")
    page.get_by_role("button", name="Allow").tap()
    page.wait_for_url("**/p/**")
    expect(page.locator("[data-save]")).to_have_attribute("data-state", "done", timeout=PATIENCE)
    page.get_by_role("button", name="Make a link").tap()
    expect(page.locator("[data-share-link]")).to_be_visible()
    assert set(pressed) == {"touch"}
    share_and_look(page, visit)

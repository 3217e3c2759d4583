"""Shaping a playlist and taking it in hand: by keyboard, by finger, and without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Check = Callable[[Page], None]


def add_seeds(page: Page, count: int) -> None:
    for number in range(1, count + 1):
        page.locator("[data-basket=add]:visible button").first.click()
        expect(page.locator("[data-chips] .chip")).to_have_count(number)


def make(page: Page, length: str = "10") -> None:
    page.get_by_label("Length").select_option(length)
    page.get_by_role("button", name="Make playlist").click()
    page.wait_for_url("**/p/**", timeout=30_000)


def tracks(page: Page) -> list[str]:
    rows = page.locator(".entry")
    return [str(row.get_attribute("data-track")) for row in rows.all()]


def act(page: Page, row: int, name: str) -> Locator:
    """Return a button of a row; where it is in a menu, the menu is opened."""
    entry = page.locator(".entry").nth(row)
    menu = entry.locator("[data-menu]")
    if (
        name not in {"more_like", "less_like"}
        and menu.is_visible()
        and entry.locator(".acts[open]").count() == 0
    ):
        menu.click()
    return entry.locator(f"[data-act={name}]")


def focused(page: Page, attribute: str) -> str | None:
    found = page.evaluate(f"document.activeElement.getAttribute('{attribute}')")
    return None if found is None else str(found)


def until(page: Page, expression: str) -> None:
    """Wait for something in the page; Playwright's own way needs what the policy forbids."""
    for _ in range(100):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"still not: {expression}")


def press_to(page: Page, wanted: Locator, key: str = "Tab") -> None:
    """Walk by keyboard until the focus is where it is wanted."""
    for _ in range(60):
        page.keyboard.press(key)
        if wanted.evaluate("(e) => e === document.activeElement"):
            return
    raise AssertionError("the keyboard does not get there")


def test_a_playlist_is_shaped_by_keyboard_alone(
    visit: Any, world: Any, enter: Callable[..., None], accessible_in_all_looks: Check
) -> None:
    _, page = visit()
    enter(page, world)
    add_seeds(page, 2)
    page.locator("#length").focus()
    press_to(page, page.locator(".shape summary"))
    page.keyboard.press("Enter")
    expect(page.locator("#shape-minutes")).to_be_visible()
    press_to(page, page.locator("#shape-familiarity"))
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    press_to(page, page.locator("input[name=curve]").first)
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    expect(page.locator("input[name=curve][value=own]")).to_be_checked()
    drawn = page.locator("[data-own-line]")
    before = drawn.get_attribute("d")
    for number in range(1, 6):
        press_to(page, page.locator(f"input[name=point_{number}]"))
        for _ in range(number):
            page.keyboard.press("ArrowUp")
    assert drawn.get_attribute("d") != before
    accessible_in_all_looks(page)
    press_to(page, page.locator("#shape-avoid"))
    page.keyboard.type("garden, live")
    # Enter in a field must not press the first button of the page.
    page.keyboard.press("Enter")
    expect(page.locator("[data-chips] .chip")).to_have_count(2)
    press_to(page, page.locator("#shape-artists"))
    page.keyboard.type("Nobody Ever")
    page.keyboard.press("Enter")
    page.keyboard.type("Tyler, The Creator")
    press_to(page, page.locator("input[name=bridge]"))
    page.keyboard.press("Space")
    # What was chosen comes along to another tab of the page.
    page.get_by_role("link", name="Liked", exact=True).click()
    expect(page.locator(".tabs [aria-current]")).to_have_text("Liked")
    expect(page.locator("#shape-avoid")).to_have_value("garden, live")
    expect(page.locator("#shape-artists")).to_have_value("Nobody Ever\nTyler, The Creator")
    expect(page.locator("input[name=curve][value=own]")).to_be_checked()
    expect(page.locator("input[name=bridge]")).to_be_checked()
    expect(page.locator("#shape-familiarity")).to_have_value("-0.5")
    page.locator("#length").focus()
    page.keyboard.press("Home")
    press_to(page, page.locator("[data-make-button]"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/p/**", timeout=30_000)
    told = page.locator("[data-region=about]")
    expect(told).to_contain_text("rather new to you · energy as you drew it")
    expect(told).to_contain_text("without “garden”, “live”")
    expect(told).to_contain_text("a path from “")
    names = page.locator(".entry [data-title]").all_text_contents()
    assert names
    assert not [name for name in names if re.search(r"\b(garden|live)\b", name, re.IGNORECASE)]


def test_a_playlist_is_taken_in_hand_without_leaving_the_page(
    visit: Any,
    world: Any,
    enter: Callable[..., None],
    accessible: Check,
    accessible_in_all_looks: Check,
) -> None:
    context, page = visit(1280, "dark", touch=True)
    enter(page, world)
    add_seeds(page, 2)
    make(page)
    # The trailer never gets ready here: with it the page would look at the list anew by itself.
    still = {"over": False, "steps": [], "sentence": "Working", "done": 0, "total": 0}
    context.route("**/api/v1/jobs/*", lambda route: route.fulfill(json=still))
    page.evaluate("window.sameDocument = true")
    first = tracks(page)
    page.get_by_label("Name").fill("Typed before")
    act(page, 2, "lock").click()
    expect(page.locator(".entry").nth(2).locator("[data-act=lock]")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(page.locator("[data-said]")).to_contain_text("stays where it is")
    assert tracks(page) == first
    accessible_in_all_looks(page)

    page.locator(".entry").nth(4).scroll_into_view_if_needed()
    page.evaluate(
        "document.addEventListener('submit', () => { window.top4 = document.querySelectorAll("
        "'.entry')[4].getBoundingClientRect().top; }, {capture: true, once: true})"
    )
    act(page, 4, "remove").click()
    expect(page.locator(".entry")).to_have_count(9)
    assert tracks(page) == first[:4] + first[5:]
    expect(page.locator("[data-said]")).to_contain_text("Removed “")
    assert focused(page, "data-act") is not None
    moved = page.evaluate(
        "document.querySelectorAll('.entry')[4].getBoundingClientRect().top - window.top4"
    )
    assert abs(moved) < 3, "the reader's place moved"

    # From here on with the menus that a narrow window has in place of rows of buttons.
    page.set_viewport_size({"width": 360, "height": 800})
    act(page, 0, "replace").click()
    expect(page.locator(".entry").first).not_to_have_attribute("data-track", first[0])
    replaced = tracks(page)
    assert replaced[1:] == (first[:4] + first[5:])[1:]
    act(page, 1, "more_like").click()
    expect(page.locator("#do-undo")).to_contain_text("more like “")
    assert (tracks(page)[1], tracks(page)[2]) == (first[1], first[2])
    gone = tracks(page)[4]
    act(page, 4, "less_like").click()
    expect(page.locator("#do-undo")).to_contain_text("less like “")
    assert gone not in tracks(page)
    page.locator("[data-menu]").nth(3).click()
    expect(page.locator(".acts[open]")).to_have_count(1)
    accessible(page)
    page.keyboard.press("Escape")
    expect(page.locator(".acts[open]")).to_have_count(0)
    assert focused(page, "data-menu") is not None
    page.get_by_role("button", name="10 more").click()
    expect(page.locator(".entry")).to_have_count(19)
    page.get_by_role("button", name="New picks for the rest").click()
    expect(page.locator("#do-undo")).to_contain_text("new picks")
    assert (tracks(page)[1], tracks(page)[2]) == (first[1], first[2])
    accessible(page)
    # Six steps back, clicked faster than they are done.
    for _ in range(6):
        page.locator("#do-undo").click()
    expect(page.locator("#do-undo")).to_have_count(0, timeout=20_000)
    assert tracks(page) == first
    assert page.evaluate("window.sameDocument")
    expect(page.get_by_label("Name")).to_have_value("Typed before")
    expect(page.locator("[data-player], .stage")).to_have_count(1)

    # Two tabs: the later one is told, and has a choice.
    other = context.new_page()
    other.goto(page.url)
    act(other, 0, "remove").click()
    expect(other.locator(".entry")).to_have_count(9)
    act(page, 1, "remove").click()
    expect(page.locator("[data-notices] .notice")).to_contain_text("changed meanwhile")
    expect(page.locator(".entry")).to_have_count(9)
    accessible(page)
    page.locator("#do-again").click()
    expect(page.locator(".entry")).to_have_count(8)
    assert tracks(page) == first[2:]
    expect(page.locator("[data-notices] .notice.bad")).to_have_count(0)

    # No connection: told, nothing changed, and it works again afterwards.
    context.set_offline(True)
    act(page, 0, "remove").click()
    expect(page.locator("[data-said]")).to_contain_text("Nothing was changed")
    expect(page.locator(".entry")).to_have_count(8)
    context.set_offline(False)
    act(page, 0, "remove").click()
    expect(page.locator(".entry")).to_have_count(7)
    assert focused(page, "data-menu") is not None


def test_hands_on_a_playlist_by_keyboard_keep_the_focus(
    visit: Any, world: Any, enter: Callable[..., None]
) -> None:
    _, page = visit()
    enter(page, world)
    add_seeds(page, 1)
    make(page)
    keep = page.locator("[data-act=lock]").first
    page.locator("#do-extend").focus()
    press_to(page, keep)
    for pressed in ("true", "false"):
        page.keyboard.press("Space")
        expect(page.locator("[data-act=lock]").first).to_have_attribute("aria-pressed", pressed)
        expect(page.locator("[data-act=lock]").first).to_be_focused()
    press_to(page, page.locator("[data-act=remove]").first)
    page.keyboard.press("Enter")
    expect(page.locator(".entry")).to_have_count(9)
    expect(page.locator("[data-act=remove]").first).to_be_focused()
    press_to(page, page.locator("#do-undo"), "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".entry")).to_have_count(10)
    expect(page.locator("#list-title")).to_be_focused()


@pytest.mark.timeout(200)
def test_the_trailer_follows_the_changes_and_plays_on_through_a_lock(
    visit: Any, world: Any, enter: Callable[..., None]
) -> None:
    _, page = visit()
    enter(page, world)
    add_seeds(page, 1)
    make(page)
    page.locator("[data-player]").wait_for(timeout=90_000)
    page.locator("[data-player] [data-play]").click()
    until(page, "document.querySelector('audio').currentTime > 0.3")
    page.locator("[data-act=lock]").nth(1).click()
    expect(page.locator("[data-act=lock]").nth(1)).to_have_attribute("aria-pressed", "true")
    assert not page.locator("audio").evaluate("(a) => a.paused"), "a lock does not stop it"
    expect(page.locator(".entry.current")).to_have_count(1)
    before = tracks(page)
    page.locator("[data-act=remove]").nth(3).click()
    expect(page.get_by_text("Your trailer follows your changes")).to_be_visible()
    # It comes by itself, for the list as it is now, while the focus stays where it is.
    page.locator("[data-act=replace]").nth(2).focus()
    page.locator("[data-player]").wait_for(timeout=90_000)
    expect(page.locator("[data-act=replace]").nth(2)).to_be_focused()
    assert tracks(page) == before[:3] + before[4:]
    jumps = page.locator("[data-jump]")
    jumps.nth(1).click()
    until(page, "!document.querySelector('audio').paused")
    expect(page.locator(".entry.current")).to_have_count(1)


def test_without_scripts_a_playlist_is_shaped_and_taken_in_hand_with_reloads(
    visit: Any, world: Any, enter: Callable[..., None]
) -> None:
    _, page = visit(javascript=False)
    enter(page, world)
    page.locator(".shape summary").click()
    page.get_by_label("Words to avoid").fill("garden")
    page.locator("input[name=curve][value=rise]").check(force=True)
    for number in (1, 2, 3):
        page.locator("[data-basket=add]:not([hidden]) button").first.click()
        expect(page.locator("[data-chips] .chip")).to_have_count(number)
    # What was filled in came along with every reload.
    expect(page.get_by_label("Words to avoid")).to_have_value("garden")
    expect(page.locator("input[name=curve][value=rise]")).to_be_checked()
    page.locator("[data-chips] [data-basket=less] button").last.click()
    expect(page.locator(".chip.away")).to_have_count(1)
    make(page)
    expect(page.locator("[data-region=about]")).to_contain_text("rising energy")
    expect(page.locator("[data-region=about]")).to_contain_text("less like “")
    first = tracks(page)
    page.locator("[data-act=lock]").nth(3).click()
    assert page.url.endswith("#track-4")
    expect(page.locator("[data-act=lock]").nth(3)).to_have_attribute("aria-pressed", "true")
    page.locator("[data-act=remove]").nth(5).click()
    expect(page.locator(".entry")).to_have_count(9)
    assert page.url.endswith("#track-6")
    page.get_by_role("button", name="New picks for the rest").click()
    assert tracks(page)[3] == first[3]
    assert not set(tracks(page)) - {first[3]} & set(first)
    for _ in range(2):
        page.get_by_role("button", name=re.compile("Undo")).click()
    assert tracks(page) == first
    expect(page.get_by_role("button", name=re.compile("Undo"))).to_have_count(0)


def test_the_buttons_of_a_row_are_large_enough_and_fit(
    visit: Any, world: Any, enter: Callable[..., None], accessible: Check
) -> None:
    _, page = visit(1280, touch=True)
    enter(page, world)
    add_seeds(page, 2)
    make(page)
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 800})
        if width < 600:
            page.locator("[data-menu]").nth(1).click()
        # Rows that are laid out only when they come near have no sizes until then.
        page.evaluate(
            "for (const e of document.querySelectorAll('.entry'))"
            " e.style.contentVisibility = 'visible';"
        )
        small = page.evaluate(
            "[...document.querySelectorAll('[data-region=list] :is(a, button, summary)')]"
            ".filter((e) => e.checkVisibility())"
            ".map((e) => [e.getBoundingClientRect(), e.outerHTML.slice(0, 150)])"
            ".filter(([r]) => r.height < 24 || r.width < 24)"
            ".map(([r, t]) => `${r.width} x ${r.height} ${t}`)"
        )
        assert small == []
        accessible(page)

"""What a browser shows in states that are off the straight way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_two_people_in_two_browsers_see_only_their_own(
    visit: Any, world: Any, enter: Callable[..., None]
) -> None:
    (_, one), (_, other) = visit(), visit()
    enter(one, world, "rich")
    enter(other, world, "second")
    one.locator("[data-basket=add]:visible button").first.click()
    expect(one.locator("[data-chips] .chip")).to_have_count(1)
    one.get_by_role("button", name="Make playlist").click()
    one.wait_for_url("**/p/**")
    theirs = one.url
    other.reload()
    expect(other.locator("[data-chips] .chip")).to_have_count(0)
    other.goto(f"{world.url}/history")
    expect(other.get_by_role("heading", name="Your playlists")).to_be_visible()
    expect(other.locator(f"a[href='{theirs.removeprefix(world.url)}']")).to_have_count(0)
    answer = other.goto(theirs)
    assert answer is not None
    assert answer.status == 404
    other.goto(f"{world.url}/account")
    expect(other.get_by_text("Sasha Second")).to_be_visible()
    expect(other.get_by_text("Robin Rich")).to_have_count(0)


def test_without_scripts_the_job_is_done_with_reloads(
    visit: Any, world: Any, enter: Callable[..., None]
) -> None:
    _, page = visit(javascript=False)
    enter(page, world)
    page.locator("[data-basket=add]:not([hidden]) button").first.click()
    expect(page.locator("[data-chips] .chip")).to_have_count(1)
    page.get_by_label("Length").select_option("10")
    page.get_by_role("button", name="Make playlist").click()
    page.wait_for_url("**/p/**", timeout=30_000)
    page.locator("audio[controls]").wait_for(timeout=90_000)
    assert page.locator("audio").is_visible()
    page.get_by_role("button", name="Save 10 tracks").click()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url("**/p/**")
    for _ in range(20):
        if page.get_by_text("Saved", exact=True).is_visible():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(page.get_by_role("link", name="Open in Spotify")).to_be_visible()


def test_hostile_names_are_shown_as_they_are_and_break_nothing(
    visit: Any,
    world: Any,
    enter: Callable[..., None],
    accessible_in_all_looks: Callable[[Page], None],
) -> None:
    accessible = accessible_in_all_looks
    _, page = visit()
    enter(page, world, "hostile")
    for tab in ("top", "recent", "liked", "playlists"):
        page.goto(f"{world.url}/seeds?tab={tab}")
        if tab in ("top", "playlists"):
            accessible(page)
    page.goto(f"{world.url}/seeds?tab=top")
    expect(page.get_by_text("<img src=x onerror=alert(1)>").first).to_be_visible()
    for count in range(1, 6):
        page.locator("[data-basket=add]:visible button").first.click()
        expect(page.locator("[data-chips] .chip")).to_have_count(count)
    accessible(page)


def test_states_of_the_seed_page_are_accessible(
    visit: Any, world: Any, enter: Callable[..., None], accessible: Callable[[Page], None]
) -> None:
    _, page = visit(360, "dark")
    enter(page, world, "empty")
    for tab in ("top", "recent", "liked", "playlists"):
        page.goto(f"{world.url}/seeds?tab={tab}")
        expect(page.locator(".empty")).to_be_visible()
        accessible(page)
    world.spotify.quota("GET", "/v1/search", retry_after=7200)
    page.goto(f"{world.url}/seeds?tab=search&q=anything")
    expect(page.locator(".notice.warn")).to_contain_text("It can be tried again from")
    # The reader's own clock, not UTC.
    expect(page.locator(".notice time")).not_to_contain_text("UTC")
    accessible(page)


def test_a_full_basket_says_so_without_leaving_the_page(
    visit: Any, world: Any, enter: Callable[..., None], accessible: Callable[[Page], None]
) -> None:
    _, page = visit()
    enter(page, world)
    for count in range(1, 11):
        page.locator("[data-basket=add]:visible button").first.click()
        expect(page.locator("[data-chips] .chip")).to_have_count(count)
    page.locator("[data-basket=add]:visible button").first.click()
    expect(page.locator("[data-notices] .notice")).to_contain_text("full")
    expect(page.locator("[data-chips] .chip")).to_have_count(10)
    accessible(page)


def test_the_basket_keeps_the_keyboard_where_it_was(
    visit: Any, world: Any, enter: Callable[..., None]
) -> None:
    _, page = visit()
    enter(page, world)
    button = page.locator("[data-basket=add]:visible button").first
    name = (button.get_attribute("aria-label") or "").removeprefix("Add ")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-basket-status]")).to_have_text(f"{name} added")
    focused = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert focused == f"Remove {name}"
    page.keyboard.press("Enter")
    expect(page.locator("[data-basket-status]")).to_have_text(f"{name} removed")
    focused = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert focused == f"Add {name}"


def test_nothing_that_has_the_focus_is_hidden_behind_a_sticky_bar(
    visit: Any, world: Any, enter: Callable[..., None]
) -> None:
    _, page = visit(360)
    enter(page, world)
    hidden = []
    for _ in range(45):
        page.keyboard.press("Tab")
        covered = page.evaluate(
            "(() => { const e = document.activeElement, r = e.getBoundingClientRect();"
            " if (!r.width || e.closest('.basket')) return null;"
            " const bar = document.querySelector('.basket').getBoundingClientRect();"
            " return r.top >= bar.top ? e.outerHTML.slice(0, 120) : null; })()"
        )
        if covered:
            hidden.append(covered)
    assert hidden == []


def test_a_lost_connection_is_told_and_the_progress_goes_on(
    visit: Any, world: Any, enter: Callable[..., None]
) -> None:
    context, page = visit()
    enter(page, world)
    user = world.services.users
    page.goto(f"{world.url}/account")
    session = next(c for c in context.cookies() if c["name"] == "__Host-sid")
    user_id = world.services.sessions.load(session["value"]).user_id
    assert user.get(user_id) is not None
    later = world.services.clock() + 3600
    job = world.services.jobs.enqueue("playlist", {}, user_id=user_id, run_at=later, lane="held")
    page.goto(f"{world.url}/jobs/{job.id}")
    context.set_offline(True)
    page.evaluate("fetch('/healthz').catch(() => 0)")
    expect(page.locator("[data-offline]")).to_be_visible(timeout=15_000)
    context.set_offline(False)
    expect(page.locator("[data-offline]")).to_be_hidden(timeout=20_000)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", name="Cancelled")).to_be_visible()


def test_targets_are_large_enough_to_hit(
    visit: Any, world: Any, enter: Callable[..., None]
) -> None:
    _, page = visit(360)
    enter(page, world)
    page.locator("[data-basket=add]:visible button").first.click()
    expect(page.locator("[data-chips] .chip")).to_have_count(1)
    small = page.evaluate(
        "[...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')]"
        ".filter((e) => e.checkVisibility() && !e.matches('.skip'))"
        ".map((e) => [e.getBoundingClientRect(), e.outerHTML.slice(0, 90)])"
        ".filter(([r]) => r.height < 24 || r.width < 24).map(([r, t]) => `${r.height} ${t}`)"
    )
    assert small == []

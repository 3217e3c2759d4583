"""Thumbs, ratings, messages and the blind test, with keys, by touch and without scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Check = Callable[[Page], None]


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """Remember the address of the playlist that all of these look at."""
    return {}


@pytest.fixture
def playlist(
    visit: Any, world: Any, enter: Callable[..., None], made: dict[str, str]
) -> Callable[..., Page]:
    def show(width: int = 1280, scheme: str = "light", *, javascript: bool = True) -> Page:
        _, page = visit(width, scheme, javascript=javascript)
        enter(page, world)
        if made:
            page.goto(made["url"])
        else:
            page.locator("[data-basket=add]:not([hidden]) button").first.click()
            expect(page.locator("[data-chips] .chip")).to_have_count(1)
            page.get_by_label("Length").select_option("10")
            page.get_by_role("button", name="Make playlist").click()
            page.wait_for_url("**/p/**", timeout=30_000)
            page.locator("audio[data-audio]").wait_for(state="attached", timeout=90_000)
            made["url"] = page.url
        return page  # type: ignore[no-any-return]

    return show


def until(page: Page, expression: str) -> None:
    """Wait for something in the page; Playwright's own way needs what the policy forbids."""
    for _ in range(200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"still not: {expression}")


def test_ratings_and_thumbs_by_keyboard_stay_and_are_taken_back(
    playlist: Any, accessible: Check
) -> None:
    page = playlist()
    said = page.locator("[data-said]")
    trailer = page.locator("#rate-trailer")
    # Arrow keys walk over the numbers; where they rest is kept.
    page.locator("#rate-trailer-3").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    expect(said).to_have_text("Thank you. Rated 4 of 5.")
    row = page.locator(".entry", has=page.locator(".moment")).first
    row.locator(".moment summary").click()
    row.get_by_role("radio", name="2 poor").check()
    expect(said).to_have_text("Thank you. Rated 2 of 5.")
    accessible(page)
    page.reload()
    expect(page.locator("#rate-trailer-4")).to_be_checked()
    row.locator(".moment summary").click()
    expect(row.get_by_role("radio", name="2 poor")).to_be_checked()
    trailer.get_by_role("button", name="Take back this rating").press("Enter")
    expect(said).to_have_text("The rating is taken back.")
    expect(trailer.locator(":checked")).to_have_count(0)
    expect(page.locator("#rate-trailer-1")).to_be_focused()

    before = [str(one.get_attribute("data-track")) for one in page.locator(".entry").all()]
    up = page.get_by_role("button", name="More like this:").nth(1)
    up.press("Enter")
    expect(up).to_have_attribute("aria-pressed", "true")
    expect(said).to_contain_text("More like")
    expect(up).to_be_focused()
    up.press("Enter")
    expect(up).to_have_attribute("aria-pressed", "false")
    expect(said).to_contain_text("is taken back")
    down = page.get_by_role("button", name="Less like this:").nth(4)
    gone = page.locator(".entry").nth(4).get_attribute("data-track")
    down.click()
    expect(page.locator(f".entry[data-track='{gone}']")).to_have_count(0)
    for _ in range(3):
        page.locator("#do-undo").click()
    expect(page.locator("#do-undo")).to_have_count(0, timeout=20_000)
    after = [str(one.get_attribute("data-track")) for one in page.locator(".entry").all()]
    assert after == before


def test_without_scripts_a_rating_is_a_form(playlist: Any) -> None:
    page = playlist(360, javascript=False)
    row = page.locator(".entry", has=page.locator(".moment")).first
    row.locator(".moment summary").click()
    row.locator("[data-part]").click()
    row.get_by_role("radio", name="5 excellent").check()
    row.get_by_role("button", name="Rate", exact=True).click()
    # It comes back as open as it was left.
    row = page.locator(".entry", has=page.locator(".moment")).first
    expect(row.get_by_role("radio", name="5 excellent")).to_be_checked()
    row.get_by_role("button", name="Take back").click()
    assert row.locator(":checked").count() == 0


def test_a_message_is_written_and_read(visit: Any, world: Any, enter: Any) -> None:
    _, page = visit(360, "dark")
    page.goto(f"{world.url}/feedback")
    page.get_by_label("What is it about?").select_option("music")
    page.get_by_label("Your message").fill('<img src=x onerror="alert(1)"> of music')
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Thank you.", exact=True)).to_be_visible()
    enter(page, world)
    page.goto(f"{world.url}/operator/feedback")
    expect(page.get_by_text("onerror")).to_have_count(1)
    page.get_by_role("button", name="Mark as read").first.click()
    expect(page.get_by_role("button", name="Mark as not read")).not_to_have_count(0)


def test_the_blind_test_by_keyboard(
    visit: Any, world: Any, enter: Any, accessible: Check, pairs: None
) -> None:
    _, page = visit(360)
    page.goto(f"{world.url}/listening-test")
    accessible(page)
    playing = "[...document.querySelectorAll('audio')].map((one) => !one.paused)"
    places = "[...document.querySelectorAll('audio')].map((one) => one.currentTime)"
    page.keyboard.press("a")
    expect(page.locator("[data-said]")).to_have_text("A is playing.")
    until(page, "document.querySelector('audio').currentTime > 0.3")
    page.keyboard.press("b")
    expect(page.locator("[data-said]")).to_have_text("B is playing.")
    until(page, f"String({playing}) === 'false,true'")
    first, second = page.evaluate(places)
    assert first > 0.2
    assert -0.1 < second - first < 0.8, "B goes on from where A was"
    page.get_by_label("Why?").press("a")
    assert page.evaluate(playing) == [False, True], "typing is no key"
    for number in (1, 2):
        page.get_by_role("radio", name="A is better" if number == 1 else "No difference").check()
        page.get_by_role("button", name="Keep my judgement").press("Enter")
        page.wait_for_load_state()
    expect(page.get_by_text("You have judged every pair")).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="Back to the first pair").click()
    expect(page.get_by_role("radio", name="A is better")).to_be_checked()
    enter(page, world)
    page.goto(f"{world.url}/operator/listening-test")
    expect(page.get_by_text("system-a against system-b")).to_be_visible()
    accessible(page)

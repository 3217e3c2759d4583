"""The highlight of a track on its curve: seen, and moved by keyboard, pointer, finger or form."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import delete

from webapp.store.engine import writing
from webapp.store.schema import MOVED_HIGHLIGHT

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Check = Callable[[Page], None]
SPAN = re.compile(r"\d+:\d\d–\d+:\d\d")


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """Remember the address of the playlist that all of these look at: hearing takes longest."""
    return {}


@pytest.fixture
def playlist(
    visit: Any, world: Any, enter: Callable[..., None], made: dict[str, str]
) -> Callable[..., Page]:
    """Open a playlist whose tracks were heard, with every highlight where it was found."""
    with writing(world.services.engine) as connection:
        connection.execute(delete(MOVED_HIGHLIGHT))

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
            page.locator("audio").wait_for(state="attached", timeout=90_000)
            made["url"] = page.url
        return page  # type: ignore[no-any-return]

    return show


def movable(page: Page, number: int = 0, *, javascript: bool = True) -> Locator:
    """Return a row whose highlight can be moved, opened; without scripts a link leads to it."""
    row = page.locator(".entry", has=page.locator(".moment")).nth(number)
    if row.locator(".moment[open]").count() == 0:
        row.locator(".moment summary").click()
        if not javascript:
            row.locator("[data-part]").click()
    row.locator(".moment-body").wait_for()
    return row


def span(row: Locator) -> str:
    return (row.locator("[data-span]").text_content() or "").strip()


def seconds(text: str | None) -> float:
    minutes, _, rest = (text or "").partition(":")
    return 60 * int(minutes) + float(rest)


def start_of(row: Locator) -> float:
    return seconds(span(row).partition("–")[0])


def window_of(row: Locator) -> tuple[float, float]:
    """Return where the window is drawn, as shares of its curve."""
    found = row.locator("[data-window]").evaluate(
        "(e) => [e.x.baseVal.value, e.width.baseVal.value]"
    )
    return found[0] / 600, found[1] / 600


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark"), (320, "light")])
def test_every_heard_track_shows_its_curve_and_says_it_in_words(
    playlist: Callable[..., Page], accessible: Check, width: int, scheme: str
) -> None:
    page = playlist(width, scheme)
    moments = page.locator(".moment summary")
    assert moments.count() >= 6
    assert moments.count() + page.get_by_text("no preview").count() == 10
    for summary in moments.all():
        # A row far below is not laid out before it comes near.
        summary.scroll_into_view_if_needed()
        said = (summary.inner_text() or "").replace("\n", " ")
        assert SPAN.search(said), said
        box = summary.bounding_box()
        assert box is not None
        assert box["height"] >= 24
        curve = summary.locator("svg").bounding_box()
        assert curve is not None
        assert curve["width"] >= 120, "there is room for it"
    row = movable(page)
    expect(row.locator(".moment-body")).to_contain_text(re.compile(r"[A-Z].+\."))
    slider = row.get_by_role("slider")
    title = row.locator("[data-title]").text_content()
    expect(slider).to_have_accessible_name(f"Highlight of {title}")
    expect(slider).to_have_attribute("aria-valuetext", span(row).replace("–", " to "))
    left, share = window_of(row)
    assert left >= 0
    assert left + share <= 1.001
    accessible(page)


def test_a_highlight_is_moved_by_keyboard_and_the_trailer_follows(
    playlist: Callable[..., Page], accessible: Check
) -> None:
    page = playlist()
    row = movable(page, 1)
    slider, before = row.get_by_role("slider"), start_of(row)
    summary = row.locator(".moment summary")
    summary.focus()
    page.keyboard.press("Tab")
    expect(slider).to_be_focused()
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^0:00 to "))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("PageUp")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^0:12 to "))
    page.keyboard.press("PageDown")
    page.keyboard.press("PageUp")
    page.keyboard.press("ArrowLeft")
    # Kept once it rests; where the reader was stays where it was.
    expect(page.locator("[data-said]")).to_contain_text(re.compile("is 0:11–.* now"))
    expect(page.get_by_text("Your trailer follows your changes")).to_be_visible()
    expect(slider).to_be_focused()
    expect(row.locator(".moment .mark")).to_have_text("yours")
    expect(row.locator("[data-span]")).to_have_text(re.compile("^0:11–"))
    assert (
        abs(window_of(row)[0] * seconds(row.locator(".ends span").last.text_content()) - 11) < 0.6
    )
    accessible(page)
    page.locator("[data-player]").wait_for(timeout=90_000)
    expect(slider).to_be_focused()
    expect(row.locator("[data-span]")).to_have_text(re.compile("^0:11–"))
    # The end, and back to what was found.
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(page.locator("[data-said]")).to_contain_text("now. The trailer follows.")
    latest = float(slider.get_attribute("max") or 0)
    assert abs(start_of(row) - latest) <= 1
    row.get_by_role("button", name="Back to").click()
    expect(row.locator(".moment .mark")).to_have_count(0)
    expect(slider).to_be_focused()
    assert start_of(row) == before


@pytest.mark.parametrize("way", ["drag", "tap"])
def test_a_highlight_is_moved_by_pointer(playlist: Callable[..., Page], way: str) -> None:
    page = playlist()
    row = movable(page)
    left, share = window_of(row)
    box = row.locator("[data-mover]").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    # A tap in the window itself takes hold of it and moves nothing.
    ends = (0.1, 0.9 - share) if way == "drag" else (0.0, 1 - share)
    to = ends[0] if left > (1 - share) / 2 else ends[1]
    if way == "drag":
        page.mouse.move(box["x"] + box["width"] * (left + share * 0.25), middle)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.5, middle, steps=4)
        page.mouse.move(box["x"] + box["width"] * (to + share * 0.25), middle + 60, steps=4)
        page.mouse.up()
    else:
        page.mouse.click(box["x"] + box["width"] * (0.01 if to == 0.0 else 0.99), middle)
    expect(page.locator("[data-said]")).to_contain_text("The highlight of")
    assert abs(window_of(row)[0] - to) < 0.02, "it was held where it was taken"
    expect(row.locator(".moment .mark")).to_have_text("yours")
    # It is kept: in a new page, and in the row's other places.
    page.reload()
    row = movable(page)
    assert abs(window_of(row)[0] - to) < 0.02
    expect(row.locator("[data-start-field]")).to_have_value(span(row).partition("–")[0])


def test_a_highlight_is_moved_by_finger_and_the_page_still_scrolls(
    playlist: Callable[..., Page],
) -> None:
    page = playlist(360, "dark")
    row = movable(page)
    mover = row.locator("[data-mover]")
    mover.scroll_into_view_if_needed()
    left, share = window_of(row)
    to = 0.05 if left > 0.3 else 0.9 - share
    box = mover.bounding_box()
    assert box is not None
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, x: float = 0, y: float = 0) -> None:
        points = [] if kind == "touchEnd" else [{"x": x, "y": y}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    y = box["y"] + 20
    x = box["x"] + box["width"] * (left + share / 2)
    touch("touchStart", x, y)
    for step in range(1, 9):
        touch("touchMove", x + (box["width"] * (to - left)) * step / 8, y + step)
    touch("touchEnd")
    expect(page.locator("[data-said]")).to_contain_text("The highlight of")
    assert abs(window_of(row)[0] - to) < 0.04
    kept = span(row)
    # A finger that goes up or down scrolls the page and moves nothing.
    row.locator("[data-mover]").scroll_into_view_if_needed()
    box = row.locator("[data-mover]").bounding_box()
    assert box is not None
    before = page.evaluate("scrollY")
    y = box["y"] + 30
    touch("touchStart", box["x"] + 60, y)
    for step in range(1, 12):
        touch("touchMove", box["x"] + 60, y - 18 * step)
    touch("touchEnd")
    page.wait_for_timeout(1_500)
    assert page.evaluate("scrollY") > before
    assert span(row) == kept


def test_what_is_moved_while_the_list_is_renewed_is_not_lost(
    playlist: Callable[..., Page],
) -> None:
    page = playlist()
    row = movable(page, 2)
    row.get_by_role("slider").focus()
    page.keyboard.press("Home")
    page.locator("[data-act=lock]").first.evaluate("(e) => e.click()")
    expect(page.locator("[data-act=lock]").first).to_have_attribute("aria-pressed", "true")
    expect(row.locator("[data-span]")).to_have_text(re.compile("^0:00–"))
    expect(row.locator(".moment .mark")).to_have_text("yours")
    page.reload()
    expect(row.locator("[data-span]")).to_have_text(re.compile("^0:00–"))


def test_a_row_that_is_opened_is_asked_for_once_and_stays_through_a_change(
    playlist: Callable[..., Page],
) -> None:
    page = playlist()
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url) if "open=" in sent.url else None)
    row = page.locator(".entry", has=page.locator(".moment")).nth(1)
    expect(row.locator(".moment-body")).to_have_count(0)
    summary = row.locator(".moment summary")
    summary.focus()
    page.keyboard.press("Enter")
    row.locator(".moment-body").wait_for()
    expect(summary).to_be_focused()
    expect(row.locator("[data-part]")).to_have_count(0)
    assert row.locator(".moment").get_attribute("aria-busy") is None
    for _ in range(2):
        page.keyboard.press("Enter")
    expect(row.locator(".moment-body")).to_be_visible()
    assert len(asked) == 1
    # Closed, it keeps what was typed into it; a change of the list does not open it again.
    row.get_by_label("Starts at").fill("0:0")
    summary.click()
    page.locator("[data-act=lock]").first.click()
    expect(page.locator("[data-act=lock]").first).to_have_attribute("aria-pressed", "true")
    expect(row.locator(".moment[open]")).to_have_count(0)
    summary.click()
    expect(row.locator(".moment-body")).to_be_visible()
    page.locator("[data-act=lock]").first.click()
    expect(page.locator("[data-act=lock]").first).to_have_attribute("aria-pressed", "false")
    expect(row.locator(".moment-body")).to_be_visible()
    assert len([url for url in asked if "/p/" in url]) == 3, "with the list, not by itself"


def test_a_row_that_cannot_be_fetched_says_so_and_is_fetched_later(
    playlist: Callable[..., Page],
) -> None:
    page = playlist()
    row = page.locator(".entry", has=page.locator(".moment")).first
    page.context.set_offline(True)
    row.locator(".moment summary").click()
    expect(page.locator("[data-said]")).to_contain_text("did not reach the server")
    expect(row.locator("[data-part]")).to_be_visible()
    page.context.set_offline(False)
    row.locator("[data-part]").focus()
    page.keyboard.press("Enter")
    expect(row.locator(".moment-body")).to_be_visible()
    expect(row.get_by_role("slider")).to_be_focused()


def test_a_row_of_another_list_than_the_server_has_is_found_anew(
    playlist: Callable[..., Page],
) -> None:
    page = playlist()
    other = page.context.new_page()
    other.goto(page.url)
    row = page.locator(".entry", has=page.locator(".moment")).nth(3)
    track = row.get_attribute("data-track")
    other.locator("[data-act=remove]").first.click()
    expect(other.locator(".entry")).to_have_count(9)
    row.locator(".moment summary").click()
    same = page.locator(f".entry[data-track='{track}']")
    expect(same.locator(".moment-body")).to_be_visible()
    expect(page.locator(".entry")).to_have_count(9)
    expect(page.locator(".moment-body")).to_have_count(1)
    other.locator("#do-undo").click()
    expect(other.locator(".entry")).to_have_count(10)


def test_a_time_is_typed_and_one_that_makes_no_sense_is_told(
    playlist: Callable[..., Page],
) -> None:
    page = playlist()
    row = movable(page)
    field = row.get_by_label("Starts at")
    field.fill("0:05")
    field.press("Enter")
    expect(row.locator("[data-span]")).to_have_text(re.compile("^0:05–"))
    expect(row.get_by_label("Starts at")).to_be_focused()
    for nonsense, told in (("soon", "That is no time"), ("9:00", "It can begin from 0 to")):
        row.get_by_label("Starts at").fill(nonsense)
        row.get_by_role("button", name="Move the").click()
        expect(page.locator("[data-notices] .notice.bad")).to_contain_text(told)
        expect(row.locator("[data-span]")).to_have_text(re.compile("^0:05–"))


def test_without_a_connection_the_highlight_is_not_said_to_be_moved(
    playlist: Callable[..., Page],
) -> None:
    page = playlist()
    row = movable(page)
    page.context.set_offline(True)
    row.get_by_role("slider").focus()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page.locator("[data-said]")).to_contain_text("did not reach the server")
    page.context.set_offline(False)
    row.get_by_role("button", name="Move the").click()
    expect(row.locator(".moment .mark")).to_have_text("yours")
    expect(row.locator("[data-span]")).to_have_text(re.compile("^0:00–"))


def test_without_scripts_a_highlight_is_moved_by_its_form(playlist: Callable[..., Page]) -> None:
    page = playlist(javascript=False)
    row = movable(page, javascript=False)
    place = row.get_attribute("id")
    expect(row.get_by_role("slider")).to_have_count(0)
    before = span(row)
    row.get_by_label("Starts at").fill("3")
    row.get_by_role("button", name="Move the").click()
    assert page.url.endswith(f"#{place}")
    expect(row.locator("[data-span]")).to_have_text(re.compile("^0:03–"))
    expect(row.locator(".moment .mark")).to_have_text("yours")
    # It comes back as open as it was left.
    expect(row.locator(".moment[open]")).to_have_count(1)
    row.get_by_role("button", name="Back to").click()
    expect(row.locator("[data-span]")).to_have_text(before)
    expect(row.locator(".moment .mark")).to_have_count(0)


def test_the_account_switches_the_counting_off_and_on(
    visit: Any, world: Any, enter: Callable[..., None], accessible: Check
) -> None:
    _, page = visit(320)
    enter(page, world)
    page.goto(f"{world.url}/account")
    expect(page.get_by_text("What you hear is counted.")).to_be_visible()
    page.get_by_role("button", name="Do not count what I hear").click()
    expect(page.get_by_text("What you hear is not counted.")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Count what I hear", exact=True).click()
    expect(page.get_by_text("What you hear is counted.")).to_be_visible()

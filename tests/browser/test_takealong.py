"""A playlist taken along: shared and read by a stranger, taken out and brought in, had back."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE = 90_000
Check = Callable[[Page], None]


def make(page: Page, world: Any) -> str:
    """Make a playlist of ten tracks; return its address."""
    page.goto(f"{world.url}/seeds")
    page.locator("[data-basket=add]:visible button").first.click()
    expect(page.locator("[data-chips] .chip")).to_have_count(1)
    page.get_by_label("Length", exact=True).select_option("10")
    page.get_by_role("button", name="Make playlist").click()
    page.wait_for_url("**/p/**", timeout=30_000)
    return page.url


@pytest.mark.timeout(240)
def test_a_stranger_hears_what_is_shared_until_the_link_is_ended(
    visit: Any, world: Any, enter: Callable[..., None], accessible: Check
) -> None:
    context, page = visit()
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=world.url)
    enter(page, world)
    make(page, world)
    page.locator("[data-player]").wait_for(timeout=PATIENCE)
    accessible(page)
    page.get_by_role("button", name="Make a link").click()
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(re.escape(world.url) + r"/s/[\w-]{43}", link)
    accessible(page)

    other, theirs = visit(360, "dark")
    theirs.goto(link)
    expect(theirs.locator(".entry")).to_have_count(10)
    theirs.locator("[data-player] [data-play]").click()
    theirs.locator("[data-jump]").nth(2).click()
    expect(theirs.locator("[data-chapter]").nth(2)).to_have_class(re.compile("current"))
    accessible(theirs)
    assert theirs.locator("audio").evaluate("(a) => !a.paused && a.currentTime > 0")
    assert theirs.locator("form[method=post]").count() == 0
    assert other.cookies() == []
    _, plain = visit(javascript=False)
    plain.goto(link)
    assert plain.locator("audio[controls]").is_visible()

    page.get_by_role("button", name="End the link").click()
    expect(page.get_by_text("It opens nothing any more.")).to_be_visible()
    accessible(page)
    answer = theirs.goto(link)
    assert answer is not None
    assert answer.status == 404
    expect(theirs.get_by_role("heading", name="This link opens nothing")).to_be_visible()
    accessible(theirs)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_list_is_taken_out_and_brought_in_again(
    visit: Any,
    world: Any,
    enter: Callable[..., None],
    accessible: Check,
    tmp_path: Path,
    javascript: bool,
) -> None:
    _, page = visit(360 if javascript else 1280, javascript=javascript)
    enter(page, world, "second")
    make(page, world)
    for name in ("M3U8", "XSPF", "JSPF", "CSV", "JSON"):
        with page.expect_download() as taken:
            page.get_by_role("link", name=name, exact=True).click()
        taken.value.save_as(tmp_path / f"list.{name.lower()}")
        assert taken.value.suggested_filename.endswith(f".{name.lower()}")
    page.goto(f"{world.url}/seeds?tab=paste")
    page.get_by_label("Or bring a list").set_input_files(tmp_path / "list.xspf")
    page.get_by_role("button", name="Read the list").click()
    expect(page.get_by_role("heading", name="10 lines of “list.xspf” read")).to_be_visible()
    if javascript:
        accessible(page)
    chosen = page.locator(".brought input[type=checkbox]:checked")
    expect(chosen).to_have_count(9)  # one seed is in the basket
    for _ in range(7):
        chosen.last.uncheck()
    page.get_by_role("button", name="Put the chosen ones into the basket").click()
    expect(page.locator("[data-chips] .chip")).to_have_count(3)
    page.get_by_label("Or bring a list").set_input_files(
        {"name": "odd.xspf", "mimeType": "text/xml", "buffer": b"<!DOCTYPE x><playlist/>"}
    )
    page.get_by_role("button", name="Read the list").click()
    expect(page.get_by_text("it declares a document type")).to_be_visible()


def test_playlists_are_copied_renamed_deleted_and_had_back(
    visit: Any, world: Any, enter: Callable[..., None], accessible: Check
) -> None:
    _, page = visit(360, "dark")
    enter(page, world, "second")
    address = make(page, world)
    page.get_by_role("button", name="Duplicate this playlist").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("(copy)")
    assert page.url != address

    page.goto(f"{world.url}/history?show=drafts")
    accessible(page)
    menus = page.locator(".more-acts summary")
    count = menus.count()
    menus.first.click()
    accessible(page)
    page.locator(".more-acts[open]").get_by_label("Title").fill("Quiet hours")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_text("Renamed here.")).to_be_visible()
    menus.first.click()
    page.get_by_role("button", name="Delete Quiet hours").click()
    expect(page.get_by_text("The playlist was deleted here")).to_be_visible()
    expect(page.get_by_role("link", name="Quiet hours")).to_have_count(0)
    accessible(page)
    page.get_by_role("link", name=re.compile("^Deleted")).click()
    expect(page.locator(".made > li")).to_have_count(1)
    accessible(page)
    page.get_by_role("button", name="Restore Quiet hours").click()
    expect(page.get_by_text("The playlist is back")).to_be_visible()
    page.goto(f"{world.url}/history?q=quiet")
    expect(page.locator(".made > li")).to_have_count(1)
    page.locator(".more-acts summary").first.click()
    page.get_by_role("button", name="Begin with its seeds").click()
    page.wait_for_url("**/seeds**")
    expect(page.locator("[data-chips] .chip")).to_have_count(1)
    page.goto(f"{world.url}/history?show=drafts")
    expect(menus).to_have_count(count)

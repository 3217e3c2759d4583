"""What a browser plays is counted on the server, in seconds of tracks; unless it is not wanted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from webapp.store import HeardCounts

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def heard_playlist(page: Page, world: Any) -> str:
    """Log in, make a playlist, wait for its trailer; return the playlist's id."""
    page.goto(world.url)
    page.get_by_role("link", name="Log in with Spotify").click()
    page.locator("input[value='second']").check()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{world.url}/seeds*")
    page.locator("[data-basket=add]:visible button").first.click()
    expect(page.locator("[data-chips] .chip")).to_have_count(1)
    page.get_by_label("Length").select_option("10")
    page.get_by_role("button", name="Make playlist").click()
    page.wait_for_url("**/p/**", timeout=30_000)
    page.locator("[data-player]").wait_for(timeout=90_000)
    return page.url.rpartition("/")[2].partition("#")[0]


def reports(page: Page) -> list[dict[str, Any]]:
    """Return what the page sends, as it sends it."""
    sent: list[dict[str, Any]] = []

    def note(request: Any) -> None:
        if request.url.endswith("/api/v1/heard"):
            sent.append(json.loads(request.post_data))

    page.on("request", note)
    return sent


def play_skip_and_repeat(page: Page) -> None:
    """Hear two seconds of the first chapter, skip its rest, and hear it again."""
    page.locator("[data-player] [data-play]").click()
    page.wait_for_timeout(2_000)
    page.locator("[data-player] [data-next]").click()
    page.wait_for_timeout(1_500)
    page.locator("[data-jump]").first.click()
    page.wait_for_timeout(1_500)
    page.locator("[data-player] [data-play]").click()


def leave(page: Page, world: Any) -> None:
    page.goto(f"{world.url}/history")
    page.wait_for_timeout(500)


@pytest.fixture
def counts(world: Any) -> Iterator[HeardCounts]:
    kept = HeardCounts(world.services.engine)
    kept.delete_all()
    yield kept
    kept.delete_all()


@pytest.mark.timeout(240)
def test_what_was_played_skipped_and_repeated_is_counted_when_the_page_is_left(
    visit: Any, world: Any, counts: HeardCounts
) -> None:
    _, page = visit()
    sent = reports(page)
    heard_playlist(page, world)
    play_skip_and_repeat(page)
    # What a page sends while it is left cannot be seen from outside; that it counts, is seen below.
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    page.wait_for_timeout(500)
    before = counts.totals()["heard"]
    page.locator("[data-jump]").nth(4).click()
    page.wait_for_timeout(2_500)
    leave(page, world)
    assert counts.totals()["heard"] >= before + 1
    spans = [span for report in sent for span in report["spans"]]
    kinds = {span["kind"] for span in spans}
    assert kinds == {"heard", "skipped", "replayed"}
    first = spans[0]
    assert (first["kind"], first["start"] < 0.3) == ("heard", True)
    (skip,) = [span for span in spans if span["kind"] == "skipped"]
    assert 1.0 < skip["start"] < 4.0 < skip["end"]
    (again, *_) = [span for span in spans if span["kind"] == "replayed"]
    assert again["start"] < 0.3
    totals = counts.totals()
    assert totals["heard"] >= 2
    assert totals["skipped"] >= 1
    assert totals["replayed"] >= 1
    assert all(total < 30 for total in totals.values())

    # Switched off in the account, the page does not even tell.
    page.goto(f"{world.url}/account")
    page.get_by_role("button", name="Do not count what I hear").click()
    del sent[:]
    totals = counts.totals()
    page.goto(f"{world.url}/history")
    page.locator("a[href*='/p/']").first.click()
    page.locator("[data-player]").wait_for()
    play_skip_and_repeat(page)
    leave(page, world)
    assert (sent, counts.totals()) == ([], totals)
    page.goto(f"{world.url}/account")
    page.get_by_role("button", name="Count what I hear", exact=True).click()


@pytest.mark.timeout(240)
def test_a_browser_that_asks_not_to_be_tracked_tells_nothing(
    visit: Any, world: Any, counts: HeardCounts
) -> None:
    context, page = visit()
    context.add_init_script(
        "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true});"
    )
    sent = reports(page)
    heard_playlist(page, world)
    play_skip_and_repeat(page)
    leave(page, world)
    assert sent == []
    assert counts.totals()["heard"] == 0

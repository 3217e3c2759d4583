"""What a browser plays is counted on the server, in seconds of tracks; unless it is not wanted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.stage import make_playlist
from webapp.store import HeardCounts

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def playlist(world: Any, sign_in: Any) -> str:
    """Make one playlist of one person's with its trailer; return its path."""
    return f"/p/{make_playlist(world, sign_in(None, world, 'second'))}"


def show(page: Page, world: Any, sign_in: Any, playlist: str) -> None:
    """Open the playlist as its owner; a trailer played twice as fast is heard as fast."""
    sign_in(page.context, world, "second")
    page.goto(world.url + playlist)
    page.locator("[data-player]").wait_for()
    page.evaluate(
        "const sound = document.querySelector('[data-audio]');"
        "sound.playbackRate = sound.defaultPlaybackRate = 2;"
    )


def reports(page: Page) -> list[dict[str, Any]]:
    """Return what the page sends, as it sends it."""
    sent: list[dict[str, Any]] = []

    def note(request: Any) -> None:
        if request.url.endswith("/api/v1/heard"):
            sent.append(json.loads(request.post_data))

    page.on("request", note)
    return sent


def hear_until(page: Page, second: float) -> None:
    """Wait until the trailer has come to a second."""
    page.wait_for_function(
        "(second) => (({seeking, currentTime: now}) =>"
        " !seeking && second <= now && now < second + 4)(document.querySelector('[data-audio]'))",
        arg=second,
        polling=50,
    )


def starts(page: Page) -> list[float]:
    found = page.locator("[data-chapter]").all()
    return sorted(float(row.get_attribute("data-start") or 0) for row in found)


def play_skip_and_repeat(page: Page) -> None:
    """Hear a second of the first chapter, skip its rest, and hear it again."""
    page.locator("[data-player] [data-play]").click()
    hear_until(page, 1.2)
    page.locator("[data-player] [data-next]").click()
    hear_until(page, starts(page)[1] + 1.0)
    page.locator("[data-jump]").first.click()
    hear_until(page, 1.2)
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
    visit: Any, world: Any, sign_in: Any, playlist: str, counts: HeardCounts
) -> None:
    _, page = visit()
    sent = reports(page)
    show(page, world, sign_in, playlist)
    play_skip_and_repeat(page)
    # What a page sends while it is left cannot be seen from outside; that it counts, is seen below.
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    page.wait_for_timeout(500)
    before = counts.totals()["heard"]
    page.locator("[data-jump]").nth(4).click()
    hear_until(page, starts(page)[4] + 2.5)
    leave(page, world)
    assert counts.totals()["heard"] >= before + 1
    spans = [span for report in sent for span in report["spans"]]
    kinds = {span["kind"] for span in spans}
    assert kinds == {"heard", "skipped", "replayed"}
    first = spans[0]
    assert (first["kind"], first["start"] < 0.3) == ("heard", True)
    (skip,) = [span for span in spans if span["kind"] == "skipped"]
    # At double speed a quarter of a second between two looks is half a second of the trailer.
    assert 0.5 < skip["start"] < 4.0 < skip["end"]
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
    show(page, world, sign_in, playlist)
    play_skip_and_repeat(page)
    leave(page, world)
    assert (sent, counts.totals()) == ([], totals)
    page.goto(f"{world.url}/account")
    page.get_by_role("button", name="Count what I hear", exact=True).click()


@pytest.mark.timeout(240)
def test_a_browser_that_asks_not_to_be_tracked_tells_nothing(
    visit: Any, world: Any, sign_in: Any, playlist: str, counts: HeardCounts
) -> None:
    context, page = visit()
    context.add_init_script(
        "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true});"
    )
    sent = reports(page)
    show(page, world, sign_in, playlist)
    play_skip_and_repeat(page)
    leave(page, world)
    assert sent == []
    assert counts.totals()["heard"] == 0

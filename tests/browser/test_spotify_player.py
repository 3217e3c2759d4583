"""Tracks without audio here, played by a stand-in for Spotify's player; never by Spotify's own."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from standin.samples import sample_tracks

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COUNT = 3


@pytest.fixture
def far_away(world: Any, visit: Any) -> Callable[[str], Page]:
    """Log somebody in who allows playing, with a playlist that only Spotify can play."""

    def show(person: str) -> Page:
        _, page = visit()
        page.goto(f"{world.url}/login?ask=play&next=/history")
        page.locator(f"input[value='{person}']").check()
        page.get_by_role("button", name="Allow").click()
        page.wait_for_url(f"{world.url}/history")
        (session,) = [c["value"] for c in page.context.cookies() if c["name"] == "__Host-sid"]
        user = world.services.sessions.load(session).user_id
        made = world.services.playlists.create(user, title="Far away", seeds=[], options={})
        tracks = [
            {
                "id": f"row-{number}",
                "title": track["title"],
                "artists": list(track["artists"]),
                "duration": track["duration_ms"] / 1000,
                "audio": "",
                "spotify_id": track["id"],
            }
            for number, track in enumerate(sample_tracks()[:COUNT])
        ]
        world.services.playlists.set_ready(made.id, tracks=tracks, catalogue_version="1")
        page.goto(f"{world.url}/p/{made.id}")
        page.get_by_role("link", name="hear them on Spotify").click()
        return page  # type: ignore[no-any-return]

    return show


def test_each_track_is_heard_from_its_place_with_a_pause_between(
    far_away: Callable[[str], Page], accessible: Callable[[Page], None]
) -> None:
    page = far_away("rich")
    accessible(page)
    # One second of each is enough here; a person can choose 10, 15 or 30.
    page.locator("[data-seconds]").evaluate("(e) => { e.options[1].textContent = '1'; }")
    status = page.locator("[data-status]")
    expect(status).to_have_text("Ready when you are.")
    page.evaluate(
        """() => {
          window.told = [];
          const status = document.querySelector('[data-status]');
          new MutationObserver(() => window.told.push([performance.now(), status.textContent]))
            .observe(status, { childList: true, characterData: true, subtree: true });
        }"""
    )
    page.get_by_role("button", name="Play these on Spotify").click()
    rows = page.locator("[data-track]")
    for number in range(COUNT):
        expect(status).to_have_text(f"Playing track {number + 1} of {COUNT}.")
        expect(rows.nth(number)).to_have_attribute("aria-current", "true")
        expect(page.locator("[data-now-title]")).to_have_text(
            rows.nth(number).locator(".name").inner_text()
        )
        assert page.locator("[data-cover]").get_attribute("src")
        if number == 1:
            accessible(page)
    expect(status).to_have_text("That was all of them.", timeout=20_000)
    told = page.evaluate("window.told")
    pauses = [
        after[0] - before[0]
        for before, after in pairwise(told)
        if "pause" in before[1] and "Playing" in after[1]
    ]
    assert len(pauses) == COUNT - 1
    assert all(gap >= 1_500 for gap in pauses), "nothing runs into what follows it"


def test_spotify_is_asked_for_the_whole_list_once_and_starts_at_the_highlight(
    far_away: Callable[[str], Page], world: Any
) -> None:
    page = far_away("rich")
    world.spotify.forget_requests()
    page.get_by_role("button", name="Play these on Spotify").click()
    expect(page.locator("[data-status]")).to_have_text(re.compile("Playing track 1"))
    (asked,) = world.spotify.requests("PUT", "/v1/me/player/play")
    assert asked["status"] == 204
    page.get_by_role("button", name="Next track").click()
    expect(page.locator("[data-status]")).to_have_text(re.compile("Playing track 2"))
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.locator("[data-status]")).to_have_text("Paused.")
    assert world.spotify.hits("PUT", "/v1/me/player/play") == 1


def test_without_premium_it_is_said_and_each_track_has_its_embed(
    far_away: Callable[[str], Page], accessible: Callable[[Page], None]
) -> None:
    page = far_away("free")
    page.get_by_role("button", name="Play these on Spotify").click()
    expect(page.locator("[data-status]")).to_contain_text("needs Premium")
    page.locator("[data-embed] summary").first.click()
    title = page.locator("[data-track] .name").first.inner_text()
    frame = page.frame_locator("[data-embed] iframe")
    expect(frame.locator("#track-name")).to_have_text(title)
    accessible(page)
    page.locator("[data-embed] summary").first.click()
    expect(page.locator("iframe[title^='Spotify:']")).to_have_count(0)

"""The player by key, by finger and by the system's own controls; a trailer heard as it is made."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watch

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Check = Callable[[Page], None]


@pytest.fixture(scope="module")
def playlist(browser: Any, world: Any) -> Iterator[tuple[str, Any]]:
    """Make a playlist whose trailer is ready; return its address and the cookies of its owner."""
    context, watching = browser.new_context(), Watch()
    watching.of(context, world)
    page = context.new_page()
    page.goto(world.url)
    page.get_by_role("link", name="Log in with Spotify").first.click()
    page.locator("input[value='rich']").check()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{world.url}/seeds*")
    page.locator("[data-basket=add]:visible button").first.click()
    expect(page.locator("[data-chips] .chip")).to_have_count(1)
    page.get_by_label("Length").select_option("10")
    page.get_by_role("button", name="Make playlist").click()
    page.wait_for_url("**/p/**", timeout=60_000)
    page.locator("[data-player]").wait_for(timeout=90_000)
    assert watching.problems == []
    yield page.url.partition("#")[0], context.storage_state()
    context.close()


@pytest.fixture
def open_player(visit: Any, playlist: tuple[str, Any]) -> Callable[..., Page]:
    def open_one(width: int = 1280, scheme: str = "light") -> Page:
        context, page = visit(width, scheme)
        address, owner = playlist
        context.add_cookies(owner["cookies"])
        page.goto(address)
        page.locator("[data-player] [data-play]").wait_for()
        return page

    return open_one


def place(page: Page) -> float:
    return float(page.evaluate("document.querySelector('[data-audio]').currentTime"))


def starts(page: Page) -> list[float]:
    found = page.locator("[data-chapter]").all()
    return sorted(float(row.get_attribute("data-start") or 0) for row in found)


def until(page: Page, expression: str, seconds: float = 10) -> None:
    for _ in range(int(seconds * 20)):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"still not: {expression}")


SOUNDING = (
    "(({paused, currentTime: now}) => !paused && now > 0)(document.querySelector('[data-audio]'))"
)


@pytest.mark.timeout(180)
def test_every_key_does_what_the_page_says_and_all_can_be_switched_off(
    open_player: Callable[..., Page], accessible: Check
) -> None:
    page = open_player()
    assert page.evaluate("document.querySelector('[data-audio]').paused"), "nothing plays by itself"
    where = starts(page)
    page.keyboard.press("Space")
    until(page, SOUNDING)
    page.keyboard.press("k")
    assert page.evaluate("document.querySelector('[data-audio]').paused")
    for digit in (3, 1, 5):
        page.keyboard.press(str(digit))
        assert place(page) == pytest.approx(where[digit - 1], abs=0.05)
    expect(page.locator(".entry.current [data-jump]")).to_have_attribute("aria-current", "true")
    page.keyboard.press("ArrowRight")
    assert place(page) == pytest.approx(where[4] + 5, abs=0.05)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowRight")
    assert place(page) == pytest.approx(where[5], abs=0.05)
    page.keyboard.press("Shift+ArrowLeft")
    assert place(page) == pytest.approx(where[4], abs=0.05)
    page.keyboard.press("0")
    assert place(page) == 0
    # Tracks without audio have no place in the trailer.
    last = min(9, len(where))
    page.keyboard.press(str(last))
    assert place(page) == pytest.approx(where[last - 1], abs=0.05)
    page.keyboard.press("2")
    page.keyboard.press("?")
    expect(page.locator("[data-keys][open] summary")).to_be_focused()
    expect(page.locator("[data-keys]")).to_contain_text("that track of the trailer")
    accessible(page)
    page.locator("[data-shortcuts]").uncheck()
    page.locator("h1").click()
    before = place(page)
    for key in ("1", "k", "ArrowRight", "?"):
        page.keyboard.press(key)
    assert place(page) == before
    assert page.evaluate("document.querySelector('[data-audio]').paused")
    page.locator("[data-player] [data-on]").click()
    assert place(page) == pytest.approx(before + 5, abs=0.05)
    page.locator("[data-player] [data-back]").click()
    assert place(page) == pytest.approx(before, abs=0.05)
    page.reload()
    page.locator("[data-player] [data-play]").wait_for()
    page.keyboard.press("3")
    assert place(page) == 0, "switched off for the next visit, too"


@pytest.mark.timeout(180)
def test_marks_tell_each_join_by_shape_and_by_word(
    open_player: Callable[..., Page], accessible_in_all_looks: Check
) -> None:
    page = open_player(1280, "light")
    marks = page.locator(".joins > use")
    rows = page.locator(".entry [data-join]")
    expect(rows).to_have_count(len(starts(page)) - 1)
    expect(marks).to_have_count(len(starts(page)) - 1)
    assert marks.first.get_attribute("href") in {
        f"#join-{tier}" for tier in ("beat-matched", "assisted", "plain", "breath", "cut")
    }
    for details in page.locator(".more-of").all():
        details.evaluate("(d) => { d.open = true; }")
    counted = page.locator(".join-list b").all_text_contents()
    assert sum(int(text.split()[0]) for text in counted) == len(starts(page)) - 1
    page.locator("[data-jump]").nth(1).click()
    until(page, SOUNDING)
    page.keyboard.press("k")
    expect(page.locator("[data-now-join]")).to_have_text(rows.first.text_content() or "none")
    accessible_in_all_looks(page)
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 800})
        small = page.evaluate(
            "[...document.querySelectorAll('.stage button:not([hidden]), .dock button, .jump')]"
            ".filter((b) => b.checkVisibility()).map((b) => b.getBoundingClientRect())"
            ".filter((r) => r.width < 44 || r.height < 44).length"
        )
        assert small == 0


@pytest.mark.timeout(180)
def test_the_bar_at_the_bottom_comes_when_the_player_is_out_of_sight(
    open_player: Callable[..., Page],
) -> None:
    page = open_player(320)
    bar, ours = page.locator("[data-dock]"), page.locator(".transport")
    ours.evaluate("(e) => e.scrollIntoView({ block: 'center' })")
    expect(bar).to_be_hidden()
    page.locator(".entry").last.scroll_into_view_if_needed()
    expect(bar).to_be_visible()
    bar.locator("[data-play]").focus()
    page.keyboard.press("Tab")
    ours.evaluate("(e) => e.scrollIntoView({ block: 'center' })")
    page.wait_for_timeout(300)
    expect(bar).to_be_visible()  # where the keys are, nothing goes away
    page.keyboard.press("Tab")
    ours.evaluate("(e) => e.scrollIntoView({ block: 'center' })")
    expect(bar).to_be_hidden()


@pytest.mark.timeout(180)
def test_the_system_is_told_what_plays_and_may_move_it(
    open_player: Callable[..., Page],
) -> None:
    page = open_player()
    page.add_init_script(
        "window.asked = {}; const set = MediaSession.prototype.setActionHandler;"
        "MediaSession.prototype.setActionHandler = function (name, does) {"
        " window.asked[name] = does; set.call(this, name, does); };"
        "const tell = MediaSession.prototype.setPositionState;"
        "MediaSession.prototype.setPositionState = function (state) {"
        " window.told = state; tell.call(this, state); };"
    )
    # Each test's Spotify is a new one that does not know this login; a cover comes from here.
    cover = "<svg xmlns='http://www.w3.org/2000/svg' width='300' height='200'/>"
    page.route(
        "**/audio/*/cover/**",
        lambda route: route.fulfill(content_type="image/svg+xml", body=cover),
    )
    page.reload()
    page.locator("[data-player] [data-play]").click()
    until(page, SOUNDING)
    until(page, "navigator.mediaSession.metadata?.artwork.length === 1")
    told = page.evaluate(
        "(({metadata: m, playbackState: state}) => ({title: m.title, artist: m.artist,"
        " art: m.artwork[0].src, state, duration: told.duration}))(navigator.mediaSession)"
    )
    row = page.locator("[data-chapter]").first
    assert told["title"] == (row.locator("[data-title]").text_content() or "").strip()
    assert told["artist"] == (row.locator("[data-by]").text_content() or "").strip()
    assert "/cover/" in told["art"]
    assert told["state"] == "playing"
    length = float(page.locator("[data-player]").get_attribute("data-duration") or 0)
    assert told["duration"] == pytest.approx(length)
    box = page.evaluate(
        "(({naturalWidth: w, naturalHeight: h, clientWidth, clientHeight}) =>"
        " [w, h, clientWidth, clientHeight])(document.querySelector('[data-now-cover]'))"
    )
    assert box[:2] == [300, 200]
    assert (
        page.evaluate("getComputedStyle(document.querySelector('[data-now-cover]')).objectFit")
        == "contain"
    )
    expect(page.locator("[data-now-out]")).to_have_attribute(
        "href", re.compile(r"/track/[0-9A-Za-z]{22}$")
    )
    page.evaluate("asked.seekto({action: 'seekto', seekTime: 12.5})")
    assert 12.4 < place(page) < 13.5
    page.evaluate("asked.nexttrack()")
    assert any(abs(place(page) - start) < 1 for start in starts(page))
    page.evaluate("asked.pause()")
    assert page.evaluate("document.querySelector('[data-audio]').paused")


FULL = "document.querySelector('[data-player]').classList.contains('full')"


@pytest.mark.timeout(180)
def test_a_whole_track_plays_from_its_highlight_and_the_trailer_waits(
    open_player: Callable[..., Page], accessible: Check
) -> None:
    page = open_player()
    page.evaluate(
        "window.begun = [];"
        "document.addEventListener('hooklist:full-play', (e) => begun.push(e.detail.track));"
        "document.addEventListener('timeupdate', (e) => { window.followed = e.target.currentSrc; },"
        " {capture: true});"
    )
    page.keyboard.press("3")
    page.keyboard.press("k")
    until(page, SOUNDING)
    row = page.locator(".entry.current")
    highlight = float(row.get_attribute("data-highlight") or 0)
    page.locator("[data-full-now]").click()
    until(page, FULL)
    waiting = place(page)
    assert page.evaluate("document.querySelector('[data-audio]').paused")
    shown = page.locator("[data-full-seek]")
    until(page, f"Number(document.querySelector('[data-full-seek]').value) > {highlight + 0.2}")
    assert float(shown.input_value()) < highlight + 5
    assert page.evaluate("begun") == [row.get_attribute("data-track")]
    assert f"/track/{row.get_attribute('data-track')}" in page.evaluate("followed")
    accessible(page)
    page.locator("[data-full-start]").click()
    until(page, "Number(document.querySelector('[data-full-seek]').value) < 2")
    page.keyboard.press("ArrowRight")
    until(page, "Number(document.querySelector('[data-full-seek]').value) >= 5")
    assert place(page) == waiting
    page.locator("[data-full-end]").click()
    until(page, SOUNDING)
    assert waiting <= place(page) < waiting + 2
    expect(page.locator("[data-seek]")).to_be_visible()
    # Another one from its row; then a chapter of the trailer ends it.
    page.locator("a[data-full]").nth(1).click()
    until(page, FULL)
    page.locator("[data-jump]").first.click()
    until(page, f"!{FULL}")
    until(page, SOUNDING)
    assert place(page) < 3


@pytest.mark.timeout(180)
def test_a_whole_track_whose_file_is_gone_is_told_and_the_trailer_stays(
    open_player: Callable[..., Page],
) -> None:
    page = open_player()
    page.route("**/audio/*/track/**", lambda route: route.fulfill(status=404, body=""))
    page.locator("a[data-full]").first.click()
    expect(page.locator("[data-full-failed]")).to_be_visible()
    assert not page.evaluate(FULL)
    expect(page.locator("[data-seek]")).to_be_visible()


@pytest.mark.timeout(180)
def test_a_trailer_sounds_soon_after_the_click(open_player: Callable[..., Page]) -> None:
    page = open_player()
    took = []
    for _ in range(3):
        page.wait_for_load_state("networkidle")
        took.append(
            page.evaluate(
                "async () => { const a = document.querySelector('[data-audio]');"
                " const from = performance.now();"
                " document.querySelector('[data-player] [data-play]').click();"
                " while (a.paused || a.currentTime === 0)"
                " await new Promise((r) => setTimeout(r, 2));"
                " return performance.now() - from; }"
            )
        )
        if took[-1] < 1_000:
            break
        page.reload()
    # 50 to 170 ms where nothing else runs; the bound, and three tries, are for a busy machine.
    assert min(took) < 1_000, took


@pytest.mark.timeout(240)
def test_a_trailer_is_heard_while_it_is_made_and_goes_on_in_the_player(
    open_player: Callable[..., Page], playlist: Any, world: Any, accessible: Check
) -> None:
    services = world.services
    playlist_id = playlist[0].rpartition("/")[2]
    go_on = threading.Event()
    render = services.trailers._render

    def slowly(tracks: Any, out: Any, *, live: Any, **more: Any) -> Any:
        made = render(tracks, out, live=live, **more)
        # The sound is there, and somebody listens before the trailer is.
        live.write_bytes(out.read_bytes())
        go_on.wait(60)
        return made

    services.trailers._render = slowly
    try:
        page = open_player()
        details = page.locator(".more-of", has=page.locator(".join-choice"))
        details.locator("summary").click()
        details.get_by_label("Hard cuts").check()
        details.get_by_role("button", name="Make the trailer anew").click()
        listen = page.locator("[data-live-play]")
        listen.wait_for(timeout=60_000)
        accessible(page)
        listen.click()
        expect(page.locator("[data-live-time]")).to_have_text(
            re.compile("0:0[1-9]"), timeout=15_000
        )
        expect(page.locator("[data-live] [data-words]")).to_have_text("Pause")
        go_on.set()
        page.locator("[data-player]").wait_for(timeout=60_000)
        until(page, "document.querySelector('[data-player]').dataset.tookOver !== undefined", 20)
        gap = float(page.locator("[data-player]").get_attribute("data-took-over") or "9")
        assert abs(gap) < 0.1
        first = place(page)
        until(page, SOUNDING)
        page.wait_for_timeout(500)
        assert place(page) > first
        expect(page.locator(".join-list b")).to_have_text(re.compile("× a cut"))
        assert page.url.rpartition("/")[2].partition("#")[0] == playlist_id
    finally:
        go_on.set()
        services.trailers._render = render

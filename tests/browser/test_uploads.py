"""Six files dropped into Chromium: heard, moved, mixed, taken along; by keys; without scripts."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mutagen.id3 import ID3
from playwright.sync_api import Page, expect

from tests.webapp.routes.upload_guests import music

NAMES = ("One", "Two", "Three", "Four", "Five", "Six")
LATE = 180_000
"""Milliseconds: two cores may be busy with many things."""

DROP = """
(files) => {
  const transfer = new DataTransfer();
  for (const [name, content] of files) {
    const bytes = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0));
    transfer.items.add(new File([bytes], name));
  }
  const zone = document.querySelector("[data-dropzone]");
  for (const type of ["dragover", "drop"]) {
    const how = {dataTransfer: transfer, bubbles: true, cancelable: true};
    zone.dispatchEvent(new DragEvent(type, how));
  }
}
"""


@pytest.fixture(scope="module")
def songs() -> dict[str, bytes]:
    kinds = ("WAV", "FLAC", "OGG", "MP3", "WAV", "FLAC")
    return {
        f"Ada_-_{name}.{kind.lower()}": music(
            kind, seconds=42.0 if name == "One" else 7.0 + number, pitch=180.0 + 25 * number
        )
        for number, (name, kind) in enumerate(zip(NAMES, kinds, strict=True))
    }


def seconds_played(page: Page) -> float:
    return float(page.evaluate("document.querySelector('body > audio').currentTime"))


def press_until(page: Page, key: str, wanted: Callable[[], bool], most: int = 60) -> None:
    for _ in range(most):
        if wanted():
            return
        page.keyboard.press(key)
    raise AssertionError(f"{key} leads nowhere")


def is_focused(page: Page, selector: str) -> Callable[[], bool]:
    return lambda: bool(page.evaluate("(s) => document.activeElement.matches(s)", selector))


def test_six_files_are_dropped_heard_moved_mixed_and_taken_along(
    visit: Any, world: Any, accessible: Any, songs: dict[str, bytes], tmp_path: Path
) -> None:
    _, page = visit()
    page.goto(f"{world.url}/uploads")
    accessible(page)
    packed = [(name, base64.b64encode(content).decode()) for name, content in songs.items()]
    page.evaluate(DROP, [*packed, ("notes.txt", base64.b64encode(b"x").decode())])
    refused = page.locator(".send", has_text="notes.txt")
    expect(refused).to_contain_text("this kind of file is not taken")
    expect(page.locator("[data-hear]:visible")).to_have_count(6, timeout=LATE)
    expect(page.locator(".send")).to_have_count(1)
    refused.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_role("heading", name="On their way")).to_be_hidden()
    accessible(page)

    for name in NAMES:
        page.get_by_role("button", name=f"Play the highlight of {name}").click()
        stops = page.get_by_role("button", name=f"Pause the highlight of {name}")
        expect(stops).to_be_visible(timeout=LATE)
        expect(stops).to_contain_text(re.compile(r"0:0[1-9]"), timeout=20_000)
        assert seconds_played(page) > 0.5
    stops.click()

    # With keys alone: open the highlight of the first, move it, leave out the last, mix, play.
    row = page.locator(".entry", has_text="One")
    before = row.locator("[data-span]").text_content()
    page.locator("#list-title").focus()
    press_until(page, "Tab", is_focused(page, ".entry:first-child .moment summary"))
    page.keyboard.press("Enter")
    press_until(page, "Tab", is_focused(page, ".entry:first-child [data-slide]"))
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("[data-said]")).to_contain_text("The highlight of “One” is 0:01–0:31 now")
    expect(row.locator("[data-span]")).to_have_text("0:01–0:31")
    assert before != "0:01–0:31"
    press_until(page, "Tab", is_focused(page, ".entry:last-child [data-pick]"))
    page.keyboard.press("Space")
    expect(page.locator("#mix-seconds-help")).to_contain_text("20 to 150")
    press_until(page, "Tab", is_focused(page, "#mix-seconds"))
    page.keyboard.type("25")
    press_until(page, "Tab", is_focused(page, "#mix-go"))
    page.keyboard.press("Enter")
    expect(page.locator("[data-player]")).to_be_visible(timeout=LATE)
    expect(page.locator("[data-said]")).to_contain_text("The mix is ready")
    accessible(page)
    expect(page.locator("[data-chapter]")).to_have_count(5)
    page.locator("#list-title").focus()
    page.keyboard.press("k")
    expect(page.locator("[data-time]").first).to_have_text(re.compile(r"0:0[1-9]"), timeout=20_000)
    assert page.evaluate("document.querySelector('[data-audio]').currentTime") > 0.5
    page.get_by_role("button", name=re.compile("play Three in the mix")).click()
    expect(page.locator(".entry.current [data-title]")).to_have_text("Three")

    with page.expect_download() as taking:
        page.get_by_role("link", name="MP3", exact=True).click()
    taken = tmp_path / taking.value.suggested_filename
    taking.value.save_as(taken)
    assert taken.name == "Mix of 5 tracks.mp3"
    chapters = sorted(ID3(taken).getall("CHAP"), key=lambda chapter: chapter.start_time)
    titles = [str(chapter.sub_frames["TIT2"]) for chapter in chapters]
    assert [title.rpartition("– ")[2] for title in titles] == list(NAMES[:5])
    shown = page.locator("[data-chapter]").evaluate_all(
        "(rows) => rows.map((r) => r.dataset.start)"
    )
    assert [chapter.start_time / 1000 for chapter in chapters] == pytest.approx(
        [float(start) for start in shown], abs=0.002
    )

    page.reload()
    expect(page.locator("[data-player]")).to_be_visible()
    page.get_by_role("button", name="Remove all now").click()
    expect(page.locator(".entry")).to_have_count(0)
    accessible(page)


def test_what_goes_wrong_on_the_way_is_told_and_can_be_tried_again(
    visit: Any, world: Any, songs: dict[str, bytes]
) -> None:
    context, page = visit(360, "dark")
    page.goto(f"{world.url}/uploads")
    content = songs["Ada_-_Two.flac"]
    context.set_offline(True)
    with page.expect_file_chooser() as choosing:
        page.locator("#files").focus()
        page.keyboard.press("Enter")
    choosing.value.set_files([{"name": "a.flac", "mimeType": "audio/flac", "buffer": content}] * 2)
    rows = page.locator(".send")
    expect(rows.first).to_contain_text("The connection is gone")
    expect(rows).to_have_count(2)
    rows.last.get_by_role("button", name="Dismiss").click()
    expect(rows).to_have_count(1)
    context.set_offline(False)
    expect(page.locator(".entry")).to_have_count(1, timeout=LATE)
    with page.expect_file_chooser() as choosing:
        page.get_by_text("Choose files").click()
    choosing.value.set_files([{"name": "b.flac", "mimeType": "audio/flac", "buffer": content}])
    expect(page.locator(".refused")).to_contain_text("It has the same content as a.flac")
    expect(page.locator(".send")).to_have_count(1)
    page.get_by_role("button", name="Remove b.flac").click()
    expect(page.locator(".refused")).to_have_count(0)


def test_without_scripts_a_form_and_reloads_do_the_same(
    visit: Any, world: Any, songs: dict[str, bytes], tmp_path: Path
) -> None:
    _, page = visit(javascript=False)
    page.goto(f"{world.url}/uploads")
    files = [
        {"name": name, "mimeType": "audio/x", "buffer": content}
        for name, content in list(songs.items())[1:3]
    ]
    page.locator("#files").set_input_files(files)
    page.get_by_role("button", name="Send them").click()
    expect(page.locator(".entry")).to_have_count(2)
    until = page.locator("audio[data-plain]")
    for _ in range(60):
        if until.count() == 2:
            break
        page.wait_for_timeout(500)
        page.goto(f"{world.url}/uploads")
    expect(until).to_have_count(2)
    with page.expect_download() as taking:
        page.get_by_role("link", name="Download the highlight of Two").click()
    assert taking.value.suggested_filename == "Ada - Two (highlight).mp3"

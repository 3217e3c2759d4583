"""Take the documentation's pictures from a running demo.

    ./run hooklist demo                 # in another terminal
    HOOKLIST_REQUIREMENTS=dev ./run python docs/pictures/make.py [http://127.0.0.1:8000 [SONG…]]

Logs in as the stand-in's first person, picks three seeds, shows what can be shaped, makes a
playlist, waits for its trailer. With songs, it also drops them at the uploads page and mixes them.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).parent
SEEDS = 3
PATIENCE = 180_000
"""Milliseconds a trailer may take."""


def walk(page: Page, base: str, scheme: str) -> None:
    page.goto(base)
    page.screenshot(path=HERE / f"landing-{scheme}.png")
    page.get_by_role("link", name="Log in with Spotify").first.click()
    page.get_by_role("button", name="Allow").click()
    for _ in range(SEEDS):
        page.get_by_role("button", name="Add").first.click()
        page.wait_for_timeout(500)
    page.screenshot(path=HERE / f"seeds-{scheme}.png")
    page.get_by_text("Shape it").click()
    page.get_by_role("radio", name="rising").check()
    page.get_by_text("Shape it").scroll_into_view_if_needed()
    page.screenshot(path=HERE / f"shape-{scheme}.png")
    page.get_by_role("radio", name="as it comes").check()
    page.get_by_role("button", name="Make playlist").click()
    page.wait_for_url("**/p/*", timeout=PATIENCE)
    page.wait_for_selector("audio", state="attached", timeout=PATIENCE)
    page.get_by_role("button", name="Play").first.click()
    page.wait_for_timeout(12_000)
    page.screenshot(path=HERE / f"playlist-{scheme}.png")


def mix(page: Page, base: str, scheme: str, songs: list[str]) -> None:
    page.goto(f"{base}/uploads")
    page.locator("input[type=file]").first.set_input_files(songs)
    ready = page.get_by_role("link", name="Download")
    ready.nth(len(songs) - 1).wait_for(timeout=PATIENCE)
    page.get_by_role("button", name="Mix the picked files").click()
    page.locator("[data-player] [data-play]").click(timeout=PATIENCE)
    page.wait_for_timeout(6_000)
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(1_000)
    page.screenshot(path=HERE / f"uploads-{scheme}.png")


def main() -> None:
    base = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
    songs = sys.argv[2:]
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path)
        for scheme in ("light", "dark"):
            context = browser.new_context(
                color_scheme=scheme, viewport={"width": 1120, "height": 720}
            )
            walk(context.new_page(), base, scheme)
            context.close()
            if songs:
                context = browser.new_context(
                    color_scheme=scheme, viewport={"width": 1120, "height": 860}
                )
                mix(context.new_page(), base, scheme, songs)
                context.close()
        browser.close()


if __name__ == "__main__":
    main()

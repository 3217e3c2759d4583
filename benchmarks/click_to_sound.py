"""Measure how long a trailer takes from the click on its play button until it sounds.

    hooklist demo --port 8000                       # in another terminal
    python benchmarks/click_to_sound.py

Two moments after the click, which counts from when the browser took it in: the element's
``playing`` event, and the first look at which its place has moved. Looked at every 4 ms. Both on
the landing page's sample and on the trailer of a playlist that is made first.

``fresh``: the first click of a browser that was started for it, with nothing in its caches and its
part for sound not running yet. ``again``: the page loaded anew in a browser that has played it.
A reader is given a moment (``--look``) between the page's end of loading and the click; 0 clicks
at once. Without a Chromium this says so and ends with 0.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lighthouse import BROWSERS, prepare

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

MOST_MS = 300.0
"""From the click until the place has moved, 95th percentile: ``playing`` may come before sound."""
TIMES = 20
LOOK_SECONDS = 1.0
PATIENCE_MS = 20_000
POLL_MS = 50
"""Not quicker, so that asking does not hold up what is measured."""
HEARD = ("playing", "moved")
STARTS = ("fresh", "again")

WATCH = """
document.addEventListener("click", ({ target, timeStamp }) => {
  if (!target.closest("[data-play]") || window.clickToSound) return;
  const audio = document.querySelector("[data-player] audio");
  const seen = window.clickToSound = { asked: performance.now() - timeStamp };
  audio.addEventListener("playing", () => { seen.playing ??= performance.now() - timeStamp; });
  const looking = setInterval(() => {
    if (audio.currentTime === 0) return;
    seen.moved = performance.now() - timeStamp;
    clearInterval(looking);
  }, 4);
}, { capture: true });
"""


def click(page: Page, url: str, look: float) -> dict[str, float]:
    """Open a page, click on its play button, and return when it was heard.

    Parameters
    ----------
    page
        Where to.
    url
        Of a page with a player.
    look
        Seconds between the end of loading and the click.

    Returns
    -------
    dict of str to float
        Milliseconds from the click to each of `HEARD`.

    Raises
    ------
    TimeoutError, playwright.sync_api.TimeoutError
        If it is not heard in `PATIENCE_MS`, or cannot be clicked.
    """
    page.goto(url, wait_until="load")
    button = page.locator("[data-player] [data-play]")
    button.scroll_into_view_if_needed()
    page.wait_for_timeout(1000 * look)
    button.click()
    for _ in range(PATIENCE_MS // POLL_MS):
        found: dict[str, float] = page.evaluate("window.clickToSound ?? {}")
        if set(HEARD) <= set(found):
            return found
        page.wait_for_timeout(POLL_MS)
    raise TimeoutError(f"{url} was not heard in {PATIENCE_MS} ms: {found}")


def measure(
    play: Playwright, program: str, url: str, cookie: str, options: argparse.Namespace
) -> dict[str, list[dict[str, float]]]:
    """Return what was measured at one address, by how it was started (`STARTS`)."""

    def start() -> tuple[Browser, Page]:
        browser = play.chromium.launch(executable_path=program)
        context = browser.new_context(extra_http_headers={"Cookie": cookie} if cookie else {})
        context.add_init_script(WATCH)
        return browser, context.new_page()

    found: dict[str, list[dict[str, float]]] = {name: [] for name in STARTS}
    for _ in range(options.times):
        browser, page = start()
        found["fresh"].append(click(page, url, options.look))
        browser.close()
    browser, page = start()
    click(page, url, options.look)
    found["again"] = [click(page, url, options.look) for _ in range(options.times)]
    browser.close()
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that `share` of all do not exceed (nearest rank).

    >>> percentile([4.0, 1.0, 3.0, 2.0], 0.5), percentile([7.0], 0.95)
    (2.0, 7.0)
    """
    rank = max(1, -(-len(values) * round(1000 * share) // 1000))
    return sorted(values)[rank - 1]


def main() -> int:
    """Measure and print; 1 if a trailer takes longer than `MOST_MS`."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="a running demo")
    parser.add_argument("--times", type=int, default=TIMES, help="clicks of each kind")
    parser.add_argument("--look", type=float, default=LOOK_SECONDS, help="seconds before a click")
    options = parser.parse_args()
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if program is None:
        print("skipped: no Chromium here")
        return 0
    url = options.url.rstrip("/")
    cookie, made = prepare(url, program)
    columns = "".join(f"{f'{name} median':>16}{'p95':>7}{'most':>7}" for name in HEARD)
    print(f"ms from click   start {columns}")
    missed: list[str] = []
    with sync_playwright() as play:
        for page, address, sent in (("landing", url, ""), ("result", made, cookie)):
            found = measure(play, program, address, sent, options)
            for start in STARTS:
                line = ""
                for name in HEARD:
                    values = [one[name] for one in found[start]]
                    late = percentile(values, 0.95)
                    line += f"{statistics.median(values):16.0f}{late:7.0f}{max(values):7.0f}"
                    if name == "moved" and late > MOST_MS:
                        missed.append(f"{page}, {start}: {late:.0f} ms, more than {MOST_MS:.0f}")
                print(f"{page:15} {start:6}{line}", flush=True)
    print("\n".join(missed) or f"heard within {MOST_MS:.0f} ms of the click (p95)")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

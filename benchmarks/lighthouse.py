"""Measure the landing, seeds and result pages with Lighthouse: a throttled telephone, one table.

    hooklist demo --port 8000                       # in another terminal
    python benchmarks/lighthouse.py --lighthouse DIR/node_modules/.bin/lighthouse

Lighthouse is no part of Hooklist: install it anywhere (``npm install lighthouse``) and name its
program; without it, or without a Chromium, this says so and ends with 0. The pages behind the login
are opened with the cookie of a session that a browser makes first, through the demo's own stand-in.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CATEGORIES = ("performance", "accessibility", "best-practices")
LEAST_SCORE = 95
MOST = {
    "largest-contentful-paint": 1500.0,
    "cumulative-layout-shift": 0.02,
    "total-blocking-time": 50.0,
}
"""Milliseconds, a share, milliseconds."""
PATIENCE = 180
"""Seconds."""
SEEDS = 3


def prepare(url: str, browser: str) -> tuple[str, str]:
    """Log in, put seeds into the basket and make a playlist; return the cookie and its address."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=browser)
        context = chromium.new_context()
        page = context.new_page()
        page.goto(url)
        page.get_by_role("link", name="Log in with Spotify").first.click()
        page.get_by_role("button", name="Allow").click()
        page.wait_for_url(f"{url}/seeds**")
        # A demo remembers the basket of the time before.
        for count in range(page.locator("[data-chips] .chip").count(), SEEDS):
            page.locator("[data-basket=add]:visible button").first.click()
            page.locator(f"[data-chips] .chip:nth-child({count + 1})").wait_for()
        page.get_by_role("button", name="Make playlist").click()
        page.wait_for_url("**/p/**", timeout=PATIENCE * 1000)
        page.locator("[data-player]").wait_for(timeout=PATIENCE * 1000)
        made = page.url
        cookie = next(one for one in context.cookies() if one["name"] == "__Host-sid")
        chromium.close()
    return f"__Host-sid={cookie['value']}", made


def measure(lighthouse: str, browser: str, url: str, cookie: str) -> dict[str, Any]:
    """Return Lighthouse's report on one page.

    Raises
    ------
    subprocess.CalledProcessError, subprocess.TimeoutExpired
        If it cannot be measured.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "report.json"
        headers = Path(folder) / "headers.json"
        headers.write_text(json.dumps({"Cookie": cookie} if cookie else {}))
        command = [
            lighthouse,
            url,
            "--output=json",
            f"--output-path={out}",
            "--quiet",
            f"--only-categories={','.join(CATEGORIES)}",
            "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
            f"--extra-headers={headers}",
        ]
        environment = {**os.environ, "CHROME_PATH": browser}
        subprocess.run(command, check=True, env=environment, timeout=PATIENCE)
        report: dict[str, Any] = json.loads(out.read_text())
    return report


def row(name: str, report: dict[str, Any]) -> tuple[str, list[str]]:
    """Return a line of the table, and what in it is beyond its bound."""
    scores = {kind: round(100 * report["categories"][kind]["score"]) for kind in CATEGORIES}
    values = {kind: float(report["audits"][kind]["numericValue"]) for kind in MOST}
    requests = report["audits"]["network-requests"]["details"]["items"]
    sent = sum(one.get("transferSize", 0) for one in requests) / 1000
    missed = [f"{name}: {kind} {score}" for kind, score in scores.items() if score < LEAST_SCORE]
    missed += [
        f"{name}: {kind} {value:.3g}" for kind, value in values.items() if value > MOST[kind]
    ]
    line = (
        f"{name:8} {scores['performance']:5} {scores['accessibility']:6} "
        f"{scores['best-practices']:5} {values['largest-contentful-paint']:8.0f} "
        f"{values['cumulative-layout-shift']:6.3f} {values['total-blocking-time']:6.0f} "
        f"{len(requests):9} {sent:7.0f}"
    )
    return line, missed


def why(report: dict[str, Any]) -> list[str]:
    """Return the audits that cost points."""
    found = []
    for kind in CATEGORIES:
        for reference in report["categories"][kind]["auditRefs"]:
            audit = report["audits"][reference["id"]]
            if reference["weight"] and audit["score"] is not None and audit["score"] < 0.9:
                found.append(f"  {kind}: {audit['title']} {audit.get('displayValue', '')}")
    return found


def main() -> int:
    """Measure and print; 1 if a page misses its bounds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="a running demo")
    parser.add_argument("--lighthouse", default="lighthouse", help="Lighthouse's program")
    options = parser.parse_args()
    lighthouse = shutil.which(options.lighthouse)
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if lighthouse is None or browser is None:
        print(f"skipped: no {'Lighthouse' if lighthouse is None else 'Chromium'} here")
        return 0
    url = options.url.rstrip("/")
    cookie, made = prepare(url, browser)
    print("page      perf access  best   LCP ms    CLS TBT ms  requests      kB")
    missed: list[str] = []
    for name, address, sent in (
        ("landing", url, ""),
        ("seeds", f"{url}/seeds", cookie),
        ("result", made, cookie),
    ):
        report = measure(lighthouse, browser, address, sent)
        line, beyond = row(name, report)
        print(line, flush=True)
        if beyond:
            print("\n".join(why(report)), file=sys.stderr)
        missed += beyond
    print("\n".join(missed) or "all within their bounds")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

"""Static files as they are sent: small, kept, joined, in the form a browser can read."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import pytest

from webapp.routes.assets import FOLDER, read_assets

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = ROOT / "templates"
PAGES = sorted(
    path
    for path in TEMPLATES.rglob("*.html")
    if "macros" not in path.parts and "{% extends" in path.read_text("utf-8")
)
CORE = "css/hooklist.css"
MOST_SCRIPT, MOST_STYLE = 25_000, 14_000
"""Bytes, gzipped."""


def weight(name: str, kind: str) -> int:
    """Return the gzipped bytes of all files of a kind that a page asks for."""
    assets = read_assets(FOLDER)
    text = (TEMPLATES / "base.html").read_text("utf-8")
    while name:
        page = (TEMPLATES / name).read_text("utf-8")
        text += page
        above = re.search(r'{% extends "([^"]+)" %}', page)
        name = above[1] if above else ""
    named = {one for one in re.findall(r"asset\('([^']+)'\)", text) if one.endswith(kind)}
    assert named
    # A sheet in the place of the core brings the core with it.
    core = assets[CORE].plain
    if any(core in assets[one].plain for one in named - {CORE}):
        named -= {CORE}
    reached = named | {more for one in named for more in assets[one].imports}
    return sum(len(gzip.compress(assets[one].plain, 9)) for one in reached)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_scripts_and_style_of_a_page_are_small(page: Path) -> None:
    name = page.relative_to(TEMPLATES).as_posix()
    assert weight(name, ".js") <= MOST_SCRIPT
    assert weight(name, ".css") <= MOST_STYLE


def address(site: Any, name: str) -> str:
    return f"/assets/{site.app.config['ASSETS']}/{name}"


def test_the_style_is_one_answer_without_imports_and_comments(site: Any) -> None:
    style = site.browser().get(address(site, "css/hooklist.css")).text
    assert "@import" not in style
    assert "/*" not in style
    for part in (FOLDER / "css/hooklist").glob("*.css"):
        rule = next(line for line in part.read_text("utf-8").splitlines() if "{" in line)
        assert rule in style, part.name


@pytest.mark.parametrize("path", ["/", "/seeds", "/privacy"])
def test_a_page_that_is_come_to_first_has_its_style_in_one_answer(site: Any, path: str) -> None:
    page = site.browser("rich").get(path).text
    (sheet,) = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
    core = site.browser().get(address(site, CORE)).text
    assert core in site.browser().get(sheet).text


@pytest.mark.parametrize("accepted", ["gzip", "gzip, br", "GZIP;q=0.5"])
def test_text_is_packed_for_those_who_can_unpack_it(site: Any, accepted: str) -> None:
    where = address(site, "js/player.js")
    packed = site.browser().get(where, headers={"Accept-Encoding": accepted})
    plain = site.browser().get(where, headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.data) == plain.data == (FOLDER / "js/player.js").read_bytes()
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert "immutable" in packed.headers["Cache-Control"]


@pytest.mark.parametrize("refused", ["identity", "gzip;q=0", "", "br"])
def test_text_is_sent_plain_to_those_who_cannot_unpack_it(site: Any, refused: str) -> None:
    answer = site.browser().get(address(site, "js/page.js"), headers={"Accept-Encoding": refused})
    assert "Content-Encoding" not in answer.headers


def test_what_a_browser_has_is_not_sent_again(site: Any) -> None:
    where, packs = address(site, "css/hooklist.css"), {"Accept-Encoding": "gzip"}
    first = site.browser().get(where, headers=packs)
    again = {**packs, "If-None-Match": first.headers["ETag"]}
    assert site.browser().get(where, headers=again).status_code == 304


def test_what_scripts_import_is_asked_for_at_once(site: Any) -> None:
    page = site.browser("rich").get("/seeds").text
    loaded = re.findall(r'<link rel="modulepreload" href="[^"]+/js/([a-z_]+)\.js"', page)
    started = re.findall(r'<script type="module" src="[^"]+/js/([a-z_]+)\.js"', page)
    assert {"http", "notice"} <= set(loaded)
    assert "basket" in started
    assert not set(loaded) & set(started)
    assert len(loaded) == len(set(loaded))


def test_scripts_let_the_styles_go_first(site: Any) -> None:
    page = site.browser("rich").get("/seeds").text
    asked = re.findall(r'<(?:script type="module"|link rel="modulepreload")[^>]*>', page)
    assert len(asked) > 5
    assert [tag for tag in asked if 'fetchpriority="low"' not in tag] == []


def test_pages_are_packed_unless_they_repeat_words_of_their_address(site: Any) -> None:
    visitor, packs = site.browser("rich"), {"Accept-Encoding": "gzip"}
    packed = visitor.get("/seeds?tab=liked", headers=packs)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert b"csrf-token" in gzip.decompress(packed.data)
    assert len(packed.data) * 4 < len(gzip.decompress(packed.data))
    for path in ("/seeds?tab=search&q=guess", "/seeds?tab=top&name=guess", "/p/none"):
        plain = visitor.get(path, headers=packs)
        assert "Content-Encoding" not in plain.headers, path
        assert "Accept-Encoding" in plain.headers["Vary"]
    assert "Content-Encoding" not in visitor.get("/seeds?tab=liked").headers

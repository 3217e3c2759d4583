"""A result page is light: its rows leave out what only an open row shows until it is asked for."""

from __future__ import annotations

import gzip
import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from webapp.store import TrackStudies

METHOD = "test-1/model"
TRACKS = 30
MOST_ELEMENTS = 2_000
"""Of a page of 30 heard tracks, what a browser builds for drawings that are used again left out."""
MOST_OF_A_ROW = 42
MOST_BYTES = 30_000
"""Gzipped."""


class Elements(HTMLParser):
    """Count the elements of a page and of each of its rows, and remember which rows are open."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.count = 0
        self.rows: dict[str, int] = {}
        self.links: dict[str, str] = {}
        self.whole: list[str] = []
        self._row = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        classes = (given.get("class") or "").split()
        self.count += 1
        if "entry" in classes:
            self._row = str(given["data-track"])
        if self._row:
            self.rows[self._row] = self.rows.get(self._row, 0) + 1
        if "data-part" in given:
            self.links[self._row] = str(given["href"])
        if "moment-body" in classes:
            self.whole.append(self._row)

    def handle_endtag(self, tag: str) -> None:
        if tag == "li":
            self._row = ""


class Long:
    """Somebody with a playlist of thirty heard tracks, all of them in its trailer."""

    def __init__(self, site: Any) -> None:
        self.site = site
        self.visitor = site.browser("rich")
        services = site.services
        self.visitor.add(1)
        self.playlist = self.visitor.make()
        self.here = f"/p/{self.playlist}"
        draw = np.random.default_rng(1)
        tracks: list[dict[str, Any]] = []
        for number in range(TRACKS):
            start = 10.0 + 4 * number
            TrackStudies(services.engine).put(
                f"content-{number}",
                METHOD,
                analysis={"duration": 200.0},
                highlight={
                    "start": start,
                    "end": start + 30,
                    "track": 200.0,
                    "strategy": "network",
                    "confidence": 0.7,
                    "curve": [int(value) for value in draw.integers(0, 101, 200)],
                    "curve_rate": 1.0,
                },
            )
            tracks.append(
                {
                    "id": f"set/{number}",
                    "title": f"Song of the {number}th morning",
                    "artists": [f"Choir {number}", f"Band {number}"],
                    "duration": 200.0,
                    "audio": f"/music/{number}.mp3",
                    "content": f"content-{number}",
                    "study": METHOD,
                    "genre": "post-rock",
                    "licence": "CC-BY-SA-4.0",
                    "spotify_id": f"{number:022d}",
                }
            )
        services.playlists.set_ready(self.playlist, tracks=tracks, catalogue_version="1")
        file = f"{self.playlist}-2.mp3"
        services.settings.trailers_path.mkdir(parents=True, exist_ok=True)
        (services.settings.trailers_path / file).write_bytes(b"sound")
        chapters = [
            {
                "track": number,
                "content": f"content-{number}",
                "start": 4.0 * number,
                "end": 4.0 * number + 4.0,
                "transition": "start" if number == 0 else "plain",
                "reason": "x",
                "kept": 1.0,
            }
            for number in range(TRACKS)
        ]
        peaks = [float(value) for value in draw.uniform(0.1, 1, 600)]
        told = {"file": file, "duration": 4.0 * TRACKS, "peaks": peaks, "chapters": chapters}
        services.playlists.set_trailer(self.playlist, "ready", told)

    def page(self, query: str = "", **more: Any) -> str:
        return str(self.visitor.get(self.here + query, **more).get_data(as_text=True))


@pytest.fixture
def long(site: Any) -> Long:
    return Long(site)


def test_a_page_of_thirty_heard_tracks_has_few_elements_and_few_bytes(long: Long) -> None:
    page = long.page()
    found = Elements(page)
    assert len(found.rows) == len(found.links) == TRACKS
    assert found.count <= MOST_ELEMENTS
    assert max(found.rows.values()) <= MOST_OF_A_ROW
    assert len(gzip.compress(page.encode(), 5)) <= MOST_BYTES
    # What a closed row does not show is in none of them.
    assert (found.whole, page.count('type="range"'), page.count("data-window")) == ([], 2, 0)


def test_a_row_says_where_it_is_whole_and_comes_whole_there(long: Long) -> None:
    link = Elements(long.page()).links["set/6"]
    assert link == f"{long.here}?open=7#track-7"
    answer = long.visitor.get(link, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip", "a number is no word of anybody's"
    page = gzip.decompress(answer.data).decode()
    assert Elements(page).whole == ["set/6"]
    assert '<details class="moment" data-moment open>' in page
    for part in ('name="start" value="0:34"', 'name="rating set/6"', "A model that has heard many"):
        assert part in page
    assert Elements(long.page("?open=2&open=30")).whole == ["set/1", "set/29"]


@pytest.mark.parametrize("asked", ["", "0", "31", "-1", "x", "7777", "7 ", "set/6"])
def test_a_row_that_is_not_there_is_not_opened(long: Long, asked: str) -> None:
    answer = long.visitor.get(long.here, query_string={"open": asked})
    assert answer.status_code == 200
    assert Elements(answer.get_data(as_text=True)).whole == []


def test_one_row_comes_alone_where_that_is_enough(long: Long) -> None:
    alone = {"Prefer": "respond-async, return=minimal"}
    answer = long.visitor.get(f"{long.here}?open=7", headers=alone)
    assert answer.headers["Preference-Applied"] == "return=minimal"
    assert "Prefer" in answer.headers["Vary"]
    row = answer.get_data(as_text=True)
    found = Elements(row)
    assert (list(found.rows), found.whole) == (["set/6"], ["set/6"])
    assert 'id="track-7"' in row
    assert len(row) < 12_000
    # Nothing to leave out: the page as ever.
    for query, headers in (("", alone), ("?open=31", alone), ("?open=7", {"Prefer": "wait=5"})):
        assert len(Elements(long.page(query, headers=headers)).rows) == TRACKS
    other = long.site.browser("second")
    assert other.get(f"{long.here}?open=7", headers=alone).status_code == 404


def test_rows_that_are_open_stay_open_wherever_they_come_to_stand(long: Long) -> None:
    version = re.search(r'name="version" value="(\d+)"', long.page())
    assert version is not None
    sent = {"act": "remove set/2", "version": version[1], "open": ["set/6", "set/1", "gone"]}
    done = long.visitor.post(f"{long.here}/revise", sent)
    assert done.headers["Location"] == f"{long.here}?open=2&open=6#track-3"
    moved = long.visitor.post(
        f"{long.here}/highlight", {"track": "set/6", "start": "1:00", "open": "set/6"}
    )
    assert moved.headers["Location"] == f"{long.here}?open=6#track-6"
    assert 'name="start" value="1:00"' in long.page("?open=6")
    refused = long.visitor.post(
        f"{long.here}/highlight", {"track": "set/6", "start": "soon", "open": "set/6"}
    )
    assert refused.status_code == 422
    page = refused.get_data(as_text=True)
    assert Elements(page).whole == ["set/6"]
    # Without scripts the forms themselves say which row they stand in.
    assert page.count('name="open" value="set/6"') == 3


def test_words_of_a_row_take_any_title_as_it_is(site: Any) -> None:
    long = Long(site)
    kept = site.services.playlists.get(
        long.playlist, site.services.sessions.load(long.visitor.cookie()).user_id
    )
    title = '100% %s %(title)s {0} <b>"'
    tracks = [{**kept.tracks[0], "title": title}, *kept.tracks[1:]]
    site.services.playlists.set_ready(long.playlist, tracks=tracks, catalogue_version="1")
    page = long.page()
    safe = "100% %s %(title)s {0} &lt;b&gt;&#34;"
    for words in ("More like this: ", "Keep ", "Remove ", "Change "):
        assert f'aria-label="{words}{safe}"' in page
    assert f"Highlight of {safe}: </span>" in page
    assert title not in page

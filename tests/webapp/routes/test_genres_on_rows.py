"""A track's row tells its genre, and how sure a model is of it."""

from __future__ import annotations

import html
import json
from dataclasses import replace
from typing import Any

import pytest

from hooklist_genres import UNKNOWN, Labelled
from webapp.routes.playlist_view import TrailerView, track_rows
from webapp.routes.wording import genre_words


@pytest.fixture
def words(site: Any) -> Any:
    with site.app.test_request_context():
        yield


@pytest.mark.usefixtures("words")
@pytest.mark.parametrize(
    ("label", "expected"),
    [
        (Labelled("Deep House", "table", 1.0), "Deep House"),
        (Labelled("Jazz; Soul", "tag", 1.0), "Jazz, Soul"),
        (Labelled("hiphop", "model", 0.793), "hip-hop, 79% sure"),
        (Labelled("made up", "model", 0.5), "made up, 50% sure"),
        (Labelled("techno", "model", 0.9999), "techno, 99% sure"),
        (Labelled("100% <b>mine</b>", "table", 1.0), "100% <b>mine</b>"),
        (Labelled("x" * 100, "table", 1.0), "x" * 60 + "…"),
        (UNKNOWN, ""),
    ],
)
def test_a_genre_in_words(label: Labelled, expected: str) -> None:
    assert genre_words(label) == expected


def test_a_row_shows_the_genre_and_its_confidence(site: Any) -> None:
    visitor = site.browser("rich")
    for number in (1, 2, 3):
        visitor.add(number)
    playlist_id = visitor.make()
    user = site.services.sessions.load(visitor.cookie()).user_id
    kept = site.services.playlists.get(playlist_id, user)
    page = html.unescape(visitor.get(f"/p/{playlist_id}").get_data(as_text=True))
    assert kept.tracks[0]["genre"]
    assert kept.tracks[0]["genre_source"] == "table"
    assert f'data-genre="table">{kept.tracks[0]["genre"]}</span>' in page
    assert "% sure" not in page

    guessed = {"genre": "hiphop", "genre_source": "model", "genre_confidence": 0.71}
    old = {name: value for name, value in kept.tracks[1].items() if name[:6] != "genre_"}
    shown = replace(kept, tracks=[kept.tracks[0] | guessed, old, kept.tracks[2] | {"genre": ""}])
    with site.app.test_request_context():
        rows = track_rows(shown, TrailerView("none"))
    assert [row.genre_words for row in rows] == ["hip-hop, 71% sure", old["genre"], ""]

    answer = visitor.get(f"/api/v1/playlists/{playlist_id}")
    row = json.loads(answer.get_data(as_text=True))["tracks"][0]
    assert (row["genre_source"], row["genre_confidence"]) == ("table", 1.0)
    assert row["genre"] == kept.tracks[0]["genre"]

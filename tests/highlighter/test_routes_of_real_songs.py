"""The development songs: each has a route with a reason, and a guess decides only if it is sure."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from highlighter.audio.tags import genre_tag
from highlighter.highlight import Route, route
from hooklist_genres import most_trusted

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def routes(shared_data: Path) -> dict[str, tuple[str, Route]]:
    folder = shared_data / "songs"
    table = json.loads((folder / "songs.json").read_text(encoding="utf-8"))
    files = [file for file in folder.iterdir() if file.suffix in (".mp3", ".ogg")]
    found = {}
    for file in sorted(files):
        stated = table.get(file.name, {}).get("genre") or ""
        label = most_trusted(table=stated, tag=genre_tag(file))
        found[file.name] = (label.source, route(label.genre, label.estimated))
    return found


def test_every_song_has_a_route_with_a_reason(routes: dict[str, tuple[str, Route]]) -> None:
    assert len(routes) == 23
    for name, (source, answer) in routes.items():
        print(f"{name[:40]:40} {source:6} {answer.strategy:8} {answer.reason}")
        assert answer.reason.endswith("."), name
        assert (answer.strategy == "model") == (source == ""), name


def test_what_the_songs_are_routed_to(routes: dict[str, tuple[str, Route]]) -> None:
    assert Counter(source for source, _ in routes.values()) == {"table": 5, "tag": 5, "": 13}
    assert Counter(answer.strategy for _, answer in routes.values()) == {
        "chorus": 8,
        "theme": 1,
        "climax": 1,
        "model": 13,
    }
    assert Counter(answer.family for _, answer in routes.values() if answer.family) == {
        **{"pop": 2, "hip-hop": 2, "folk": 2},
        **{"metal": 1, "rock": 1, "jazz": 1, "classical": 1},
    }

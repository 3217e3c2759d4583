"""Lists that somebody brings: how much is asked of Spotify for one of them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hooklist_errors import HooklistError
from recommender import RecommenderHolder, RowsSource, build_catalogue
from webapp.services.bringing import MOST_LINES, MOST_QUESTIONS, MOST_SECONDS, BringingService
from webapp.services.playlist_files.listing import ListedTrack, ListLine
from webapp.spotify.errors import SpotifyNotFound


class Slow:
    """Spotify that knows nothing, and takes its time to say so."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.now, self.asked = seconds, 0.0, 0

    def for_user(self, _user_id: str) -> Any:
        return SimpleNamespace(track=self.track)

    def track(self, _spotify_id: str) -> Any:
        self.asked += 1
        self.now += self.seconds
        raise SpotifyNotFound("There is no such track")

    def get(self) -> Any:
        raise HooklistError("no catalogue")


def outcomes(slow: Slow) -> list[str]:
    lines = [
        ListLine(number, "", ListedTrack(spotify_id=f"{number:022d}"))
        for number in range(MOST_LINES + 10)
    ]
    service = BringingService(slow, slow, "", monotonic=lambda: slow.now)  # type: ignore[arg-type]
    return [verdict.outcome for verdict in service.verdicts("ada", lines)]


def test_a_list_is_no_reason_to_ask_spotify_for_ever() -> None:
    quick, slow = Slow(0.0), Slow(6.0)
    found = outcomes(quick)
    assert quick.asked == MOST_QUESTIONS
    assert found == ["unknown"] * MOST_QUESTIONS + ["not_asked"] * (MOST_LINES - MOST_QUESTIONS)
    assert outcomes(slow).count("unknown") == slow.asked == int(MOST_SECONDS // 6.0) + 1


def test_a_track_of_the_catalogue_is_a_seed_though_spotify_has_none_such(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "title": "At home", "artists": ("Ada",), "duration": 200.0, "source": "test"},
        {
            "id": "b",
            "title": "By code",
            "artists": ("Bob",),
            "duration": 180.0,
            "isrc": "GBAAA0000001",
            "source": "test",
        },
    ]
    features = {"tempo": 120.0, "energy": 0.5, "loudness": -9.0, "danceability": 0.5}
    build_catalogue([RowsSource("test", [{**row, **features} for row in rows])], tmp_path / "built")
    quiet = Slow(0.0)
    service = BringingService(
        quiet,  # type: ignore[arg-type]
        RecommenderHolder(tmp_path / "built"),
        "https://open.example",
    )
    listed = [
        ListedTrack(title="at home", artists=("ADA",), duration=201.0),
        ListedTrack(title="another name", artists=("Bob",), isrc="GBAAA0000001"),
        ListedTrack(title="At Home", artists=("Ada",), duration=200.0),
    ]
    lines = [ListLine(number, "", track) for number, track in enumerate(listed)]
    found = service.verdicts("ada", lines)
    assert [one.outcome for one in found] == ["name", "isrc", "duplicate"]
    assert [one.seed and one.seed.title for one in found] == ["At home", "By code", None]
    assert all(one.seed is None or (one.seed.spotify_id, one.seed.url) == ("", "") for one in found)
    assert quiet.asked == 0, "what the catalogue knows costs no question"

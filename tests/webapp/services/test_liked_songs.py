"""Liked Songs are read within bounds, and what is not read is told."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from hooklist_errors import HooklistError
from webapp.services.liked_songs import MOST_LOOKED_AT, Liked, LikedSongs
from webapp.store import open_ephemeral


class Away(HooklistError):
    code: ClassVar[str] = "spotify.away_in_this_test"


class Library:
    """An account's Liked Songs: `count` of them, the first of which the catalogue has."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.asked: list[int] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def for_user(self, _user_id: str) -> Library:
        return self

    def liked(self, offset: int) -> Any:
        self.asked.append(offset)
        self.meanwhile()
        songs = tuple(
            SimpleNamespace(
                id=f"{at:022}", isrc="", title=f"Song {at}", artists=("Ada",), duration=200.0
            )
            for at in range(offset, min(offset + 50, self.count))
        )
        more = offset + 50 if offset + 50 < self.count else None
        return SimpleNamespace(
            items=songs, skipped=0, total=self.count, next_offset=more, stale=False
        )


@pytest.fixture
def recommender(house: Any) -> Any:
    return house.generation._recommenders.get()


def read(library: Library, recommender: Any, **more: Any) -> Liked:
    return LikedSongs(library, open_ephemeral(), **more).known(  # type: ignore[arg-type]
        "user", recommender, lambda: None
    )


def test_a_whole_library_is_read_and_only_what_the_catalogue_has_is_kept(recommender: Any) -> None:
    found = read(Library(120), recommender)
    assert (set(found.ids), found.looked_at, found.all) == (
        {f"t{number:02}" for number in range(30)},
        120,
        120,
    )
    assert found.notes() == []


def test_of_a_large_library_the_latest_are_read_and_the_listener_is_told(recommender: Any) -> None:
    library = Library(3_000)
    found = read(library, recommender)
    assert len(library.asked) == MOST_LOOKED_AT // 50
    assert found.notes() == [{"kind": "liked_partly", "looked_at": MOST_LOOKED_AT, "all": 3_000}]


def test_the_next_playlist_within_a_quarter_of_an_hour_asks_nothing(recommender: Any) -> None:
    library = Library(60)
    songs = LikedSongs(library, open_ephemeral())  # type: ignore[arg-type]
    first, again = (songs.known("user", recommender, lambda: None) for _ in range(2))
    assert first == again
    assert library.asked == [0, 50]
    songs.known("other", recommender, lambda: None)
    assert library.asked == [0, 50, 0, 50]


def test_a_library_that_breaks_off_is_told_and_read_anew_the_next_time(recommender: Any) -> None:
    library = Library(500)

    def break_off() -> None:
        if len(library.asked) == 3:
            raise Away("Spotify does not answer")

    library.meanwhile = break_off
    songs = LikedSongs(library, open_ephemeral())  # type: ignore[arg-type]
    found = songs.known("user", recommender, lambda: None)
    assert found.notes() == [{"kind": "liked_partly", "looked_at": 100, "all": 500}]
    assert len(found.ids) == 30
    library.meanwhile = lambda: None
    assert songs.known("user", recommender, lambda: None).looked_at == 500


def test_spotify_being_slow_has_an_end(recommender: Any) -> None:
    moment = [0.0]
    library = Library(1_000)

    def pass_time() -> None:
        moment[0] += 4.0

    library.meanwhile = pass_time
    found = read(library, recommender, monotonic=lambda: moment[0])
    assert len(library.asked) == 3
    assert found.looked_at == 150


def test_a_job_that_is_called_off_stops_between_two_pages(recommender: Any) -> None:
    library = Library(1_000)

    def check() -> None:
        if len(library.asked) == 2:
            raise Away("called off")

    with pytest.raises(Away):
        LikedSongs(library, open_ephemeral()).known("user", recommender, check)  # type: ignore[arg-type]
    assert library.asked == [0, 50]

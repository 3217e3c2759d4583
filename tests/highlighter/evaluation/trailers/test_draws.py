"""Playlists are drawn by chance, and the same ones again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from highlighter.evaluation.trailers.draws import ACROSS, draw_playlists
from highlighter.evaluation.trailers.learning import Known

MakeKnown = Callable[..., Known]


def a_pool(known: MakeKnown) -> list[Known]:
    pool = [known(n, source="one", genre="House" if n < 12 else "folk") for n in range(20)]
    return pool + [known(n, source="two", genre="") for n in range(11)]


def names(playlists: tuple) -> list[list[str]]:
    return [[track.pool.path.name for track in one.tracks] for one in playlists]


def test_the_same_seed_draws_the_same_and_more_playlists_only_add_some(known: MakeKnown) -> None:
    pool = a_pool(known)
    few, many = draw_playlists(pool, 5, seed=3), draw_playlists(pool, 12, seed=3)
    assert names(many)[:5] == names(few)
    assert names(draw_playlists(pool, 5, seed=4)) != names(few)


def test_playlists_are_of_everything_of_a_source_or_of_a_genre(known: MakeKnown) -> None:
    playlists = draw_playlists(a_pool(known), 60, seed=0)
    assert Counter(one.kind for one in playlists) == {
        ACROSS: 30, "one": 10, "two": 10, "genre: house": 10,
    }  # fmt: skip
    for one in playlists:
        assert len({track.pool.path for track in one.tracks}) == len(one.tracks) == 10
        if one.kind == "two":
            assert {track.pool.source for track in one.tracks} == {"two"}
        if one.kind == "genre: house":
            assert {track.pool.genre for track in one.tracks} == {"House"}
    mixed = [one for one in playlists if one.kind == ACROSS]
    assert any(len({track.pool.source for track in one.tracks}) == 2 for one in mixed)


def test_a_small_pool_is_all_in_every_playlist(known: MakeKnown) -> None:
    playlists = draw_playlists([known(n) for n in range(3)], 4, seed=0)
    assert [len(one.tracks) for one in playlists] == [3, 3, 3, 3]

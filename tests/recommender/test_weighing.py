"""What is learned of the ranking from playlists, and when nothing is."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from recommender.space.artists import Artists
from recommender.space.placement import unit
from recommender.space.weighing import (
    LEAST_PLAYLISTS,
    Tags,
    _best,
    _better_unseen,
    _Question,
    _unlike,
    learn_weights,
)
from recommender.weights import RankingWeights

TRACKS, PER_ARTIST, GENRES = 1_200, 20, 6
DEFAULTS = RankingWeights(artist_affinity=0.2)


@pytest.fixture(scope="module")
def world():
    """Tracks at random places, by artists and of genres that say nothing of the place."""
    random = np.random.default_rng(0)
    vectors = unit(random.normal(size=(TRACKS, 8)).astype(np.float32))
    genres = random.integers(0, GENRES, TRACKS)
    table = pa.table(
        {
            "year": pa.array([None] * TRACKS, pa.int64()),
            "genre": [f"genre {genre}" for genre in genres],
            "subgenre": [""] * TRACKS,
        }
    )
    artists = Artists.of([[f"artist {row // PER_ARTIST}"] for row in range(TRACKS)])
    return vectors, genres, Tags.of(table, np.arange(TRACKS), artists)


def learned(world, playlists):
    vectors, _, tags = world
    return learn_weights(DEFAULTS, playlists, tags, lambda some: vectors)


def test_few_playlists_teach_nothing(world):
    random = np.random.default_rng(1)
    few = [random.choice(TRACKS, 20, replace=False) for _ in range(LEAST_PLAYLISTS - 1)]
    assert learned(world, few) is None
    short = [rows[:9] for rows in few] * 3
    assert learned(world, short) is None


def test_playlists_of_single_genres_teach_that_the_genre_counts(world):
    random = np.random.default_rng(2)
    genres = world[1]
    playlists = [
        random.choice(np.flatnonzero(genres == at % GENRES), 20, replace=False) for at in range(60)
    ]
    assert learned(world, playlists).genre > DEFAULTS.genre


def test_playlists_of_single_artists_teach_that_the_artist_counts(world):
    random = np.random.default_rng(3)
    playlists = [
        random.permutation(PER_ARTIST)[:12] + PER_ARTIST * at for at in range(TRACKS // PER_ARTIST)
    ]
    assert learned(world, playlists).artist_affinity > DEFAULTS.artist_affinity


def test_playlists_without_any_rule_do_not_teach_genre_or_era(world):
    random = np.random.default_rng(4)
    playlists = [random.choice(TRACKS, 20, replace=False) for _ in range(80)]
    found = learned(world, playlists)
    assert (found.genre, found.era) == (DEFAULTS.genre, DEFAULTS.era)


def test_learning_twice_gives_the_same(world):
    random = np.random.default_rng(5)
    playlists = [random.choice(TRACKS, 20, replace=False) for _ in range(60)]
    assert learned(world, playlists) == learned(world, playlists)


def test_no_question_is_answered_by_a_copy_of_its_playlist():
    held = [np.arange(10)]
    others = [np.arange(5, 15), np.arange(6, 16), np.arange(4), np.arange(20, 30)]
    assert [rows.tolist() for rows in _unlike(others, held, 40)] == [
        others[1].tolist(),
        others[3].tolist(),
    ]


def test_unknown_years_and_genres_have_no_code():
    table = pa.table(
        {
            "year": pa.array([1999, None], pa.int64()),
            "genre": ["Pop; Rock", ""],
            "subgenre": pa.array([None, "x"], pa.string()),
        }
    )
    tags = Tags.of(table, np.arange(2), Artists.of([["a"], ["b"]]))
    assert tags.years[0] == 1999
    assert np.isnan(tags.years[1])
    assert tags.genre.codes[0] >= 0
    assert tags.genre.codes[1] == -1
    assert tags.subgenre.codes[0] == -1
    assert {"pop", "rock"} <= tags.genre.parts[tags.genre.codes[0]]


def question(first: float, second: float, away: float, share: float = 0.0) -> _Question:
    """Ask for two tracks among 50, half of other genres, by how far apart their genres are.

    The first is by a seed's artist where `share` is above 0, but hardly: it cannot be told by that.
    """
    none = np.zeros(52, dtype=np.float32)
    apart = np.concatenate([[first, second], np.tile([0.0, 1.0], 25)])
    distances = np.concatenate([[away, away], np.linspace(0.9, 2.0, 50)]).astype(np.float32)
    shares = none.copy()
    shares[0] = share
    return _Question(
        targets=2,
        own=0,
        to_centre=distances,
        to_nearest=distances,
        shares=shares,
        era=none,
        genre=apart.astype(np.float32),
        stands_for=100.0,
    )


def eight(first: float, second: float, share: float = 0.0) -> list[_Question]:
    return [question(first, second, 1.4 + 0.02 * at, share) for at in range(8)]


def test_what_holds_for_one_half_of_the_playlists_only_is_not_kept():
    alike, apart = eight(0.0, 0.0), eight(1.0, 1.0)
    assert _best(DEFAULTS, alike).genre > 0.0
    assert _better_unseen(DEFAULTS, [alike[::2], alike[1::2]])
    assert not _better_unseen(DEFAULTS, [alike, apart])


def test_what_finds_the_seeds_artists_at_the_cost_of_all_others_is_not_kept():
    asked = eight(0.0, 1.0, share=1e-6)
    found = _best(DEFAULTS, asked)
    before, after = asked[0].worth(DEFAULTS), asked[0].worth(found)
    assert after[0] > before[0]
    assert after[1] < before[1]
    assert not _better_unseen(DEFAULTS, [asked[::2], asked[1::2]])

"""Every knob moves what it names, one way, on a catalogue with styles, eras, hits and gaps."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from recommender.affinity import surplus
from recommender.facets import ranks
from recommender.ranking import merged, years_apart
from recommender.tastes import tastes_of
from recommender.wishes import Wishes

STEPS = {
    "familiarity": (-1.0, -0.6, -0.2, 0.0, 0.3, 0.7, 1.0),
    "popularity": (-1.0, -0.5, 0.0, 0.4, 1.0),
    "era": (0.0, 0.25, 0.5, 1.0),
    "genre": (0.0, 0.25, 0.5, 1.0),
}
BARE = {"ranked": True, "artist_cap": None, "gap": 0, "songs_once": False}


@pytest.fixture(scope="module")
def baskets(market):
    random = np.random.default_rng(4)
    return [
        [market.catalogue.text("id", int(row)) for row in random.choice(3_000, size, replace=False)]
        for size in (1, 2, 3, 5, 5, 8)
    ]


def measured(recommender, knob, seeds, tracks):
    """Return what a knob is to move, as a number of a list."""
    catalogue, facets = recommender.catalogue, recommender.parts.facets
    rows = np.array([catalogue.row_of(track.id) for track in tracks])
    own = [catalogue.get(seed) for seed in seeds]
    if knob == "familiarity":
        artists = {artist for seed in own for artist in seed.artists}
        return np.mean([not artists.isdisjoint(track.artists) for track in tracks])
    if knob == "popularity":
        return np.nan_to_num(facets.popularity[rows], nan=0.5).mean()
    if knob == "era":
        years = np.unique([seed.year for seed in own if seed.year]).astype(np.float32)
        return -years_apart(facets.year[rows], years).mean()
    genres = {seed.genre for seed in own if seed.genre}
    return np.mean([not genres or not track.genre or track.genre in genres for track in tracks])


def turned(recommender, seeds, knob, **wishes):
    for value in STEPS[knob]:
        playlist = recommender.recommend(seeds, Wishes(**{knob: value}, **wishes))
        yield measured(recommender, knob, seeds, [item.track for item in playlist.tracks])


@pytest.mark.parametrize("knob", STEPS)
def test_the_further_a_knob_is_turned_the_more_there_is_of_it_in_every_single_ranking(
    market, baskets, knob
):
    moved = 0.0
    for seeds in baskets:
        found = list(turned(market, seeds, knob, length=60, **BARE))
        for less, more in itertools.pairwise(found):
            assert more >= less - 1e-6, (knob, seeds, found)
        moved = max(moved, found[-1] - found[0])
    assert moved > 0.2, "a knob that reaches nothing is none"


@pytest.mark.parametrize("knob", STEPS)
def test_a_knob_moves_the_playlists_of_many_baskets_one_way(market, baskets, knob):
    table = np.array([list(turned(market, seeds, knob)) for seeds in baskets])
    means = table.mean(axis=0)
    assert np.all(np.diff(means) >= -0.02), means
    assert means[-1] - means[0] > 0.05, means


def test_new_to_me_has_no_artist_of_the_seeds_and_the_same_artists_come_first(market, baskets):
    for seeds in baskets:
        artists = {artist for seed in seeds for artist in market.catalogue.get(seed).artists}
        new = market.recommend(seeds, Wishes(familiarity=-1))
        assert all(artists.isdisjoint(item.track.artists) for item in new.tracks)
        same = market.recommend(seeds, Wishes(familiarity=1, length=500, **BARE))
        flags = [not artists.isdisjoint(item.track.artists) for item in same.tracks]
        assert flags == sorted(flags, reverse=True)


def test_what_there_should_be_less_of_is_further_away_than_without_saying_so(market, baskets):
    apart = []
    for seeds in baskets[2:]:
        usual = market.recommend(seeds)
        away = usual.tracks[3].track.id
        told = market.recommend(seeds, Wishes(less_like=(away,)))
        row = market.catalogue.row_of(away)
        assert away not in [item.track.id for item in told.tracks]
        means = []
        for playlist in (usual, told):
            rows = [market.catalogue.row_of(item.track.id) for item in playlist.tracks]
            _, vectors = market.vectors_of([other for other in rows if other != row])
            _, point = market.vectors_of([row])
            means.append(np.linalg.norm(vectors - point, axis=1).mean())
        apart.append(means[1] - means[0])
    assert min(apart) > 0.0


def test_unknown_popularity_is_neither_a_hit_nor_a_gem(market, baskets):
    unknown = [
        np.mean([item.track.popularity is None for item in market.recommend(seeds, wishes).tracks])
        for seeds in baskets
        for wishes in (Wishes(popularity=1.0), Wishes(popularity=-1.0))
    ]
    assert max(unknown) < 0.5


# Several tastes


def test_a_basket_of_two_tastes_gives_both_by_their_share_and_nothing_between(clusters):
    techno, metal = ("s0000", "s0006", "s0012"), ("s0002",)
    playlist = clusters.recommend([*techno, *metal], Wishes(length=20))
    genres = [item.track.genre for item in playlist.tracks]
    assert set(genres) == {"techno", "metal"}
    assert 13 <= genres.count("techno") <= 17
    seeds_of = {item.track.genre: item.reason.seed_id for item in playlist.tracks}
    assert seeds_of["metal"] == "s0002"


def test_seeds_that_are_near_one_another_are_one_taste(clusters):
    _, vectors = clusters.vectors_of([0, 6, 12, 18])
    assert len(tastes_of(vectors, clusters.parts.median)) == 1


def test_groups_far_apart_are_tastes_with_their_share_of_the_seeds(clusters):
    _, vectors = clusters.vectors_of([0, 2, 6, 12])
    techno, metal = tastes_of(vectors, clusters.parts.median)
    assert (techno.members.tolist(), techno.share) == ([0, 2, 3], 0.75)
    assert (metal.members.tolist(), metal.share) == ([1], 0.25)


def test_many_seeds_are_grouped_too(clusters):
    rows = [row for row in range(240) if row % 6 in (0, 2)] * 5
    _, vectors = clusters.vectors_of(rows)
    tastes = tastes_of(vectors, clusters.parts.median)
    assert len(tastes) == 2
    assert sum(taste.share for taste in tastes) == pytest.approx(1.0)
    assert sorted(np.concatenate([taste.members for taste in tastes])) == list(range(len(rows)))


def test_merged_tastes_have_their_share_of_any_start():
    random = np.random.default_rng(0)
    costs = [random.random(400).astype(np.float32), 5 + random.random(400).astype(np.float32)]
    costs[0][200:] += 20
    artists = np.arange(400, dtype=np.int32)
    whole = merged(costs, (0.75, 0.25), artists, None)
    order = np.argsort(whole, kind="stable")
    for length in (20, 40, 100):
        assert abs(int((order[:length] < 200).sum()) - 0.75 * length) <= 1
    alone = merged(costs[:1], (1.0,), artists, 2)
    assert alone is costs[0]


def test_what_one_artist_has_beyond_its_cap_takes_no_taste_its_share():
    random = np.random.default_rng(0)
    costs = [np.full(400, 9, dtype=np.float32), np.full(400, 9, dtype=np.float32)]
    costs[0][:200] = random.random(200)
    costs[1][200:] = random.random(200) + 1
    costs[0][:100] -= 2
    artists = np.arange(400, dtype=np.int32)
    artists[:100] = 7
    whole = merged(costs, (0.5, 0.5), artists, 2)
    order = np.argsort(whole, kind="stable")
    usable = order[~surplus(artists[order], 2)][:30]
    assert 14 <= int((usable < 200).sum()) <= 16


# Terms


def test_years_count_from_the_nearest_seeds_and_unknown_ones_not_at_all():
    years = np.array([1990, 2000, 1960, np.nan, 2030], dtype=np.float32)
    apart = years_apart(years, np.array([1990, 2010], dtype=np.float32))
    assert apart.tolist() == [0.0, 0.5, 1.0, 0.0, 1.0]
    assert years_apart(years, np.zeros(0, dtype=np.float32)).tolist() == [0.0] * 5


def test_a_rank_is_the_share_of_the_known_below():
    values = np.array([5.0, np.nan, 1.0, 5.0, 9.0], dtype=np.float32)
    assert ranks(values)[[0, 2, 3, 4]].tolist() == [0.5, 0.125, 0.5, 0.875]
    assert np.isnan(ranks(values)[1])

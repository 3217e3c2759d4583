from __future__ import annotations

import numpy as np
import pytest

from recommender.affinity import LEAST, MOST, ArtistAffinity, surplus
from recommender.space.artists import Artists


def affinity_of(names):
    artists = Artists.of(names)
    return ArtistAffinity(artists.offsets, artists.codes)


def test_it_finds_all_tracks_of_the_seeds_artists():
    affinity = affinity_of([["a"], ["b", "a"], [], ["c"], ["b"]])
    assert affinity.nearness([0]).rows.tolist() == [0, 1]
    assert affinity.nearness([1]).rows.tolist() == [0, 1, 4]
    assert affinity.nearness([2]).rows.tolist() == []
    assert affinity.nearness([]).rows.tolist() == []


def test_an_artist_of_several_seeds_counts_more():
    affinity = affinity_of([["a"], ["a"], ["a"], ["b"], ["b"]])
    own = affinity.nearness([0, 1, 3])
    assert own.rows.tolist() == [0, 1, 2, 3, 4]
    assert own.artists.tolist() == [0, 0, 0, 1, 1]
    assert own.shares[2] > own.shares[4]


def test_a_track_by_two_seed_artists_takes_the_higher():
    names = [["rare"], ["busy"], ["rare", "busy"], *[["busy"]] * 50]
    shares = affinity_of(names).nearness([0, 1]).shares
    assert shares[2] == shares[0] > shares[1]


def test_each_track_of_a_prolific_artist_counts_less():
    shares = ArtistAffinity.shares(np.array([1, 30, 600, 10**9]), np.ones(4))
    assert (np.diff(shares) < 0).all()
    assert shares[1] == pytest.approx(1.0)
    assert shares[3] == pytest.approx(LEAST)
    assert ArtistAffinity.shares(np.array([1]), np.array([9]))[0] <= MOST


def test_a_catalogue_without_artists_has_none_to_favour():
    own = affinity_of([[], []]).nearness([0, 1])
    assert len(own.rows) == len(own.shares) == len(own.artists) == 0


def test_surplus_is_what_comes_after_the_quota_of_its_group():
    groups = np.array([3, -1, 3, 5, -1, 3, -1, 5])
    assert surplus(groups, 1).tolist() == [False, False, True, False, False, True, False, True]
    assert not surplus(groups, 3).any()
    assert surplus(np.zeros(0, dtype=np.int64), 1).tolist() == []

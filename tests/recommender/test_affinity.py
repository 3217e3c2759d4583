from __future__ import annotations

import numpy as np
import pytest

from recommender.affinity import LEAST, MOST, ArtistAffinity
from recommender.space.artists import Artists


def affinity_of(names):
    artists = Artists.of(names)
    return ArtistAffinity(artists.offsets, artists.codes)


def test_it_finds_all_tracks_of_the_seeds_artists():
    affinity = affinity_of([["a"], ["b", "a"], [], ["c"], ["b"]])
    assert affinity.nearness([0])[0].tolist() == [0, 1]
    assert affinity.nearness([1])[0].tolist() == [0, 1, 4]
    assert affinity.nearness([2])[0].tolist() == []
    assert affinity.nearness([])[0].tolist() == []


def test_an_artist_of_several_seeds_counts_more():
    affinity = affinity_of([["a"], ["a"], ["a"], ["b"], ["b"]])
    rows, shares = affinity.nearness([0, 1, 3])
    assert rows.tolist() == [0, 1, 2, 3, 4]
    assert shares[2] > shares[4]


def test_a_track_by_two_seed_artists_takes_the_higher():
    names = [["rare"], ["busy"], ["rare", "busy"], *[["busy"]] * 50]
    _, shares = affinity_of(names).nearness([0, 1])
    assert shares[2] == shares[0] > shares[1]


def test_each_track_of_a_prolific_artist_counts_less():
    shares = ArtistAffinity.shares(np.array([1, 30, 600, 10**9]), np.ones(4))
    assert (np.diff(shares) < 0).all()
    assert shares[1] == pytest.approx(1.0)
    assert shares[3] == pytest.approx(LEAST)
    assert ArtistAffinity.shares(np.array([1]), np.array([9]))[0] <= MOST


def test_a_catalogue_without_artists_has_none_to_favour():
    rows, shares = affinity_of([[], []]).nearness([0, 1])
    assert len(rows) == len(shares) == 0

"""What counts how much in the ranking, as a catalogue keeps it."""

from __future__ import annotations

import pytest

from recommender.errors import CatalogueCorrupt
from recommender.weights import RankingWeights, load_weights


def test_weights_that_were_learned_come_back_from_the_manifest():
    weights = RankingWeights(artist_affinity=0.6, era=0.2, genre=0.05, centre=0.75)
    manifest = {"space": {"artist_affinity": 0.4, "weights": weights.to_json()}}
    assert load_weights(manifest) == weights


def test_without_learned_weights_the_artist_affinity_is_the_spaces_own():
    assert load_weights({"space": {"artist_affinity": 0.4}}) == RankingWeights(artist_affinity=0.4)
    assert load_weights({"space": {}}) == RankingWeights() == load_weights({})


@pytest.mark.parametrize(
    "stored",
    [{"era": "much"}, {"era": float("nan")}, {"era": 1.5}, {"mood": 0.1}, [0.1], {"centre": None}],
)
def test_weights_that_make_no_sense_are_refused(stored):
    with pytest.raises(CatalogueCorrupt, match="weights"):
        load_weights({"space": {"weights": stored}})


def test_a_weight_out_of_range_is_named():
    with pytest.raises(ValueError, match="centre"):
        RankingWeights(centre=1.1)

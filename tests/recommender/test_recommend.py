from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest

from recommender import FEATURES
from recommender.candidates import MAX_REPRESENTATIVES, representatives
from recommender.catalogue.names import parse_title
from recommender.errors import BadRequest, NoSeeds, UnknownSeeds
from recommender.reasons import NOTABLE_SHARE, shared_attributes
from recommender.wishes import Wishes


def ids(playlist):
    return [item.track.id for item in playlist.tracks]


def names(pairs):
    return [one.name for one in pairs[0]]


def codes(playlist):
    return [note.code for note in playlist.notes]


def test_the_neighbours_are_of_the_seeds_kind(clusters):
    for seed in ("s0000", "s0001", "s0005"):
        genre = clusters.catalogue.get(seed).genre
        playlist = clusters.recommend([seed], Wishes(length=10))
        assert [item.track.genre for item in playlist.tracks] == [genre] * 10


def test_the_length_is_as_asked_without_repetition(clusters):
    playlist = clusters.recommend(["s0000", "s0001"], Wishes(length=30))
    assert len(set(ids(playlist))) == 30
    assert not set(ids(playlist)) & {"s0000", "s0001"}
    assert playlist.seeds == ("s0000", "s0001")
    assert playlist.notes == ()


def test_several_seeds_are_blended_not_listed_one_after_the_other(clusters):
    playlist = clusters.recommend(
        ["s0000", "s0006", "s0002", "s0008"], Wishes(length=12, artist_cap=None, gap=0, ranked=True)
    )
    genres = [item.track.genre for item in playlist.tracks]
    assert set(genres[:6]) == {"techno", "metal"}
    assert set(genres) == {"techno", "metal"}


def test_the_order_of_the_seeds_does_not_matter(clusters):
    one = clusters.recommend(["s0000", "s0007", "s0020"], Wishes(length=20))
    other = clusters.recommend(["s0020", "s0000", "s0007", "s0000"], Wishes(length=20))
    assert ids(one) == ids(other)


def test_the_same_request_has_the_same_answer(clusters):
    assert clusters.recommend(["s0003"], Wishes(length=20)) == clusters.recommend(
        ["s0003"], Wishes(length=20)
    )


def test_a_better_score_comes_first_where_no_rule_bends_the_order(clusters):
    scores = [
        item.score
        for item in clusters.recommend(
            ["s0003", "s0009"], Wishes(length=40, artist_cap=None, gap=0, ranked=True)
        ).tracks
    ]
    assert scores == sorted(scores, reverse=True)
    assert 0.0 < scores[-1] <= scores[0] <= 1.0


def test_an_artist_comes_twice_at_most_and_never_side_by_side(clusters):
    playlist = clusters.recommend(["s0000", "s0001", "s0002"], Wishes(length=30))
    artists = [item.track.artists[0] for item in playlist.tracks]
    assert max(Counter(artists).values()) <= 2
    assert len(set(artists)) >= 15
    for at, artist in enumerate(artists):
        assert artist not in artists[at + 1 : at + 6]


def test_excluded_ids_and_seed_artists_do_not_come(clusters):
    usual = ids(clusters.recommend(["s0000"], Wishes(length=20)))
    without = clusters.recommend(
        ["s0000"], Wishes(length=20, exclude=[*usual[:5], "never heard of"])
    )
    assert not set(usual[:5]) & set(ids(without))
    blind = clusters.recommend(["s0000"], Wishes(length=30, familiarity=-1))
    artist = clusters.catalogue.get("s0000").artists[0]
    assert len(blind.tracks) == 30
    assert all(artist not in item.track.artists for item in blind.tracks)


def test_unknown_seeds_are_told_and_the_rest_is_used(clusters):
    playlist = clusters.recommend(["s0000", "nobody"], Wishes(length=5))
    assert playlist.unknown == ("nobody",)
    assert playlist.seeds == ("s0000",)
    assert codes(playlist) == ["unknown_seeds"]


def test_only_unknown_seeds_is_an_error_that_lists_them(clusters):
    with pytest.raises(UnknownSeeds, match="one, two") as caught:
        clusters.recommend(["one", "two"])
    assert caught.value.details["unknown"] == ["one", "two"]
    assert caught.value.code == "recommend.unknown_seeds"


@pytest.mark.parametrize("seeds", [[], [""], ["  "]])
def test_no_seed_is_an_error(clusters, seeds):
    with pytest.raises(NoSeeds):
        clusters.recommend(seeds)


@pytest.mark.parametrize(
    "request_",
    [
        {"length": 0},
        {"length": 10_001},
        {"length": True},
        {"artist_cap": 0},
        {"gap": -1},
        {"length": 2.5},
    ],
)
def test_numbers_out_of_range_are_refused(clusters, request_):
    with pytest.raises(BadRequest):
        clusters.recommend(["s0000"], Wishes(**request_))


def test_seeds_that_are_no_list_of_ids_are_refused(clusters):
    with pytest.raises(BadRequest):
        clusters.recommend("s0000")
    with pytest.raises(BadRequest):
        clusters.recommend([5])


def test_ten_thousand_seeds_are_answered_and_more_are_refused(recommender_of, songs):
    recommender = recommender_of(songs(10_100))
    playlist = recommender.recommend([f"s{n:04d}" for n in range(10_000)], Wishes(length=30))
    assert len(playlist.tracks) == 30
    assert len(playlist.seeds) == 10_000
    with pytest.raises(BadRequest, match="too many"):
        recommender.recommend(str(number) for number in range(10_001))


def test_more_than_there_is_gives_all_there_is_and_says_so(clusters):
    playlist = clusters.recommend(["s0000"], Wishes(length=1_000))
    assert len(playlist.tracks) == 239
    assert codes(playlist)[-1] == "too_few_tracks"
    assert playlist.notes[-1].values == {"found": 239, "asked": 1_000}


def test_a_catalogue_of_one_artist_still_fills_the_length_and_says_so(recommender_of, songs):
    rows = [row | {"artists": ["Only One"]} for row in songs(60)]
    playlist = recommender_of(rows).recommend(["s0000"], Wishes(length=30))
    assert len(playlist.tracks) == 30
    assert codes(playlist) == ["artist_cap_relaxed", "spacing_relaxed"]


def test_few_artists_bend_the_spacing_before_the_cap(recommender_of, songs):
    rows = [row | {"artists": [f"artist {n % 4}"]} for n, row in enumerate(songs(60))]
    playlist = recommender_of(rows).recommend(["s0000"], Wishes(length=8))
    artists = [item.track.artists[0] for item in playlist.tracks]
    assert codes(playlist) == ["spacing_relaxed"]
    assert max(Counter(artists).values()) == 2


def test_excluding_the_only_artist_leaves_nothing_and_says_so(recommender_of, songs):
    rows = [row | {"artists": ["Only One"]} for row in songs(20)]
    playlist = recommender_of(rows).recommend(["s0000"], Wishes(length=10, familiarity=-1))
    assert playlist.tracks == ()
    assert codes(playlist) == ["too_few_tracks"]


def test_a_song_comes_in_one_version_only_and_never_one_of_the_seeds(recommender_of, songs):
    rows = songs(120)
    sound = rows[0]
    versions = ["Hit", "Hit - Live", "Hit (2011 Remaster)", "Hit - Radio Edit", "Hit (feat. Guest)"]
    for number, title in enumerate(versions):
        rows.append(sound | {"id": f"hit{number}", "title": title, "artists": ["The Star"]})
        rows.append(sound | {"id": f"seed{number}", "title": title.replace("Hit", "Seed")})
    recommender = recommender_of(rows)
    playlist = recommender.recommend(["seed0"], Wishes(length=30))
    bases = [parse_title(item.track.title).base for item in playlist.tracks]
    assert bases.count("hit") == 1
    assert "seed" not in bases


def test_one_isrc_comes_once(recommender_of, songs):
    rows = songs(60)
    # Lengths too far apart to be merged when the catalogue was built.
    rows[12] |= {"isrc": "USSM10804556", "duration": 100.0}
    rows[18] |= {"isrc": "USSM10804556", "duration": 300.0}
    playlist = recommender_of(rows).recommend(["s0000"], Wishes(length=59))
    assert [item.track.isrc for item in playlist.tracks].count("USSM10804556") == 1


def test_untitled_tracks_come_only_when_asked_for(recommender_of, songs):
    rows = songs(60)
    rows[6] |= {"title": ""}
    recommender = recommender_of(rows)
    assert "s0006" not in ids(recommender.recommend(["s0000"], Wishes(length=59)))
    assert "s0006" in ids(recommender.recommend(["s0000"], Wishes(length=59, titled_only=False)))


# Without features


def tagged(count=40):
    return [
        {
            "id": f"t{number}",
            "title": f"Tagged {number}",
            "artists": [f"artist {number % 8}"],
            "year": 1960 + number,
            "popularity": 10,
        }
        for number in range(count)
    ]


def test_without_features_artist_and_era_decide_and_it_is_said(recommender_of):
    playlist = recommender_of(tagged()).recommend(["t8"], Wishes(length=5))
    assert codes(playlist) == ["by_tags"]
    assert ids(playlist)[0] in {"t0", "t16", "t24", "t32"}
    assert playlist.tracks[0].reason.attributes == ("artist",)
    assert playlist.tracks[0].reason.percentile is None
    years = [item.track.year for item in playlist.tracks[2:]]
    assert all(abs(year - 1968) <= 10 for year in years)


def test_tracks_without_features_fill_up_and_it_is_said(recommender_of, songs):
    playlist = recommender_of(songs(12) + tagged(40)).recommend(
        ["s0000"], Wishes(length=20, artist_cap=None)
    )
    got = ids(playlist)
    assert len(got) == 20
    assert sum(name.startswith("s") for name in got) == 11
    assert "filled_by_tags" in codes(playlist)


def test_a_seed_without_features_beside_one_with_is_told(recommender_of, songs):
    playlist = recommender_of(songs(60) + tagged(10)).recommend(["s0000", "t1"], Wishes(length=10))
    assert codes(playlist) == ["seeds_without_features"]
    assert {item.reason.seed_id for item in playlist.tracks} == {"s0000"}


# Reasons


def test_the_reason_names_the_nearest_seed(clusters):
    seeds = ["s0000", "s0005", "s0011"]

    def nearest(track_id):
        rows = [clusters.catalogue.row_of(one) for one in (track_id, *seeds)]
        _, (track, *others) = clusters.vectors_of(rows)
        return seeds[int(np.argmin([np.linalg.norm(track - other) for other in others]))]

    playlist = clusters.recommend(seeds, Wishes(length=20))
    assert len({item.reason.seed_id for item in playlist.tracks}) > 1
    for item in playlist.tracks:
        seed = clusters.catalogue.get(item.reason.seed_id)
        assert item.reason.seed_title == seed.title
        assert seed.id == nearest(item.track.id)
        assert 0.0 <= item.reason.percentile <= 100.0
        assert len(item.reason.attributes) <= 3
        assert set(item.reason.attributes) <= {*FEATURES, "artist", "genre", "year"}


def test_the_percentile_is_the_share_of_random_pairs_further_apart(clusters):
    item = clusters.recommend(
        ["s0000"], Wishes(length=40, artist_cap=None, gap=0, ranked=True)
    ).tracks[-1]
    rows = range(len(clusters.catalogue))
    _, vectors = clusters.vectors_of(list(rows))
    row_of = clusters.catalogue.row_of
    apart = np.linalg.norm(vectors[row_of("s0000")] - vectors[row_of(item.track.id)])
    pairs = np.linalg.norm(vectors[:, None] - vectors[None, :], axis=2)[np.triu_indices(240, 1)]
    assert item.reason.percentile == pytest.approx(100 * (pairs > apart).mean(), abs=1.0)


def test_an_attribute_is_named_when_few_tracks_lie_between(clusters):
    space = clusters.space
    tempo, metre = FEATURES.index("tempo"), FEATURES.index("time_signature")
    quantiles = space.feature_quantiles[tempo]
    seed = np.full((1, 13), np.nan, dtype=np.float32)
    close, far = seed.copy(), seed.copy()
    seed[0, tempo], close[0, tempo], far[0, tempo] = quantiles[500], quantiles[510], quantiles[900]
    seed[0, metre] = close[0, metre] = 4.0
    assert names(shared_attributes(space, seed, close)) == ["tempo"]
    assert names(shared_attributes(space, seed, far)) == []
    assert 0.0 < NOTABLE_SHARE < 0.4


def test_two_neighbouring_keys_are_not_alike(clusters):
    key = FEATURES.index("key")
    seed = np.full((1, 13), np.nan, dtype=np.float32)
    same, next_ = seed.copy(), seed.copy()
    seed[0, key], same[0, key], next_[0, key] = 5, 5, 6
    assert names(shared_attributes(clusters.space, seed, same)) == ["key"]
    assert names(shared_attributes(clusters.space, seed, next_)) == []


def test_the_playlist_is_plain_json(clusters):
    data = json.loads(json.dumps(clusters.recommend(["s0000", "x"], Wishes(length=3)).to_json()))
    assert len(data["tracks"]) == 3
    assert data["tracks"][0]["reason"]["seed"] == "s0000"
    assert data["notes"][0]["code"] == "unknown_seeds"


# Candidates


def test_many_seeds_are_represented_by_the_centres_of_their_groups():
    random = np.random.default_rng(2)
    middles = random.normal(0, 50, (5, 4))
    seeds = np.concatenate([middle + random.normal(0, 0.1, (40, 4)) for middle in middles])
    few = representatives(seeds.astype(np.float32))
    assert len(few) == MAX_REPRESENTATIVES
    for middle in middles:
        assert np.linalg.norm(few - middle, axis=1).min() < 1.0
    np.testing.assert_array_equal(few, representatives(seeds.astype(np.float32)))

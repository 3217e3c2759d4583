"""What the learned form promises: what belongs together stands nearer than chance."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from threadpoolctl import threadpool_limits

from recommender import RowsSource, build_catalogue, open_catalogue
from recommender.catalogue.schema import FEATURES
from recommender.catalogue.sources import RowsSource as Rows
from recommender.catalogue.validate import validate
from recommender.errors import CatalogueCorrupt, PlaylistsUnreadable
from recommender.recommend import Recommender
from recommender.space import LearnedSpace, fit_space, load_space, table_features
from recommender.space.artists import Artists
from recommender.space.encoder import contrast, initial, train
from recommender.space.inputs import (
    SOUND_INPUTS,
    SoundScale,
    title_matrix,
    title_tokens,
    version_flags,
)
from recommender.space.measures import feature_quantiles
from recommender.space.pairs import ClassPairs, mixture
from recommender.space.placement import artist_means, place, unit
from recommender.wishes import Wishes


def table_of(rows) -> pa.Table:
    (chunk,) = Rows("r", rows).chunks()
    return validate(chunk, "r", "").table


@pytest.fixture(scope="module")
def fitted(songs):
    return fit_space(table_of(songs()), "learned")


def mean_distance(vectors, left, right):
    return np.linalg.norm(vectors[left] - vectors[right], axis=1).mean()


def test_tracks_of_one_artist_stand_nearer_than_chance(songs, fitted):
    artists = np.array([row["artists"][0] for row in songs()])
    left, right = np.triu_indices(len(artists), 1)
    same = artists[left] == artists[right]
    together = mean_distance(fitted.vectors, left[same], right[same])
    apart = mean_distance(fitted.vectors, left[~same], right[~same])
    assert together < 0.5 * apart


def test_vectors_are_unit_vectors(fitted):
    tastes = fitted.space.tastes(fitted.vectors)
    np.testing.assert_allclose(np.linalg.norm(tastes, axis=1), 1.0, atol=1e-5)


def test_fitting_twice_gives_the_same_bytes(songs, fitted):
    assert fit_space(table_of(songs()), "learned").vectors.tobytes() == fitted.vectors.tobytes()


def test_popularity_changes_nothing(songs, fitted):
    rows = [row | {"popularity": None if n % 3 else 99} for n, row in enumerate(songs())]
    assert fit_space(table_of(rows), "learned").vectors.tobytes() == fitted.vectors.tobytes()


def test_it_survives_being_stored(fitted, songs, tmp_path):
    fitted.save(tmp_path)
    stored = load_space(tmp_path / "space.npz")
    assert isinstance(stored, LearnedSpace)
    table = table_of(songs(9))
    titles = table.column("title").to_pylist()
    np.testing.assert_array_equal(
        stored.encode(table_features(table), titles),
        fitted.space.encode(table_features(table), titles),
    )
    np.testing.assert_array_equal(stored.distance_quantiles, fitted.space.distance_quantiles)


def test_a_damaged_space_is_refused_by_name(fitted, tmp_path):
    path = tmp_path / "space.npz"
    fitted.space.save(path)
    whole = path.read_bytes()
    for damaged in (b"", b"no archive", whole[: len(whole) // 2], b"PK\x03\x04" + whole[4:99]):
        path.write_bytes(damaged)
        with pytest.raises(CatalogueCorrupt, match=r"damaged.*space\.npz"):
            load_space(path)


def test_a_space_that_another_version_wrote_says_to_build_again(fitted, tmp_path):
    path = tmp_path / "space.npz"
    fitted.space.save(path)
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored if name != "versions_apart"}
    np.savez(path, **arrays)
    said = r"built by another version of Hooklist.*space\.npz.*versions_apart.*build it again"
    with pytest.raises(CatalogueCorrupt, match=said):
        load_space(path)
    np.savez(path, name=np.array("hyperbolic"))
    with pytest.raises(CatalogueCorrupt, match="hyperbolic"):
        load_space(path)


def test_unknown_values_and_nothing_at_all_can_be_placed(fitted):
    nowhere = fitted.space.encode(np.full((2, 13), np.nan, np.float32), ["", "Title"])
    assert np.isfinite(nowhere).all()


@pytest.mark.parametrize("count", [1, 2])
def test_a_handful_of_tracks_can_be_placed(songs, count):
    fitted = fit_space(table_of(songs(count)), "learned")
    assert fitted.vectors.shape == (count, fitted.space.dimensions)
    assert np.isfinite(fitted.vectors).all()


def test_a_table_without_any_feature_can_be_fitted():
    fitted = fit_space(table_of([{"id": "a", "title": "A"}, {"id": "b", "title": "B"}]), "learned")
    assert len(fitted.placed) == 0


def test_a_playlist_draws_its_artists_together():
    encoded = unit(np.random.default_rng(0).normal(size=(60, 8)).astype(np.float32))
    artists = Artists.of([[f"artist {row // 3}"] for row in range(60)])
    together = np.arange(0, 12, 3)
    before, after = place(encoded, artists), place(encoded, artists, [together])
    left, right = np.triu_indices(len(together), 1)
    assert mean_distance(after, together[left], together[right]) < 0.7 * mean_distance(
        before, together[left], together[right]
    )
    np.testing.assert_allclose(after[30:], before[30:], atol=1e-5)


def test_a_playlists_tracks_stand_nearer_to_each_other_than_their_artists_other_tracks():
    encoded = unit(np.random.default_rng(0).normal(size=(60, 8)).astype(np.float32))
    artists = Artists.of([[f"artist {row // 3}"] for row in range(60)])
    listed = np.arange(0, 12, 3)
    placed = place(encoded, artists, [listed])
    left, right = np.triu_indices(len(listed), 1)
    theirs = mean_distance(placed, listed[left], listed[right])
    assert theirs < 0.8 * mean_distance(placed, listed[left] + 1, listed[right] + 1)


def test_versions_stand_beside_plain_recordings_and_with_each_other(songs):
    rows = songs(40)
    live = [
        row | {"id": f"live {n}", "title": f"{row['title']} - Live"} for n, row in enumerate(rows)
    ]
    fitted = fit_space(table_of([*rows, *live]), "learned")
    beside = fitted.vectors[:, -1]
    assert (beside[:40] == 0.0).all()
    assert (beside[40:] == fitted.space.versions_apart).all()


@pytest.mark.parametrize(
    ("title", "flag"),
    [
        ("Song", 0.0),
        ("Song (Live at Wembley)", 1.0),
        ("Song - Tiesto Remix", 1.0),
        ("Song - 2011 Remaster", 0.0),
        ("Live Forever", 0.0),
        ("Song [Karaoke Version]", 1.0),
        ("", 0.0),
    ],
)
def test_a_version_is_told_by_its_title(title, flag):
    assert version_flags([title]).tolist() == [flag]


def test_a_track_without_artist_stays_where_it_sounds():
    encoded = unit(np.random.default_rng(1).normal(size=(4, 8)).astype(np.float32))
    artists = Artists.of([["a"], ["a"], [], None])
    np.testing.assert_allclose(place(encoded, artists)[2:], encoded[2:], atol=1e-6)


def test_vectors_written_straight_to_their_file_are_the_same(songs, fitted, tmp_path):
    for name in ("base", "learned", "reference"):
        inside = fit_space(table_of(songs()), name).vectors
        straight = fit_space(table_of(songs()), name, folder=tmp_path)
        straight.save(tmp_path)
        stored = np.load(tmp_path / "vectors.npy", allow_pickle=False)
        np.testing.assert_array_equal(stored, inside)


def test_a_new_track_joins_its_artists_and_leaves_the_space_as_it_is(songs, fitted):
    rows = songs()
    new = rows[0] | {"id": "new", "title": "Something Else"}
    artists = Artists.of([row["artists"] for row in [*rows, new]])
    old, added = artists.of_each(np.arange(len(rows))), artists.of_each(np.array([len(rows)]))
    means = artist_means(added, old, fitted.vectors)
    placed, vectors = fitted.space.encode_rows(table_of([new]), means)
    assert placed.tolist() == [0]
    apart = np.linalg.norm(fitted.vectors - vectors[0], axis=1)
    theirs = [at for at, row in enumerate(rows) if row["artists"] == rows[0]["artists"]]
    assert apart[theirs].mean() < 0.5 * np.median(apart)
    tastes = fitted.space.tastes(vectors)
    np.testing.assert_allclose(np.linalg.norm(tastes, axis=1), 1.0, atol=1e-5)


def test_new_tracks_of_a_new_artist_are_drawn_together(songs, fitted):
    strangers = [row | {"artists": ["Nobody Yet"]} for row in songs(40)[::9]]
    alone = [row | {"artists": [f"nobody {n}"]} for n, row in enumerate(strangers)]
    together = fitted.space.encode_rows(table_of(strangers))[1]
    apart = fitted.space.encode_rows(table_of(alone))[1]
    left, right = np.triu_indices(len(strangers), 1)
    assert mean_distance(together, left, right) < 0.9 * mean_distance(apart, left, right)


def test_a_new_row_without_features_or_genre_gets_no_place(fitted):
    rows, vectors = fitted.space.encode_rows(table_of([{"id": "a", "title": "A"}]))
    assert len(rows) == len(vectors) == 0


def test_artists_of_some_rows_keep_their_codes():
    artists = Artists.of([["a", "b"], ["c"], [], ["B", "c"]])
    some = artists.of_each(np.array([3, 2, 0]))
    assert some.of_rows(np.array([0])).tolist() == artists.of_rows(np.array([3])).tolist()
    assert some.of_rows(np.array([1])).tolist() == []
    assert artists.mask(artists.of_rows(np.array([0]))).tolist() == [True, False, False, True]
    assert artists.first().tolist() == [0, 2, -1, 1]


def test_keys_a_fifth_apart_are_neighbours_and_b_is_no_further_from_c_than_elsewhere():
    features = np.full((12, 13), np.nan, dtype=np.float32)
    features[:, FEATURES.index("key")] = np.arange(12)
    inputs = SoundScale(np.full((13, 1001), np.nan, np.float32), 0.5).inputs(features)
    apart = np.linalg.norm(inputs[:, None] - inputs[None, :], axis=2)
    assert apart[0, 7] == pytest.approx(np.sort(apart[0])[1], abs=1e-5)
    assert apart[11, 0] == pytest.approx(apart[0, 1], abs=1e-5)


def test_double_tempo_differs_by_rank_only():
    tempo = FEATURES.index("tempo")
    features = np.full((2, 13), np.nan, dtype=np.float32)
    features[:, tempo] = (70.0, 140.0)
    inputs = SoundScale(np.full((13, 1001), np.nan, np.float32), 0.5).inputs(features)
    np.testing.assert_allclose(inputs[0], inputs[1], atol=1e-4)


def test_ranked_inputs_are_normally_distributed_whatever_the_skew():
    features = np.random.default_rng(0).exponential(1.0, (20_000, 13)).astype(np.float32)
    inputs = SoundScale.of(features, feature_quantiles(features)).inputs(features)[:, 0]
    assert inputs.mean() == pytest.approx(0.0, abs=0.01)
    assert inputs.std() == pytest.approx(1.0, abs=0.02)
    assert inputs.shape[0] == 20_000
    assert SoundScale(feature_quantiles(features), 0.5).inputs(features).shape[1] == SOUND_INPUTS


def test_words_never_met_share_letters_with_their_relatives():
    one, other = set(title_tokens("Dancing Queen")), set(title_tokens("Dancer"))
    assert len(one & other) >= 3
    assert title_tokens("") == []
    assert title_matrix(["", "Song"]).sum(axis=1)[0, 0] == 0.0


def test_the_slope_is_that_of_the_loss():
    random = np.random.default_rng(2)
    left = unit(random.normal(size=(6, 4)).astype(np.float32)).astype(np.float64)
    right = unit(random.normal(size=(6, 4)).astype(np.float32)).astype(np.float64)
    classes = np.array([0, 1, 2, 3, 4, 0])
    loss, slope = contrast(left, right, classes)
    step = 1e-6
    for at in ((0, 1), (3, 2)):
        moved = left.copy()
        moved[at] += step
        measured = (contrast(moved, right, classes)[0] - loss) / step
        assert slope[at] == pytest.approx(measured, rel=1e-3)


def test_training_pulls_pairs_together():
    random = np.random.default_rng(3)
    classes = np.repeat(np.arange(40), 5)
    centres = random.normal(size=(40, SOUND_INPUTS))
    sounds = (centres[classes] + random.normal(size=(200, SOUND_INPUTS))).astype(np.float32)
    titles = title_matrix([""] * 200)
    pairs = mixture([(1.0, ClassPairs(np.arange(200), classes))])

    def loss(encoder):
        left, right, drawn = pairs(np.random.default_rng(4), 64)
        unit_vectors = encoder.encode(sounds, titles)
        return contrast(unit_vectors[left], unit_vectors[right], drawn)[0]

    from recommender.space.encoder import Encoder

    with threadpool_limits(1, user_api="blas"):
        assert loss(train(sounds, titles, pairs, seed=0)) < 0.5 * loss(Encoder(initial(0)))


def test_pairs_are_two_different_rows_of_one_class():
    classes = np.array([0, 0, 1, 2, 2, 2])
    pairs = ClassPairs(np.arange(6), classes)
    assert len(pairs) == 2
    left, right, _ = pairs(np.random.default_rng(0), 500)
    assert (classes[left] == classes[right]).all()
    assert (left != right).all()
    assert set(left) == {0, 1, 3, 4, 5}


def test_without_any_pair_there_is_nothing_to_learn():
    with pytest.raises(ValueError, match="belong together"):
        mixture([(1.0, ClassPairs(np.arange(3), np.arange(3)))])


@pytest.fixture(scope="module")
def learned_dir(songs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("learned")
    playlists = folder / "playlists.jsonl"
    playlists.write_text('{"tracks": ["s0000", "s0001", "s0002", "unknown"]}\n')
    rows = RowsSource("clusters", songs())
    build_catalogue([rows], folder / "out", space="learned", playlists=playlists)
    return folder / "out"


def test_the_catalogue_records_its_space_and_serves_from_it(learned_dir):
    import json

    folder = open_catalogue(learned_dir).folder
    facts = json.loads((folder / "manifest.json").read_text())["space"]
    assert facts["name"] == "learned"
    assert facts["playlists"] == 1
    playlist = Recommender.open(learned_dir).recommend(["s0000"], Wishes(length=20))
    assert len(playlist.tracks) == 20
    assert all(0.0 <= item.score <= 1.0 for item in playlist.tracks)


def test_artist_affinity_moves_the_seeds_artists_up_and_down(learned_dir):
    recommender = Recommender.open(learned_dir)
    artist = recommender.catalogue.get("s0000").artists[0]

    def places(familiarity):
        wishes = Wishes(length=200, familiarity=familiarity, artist_cap=None, gap=0, ranked=True)
        found = recommender.recommend(["s0000"], wishes).tracks
        return [at for at, item in enumerate(found) if artist in item.track.artists]

    means = [np.mean(places(familiarity) or [200.0]) for familiarity in (-1.0, 0.0, 1.0)]
    assert means[0] >= means[1] >= means[2]
    assert places(-1.0) == []
    assert places(1.0) == [0, 1, 2]


def test_artists_of_two_seeds_come_before_those_of_one(learned_dir):
    recommender = Recommender.open(learned_dir)
    artist_of = {t.id: t.artists[0] for t in recommender.catalogue}
    twice = [i for i, a in artist_of.items() if a == artist_of["s0000"]][:2]
    wishes = Wishes(length=5, familiarity=1.0, artist_cap=None, gap=0, ranked=True)
    found = recommender.recommend([*twice, "s0001"], wishes)
    names = [item.track.artists[0] for item in found.tracks]
    assert names[:2] == [artist_of["s0000"]] * 2
    assert names[2:] == [artist_of["s0001"]] * 3


def test_broken_playlists_stop_the_build_and_nothing_is_swapped(songs, tmp_path):
    (tmp_path / "bad.jsonl").write_text("[]\n")
    with pytest.raises(PlaylistsUnreadable, match="line 1"):
        build_catalogue(
            [RowsSource("r", songs(20))], tmp_path / "out", playlists=tmp_path / "bad.jsonl"
        )
    assert not (tmp_path / "out" / "CURRENT").exists()


def test_auto_learns_from_a_large_catalogue_and_not_from_a_small_one(songs):
    assert fit_space(table_of(songs(300)), "auto").space.name == "base"
    assert fit_space(table_of(songs(2_100)), "auto").space.name == "learned"
    lone = [row | {"artists": [f"artist {n}"]} for n, row in enumerate(songs(2_100))]
    assert fit_space(table_of(lone), "auto").space.name == "base"

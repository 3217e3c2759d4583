from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from recommender.catalogue.schema import FEATURES
from recommender.catalogue.sources import RowsSource
from recommender.catalogue.validate import validate
from recommender.errors import BadRequest
from recommender.space import Space, fit_space, table_features


def table_of(rows) -> pa.Table:
    (chunk,) = RowsSource("r", rows).chunks()
    return validate(chunk, "r", "").table


def with_gaps(rows):
    random = np.random.default_rng(5)
    for row in rows:
        for name in ("energy", "tempo", "valence", "loudness"):
            if random.random() < 0.2:
                row[name] = None
    return rows


def test_it_is_the_textbook_pipeline(songs):
    """Mean imputation, standardising, one-hot and PCA as scikit-learn does them."""
    from sklearn.decomposition import PCA
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    table = table_of(with_gaps(songs()))
    fitted = fit_space(table)
    numbers = StandardScaler().fit_transform(
        SimpleImputer(keep_empty_features=True).fit_transform(table_features(table))
    )
    genres = np.array(table.column("genre").to_pylist())[:, None]
    together = np.hstack([numbers, OneHotEncoder(sparse_output=False).fit_transform(genres)])
    pca = PCA(n_components=fitted.space.dimensions, svd_solver="full")
    expected = pca.fit_transform(together)
    np.testing.assert_allclose(np.abs(fitted.vectors), np.abs(expected), atol=2e-4)
    assert pca.explained_variance_ratio_.sum() == pytest.approx(fitted.space.explained, abs=1e-6)


def test_the_kept_components_hold_99_percent_of_the_variance(songs):
    space = fit_space(table_of(songs())).space
    assert 0.99 <= space.explained <= 1.0
    assert 1 <= space.dimensions <= 64


def test_a_new_track_lands_where_its_twin_is(songs):
    table = table_of(songs())
    fitted = fit_space(table)
    again = fitted.space.transform(table_features(table)[:5], table.column("genre").to_pylist()[:5])
    np.testing.assert_allclose(again, fitted.vectors[:5], atol=1e-5)


def test_a_track_of_which_nothing_is_known_lands_in_the_middle(songs):
    fitted = fit_space(table_of(songs()))
    nowhere = fitted.space.transform(np.full((1, 13), np.nan), [""])
    np.testing.assert_allclose(nowhere, 0.0, atol=1e-6)
    unheard = fitted.space.transform(np.full((1, 13), np.nan), ["a genre never met"])
    np.testing.assert_allclose(unheard, 0.0, atol=1e-6)


def test_fitting_twice_gives_the_same_bytes(songs):
    one, two = (fit_space(table_of(songs())) for _ in range(2))
    assert one.vectors.tobytes() == two.vectors.tobytes()


def test_it_survives_being_stored(songs, tmp_path):
    space = fit_space(table_of(songs())).space
    space.save(tmp_path / "space.npz")
    stored = Space.load(tmp_path / "space.npz")
    for name in vars(space):
        np.testing.assert_array_equal(getattr(stored, name), getattr(space, name))


def test_rows_without_feature_and_genre_have_no_place(songs):
    rows = songs(20)
    rows[3] = {"id": "bare", "title": "Bare", "duration": 200.0}
    rows[7] = {"id": "tagged", "title": "Tagged", "genre": "folk"}
    fitted = fit_space(table_of(rows))
    assert 3 not in fitted.placed
    assert 7 in fitted.placed
    assert len(fitted.placed) == len(fitted.vectors) == 19


@pytest.mark.parametrize("count", [1, 2])
def test_a_handful_of_equal_tracks_can_be_placed(songs, count):
    fitted = fit_space(table_of([songs(1)[0] | {"id": str(number)} for number in range(count)]))
    assert fitted.vectors.shape == (count, fitted.space.dimensions)
    assert np.isfinite(fitted.vectors).all()


def test_a_table_without_any_feature_can_be_fitted():
    fitted = fit_space(table_of([{"id": "a", "title": "A"}, {"id": "b", "title": "B"}]))
    assert len(fitted.placed) == 0


def test_the_percentile_counts_the_pairs_further_apart(songs):
    space = fit_space(table_of(songs())).space
    middle = space.distance_quantiles[500]
    low, mid, high = space.percentile(np.array([0.0, middle, 1e9]))
    assert low == pytest.approx(100.0)
    assert mid == pytest.approx(50.0, abs=0.2)
    assert high == pytest.approx(0.0, abs=0.2)


def test_the_quantiles_are_those_of_the_features(songs):
    table = table_of(songs())
    space = fit_space(table).space
    tempo = FEATURES.index("tempo")
    values = table_features(table)[:, tempo]
    assert space.feature_quantiles[tempo][500] == pytest.approx(np.median(values), rel=1e-5)


def test_an_unknown_space_is_refused_with_the_names_there_are(songs):
    with pytest.raises(BadRequest, match="base"):
        fit_space(table_of(songs(5)), "hyperbolic")

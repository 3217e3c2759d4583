"""The earlier system's form, compared with the parts it was made of, and served."""

from __future__ import annotations

import numpy as np
import pytest

from recommender import Recommender, RowsSource, build_catalogue
from recommender.catalogue.sources import RowsSource as Rows
from recommender.catalogue.validate import validate
from recommender.errors import CatalogueCorrupt
from recommender.space import fit_space, load_space, table_features
from recommender.space.rows import normalised_genres


def table_of(rows):
    (chunk,) = Rows("r", rows).chunks()
    return validate(chunk, "r", "").table


def manhattan(vectors):
    return np.abs(vectors[:, None] - vectors[None, :]).sum(axis=2)


def test_distances_are_those_of_scikit_learns_scaler_encoder_and_components(songs):
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import StandardScaler

    table = table_of(songs(80))
    features = np.nan_to_num(table_features(table).astype(np.float64))
    genres = normalised_genres(table)
    names = sorted({genre for genre in genres if genre})
    hot = np.array([[genre == name for name in names] for genre in genres], dtype=float)
    rows = np.concatenate([StandardScaler().fit_transform(features), hot], axis=1)
    theirs = PCA(min(141, rows.shape[1]), svd_solver="full").fit_transform(rows)
    ours = fit_space(table, "reference")
    assert ours.space.metric == "l1"
    np.testing.assert_allclose(manhattan(ours.vectors), manhattan(theirs), atol=1e-3)


def test_it_survives_being_stored_and_places_rows_where_they_were(songs, tmp_path):
    table = table_of(songs(50))
    fitted = fit_space(table, "reference")
    fitted.save(tmp_path)
    rows, vectors = load_space(tmp_path / "space.npz").encode_rows(table)
    np.testing.assert_array_equal(rows, np.arange(50))
    np.testing.assert_allclose(vectors, fitted.vectors, atol=1e-5)


def test_a_damaged_one_is_refused_by_name(tmp_path):
    np.savez(tmp_path / "space.npz", name=np.array("reference"))
    with pytest.raises(CatalogueCorrupt, match=r"space\.npz"):
        load_space(tmp_path / "space.npz")


def test_a_catalogue_built_with_it_recommends(songs, tmp_path):
    build_catalogue([RowsSource("r", songs(60))], tmp_path, space="reference")
    recommender = Recommender.open(tmp_path)
    assert recommender.space.name == "reference"
    assert len(recommender.recommend(["s0000"]).tracks) == 30

"""The promises of the index protocol, held against FAISS and against plain numpy."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.index import FlatIndex, Index


class BruteForce:
    """The protocol in five lines, for comparison."""

    def __init__(self, vectors: np.ndarray) -> None:
        self._vectors = vectors

    @property
    def dimensions(self) -> int:
        return self._vectors.shape[1]

    def __len__(self) -> int:
        return len(self._vectors)

    def search(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        distances = np.full((len(queries), k), np.inf, dtype=np.float32)
        positions = np.full((len(queries), k), -1, dtype=np.int64)
        for at, query in enumerate(queries):
            apart = np.linalg.norm(self._vectors - query, axis=1)
            order = np.lexsort((np.arange(len(apart)), apart))[:k]
            distances[at, : len(order)] = apart[order]
            positions[at, : len(order)] = order
        return distances, positions


@pytest.fixture(params=[FlatIndex, BruteForce])
def kind(request):
    return request.param


def line(count: int = 50) -> np.ndarray:
    """Vectors 0, 1, 2 … on a line: the neighbours of i are i ± 1, i ± 2 …"""
    vectors = np.zeros((count, 3), dtype=np.float32)
    vectors[:, 1] = np.arange(count)
    return vectors


def test_the_neighbours_on_a_line_are_the_next_ones(kind):
    index: Index = kind(line())
    distances, positions = index.search(np.array([[0, 10.2, 0]], dtype=np.float32), 4)
    assert positions.tolist() == [[10, 11, 9, 12]]
    np.testing.assert_allclose(distances, [[0.2, 0.8, 1.2, 1.8]], atol=1e-4)


def test_equal_distances_come_in_rising_position(kind):
    index: Index = kind(np.zeros((9, 2), dtype=np.float32))
    _, positions = index.search(np.ones((1, 2), dtype=np.float32), 9)
    assert positions[0].tolist() == list(range(9))


def test_what_is_not_there_is_minus_one_at_infinity(kind):
    index: Index = kind(line(2))
    distances, positions = index.search(np.zeros((1, 3), dtype=np.float32), 4)
    assert positions.tolist() == [[0, 1, -1, -1]]
    assert np.isinf(distances[0, 2:]).all()


def test_an_empty_index_finds_nothing(kind):
    index: Index = kind(np.zeros((0, 3), dtype=np.float32))
    assert len(index) == 0
    assert index.search(np.zeros((2, 3), dtype=np.float32), 2)[1].tolist() == [[-1, -1]] * 2


def test_it_knows_its_size(kind):
    index: Index = kind(line(7))
    assert (len(index), index.dimensions) == (7, 3)


@pytest.mark.parametrize(("count", "dimensions", "k"), [(500, 20, 10), (2_000, 5, 300)])
def test_both_engines_find_the_same(count, dimensions, k):
    random = np.random.default_rng(count)
    vectors = random.standard_normal((count, dimensions)).astype(np.float32)
    queries = random.standard_normal((7, dimensions)).astype(np.float32)
    ours, at = FlatIndex(vectors).search(queries, k)
    reference, expected = BruteForce(vectors).search(queries, k)
    np.testing.assert_allclose(ours, reference, rtol=1e-4)
    assert (at == expected).mean() > 0.999


@pytest.mark.parametrize(
    "vectors",
    [np.zeros((3, 2)), np.zeros(3, dtype=np.float32), np.zeros((4, 2), dtype=np.float32).T],
)
def test_vectors_of_the_wrong_kind_are_refused(vectors):
    with pytest.raises(ValueError, match="float32"):
        FlatIndex(vectors)


def test_a_query_of_the_wrong_length_is_refused():
    with pytest.raises(ValueError, match="shape"):
        FlatIndex(line()).search(np.zeros((1, 2), dtype=np.float32), 1)
    with pytest.raises(ValueError, match="at least 1"):
        FlatIndex(line()).search(np.zeros((1, 3), dtype=np.float32), 0)

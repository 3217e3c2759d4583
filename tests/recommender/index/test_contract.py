"""What every index promises, asked of every index."""

from __future__ import annotations

import threading

import numpy as np
import pytest

COUNT = 3_000


def line(count: int = 50) -> np.ndarray:
    """Vectors 0, 1, 2 … on a line: the neighbours of i are i ± 1, i ± 2 …"""
    vectors = np.zeros((count, 3), dtype=np.float32)
    vectors[:, 1] = np.arange(count)
    return vectors


def clouds(count: int = COUNT, dimensions: int = 8, seed: int = 1) -> np.ndarray:
    """Vectors around 40 centres, as music is."""
    random = np.random.default_rng(seed)
    centres = random.standard_normal((40, dimensions)) * 2
    which = random.integers(0, 40, count)
    return (centres[which] + random.standard_normal((count, dimensions))).astype(np.float32)


def queries_for(vectors: np.ndarray, count: int = 12, seed: int = 2) -> np.ndarray:
    """Half of them vectors, half means of some, as seeds and their centres are."""
    random = np.random.default_rng(seed)
    single = vectors[random.integers(0, len(vectors), count // 2)]
    mixed = vectors[random.integers(0, len(vectors), (count - count // 2, 4))].mean(axis=1)
    return np.concatenate([single, mixed]).astype(np.float32)


def recall(found: np.ndarray, truth: np.ndarray) -> float:
    hits = [
        np.isin(right[right >= 0], left).mean()
        for left, right in zip(found, truth, strict=True)
        if (right >= 0).any()
    ]
    return float(np.mean(hits)) if hits else 1.0


def assert_agrees(index, truth, queries, k, allowed=None) -> None:
    """Hold an answer to the reference's: exact, or with the recall that an ivf promises."""
    far, at = index.search(queries, k, allowed)
    expected_far, expected = truth.search(queries, k, allowed)
    assert far.shape == at.shape == (len(queries), k)
    assert (far.dtype, at.dtype) == (np.float32, np.int64)
    assert ((at < 0) == (expected < 0)).all()
    assert (far[:, :-1] <= far[:, 1:]).all()
    for row in at:
        assert len(set(row[row >= 0])) == (row >= 0).sum(), "a position came twice"
    if index.kind == "ivf":
        assert recall(at, expected) >= 0.98
    else:
        np.testing.assert_allclose(far, expected_far, rtol=1e-3, atol=1e-3)
        assert recall(at, expected) > 0.999


def test_the_neighbours_on_a_line_are_the_next_ones(make):
    distances, positions = make(line()).search(np.array([[0, 10.2, 0]], dtype=np.float32), 4)
    assert positions.tolist() == [[10, 11, 9, 12]]
    np.testing.assert_allclose(distances, [[0.2, 0.8, 1.2, 1.8]], atol=1e-4)


@pytest.mark.parametrize("k", [4, 9, 150])
def test_equal_distances_come_in_rising_position(make, k):
    index = make(np.zeros((200, 2), dtype=np.float32))
    _, positions = index.search(np.ones((1, 2), dtype=np.float32), k)
    assert (np.diff(positions[0]) > 0).all()
    if index.kind != "ivf":
        assert positions[0].tolist() == list(range(k))


def test_what_is_not_there_is_minus_one_at_infinity(make):
    distances, positions = make(line(2)).search(np.zeros((1, 3), dtype=np.float32), 4)
    assert positions.tolist() == [[0, 1, -1, -1]]
    assert np.isinf(distances[0, 2:]).all()


def test_an_empty_index_finds_nothing_until_something_is_added(make):
    index = make(np.zeros((0, 3), dtype=np.float32))
    nowhere = np.zeros((2, 3), dtype=np.float32)
    assert (len(index), index.capacity) == (0, 0)
    assert index.search(nowhere, 2)[1].tolist() == [[-1, -1]] * 2
    index.add(line(1))
    assert index.search(nowhere, 2)[1].tolist() == [[0, -1]] * 2


def test_no_question_has_no_answer(make):
    distances, positions = make(line()).search(np.zeros((0, 3), dtype=np.float32), 5)
    assert distances.shape == positions.shape == (0, 5)


def test_it_knows_its_size(make, kind):
    index = make(line(7))
    assert (len(index), index.capacity, index.dimensions) == (7, 7, 3)
    assert index.kind == kind.partition("-")[0]
    assert index.metric == (kind.partition("-")[2] or "l2")
    np.testing.assert_array_equal(index.vectors, line(7))


@pytest.mark.parametrize("k", [1, 30, 256, 1_500, COUNT, COUNT + 5])
def test_it_finds_what_comparing_with_everything_finds(make, reference, k):
    vectors = clouds()
    assert_agrees(make(vectors), reference(vectors), queries_for(vectors), k)


@pytest.mark.parametrize("count", [1, 2, 40])
def test_small_ones_are_found_whole(make, reference, count):
    vectors = clouds(count)
    assert_agrees(make(vectors), reference(vectors), queries_for(vectors), count + 2)


@pytest.mark.parametrize("share", [0.999, 0.95, 0.5, 0.1, 0.01, 0.001, 0.0])
@pytest.mark.parametrize("which", ["random", "far away"])
def test_only_what_is_allowed_comes_and_nothing_of_it_is_lost(make, reference, share, which):
    vectors = clouds()
    random = np.random.default_rng(5)
    allowed = random.random(COUNT) < share
    if which == "far away":
        along = vectors[:, 0]
        allowed = along < np.quantile(along, share) if share else np.zeros(COUNT, dtype=bool)
        queries = vectors[along.argsort()[-12:]]
    else:
        queries = queries_for(vectors)
    index = make(vectors)
    _, positions = index.search(queries, 30, allowed)
    assert allowed[positions[positions >= 0]].all()
    assert_agrees(index, reference(vectors), queries, 30, allowed)


def test_allowing_everything_is_no_filter(make):
    vectors = clouds()
    index, queries = make(vectors), queries_for(vectors)
    one = index.search(queries, 20)[1]
    other = index.search(queries, 20, np.ones(COUNT, dtype=bool))[1]
    assert recall(other, one) >= 0.98


def test_what_is_added_is_found_beside_the_rest(make, reference):
    vectors = clouds()
    index = make(vectors[:-500])
    assert index.add(vectors[-500:-100]).tolist() == list(range(COUNT - 500, COUNT - 100))
    assert index.add(vectors[-100:]).tolist() == list(range(COUNT - 100, COUNT))
    assert (len(index), index.capacity) == (COUNT, COUNT)
    np.testing.assert_array_equal(index.vectors, vectors)
    queries = np.concatenate([queries_for(vectors), vectors[-3:]])
    assert_agrees(index, reference(vectors), queries, 30)
    allowed = np.random.default_rng(1).random(COUNT) < 0.3
    assert_agrees(index, reference(vectors), queries, 30, allowed)
    assert index.search(vectors[-3:], 1)[1][:, 0].tolist() == [COUNT - 3, COUNT - 2, COUNT - 1]


def test_nothing_added_changes_nothing(make):
    index = make(line(5))
    assert index.add(np.zeros((0, 3), dtype=np.float32)).tolist() == []
    assert index.capacity == 5


@pytest.mark.parametrize("gone", [1, 40, 1_500, COUNT - 10, COUNT])
def test_what_is_removed_never_comes(make, reference, gone):
    vectors = clouds()
    index = make(vectors)
    removed = np.random.default_rng(3).permutation(COUNT)[:gone]
    index.remove(removed)
    index.remove(removed[:1])
    assert (len(index), index.capacity) == (COUNT - gone, COUNT)
    queries = queries_for(vectors)
    _, positions = index.search(queries, 50)
    assert not np.isin(positions, removed).any()
    assert_agrees(index, reference(vectors, removed), queries, 50)
    allowed = np.random.default_rng(4).random(COUNT) < 0.5
    assert_agrees(index, reference(vectors, removed), queries, 50, allowed)


def test_what_was_added_can_be_removed(make):
    index = make(line(5))
    added = index.add(np.full((2, 3), 99, dtype=np.float32))
    index.remove(added[:1])
    far = np.full((1, 3), 99, dtype=np.float32)
    assert index.search(far, 7)[1].tolist() == [[6, 4, 3, 2, 1, 0, -1]]


def test_saved_and_opened_it_is_the_same(make, reopen, reference):
    vectors = clouds()
    index = make(vectors[:-200])
    again = reopen(index)
    again.add(vectors[-200:])
    removed = np.arange(0, COUNT, 7)
    again.remove(removed)
    third = reopen(again)
    assert (len(third), third.capacity) == (len(again), COUNT)
    assert (third.kind, third.metric) == (index.kind, index.metric)
    np.testing.assert_array_equal(third.vectors, vectors)
    queries = queries_for(vectors)
    for left, right in zip(again.search(queries, 40), third.search(queries, 40), strict=True):
        np.testing.assert_array_equal(left, right)
    assert_agrees(third, reference(vectors, removed), queries, 40)
    third.remove(np.array([1]))
    assert len(reopen(third)) == len(third)


@pytest.mark.parametrize("gone", [1, 300, 2_990])
def test_compacted_it_numbers_what_is_left_anew(make, reopen, reference, gone):
    vectors = clouds()
    index = make(vectors[:-200])
    index.add(vectors[-200:])
    random = np.random.default_rng(3)
    removed = random.permutation(COUNT)[:gone]
    index.remove(removed)
    kept = index.compact()
    assert kept.tolist() == sorted(set(range(COUNT)) - set(removed.tolist()))
    assert (len(index), index.capacity) == (COUNT - gone, COUNT - gone)
    left = vectors[kept]
    np.testing.assert_array_equal(index.vectors, left)
    queries = queries_for(vectors)
    for one in (index, reopen(index)):
        assert_agrees(one, reference(left), queries, 30)
        allowed = random.random(len(left)) < 0.4
        assert_agrees(one, reference(left), queries, 30, allowed)


def test_it_can_be_changed_and_compacted_again_and_again(make, reopen, reference):
    vectors, extra = clouds(), clouds(300, seed=8)
    index, left = make(vectors), vectors
    random = np.random.default_rng(6)
    for step in range(5):
        index.add(extra[step * 60 : step * 60 + 60])
        left = np.concatenate([left, extra[step * 60 : step * 60 + 60]])
        index.remove(random.permutation(len(left))[:200])
        left = left[index.compact()]
        index = reopen(index)
        np.testing.assert_array_equal(index.vectors, left)
        assert_agrees(index, reference(left), queries_for(left), 30)
    assert index.compact().tolist() == list(range(len(left))), "nothing was removed since"


def test_many_threads_may_search_while_others_add_and_remove(make):
    vectors = clouds()
    index = make(vectors)
    queries = vectors[:8]
    wrong: list[str] = []
    stop = threading.Event()

    def search() -> None:
        while not stop.is_set():
            distances, positions = index.search(queries, 20)
            if np.isin(positions, early).any():
                wrong.append("a removed one came")
            if (positions[:, 0] != np.arange(8)).any() or (distances[:, 0] > 1e-2).any():
                wrong.append("a vector did not find itself")
            if (positions < 0).any() or positions.max() >= index.capacity:
                wrong.append("a position that is none")

    early = np.arange(100, 200)
    index.remove(early)
    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for step in range(60):
            index.add(vectors[:5] + 50)
            index.remove(np.array([1_000 + step]))
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
    assert wrong == []
    assert (index.capacity, len(index)) == (COUNT + 300, COUNT + 300 - 160)


@pytest.mark.parametrize(
    ("queries", "k", "says"),
    [
        (np.zeros((1, 2), dtype=np.float32), 1, "shape"),
        (np.zeros(3, dtype=np.float32), 1, "shape"),
        (np.full((1, 3), np.nan, dtype=np.float32), 1, "finite"),
        (np.zeros((1, 3), dtype=np.float32), 0, "at least 1"),
    ],
)
def test_a_question_of_the_wrong_form_is_refused(make, queries, k, says):
    with pytest.raises(ValueError, match=says):
        make(line()).search(queries, k)


@pytest.mark.parametrize("allowed", [np.ones(49, dtype=bool), np.ones(50, dtype=np.int8)])
def test_a_filter_of_the_wrong_form_is_refused(make, allowed):
    with pytest.raises(ValueError, match="allowed"):
        make(line()).search(np.zeros((1, 3), dtype=np.float32), 1, allowed)


def test_vectors_that_do_not_fit_are_not_added(make):
    index = make(line())
    for vectors in (np.zeros((1, 2)), np.zeros(3), np.full((1, 3), np.inf)):
        with pytest.raises(ValueError, match=r"shape|dimensional|finite"):
            index.add(vectors.astype(np.float32))
    assert index.capacity == 50


@pytest.mark.parametrize("position", [-1, 50])
def test_a_position_never_given_cannot_be_removed(make, position):
    index = make(line())
    with pytest.raises(ValueError, match="positions"):
        index.remove(np.array([3, position]))
    assert len(index) == 50

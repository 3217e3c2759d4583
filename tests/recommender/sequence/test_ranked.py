from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from recommender.sequence import WINDOW, Spacing, sequence

DEFAULT = Spacing()


def run(artists, length, spacing=DEFAULT, identity=None, taken=()):
    return sequence(
        range(len(artists)),
        length,
        spacing,
        lambda row: artists[row],
        identity or (lambda row: (row,)),
        taken,
    )


def test_without_need_the_order_is_the_ranks():
    assert run([(n,) for n in range(9)], 5).rows == (0, 1, 2, 3, 4)


def test_an_artist_too_close_waits_and_is_first_in_line_again():
    artists = [(1,), (1,), (2,), (3,), (4,), (5,), (6,), (7,)]
    assert run(artists, 8, Spacing(2, 2)).rows == (0, 2, 3, 1, 4, 5, 6, 7)


def test_the_cap_holds_and_what_is_missing_is_told():
    found = run([(1,)] * 10 + [(2,)] * 10, 10, Spacing(2, 0))
    assert (found.rows, found.complete) == ((0, 1, 10, 11), False)


def test_no_song_comes_twice():
    found = run([(n,) for n in range(6)], 6, identity=lambda row: (row // 2,))
    assert found.rows == (0, 2, 4)


def test_what_is_taken_does_not_come():
    assert run([(n,) for n in range(4)], 2, identity=lambda row: (row,), taken=(0, 2)).rows == (
        1,
        3,
    )


def test_rows_without_artist_are_bound_by_no_rule():
    assert run([()] * 5, 5, Spacing(1, 5)).rows == (0, 1, 2, 3, 4)


def test_a_guest_counts_as_an_artist():
    assert run([(1, 9), (2, 9), (3, 9), (4,)], 3, Spacing(2, 0)).rows == (0, 1, 3)


@given(
    st.lists(st.lists(st.integers(0, 12), max_size=3, unique=True).map(tuple), max_size=120),
    st.integers(1, 80),
    st.integers(1, 3),
    st.integers(0, 6),
)
def test_whatever_the_pool_the_rules_hold(artists, length, cap, gap):
    rows = run(artists, length, Spacing(cap, gap), identity=lambda row: (row % 50,)).rows
    assert len(rows) <= length
    assert len({row % 50 for row in rows}) == len(rows)
    for start in range(len(rows)):
        here = rows[start : start + WINDOW]
        assert max(Counter(a for row in here for a in artists[row]).values(), default=0) <= cap
        near = rows[start + 1 : start + 1 + gap]
        assert not {a for row in near for a in artists[row]} & set(artists[rows[start]])


@given(st.integers(1, 60), st.integers(1, 40))
def test_enough_artists_always_fill_the_length(artists_count, length):
    artists = [(n % artists_count,) for n in range(artists_count * length)]
    found = run(artists, length, Spacing(None, 0))
    assert found.complete
    assert found.rows == tuple(range(length))

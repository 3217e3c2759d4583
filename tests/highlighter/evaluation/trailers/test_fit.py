"""How well neighbours fit: golden values."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from itertools import pairwise, permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from highlighter.evaluation.trailers import fit
from highlighter.evaluation.trailers.learning import Known
from highlighter.evaluation.trailers.mixture import Mixture, Part, Seam
from highlighter.evaluation.trailers.pool import Truth, beats_moved

MakeKnown = Callable[..., Known]


@pytest.mark.parametrize(
    ("first", "second", "gap"),
    [
        (120.0, 120.0, 0.0),
        (60.0, 121.0, 1 / 120),
        (121.0, 60.0, 1 / 120),
        (180.0, 45.0, 0.0),
        (100.0, 150.0, 1 / 3),
        (100.0, 104.0, 0.04),
    ],
)
def test_tempi_an_octave_apart_are_alike(first: float, second: float, gap: float) -> None:
    assert fit.folded_gap(first, second) == pytest.approx(gap, abs=1e-9)


def test_no_two_tempi_are_further_apart_than_half_an_octave() -> None:
    gaps = [fit.folded_gap(100.0, tempo) for tempo in np.linspace(30.0, 300.0, 500)]
    assert max(gaps) <= math.sqrt(2.0) - 1.0 + 1e-9


def test_keys_have_their_names_on_the_camelot_wheel() -> None:
    named = {(0, 1): "8B", (9, 0): "8A", (7, 1): "9B", (6, 1): "2B", (4, 0): "9A", (8, 0): "1A"}
    assert {key: fit.camelot(*key) for key in named} == named
    every = {fit.camelot(key, mode) for key, mode in product(range(12), (0, 1))}
    assert every == {f"{hour}{letter}" for hour in range(1, 13) for letter in "AB"}


def test_four_of_24_keys_are_compatible_with_each() -> None:
    keys = list(product(range(12), (0, 1)))
    for one in keys:
        assert sum(fit.compatible(one, other) for other in keys) == 4
    assert fit.compatible((0, 1), (9, 0))  # C major, A minor
    assert fit.compatible((0, 1), (7, 1))  # G major
    assert not fit.compatible((0, 1), (0, 0))  # C minor
    assert not fit.compatible((0, 1), (4, 0))  # E minor: a step on the wheel and another mode
    assert not fit.compatible(None, (0, 1))


def test_the_most_compatible_joins_are_those_of_the_best_order() -> None:
    # C, G and D major follow each other; F sharp major fits none of them.
    assert fit.most_compatible([(0, 1), (6, 1), (2, 1), (7, 1)]) == 2
    assert fit.most_compatible([(0, 1), None]) == 0


def test_the_closest_tempi_are_put_side_by_side() -> None:
    order = fit.smallest_gaps([100.0, 130.0, 101.0, 128.0])
    assert order in ((0, 2, 3, 1), (1, 3, 2, 0))


@given(
    tempi=st.lists(st.floats(40.0, 220.0), min_size=2, max_size=6),
    within=st.floats(0.0, 0.4),
)
@settings(max_examples=25, deadline=None)
def test_no_order_has_more_joins_within_any_gap_than_that_by_tempo_alone(
    tempi: list[float], within: float
) -> None:
    def close(order: Iterable[int], within: float) -> int:
        return sum(
            fit.folded_gap(tempi[one], tempi[other]) <= within for one, other in pairwise(order)
        )

    closest = close(fit.smallest_gaps(tempi), within + 1e-9)  # rounding must not decide
    assert closest >= max(close(order, within) for order in permutations(range(len(tempi))))


def test_beats_are_found_within_70_ms_and_once_each() -> None:
    true = np.arange(0.0, 10.0, 0.5)
    assert fit.f_measure(true + 0.06, true) == 1.0
    assert fit.f_measure(true + 0.08, true) == 0.0
    assert fit.f_measure(true[::2], true) == pytest.approx(2 / 3)
    assert fit.f_measure(np.repeat(true, 2), true) == pytest.approx(2 / 3)


def test_annotations_are_moved_to_where_notes_begin_and_no_further_than_needed() -> None:
    beats = np.arange(0.0, 20.0, 0.5)
    assert beats_moved(beats, beats + 0.055, 0.0, 20.0) == pytest.approx(0.055, abs=0.021)
    assert beats_moved(beats, beats, 0.0, 20.0) == 0.0
    assert beats_moved(beats, np.zeros(0), 0.0, 20.0) == 0.0


def test_what_is_kept_of_a_highlight_is_a_share_of_its_first_seconds(known: MakeKnown) -> None:
    tracks = (known(0), known(1))
    mixture = Mixture((Part(0, 0.0, 10.0, 10.0), Part(1, 10.0, 20.0, 7.0)), (Seam("plain", 2.0),))
    assert fit.kept_share(mixture, tracks, 10.0).tolist() == pytest.approx([1.0, 0.7])


def two_clicks(late: float, rate: float = 1.0) -> Mixture:
    """Return two tracks with beats each half second, the second one `late` s behind the first."""
    first = Part(0, 0.0, 10.0, 10.0)
    second = Part(1, 10.0, 20.0, 10.0 - late * rate, rate)
    return Mixture((first, second), (Seam("beat-matched", 4.0),))


@pytest.mark.parametrize("late", [0.0, 0.012, -0.02, 0.2])
def test_the_offset_of_a_join_is_how_late_the_second_tracks_beats_are(
    known: MakeKnown, late: float
) -> None:
    found = fit.join_offset(two_clicks(late), 0, (known(0), known(1)))
    assert found is not None
    assert found.middle == pytest.approx(late, abs=1e-6)
    assert found.spread == pytest.approx(abs(late), abs=1e-6)


def test_half_the_tempo_is_no_offset_and_a_drift_is_spread(known: MakeKnown) -> None:
    half = fit.join_offset(two_clicks(0.0), 0, (known(0), known(1, tempo=60.0)))
    assert half is not None
    assert abs(half.middle) < 1e-6
    drifting = fit.join_offset(two_clicks(0.0), 0, (known(0), known(1, tempo=124.0)))
    assert drifting is not None
    assert drifting.spread > 0.02
    stretched = fit.join_offset(
        two_clicks(0.0, rate=124.0 / 120.0), 0, (known(0), known(1, tempo=120.0))
    )
    assert stretched is not None
    assert stretched.spread > 0.02


def test_without_truth_nothing_is_said_of_beats(known: MakeKnown) -> None:
    nobody = Truth()
    assert fit.join_offset(two_clicks(0.0), 0, (known(0), known(1, truth=nobody))) is None
    assert fit.rightness(known(truth=nobody), 0.0, 60.0) is None


def test_annotated_beats_may_be_moved_before_beats_are_judged(known: MakeKnown) -> None:
    beats = tuple((np.arange(0.0, 60.0, 0.5) - 0.09).tolist())
    notes = tuple(np.arange(0.0, 60.0, 0.5).tolist())
    found = fit.rightness(known(truth=Truth(beats, notes=notes)), 0.0, 60.0)
    assert found is not None
    assert found.annotated < 0.1
    assert found.moved > 0.99

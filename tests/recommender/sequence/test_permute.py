from __future__ import annotations

import numpy as np
import pytest

from recommender.sequence import Shape, Spacing, curve_of
from recommender.sequence.flow import Flow
from recommender.sequence.line import Line
from recommender.sequence.permute import _moves, permute
from recommender.sequence.spacing import Conflicts
from recommender.sequence.terms import Terms

FREE = Spacing(None, 0)


def never():
    return False


def line_over(pool, order, curve=None, flow=1.0, spacing=FREE, kept=None):
    given = None if flow == 0 else Flow(pool.tempo, pool.key, pool.mode, flow)
    terms = Terms(pool, len(order), curve, given)
    line = Line(terms, Conflicts(pool), spacing, len(order), kept or {})
    line.become(order)
    return line


@pytest.mark.parametrize("with_curve", [False, True])
@pytest.mark.parametrize("places", [2, 3, 5, 8, 13])
def test_every_move_changes_the_objective_by_what_it_says(drawn, places, with_curve):
    pool = drawn(places, 20)
    curve = curve_of("wave", pool.energy) if with_curve else None
    chance = np.random.default_rng(places)
    order = chance.permutation(20)[:places].tolist()
    line = line_over(pool, order, curve)
    before = line.terms.objective(order).total
    steps = np.zeros((places + 2, places + 2), dtype=np.float32)
    steps[1:-1, 1:-1] = line.steps[1:-1][:, order]
    unary = line.terms.unary[:, order] if with_curve else None
    moves = list(_moves(steps, unary, 0))
    for move in moves:
        after = line.terms.objective(move.apply(order)).total
        assert after - before == pytest.approx(move.gain, abs=1e-4)
        same = [a == b for a, b in zip(order, move.apply(order), strict=True)]
        assert all(same[: move.low])
        assert all(same[move.high + 1 :])
    assert moves or places < 5


def test_what_is_rearranged_is_the_same_tracks_and_cheaper(drawn):
    pool = drawn(5, 60)
    line = line_over(pool, list(range(40)))
    before = line.terms.objective(line.order).total
    assert permute(line, 50, never)
    assert sorted(line.order) == list(range(40))
    assert line.terms.objective(line.order).total < before - 1


def test_kept_tracks_do_not_move(drawn):
    pool = drawn(6, 30)
    kept = {0: 0, 7: 7, 8: 8, 19: 19}
    line = line_over(pool, list(range(20)), curve_of("peak", pool.energy), kept=kept)
    assert permute(line, 50, never)
    assert {place: line.order[place] for place in kept} == kept


def test_no_rearrangement_breaks_the_rules(drawn):
    artists = [(n % 7,) for n in range(35)]
    pool = drawn(8, 35, artists)
    line = line_over(pool, list(range(35)), spacing=Spacing(5, 4))
    permute(line, 50, never)
    for place, track in enumerate(line.order):
        near = line.order[place + 1 : place + 5]
        assert not {artists[other] for other in near} & {artists[track]}


def test_costs_stay_true_after_many_changes(drawn):
    pool = drawn(9, 50, [(n % 20,) for n in range(50)], [(n % 30,) for n in range(50)])
    line = line_over(pool, list(range(12)), curve_of("rise", pool.energy), spacing=Spacing(2, 2))
    chance = np.random.default_rng(0)
    for _ in range(60):
        place = int(chance.integers(0, 12))
        allowed = np.flatnonzero(~line.barred_instead(place))
        line.exchange(place, int(chance.choice(allowed)))
        if chance.random() < 0.3:
            shaken = chance.permutation(line.order).tolist()
            if line.may_stand_as(shaken):
                line.reorder(shaken)
    anew = line_over(pool, line.order, curve_of("rise", pool.energy), spacing=Spacing(2, 2))
    assert line.costs == pytest.approx(anew.costs, abs=1e-5)
    assert (line.barred_everywhere() == anew.barred_everywhere()).all()
    for place in range(12):
        assert (line.barred_instead(place) == anew.barred_everywhere()[place]).all()
        # Exchanging one track changes the objective by the difference of the costs.
        for track in np.flatnonzero(~line.barred_instead(place))[:4].tolist():
            other = [*line.order]
            other[place] = track
            change = line.terms.objective(other).total - line.terms.objective(line.order).total
            told = line.costs[place, track] - line.costs[place, line.order[place]]
            assert change == pytest.approx(float(told), abs=1e-4)


def test_the_shape_of_the_default_is_thirty_tracks():
    assert (Shape().length, Shape().flow, Shape().spacing) == (30, 0.5, Spacing(2, 5))

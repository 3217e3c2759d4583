"""What was asked for is met where it is, and missed where it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from highlighter.evaluation.trailers.acceptance import checks
from highlighter.evaluation.trailers.draws import Playlist
from highlighter.evaluation.trailers.figures import (
    FLOW,
    KEEP,
    RANDOM_ROW,
    SHUFFLES,
    TEMPO_ROW,
    of_system,
    planned,
)
from highlighter.evaluation.trailers.flatness import Flatness
from highlighter.evaluation.trailers.learning import Known
from highlighter.evaluation.trailers.pool import Truth
from highlighter.evaluation.trailers.sounding import Sounding

MakeKnown = Callable[..., Known]


@pytest.fixture
def results(known: MakeKnown) -> list:
    """Return what is planned for six tracks: two groups of keys and tempi, interleaved."""
    tracks = tuple(
        known(n, tempo=(120.0, 90.0)[n % 2] + 0.3 * n, key=((0, 1), (6, 1))[n % 2])
        for n in range(6)
    )
    return list(planned(Playlist(0, "made", tracks), 12.0, seed=0))


def test_flow_joins_what_fits_and_the_order_given_does_not(results: list) -> None:
    flow, kept = (of_system(results, row)[0] for row in (FLOW, KEEP))
    assert flow.possible == 4
    assert flow.of_possible == 1.0
    assert kept.compatible == 0.0
    assert flow.gap < 0.01 < 0.3 < kept.gap
    (chance,) = of_system(results, RANDOM_ROW)
    assert len(chance.joins) == 5 * SHUFFLES
    assert 0.0 < chance.of_possible < 1.0
    assert of_system(results, TEMPO_ROW)[0].gap <= flow.gap + 1e-9
    assert np.mean(flow.kept) > 0.9


def heard(results: list, **changed: object) -> list:
    """Return the results with a trailer that is as it should be, but for what is changed."""
    (flow,) = of_system(results, FLOW)
    assert flow.mixture is not None
    sounding = Sounding(
        mixture=flow.mixture,
        lufs=-14.1,
        true_peak=-1.2,
        clipped=0,
        silence=0.1,
        loudnesses=(-14.0, -13.5, -14.2, -14.0, -14.1, -14.0),
        flatness=(Flatness("plain", 0.2, -0.3), None, None, None, None),
        cpu=3.0,
        wall=3.0,
    )
    return [replace(flow, sounding=replace(sounding, **changed))]


def test_all_that_is_as_asked_is_met(results: list) -> None:
    found = {check.what: check for check in checks(heard(results), [])}
    measured = {check.met for check in found.values() if check.met is not None}
    assert measured == {True}
    assert found["tempo gap in flow order, octaves folded: median"].met is True
    assert found["beats around the highlight, RWC Popular, rendered"].met is None


@pytest.mark.parametrize(
    ("changed", "missed"),
    [
        ({"lufs": -14.6}, "loudness, by another meter"),
        ({"true_peak": -0.9}, "true peak, by another meter"),
        ({"clipped": 1}, "samples clipped"),
        (
            {"loudnesses": (-14.0, -13.5, -15.2, -14.0, -14.1, -14.0)},
            "steps in loudness between neighbours",
        ),
        ({"limited": 0.06}, "samples that the limiter turned down, by its own count"),
        ({"silence": 0.4}, "longest silence outside breaths and cuts"),
        (
            {"flatness": (Flatness("plain", -3.0, -1.5),) + (None,) * 4},
            "energy across plain joins, relative to flat",
        ),
    ],
)
def test_what_is_not_as_asked_is_missed(results: list, changed: dict, missed: str) -> None:
    found = checks(heard(results, **changed), [])
    assert [check.what for check in found if check.met is False] == [missed]


def test_beats_that_are_wrong_are_missed_offsets(known: MakeKnown) -> None:
    # The truth lies half a beat beside what the plan was told.
    off = tuple((np.arange(0.0, 60.0, 0.5) + 0.25).tolist())
    tracks = (known(0), known(1, truth=Truth(off, (0, 1))), known(2))
    results = list(planned(Playlist(0, "made", tracks), 12.0, seed=0))
    found = {check.what: check for check in checks(results, tracks)}
    offsets = found["offset of joins called beat-matched, music of known beats"]
    assert offsets.met is False
    (flow,) = of_system(results, FLOW)
    matched = [join for join in flow.joins if join.kind == "beat-matched"]
    assert matched
    for join in matched:
        assert join.right is not None
        wrong = {one.pool.path.name for one in (join.first, join.second)} & {"made-1.wav"}
        assert min(one.moved for one in join.right) < 0.1 if wrong else True

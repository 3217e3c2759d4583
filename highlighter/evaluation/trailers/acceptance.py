"""What trailers have to be, as numbers: met or missed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from highlighter.evaluation.songs import RWC_NAME
from highlighter.evaluation.trailers import fit
from highlighter.evaluation.trailers.figures import FLOW, Join, Result, joins_of, of_system, share
from highlighter.evaluation.trailers.learning import Known
from highlighter.evaluation.trailers.sounding import (
    LONGEST_SILENCE,
    LOUDNESS_SLACK,
    MOST_TRUE_PEAK,
    TARGET_LUFS,
)

MOST_OFFSET = 0.015
"""Seconds."""

MOST_STEP = 1.5
"""LU between neighbours."""

MOST_LIMITED = 0.05
"""Share of the samples that a limiter may turn down."""


@dataclass(frozen=True, slots=True)
class Check:
    """One figure that was asked for.

    Attributes
    ----------
    what, target, figure
        In words.
    met
        None where there was nothing to measure it on.
    """

    what: str
    target: str
    figure: str
    met: bool | None


def checks(results: Sequence[Result], pool: Sequence[Known]) -> tuple[Check, ...]:
    """Return every figure that was asked for, with whether it is met."""
    flow = of_system(results, FLOW)
    return (
        _offsets(flow),
        _beats(pool),
        _matched(flow),
        _tempo(flow),
        _keys(flow),
        *_flat(flow),
        *_levels(flow),
    )


def exact_truth(join: Join) -> bool:
    """Return whether both tracks' beats are known to the sample, as of music made for it."""
    truths = [known.pool.truth for known in (join.first, join.second)]
    return all(truth is not None and truth.beats and not truth.notes for truth in truths)


def _offsets(flow: Sequence[Result]) -> Check:
    found = [
        abs(join.offset.middle)
        for join in joins_of(flow, "beat-matched")
        if join.offset is not None and exact_truth(join)
    ]
    inside = share([one <= MOST_OFFSET for one in found])
    return Check(
        "offset of joins called beat-matched, music of known beats",
        "≤ 15 ms in 95 %",
        _of(inside, len(found), f"median {1e3 * _median(found):.1f} ms, "),
        _at_least(inside, 0.95),
    )


def _beats(pool: Sequence[Known]) -> Check:
    judged = [fit.rightness(one, 0.0, math.inf) for one in pool if one.pool.source == RWC_NAME]
    known = [one for one in judged if one is not None]
    annotated = _mean([one.annotated for one in known])
    moved = _mean([one.moved for one in known])
    return Check(
        f"beats around the highlight, {RWC_NAME}",
        "F (70 ms) ≥ .88",
        f"{_number(annotated)} as annotated, {_number(moved)} moved to the notes,"
        f" {len(known)} songs",
        _at_least(annotated, 0.88),
    )


def _matched(flow: Sequence[Result]) -> Check:
    joins = [
        join.right
        for join in joins_of(flow, "beat-matched")
        if join.right is not None and set(join.sources) == {RWC_NAME}
    ]
    annotated = share([all(one.annotated >= fit.RIGHT for one in pair) for pair in joins])
    moved = share([all(one.moved >= fit.RIGHT for one in pair) for pair in joins])
    return Check(
        f"joins called beat-matched, {RWC_NAME}: both fragments ≥ 95 % right",
        "≥ 90 %",
        f"{_percent(annotated)} as annotated, {_percent(moved)} moved to the notes,"
        f" {len(joins)} joins",
        _at_least(annotated, 0.90),
    )


def _tempo(flow: Sequence[Result]) -> Check:
    gaps = np.array([join.gap for join in joins_of(flow)])
    gaps = gaps[~np.isnan(gaps)]
    middle = float(np.median(gaps)) if gaps.size else math.nan
    return Check(
        "tempo gap in flow order, octaves folded: median",
        "≤ 4 %",
        f"{100 * middle:.2f} %, {gaps.size} joins",
        None if math.isnan(middle) else middle <= 0.04,
    )


def _keys(flow: Sequence[Result]) -> Check:
    possible = sum(one.possible for one in flow)
    reached = sum(join.compatible for join in joins_of(flow))
    found = reached / possible if possible else math.nan
    of_all = share([join.compatible for join in joins_of(flow)])
    return Check(
        "Camelot-compatible joins in flow order, of the most that any order of the playlist has",
        "≥ 80 %",
        f"{_percent(found)} ({reached} of {possible}; {_percent(of_all)} of all joins)",
        _at_least(found, 0.80),
    )


def _flat(flow: Sequence[Result]) -> tuple[Check, ...]:
    made = [
        one
        for result in flow
        if result.sounding is not None
        for one in result.sounding.flatness
        if one is not None and one.kind == "plain" and not math.isnan(one.whole)
    ]
    whole = np.array([one.whole for one in made])
    inside = share((np.abs(whole) <= 1.0).tolist())
    mean = float(whole.mean()) if whole.size else math.nan
    return (
        Check(
            "energy across plain joins, relative to flat",
            "within ± 1 dB",
            f"mean {mean:+.2f} dB, {_percent(inside)} of {whole.size} joins within ± 1 dB"
            if whole.size
            else "no such join was heard",
            None if not whole.size else abs(mean) <= 1.0,
        ),
    )


def _levels(flow: Sequence[Result]) -> tuple[Check, ...]:
    made = [one.sounding for one in flow if one.sounding is not None]
    lufs = np.array([one.lufs for one in made])
    peaks = np.array([one.true_peak for one in made])
    silences = np.array([one.silence for one in made])
    clipped = sum(one.clipped for one in made)
    limited = np.array([one.limited for one in made])
    if not made:
        return (Check("levels", "−14 ± 0.5 LUFS, ≤ −1.0 dBTP", "nothing was rendered", None),)
    return (
        Check(
            "loudness, by another meter",
            "−14 ± 0.5 LUFS, all",
            f"{lufs.min():.2f} … {lufs.max():.2f} LUFS, {len(made)} trailers",
            bool((np.abs(lufs - TARGET_LUFS) <= LOUDNESS_SLACK).all()),
        ),
        Check(
            "true peak, by another meter",
            "≤ −1.0 dBTP, all",
            f"{peaks.max():.2f} dBTP at most",
            bool((np.round(peaks, 2) <= MOST_TRUE_PEAK).all()),
        ),
        Check("samples clipped", "none", str(clipped), clipped == 0),
        Check(
            "longest silence outside breaths and cuts",
            f"≤ {LONGEST_SILENCE} s",
            f"{silences.max():.2f} s; {int((silences > LONGEST_SILENCE + 1e-9).sum())} trailers"
            " with a longer one",
            bool((silences <= LONGEST_SILENCE + 1e-9).all()),
        ),
        _steps(flow),
        Check(
            "samples that the limiter turned down, by its own count",
            f"< {100 * MOST_LIMITED:.0f} %, all",
            f"{_percent(float(limited.mean()))} of all; {_percent(float(limited.max()))} in one"
            f" trailer; {int((limited >= MOST_LIMITED).sum())} trailers with more",
            bool((limited < MOST_LIMITED).all()),
        ),
    )


def _steps(flow: Sequence[Result]) -> Check:
    steps = np.concatenate([one.steps for one in flow])
    inside = share((steps <= MOST_STEP).tolist())
    figure = "no neighbours were heard"
    if steps.size:
        figure = (
            f"{_percent(inside)} of {steps.size}; median {np.median(steps):.2f},"
            f" most {steps.max():.1f} LU"
        )
    return Check(
        "steps in loudness between neighbours",
        f"≤ {MOST_STEP} LU, all",
        figure,
        inside == 1.0 if steps.size else None,
    )


def _of(found: float, count: int, before: str = "") -> str:
    return f"{before}{_percent(found)} of {count} joins"


def _at_least(found: float, wanted: float) -> bool | None:
    return None if math.isnan(found) else found >= wanted


def _mean(found: Sequence[float]) -> float:
    return float(np.mean(found)) if found else math.nan


def _median(found: Sequence[float]) -> float:
    return float(np.median(found)) if found else math.nan


def _percent(value: float) -> str:
    return "–" if math.isnan(value) else f"{100 * value:.1f} %"


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3f}"

"""As bold as the analysis is sure, and no bolder."""

from __future__ import annotations

from dataclasses import replace

import pytest

from highlighter.trailer.material import Material
from highlighter.trailer.sides import side_of
from highlighter.trailer.transitions.kinds import verdict
from highlighter.trailer.transitions.offsets import apart

BEATS = tuple(50.0 + 0.5 * beat for beat in range(70))
SURE = Material(60.0, 50.0, 80.0, -10.0, -0.5, beats=BEATS, beat_confidence=0.95)
UNSURE = replace(SURE, beats=(), beat_confidence=0.0)
FASTER = replace(SURE, beats=tuple(50.0 + 0.4 * beat for beat in range(80)))
DOUBTFUL = replace(SURE, beat_confidence=0.6)


def way(before: Material, after: Material, *, mixing: bool = True, can_stretch: bool = True):
    return verdict(side_of(before), side_of(after), mixing=mixing, can_stretch=can_stretch)


@pytest.mark.parametrize(
    ("before", "after", "kind", "style", "reason"),
    [
        (SURE, SURE, "beat-matched", "", "120.0 and 120.0 BPM"),
        (SURE, FASTER, "assisted", "echo", "120.0 and 150.0 BPM are 25% apart"),
        (SURE, DOUBTFUL, "assisted", "echo", "not to match"),
        (SURE, UNSURE, "assisted", "echo", "only the first"),
        (UNSURE, SURE, "assisted", "filter", "only the second"),
        (UNSURE, UNSURE, "plain", "", "neither track"),
        (replace(SURE, breathes="speech keeps its silence"), SURE, "breath", "", "speech"),
        (replace(SURE, no_derivatives=True), SURE, "cut", "silence", "first track's licence"),
        (SURE, replace(SURE, no_derivatives=True), "cut", "silence", "second track's licence"),
    ],
)
def test_each_pair_gets_its_way_and_its_reason(before, after, kind, style, reason):
    found = way(before, after)
    assert (found.kind, found.style) == (kind, style)
    assert reason in found.reason


def test_mixing_can_be_switched_off():
    assert way(SURE, SURE, mixing=False).style == "fades"
    assert way(replace(SURE, no_derivatives=True), SURE, mixing=False).style == "silence"


def test_without_the_means_to_stretch_a_match_becomes_an_assisted_cut_and_says_so():
    found = way(SURE, SURE, can_stretch=False)
    assert found.kind == "assisted"
    assert "nothing is installed" in found.reason


def test_beats_that_sway_are_not_matched():
    swaying = [beat + (0.045 if number % 2 else 0.0) for number, beat in enumerate(BEATS)]
    found = way(SURE, replace(SURE, beats=tuple(swaying)))
    assert found.kind == "assisted"


def test_tracked_beats_that_would_not_meet_are_told():
    first = [0.5 * beat for beat in range(-6, 7)]
    assert apart(first, [time + 0.005 for time in first], 2.0) == ""
    assert "20 ms" in apart(first, [time + 0.020 for time in first], 2.0)
    assert "too few" in apart([], first, 2.0)
    every_second = first[::2]
    assert apart(first, every_second, 2.0) == ""
    one_late = [time + (0.04 if time == 1.0 else 0.0) for time in first]
    assert "40 ms" in apart(first, one_late, 2.0)


def test_a_pulse_that_may_be_half_or_double_is_cut_on_but_not_matched():
    pulse = replace(SURE, beat_confidence=0.1, pulse_confidence=0.95)
    found = way(SURE, pulse)
    assert (found.kind, found.style) == ("assisted", "echo")
    assert "not to match" in found.reason

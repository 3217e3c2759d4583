"""The curve of a row: its path, its window, and the words beside them."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from highlighter.highlight.listeners import counts_of, listened, usual_of
from hooklist_genres import Labelled
from webapp.i18n import init_i18n
from webapp.routes.highlight_view import HighlightView, highlight_view
from webapp.routes.highlight_words import highlight_why, who_decided
from webapp.routes.interest_curve import (
    HEIGHT,
    LOWEST,
    POINTS,
    WIDTH,
    averaged,
    curve_path,
    line_path,
    passage_path,
    place,
)
from webapp.services.highlights_moved import TrackHighlight, placed
from webapp.store import MovedHighlight

STRATEGIES = (
    "network",
    "repetition",
    "energy",
    "drop",
    "theme",
    "climax",
    "densest",
    "fixed",
    "whole",
    "listeners",
    "chosen",
)


@pytest.fixture(autouse=True)
def _words(request: pytest.FixtureRequest) -> Any:
    """Give words a language, as an answer of the application has."""
    app = Flask("words")
    init_i18n(app)
    with app.test_request_context():
        yield


def corners(path: str) -> list[tuple[float, float]]:
    """Walk a path of M, V, H, l and z; return where its corners lie."""
    x = y = 0.0
    found = []
    for letter, rest in re.findall(r"([MVHlz])([^MVHlz]*)", path):
        numbers = [float(number) for number in re.findall(r"-?\d+", rest)]
        if letter == "M":
            x, y = numbers
        elif letter == "V":
            (y,) = numbers
        elif letter == "H":
            (x,) = numbers
        elif letter == "l":
            for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
                x, y = x + dx, y + dy
                found.append((x, y))
            continue
        found.append((x, y))
    return found


@given(st.lists(st.integers(-50, 200), max_size=4000))
def test_a_path_spans_the_box_from_left_to_right_and_stays_inside(curve: list[int]) -> None:
    path = curve_path(tuple(curve))
    walked = corners(path)
    assert walked[0] == (0, HEIGHT)
    assert walked[-2] == (WIDTH, HEIGHT), "down to the ground before it closes"
    assert path.endswith("z")
    xs = [x for x, _ in walked[:-1]]
    assert xs == sorted(xs)
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT - LOWEST for x, y in walked[1:-2])
    assert len(walked) <= POINTS + 4
    assert len(path) < 560, "it stays short, however long the track"


def test_a_path_is_as_high_as_its_curve() -> None:
    heights = [HEIGHT - y for _, y in corners(curve_path((0, 50, 100)))]
    assert heights[1:5] == [LOWEST, LOWEST, 52, HEIGHT]


def height_at(points: list[tuple[float, float]], x: float) -> float:
    """Return the y of the line through points at x."""
    (before, high), (after, low) = next(
        (one, other)
        for one, other in pairwise(points)
        if one[0] <= x <= other[0] and other[0] > one[0]
    )
    return high + (low - high) * (x - before) / (after - before)


@given(
    st.lists(st.integers(0, 100), max_size=300),
    st.floats(0, 599),
    st.floats(1, 600),
)
def test_a_passage_is_the_part_of_the_curve_between_two_places(
    curve: list[int], left: float, width: float
) -> None:
    left, right = round(left, 1), round(min(WIDTH, left + width), 1)
    path = passage_path(tuple(curve), left, right)
    assert re.fullmatch(rf"M{left:g} 100L(-?[\d.]+ -?[\d.]+ ?)+V100z", path)
    numbers = [float(number) for number in re.findall(r"[\d.]+", path[:-5])]
    walked = list(zip(numbers[2::2], numbers[3::2], strict=True))
    assert (walked[0][0], walked[-1][0]) == (left, right)
    whole = corners(curve_path(tuple(curve)))[1:-2]
    assert all(abs(y - height_at(whole, x)) <= 0.06 for x, y in walked)


def test_a_passage_of_no_length_is_nothing() -> None:
    assert passage_path((1, 2, 3), 20.0, 20.0) == ""


def test_no_curve_is_a_line() -> None:
    assert {y for _, y in corners(curve_path(()))} == {HEIGHT, HEIGHT - LOWEST}


@given(st.lists(st.integers(0, 100), min_size=61, max_size=900))
def test_means_stay_within_what_they_stand_for(curve: list[int]) -> None:
    means = averaged(curve, POINTS)
    assert len(means) == POINTS
    assert min(curve) <= min(means)
    assert max(means) <= max(curve)


def test_a_place_never_leaves_the_box() -> None:
    assert [place(second, 100.0) for second in (-5, 0, 25, 100, 1e9)] == [0, 0, 150, 600, 600]


KEPT = {
    "start": 60.0,
    "end": 90.0,
    "strategy": "repetition",
    "confidence": 0.66,
    "reason": "it comes back",
    "curve": [10] * 60 + [90] * 60 + [20] * 60,
    "curve_rate": 1.0,
    "track": 180.0,
}


def view(here: TrackHighlight | None = None, **more: Any) -> HighlightView:
    return highlight_view(here or placed({**KEPT, **more}, None, None), Labelled())


def test_a_window_lies_where_the_highlight_is() -> None:
    shown = view()
    assert (shown.x, shown.width) == (200.0, 100.0)
    assert (shown.total, shown.latest) == (180.0, 150.0)
    assert (shown.span, shown.spoken) == ("1:00–1:30", "1:00 to 1:30")
    assert shown.listeners == ""
    assert not shown.is_chosen


def test_a_study_of_an_earlier_release_shows_the_window_alone() -> None:
    old = {"start": 60.0, "end": 90.0, "strategy": "repetition", "confidence": 0.5, "track": 180.0}
    shown = view(placed(old, None, None))
    assert shown.path == curve_path(())
    assert (shown.x, shown.width, shown.latest) == (200.0, 100.0, 150.0)


def test_a_track_no_longer_than_its_highlight_cannot_be_moved() -> None:
    assert view(start=0.0, end=14.0, track=14.6, strategy="whole").latest == 0.0


def test_a_choice_of_the_listener_stands_on_the_curve_that_was_found_and_knows_the_way_back() -> (
    None
):
    mine = MovedHighlight("user", "key", 10.0, 40.0, 1, 0.0, 0.0)
    shown = view(placed(KEPT, mine, None))
    assert shown.is_chosen
    assert (shown.who, shown.usual) == ("yours", 60.0)
    assert shown.path == curve_path(tuple([10] * 60 + [90] * 60 + [20] * 60))
    assert shown.x == place(10.0, 180.0)
    assert "sure" not in shown.why


def test_what_listeners_play_is_a_line_of_its_own() -> None:
    counts = counts_of(
        [90] * 180, [0] * 180, [60 if 20 <= s < 50 else 0 for s in range(180)], duration=180.0
    )
    said = listened(counts, usual_of(9000, 900, 900))
    shown = view(placed(KEPT, None, said))
    assert shown.listeners == line_path(placed(KEPT, None, said).most_replayed)
    assert shown.listeners.startswith("M0 ")
    assert len(corners(shown.listeners)) <= POINTS + 2


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_way_of_finding_one_has_its_sentence(strategy: str) -> None:
    told = highlight_why(strategy, 0.42, "raw words")
    assert "raw words" not in told.lower()
    assert told[0].isupper()
    assert ("42% sure." in told) == (strategy not in {"whole", "chosen"})


def test_a_way_of_a_later_release_speaks_for_itself() -> None:
    assert highlight_why("dream", 0.0, "it was dreamt") == "It was dreamt."
    assert highlight_why("", 0.0) == ""


def test_the_genre_that_asked_for_the_way_is_named() -> None:
    techno = Labelled("techno", "table", 1.0)
    assert highlight_why("drop", 0.5, label=techno).endswith("Looked for as suits techno.")
    for strategy, label in (("drop", Labelled()), ("climax", techno), ("network", techno)):
        assert "suits" not in highlight_why(strategy, 0.5, label=label)


def test_only_people_are_named_as_who_decided() -> None:
    assert [who_decided(one) for one in STRATEGIES if who_decided(one)] == ["by listeners", "yours"]

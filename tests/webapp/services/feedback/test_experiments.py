"""Experiments: assigned by chance, stable, and kept with the playlist."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from webapp.errors import ConfigurationError
from webapp.services.feedback.experiments import (
    assign,
    experiments_of,
    options_with,
    variants_of,
)
from webapp.services.trailer_style import TrailerStyle
from webapp.settings import load_settings


def test_nothing_is_tried_out_unless_asked_for() -> None:
    assert load_settings().experiments == []
    assert experiments_of([]) == ()
    assert options_with({"length": 10}, {}) == {"length": 10}


def test_a_session_keeps_its_variant_and_chance_decides_between_sessions() -> None:
    running = experiments_of(["mixing=on:80,off:20", "order"])
    first = [assign(running, f"session-{number}", "salt") for number in range(2000)]
    assert first == [assign(running, f"session-{number}", "salt") for number in range(2000)]
    mixing = Counter(one["mixing"] for one in first)
    order = Counter(one["order"] for one in first)
    # 4 standard deviations of a binomial.
    assert abs(mixing["on"] - 1600) < 72
    assert abs(order["flow"] - 1000) < 90
    both = sum(one == {"mixing": "off", "order": "flow"} for one in first)
    assert abs(both - 200) < 54, "one draw does not decide another"


def test_another_salt_draws_anew() -> None:
    running = experiments_of(["mixing"])
    sessions = [f"session-{number}" for number in range(500)]
    same = sum(assign(running, one, "a") == assign(running, one, "b") for one in sessions)
    assert 190 < same < 310


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("tempo", "no experiment 'tempo'"),
        ("mixing mixing", "named twice"),
        ("mixing=on:50", "a share of each"),
        ("mixing=on:50,off:x", "'off:x' is no share"),
        ("mixing=on:0,off:0", "a share of each"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: Any, text: str, why: str) -> None:
    monkeypatch.setenv("HOOKLIST_EXPERIMENTS", text)
    with pytest.raises(ConfigurationError, match=why):
        load_settings()


def test_a_playlist_is_made_as_its_variant_says_but_its_listener_decides() -> None:
    made = options_with({"length": 10}, {"mixing": "off"})
    assert variants_of(made) == {"mixing": "off"}
    assert TrailerStyle().chosen_in(made).mixing is False
    chosen = options_with({"trailer": {"mixing": True}}, {"mixing": "off", "order": "flow"})
    style = TrailerStyle().chosen_in(chosen)
    assert (style.mixing, style.order) == (True, "flow")

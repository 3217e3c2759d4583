"""Which music keeps its silence."""

from __future__ import annotations

import pytest

from highlighter.trailer.breathing import Breathing, breathes


@pytest.mark.parametrize(
    ("genre", "clause"),
    [
        ("Opera", "classical"),
        ("Spoken Word", "speech"),
        ("Live Rock", "live"),
        ("Baroque", "class"),
    ],
)
def test_classical_speech_and_live_recordings_breathe(genre, clause):
    assert clause in breathes(Breathing(genre, None, 0.9, 2.0))


def test_a_genre_that_is_only_guessed_at_does_not_decide():
    assert breathes(Breathing("classical", 0.3, 0.9, 2.0)) == ""
    assert breathes(Breathing("classical", 0.8, 0.9, 2.0)) != ""


def test_music_without_a_beat_and_of_wide_dynamics_breathes_whatever_it_is_called():
    assert "14 LU" in breathes(Breathing(None, None, 0.1, 14.0))
    assert breathes(Breathing(None, None, 0.6, 14.0)) == ""
    assert breathes(Breathing(None, None, 0.1, 4.0)) == ""


def test_a_genre_that_is_mixed_is_not_overruled_by_its_dynamics():
    assert breathes(Breathing("ambient", None, 0.0, 14.0)) == ""

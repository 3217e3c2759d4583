"""A filter by genre: a family lets all its genres pass, a fine name its own, however written."""

from __future__ import annotations

import pytest

from recommender.genre_names import AskedGenres


@pytest.mark.parametrize(
    ("asked", "label"),
    [
        ("house", "Deep House"),
        ("House", "tech-house"),
        ("hip-hop", "rap français"),
        ("Hip Hop", "Trap"),
        ("electronica", "IDM"),
        ("classical", "Opera"),
        ("mood", "chill"),
        ("drum & bass", "liquid funk"),
        ("spoken", "Hörbuch"),
        ("deep house", "Deep_House"),
        ("D&B", "drum'n'bass"),
        ("indie rock", "Rock; Indie Rock"),
        ("jazz", "Instrumental / Jazz"),
        ("My own thing", "my own thing"),
        ("my own thing", "Pop; My Own Thing"),
        ("pop", "K-Pop"),
    ],
)
def test_passes(asked: str, label: str) -> None:
    assert AskedGenres([asked]).have(label)


@pytest.mark.parametrize(
    ("asked", "label"),
    [
        ("house", "techno"),
        ("deep house", "house"),
        ("deep house", "tech house"),
        ("metal", "rock"),
        ("indie rock", "alternative rock"),
        ("My own thing", "My other thing"),
        ("jazz", "Other"),
        ("acoustic", "chill"),
        ("hardcore techno", "hardstyle"),
        ("Other", "jazz"),
    ],
)
def test_does_not_pass(asked: str, label: str) -> None:
    assert not AskedGenres([asked]).have(label)


def test_any_of_several_names_is_enough() -> None:
    asked = AskedGenres(["jazz", "techno"])
    assert asked.have("Bebop")
    assert asked.have("Minimal Techno")
    assert not asked.have("Folk")


def test_nothing_asked_for_nothing_passes() -> None:
    assert not AskedGenres([]).have("jazz")

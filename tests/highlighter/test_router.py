"""Which way of finding a highlight a genre asks for."""

from __future__ import annotations

import json
import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from highlighter.audio import Audio
from highlighter.highlight import STRATEGIES, Route, find_highlight, route
from highlighter.highlight.choose import chain
from highlighter.highlight.router import _table, chain_of
from highlighter.highlight.strategies import ALL
from hooklist_genres import FAMILIES, GENRES

CASES = [
    # what it is said to be, how sure (None: stated), what is looked for, family
    ("pop", None, "chorus", "pop"),
    ("K-Pop", None, "chorus", "pop"),
    ("J-Pop", 0.9, "chorus", "pop"),
    ("Singer/Songwriter", None, "chorus", "pop"),
    ("Schlager", None, "chorus", "pop"),
    ("rock", None, "chorus", "rock"),
    ("Indie Rock", 0.71, "chorus", "rock"),
    ("Post-Rock", None, "climax", "rock"),
    ("Heavy Metal", None, "chorus", "metal"),
    ("drone metal", None, "densest", "metal"),
    ("Punk Rock", None, "chorus", "punk"),
    ("Hip-Hop/Rap", None, "chorus", "hip-hop"),
    ("rap français", None, "chorus", "hip-hop"),
    ("lofi beats", None, "model", "hip-hop"),
    ("R&B/Soul", 0.6, "chorus", "r&b"),
    ("Funk", None, "chorus", "funk"),
    ("Disco", None, "chorus", "disco"),
    ("Country & Western", None, "chorus", "country"),
    ("Folk", None, "chorus", "folk"),
    ("Delta Blues", None, "chorus", "blues"),
    ("Reggae", None, "chorus", "reggae"),
    ("dub", None, "densest", "reggae"),
    ("Reggaeton, Latin", None, "chorus", "latin"),
    ("Afrobeats", None, "chorus", "african"),
    ("Bollywood", None, "chorus", "indian"),
    ("Gospel", None, "chorus", "gospel"),
    ("Broadway", None, "chorus", "musical"),
    ("Children's Music", None, "chorus", "children"),
    ("techno", None, "drop", "techno"),
    ("Minimal Techno", 0.55, "drop", "techno"),
    ("dub techno", None, "densest", "techno"),
    ("Deep House", None, "drop", "house"),
    ("psytrance", None, "drop", "trance"),
    ("Drum & Bass", None, "drop", "drum and bass"),
    ("Hardstyle", None, "drop", "hardcore"),
    ("dubstep", 0.8, "drop", "bass"),
    ("EDM", None, "drop", "dance"),
    ("Big Beat", None, "drop", "breakbeat"),
    ("Jazz", None, "theme", "jazz"),
    ("Ragtime", None, "theme", "jazz"),
    ("vocal jazz", None, "chorus", "jazz"),
    ("Easy Listening", None, "theme", "easy listening"),
    ("Klassik", None, "climax", "classical"),
    ("Symphony", 0.99, "climax", "classical"),
    ("Opera", None, "climax", "classical"),
    ("Lied", None, "chorus", "classical"),
    ("Original Soundtrack", None, "climax", "soundtrack"),
    ("video game music", None, "climax", "soundtrack"),
    ("Ambient", None, "densest", "ambient"),
    ("New Age", None, "densest", "ambient"),
    ("Noise", None, "densest", "experimental"),
    ("musique concrète", None, "densest", "experimental"),
    ("synthwave", None, "chorus", "electronic"),
    ("electronic", None, "model", "electronic"),
    ("World Music", None, "model", "world"),
    ("chill", None, "model", "mood"),
    ("Audiobook", None, "model", "spoken"),
    # several labels: the one that tells how the music is built
    ("electronica; techno", None, "drop", "techno"),
    ("Instrumental | Jazz", None, "theme", "jazz"),
    ("(31)", None, "drop", "trance"),
    # unknown, or too unsure to decide
    (None, None, "model", ""),
    ("", None, "model", ""),
    ("Other", None, "model", ""),
    ("Unclassifiable", 0.99, "model", ""),
    ("techno", 0.49, "model", "techno"),
    ("Jazz", 0.0, "model", "jazz"),
    ("Classical", float("nan"), "model", "classical"),
    ("ambient", -3.0, "model", "ambient"),
    ("house", 0.5, "drop", "house"),
    ("house", 7.0, "drop", "house"),
]


@pytest.mark.parametrize(("genre", "confidence", "strategy", "family"), CASES)
def test_a_genre_asks_for_its_way(
    genre: str | None, confidence: float | None, strategy: str, family: str
) -> None:
    found = route(genre, confidence)
    assert (found.strategy, found.family) == (strategy, family)
    assert 0.0 <= found.confidence <= 1.0
    assert found.reason.endswith(".")
    assert re.search(r"[.!?] ", found.reason) is None  # one sentence
    assert len(found.reason) < 200


def test_there_are_enough_cases_and_every_strategy_is_among_them() -> None:
    assert len(CASES) >= 40
    assert {case[2] for case in CASES} == set(STRATEGIES)


def test_every_family_has_exactly_one_way() -> None:
    assert sorted(_table().families) == sorted(FAMILIES)


def test_exceptions_are_genres_of_the_vocabulary_and_differ_from_their_family() -> None:
    known = {genre.name: genre for genre in GENRES}
    assert set(_table().genres) - set(known) == set()
    for name, rule in _table().genres.items():
        assert rule != _table().families[known[name].family], name


def test_only_music_made_in_blocks_of_bars_has_phrases() -> None:
    for genre in ("techno", "house", "trance"):
        assert route(genre).phrase_bars == (16, 32)
    assert route("dubstep").phrase_bars == (8, 16)
    for genre in ("pop", "jazz", "classical", "ambient", None):
        assert route(genre).phrase_bars == ()


@given(st.sampled_from(GENRES), st.floats(0.0, _table().threshold, exclude_max=True))
def test_below_the_threshold_no_genre_forces_a_heuristic(genre: object, confidence: float) -> None:
    name = getattr(genre, "name", "")
    found = route(name, confidence)
    assert found.strategy == "model"
    assert found.phrase_bars == ()
    assert found.genre == name
    assert f"{_table().threshold:.0%}" in found.reason


@given(st.text(max_size=300), st.none() | st.floats())
def test_whatever_is_said_there_is_an_answer(genre: str, confidence: float | None) -> None:
    found = route(genre, confidence)
    assert found.strategy in STRATEGIES
    assert found.reason
    assert len(found.reason) < 250
    assert not set(found.reason) & set(map(chr, range(32)))
    assert Route.from_json(json.loads(json.dumps(found.to_json(), allow_nan=False))) == found


def test_the_reason_names_what_was_said_and_how_sure_it_was() -> None:
    assert route("Deep House").reason.startswith("Deep house (house): ")
    assert route("Techno", 0.8).reason.startswith("Techno, 80% sure: ")
    assert "31% sure" in route("Techno", 0.31).reason
    assert "“My own thing”" in route("My own thing").reason
    assert "\n" not in route("a\nb" * 100).reason


def test_the_highlight_carries_its_route_and_a_guess_leaves_it_where_it_was() -> None:
    rng = np.random.default_rng(0)
    level = np.interp(np.arange(60 * 22_050) / 22_050, [0, 30, 40, 60], [0.02, 0.02, 0.4, 0.02])
    sound = (level * rng.standard_normal(level.size)).astype(np.float32)[:, None]
    audio = Audio(sound, 22_050)
    plain = find_highlight(audio, seconds=12.0)
    assert plain.route == route(None)
    for genre, confidence in (("techno", None), ("Classical", 0.9), ("jazz", 0.1)):
        routed = find_highlight(audio, seconds=12.0, genre=genre, genre_confidence=confidence)
        assert routed.route == route(genre, confidence)
        assert routed.strategy in chain_of(routed.route.strategy)
        assert routed.to_json()["route"]["family"] == routed.route.family
        assert type(routed).from_json(routed.to_json()) == routed
    guessed = find_highlight(audio, seconds=12.0, genre="techno", genre_confidence=0.2)
    assert (guessed.start, guessed.end) == (plain.start, plain.end)
    assert guessed.strategy == plain.strategy


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_of_a_route_has_ways_that_end_with_one_that_always_answers(
    strategy: str,
) -> None:
    ways = chain_of(strategy)
    assert ways[-1] == "fixed"
    assert set(ways) <= {way.name for way in ALL}
    assert [way.name for way in chain(Route(strategy, "", 0.0, ""))] == list(ways)


def test_a_confidence_is_never_more_than_certain() -> None:
    assert route("pop", math.inf).confidence == 0.0
    assert route("pop", 3.0).confidence == 1.0
    assert route("pop").confidence == 1.0
    assert route(None).confidence == 0.0

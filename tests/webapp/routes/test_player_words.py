"""Licences and joins in words, as the player shows them."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace
from typing import Any, get_args

import pytest

from highlighter.trailer.breathing import breathes
from highlighter.trailer.transitions.kinds import Kind, verdict
from webapp.routes.licence_words import licence_words
from webapp.routes.share_view import allows_sharing
from webapp.routes.transition_words import (
    TIERS,
    join_counts,
    tier_about,
    tier_name,
    transition_why,
)
from webapp.routes.waveform import marks


@pytest.fixture
def words(site: Any) -> Any:
    with site.app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("text", "name", "deed"),
    [
        ("CC BY-NC-SA 3.0", "CC BY-NC-SA 3.0", "licenses/by-nc-sa/3.0/"),
        ("cc-by-4.0", "CC BY 4.0", "licenses/by/4.0/"),
        (
            "http://creativecommons.org/licenses/by-nd-nc/1.0/",
            "CC BY-NC-ND 1.0",
            "licenses/by-nc-nd/1.0/",
        ),
        (
            "2006 X. Licensed to the public under "
            "https://creativecommons.org/licenses/by-nc/3.0/ verify at y",
            "CC BY-NC 3.0",
            "licenses/by-nc/3.0/",
        ),
        ("CC0-1.0", "CC0 1.0", "publicdomain/zero/1.0/"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0 1.0", "publicdomain/zero/1.0/"),
        ("Public Domain Mark", "Public Domain Mark", "publicdomain/mark/1.0/"),
        ("CC BY", "CC BY", ""),
        ("© 2001 Somebody, stand by 4.0", "© 2001 Somebody, stand by 4.0", ""),
        ("javascript:alert(1)", "javascript:alert(1)", ""),
    ],
)
def test_a_licence_leads_to_its_deed_where_that_is_known(text: str, name: str, deed: str) -> None:
    found = licence_words(text)
    assert found is not None
    assert (found.name, found.url.removeprefix("https://creativecommons.org/")) == (name, deed)


@pytest.mark.parametrize(
    "text",
    [
        "All rights reserved; sung by Ada, not under Creative Commons",
        "Creative Commons by Ada",
        "Released by Ada, see creativecommons.org",
    ],
)
def test_the_word_by_in_a_sentence_is_no_licence_to_share(text: str) -> None:
    found = licence_words(text)
    assert found is not None
    assert (found.name, found.url) == (text, "")
    assert not allows_sharing(text)


@pytest.mark.parametrize(
    "text",
    ["Not public domain", "This is not in the public domain", "not CC0", "not under a CC BY 4.0"],
)
def test_a_licence_that_is_denied_is_none_to_share(text: str) -> None:
    found = licence_words(text)
    assert found is not None
    assert (found.name, found.url) == (text, "")
    assert not allows_sharing(text)


def test_what_is_denied_does_not_hide_what_is_said() -> None:
    found = licence_words("not CC BY-NC 3.0 any more, but CC BY 4.0")
    assert found is not None
    assert found.name == "CC BY 4.0"


@pytest.mark.parametrize("text", ["CC BY", "Creative Commons BY", "(CC) BY-SA 4.0", "cc_by_nc"])
def test_short_ways_to_write_a_licence_are_known(text: str) -> None:
    assert allows_sharing(text)


def test_an_empty_licence_is_none_and_a_long_one_is_shortened() -> None:
    assert licence_words("  ") is None
    assert len(licence_words("x" * 500).name) <= 61  # type: ignore[union-attr]


@pytest.mark.usefixtures("words")
@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (
            "both tracks have sure beats, 120.0 and 122.0 BPM are 1.7% apart: 8 beats, beat "
            "on beat",
            "120.0 and 122.0 BPM, 1.7% apart: 8 beats, beat on beat",
        ),
        (
            "both tracks have sure beats, 120.0 and 61.0 BPM are 1.7% apart: 4 beats, "
            "downbeat on downbeat, short because the keys are 5 steps apart",
            "120.0 and 61.0 BPM, 1.7% apart: 4 beats, bar on bar; short, for their keys are "
            "5 steps apart",
        ),
        (
            "both tracks have sure beats, 120.0 and 122.0 BPM are 1.7% apart: 4 beats, beat "
            "on beat, short because both tracks sing there",
            "120.0 and 122.0 BPM, 1.7% apart: 4 beats, beat on beat; short, for both sing there",
        ),
        (
            "100.0 and 122.0 BPM are 20% apart, so the cut is made on a beat of both",
            "100.0 and 122.0 BPM are too far apart to match, so it is cut on a beat of both",
        ),
        (
            "their beats would lie up to 42 ms apart, so the cut is made on a beat of both",
            "their beats would lie up to 42 ms apart, so it is cut on a beat of both",
        ),
        (
            "nothing is installed that changes the tempo, so the cut is made on a beat of both",
            "nothing here changes the tempo, so it is cut on a beat of both",
        ),
        (
            "something else, so the cut is made on a beat of both",
            "the beats are sure enough to cut on, not to match",
        ),
        ("classical music keeps its silence", "classical music keeps its silence"),
        (
            "there is no beat, and 12 LU lie between quiet and loud",
            "there is no beat, and 12 LU lie between quiet and loud",
        ),
        (
            "the second track's licence forbids derivatives, so it is not mixed",
            "the licence of this track forbids derivatives",
        ),
        ("the trailer starts here", ""),
        ("a reason of tomorrow", "a reason of tomorrow"),
    ],
)
def test_the_reason_of_a_join_is_put_into_words(reason: str, words: str) -> None:
    assert transition_why(reason) == words


def side(tempo: float | None, *, sure: bool, forbidden: bool, breath: str) -> Any:
    material = SimpleNamespace(no_derivatives=forbidden, breathes=breath)
    return SimpleNamespace(material=material, matchable=sure, sure=sure, tempo=tempo)


@pytest.mark.usefixtures("words")
def test_every_verdict_over_two_tracks_has_words_of_its_own(monkeypatch: Any) -> None:
    monkeypatch.setattr("webapp.routes.transition_words._", lambda text, **values: f"<{text}>")
    breath = breathes(SimpleNamespace(genre="classical", genre_confidence=None))  # type: ignore[arg-type]
    sides = [
        side(tempo, sure=sure, forbidden=forbidden, breath=breath if calm else "")
        for tempo, sure, forbidden, calm in product((100.0, 140.0), *[(False, True)] * 3)
    ]
    seen = set()
    for before, after, mixing, stretch in product(sides, sides, (False, True), (False, True)):
        found = verdict(before, after, mixing=mixing, can_stretch=stretch)
        seen.add(found.kind)
        if found.kind != "beat-matched":  # whose reason is finished with its length
            assert transition_why(found.reason).startswith("<"), found.reason
    assert seen == set(TIERS)
    for genre in ("spoken word", "live", "classical"):
        heard: Any = SimpleNamespace(genre=genre, genre_confidence=None)
        assert transition_why(breathes(heard)).startswith("<"), genre
    quiet: Any = SimpleNamespace(
        genre=None, genre_confidence=None, beat_confidence=0.1, loudness_range=12.0
    )
    assert transition_why(breathes(quiet)).startswith("<")


@pytest.mark.usefixtures("words")
def test_every_way_of_joining_has_a_name_and_is_explained() -> None:
    assert set(TIERS) == set(get_args(Kind))
    assert all(tier_name(tier) and tier_about(tier) for tier in TIERS)
    assert tier_name("start") == ""
    chapters = [{"transition": name} for name in ("start", "cut", "plain", "cut", "sideways")]
    assert [(one.tier, one.count) for one in join_counts(chapters)] == [("plain", 1), ("cut", 2)]


def test_marks_stand_where_tracks_meet_and_the_first_has_none() -> None:
    chapters = [
        {"start": 0.0, "transition": "start"},
        {"start": 5.0, "transition": "breath"},
        {"start": 7.5, "transition": "unheard-of"},
    ]
    assert [(mark.at, mark.tier) for mark in marks(chapters, 10.0)] == [(50.0, "breath")]
    assert marks(chapters, 0.0) == ()

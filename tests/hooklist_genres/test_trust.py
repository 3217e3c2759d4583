"""A table is believed before a tag, a tag before a classifier, and nobody where nobody knows."""

from __future__ import annotations

import pytest

from hooklist_genres import UNKNOWN, Labelled, most_trusted


def sure() -> Labelled:
    return Labelled("techno", "model", 0.8)


def unsure() -> None:
    return None


def never() -> Labelled:
    raise AssertionError("the classifier was asked although the genre is stated")


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"given": "jazz", "table": "rock", "tag": "pop"}, Labelled("jazz", "given", 1.0)),
        ({"table": "rock", "tag": "pop"}, Labelled("rock", "table", 1.0)),
        ({"table": "Other", "tag": "pop"}, Labelled("pop", "tag", 1.0)),
        ({"tag": " Hip-Hop "}, Labelled("Hip-Hop", "tag", 1.0)),
        ({"tag": "A name of my own"}, Labelled("A name of my own", "tag", 1.0)),
    ],
)
def test_who_states_a_genre_is_believed_in_order(
    stated: dict[str, str], expected: Labelled
) -> None:
    assert most_trusted(**stated, guess=never) == expected
    assert expected.estimated is None


@pytest.mark.parametrize("nothing", ["", "Other", "unknown", "?", "12"])
def test_the_classifier_is_asked_where_nobody_says_anything(nothing: str) -> None:
    found = most_trusted(given=nothing, table=nothing, tag=nothing, guess=sure)
    assert found == Labelled("techno", "model", 0.8)
    assert found.estimated == 0.8


def test_an_unsure_classifier_leaves_the_genre_unknown() -> None:
    assert most_trusted(tag="Other", guess=unsure) == UNKNOWN
    assert most_trusted() == UNKNOWN


def test_plain_values_name_the_genre_as_written_and_as_known() -> None:
    assert Labelled("Deep_House", "tag", 1.0).to_json() == {
        "genre": "Deep_House",
        "genre_name": "deep house",
        "genre_family": "house",
        "genre_confidence": 1.0,
        "genre_source": "tag",
    }
    assert UNKNOWN.to_json() == {
        "genre": None,
        "genre_name": None,
        "genre_family": None,
        "genre_confidence": 0.0,
        "genre_source": "",
    }


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, UNKNOWN),
        ({"genre": "", "genre_source": "tag"}, UNKNOWN),
        ({"genre": None}, UNKNOWN),
        ({"genre": "rock"}, Labelled("rock", "table", 1.0)),
        (
            {"genre": "rock", "genre_source": "tag", "genre_confidence": 1},
            Labelled("rock", "tag", 1.0),
        ),
        (
            {"genre": "rock", "genre_source": "model", "genre_confidence": 0.7},
            Labelled("rock", "model", 0.7),
        ),
        ({"genre": "rock", "genre_source": "model"}, Labelled("rock", "model", 0.0)),
    ],
)
def test_a_kept_track_tells_its_genre_also_one_from_before_sources(
    row: dict[str, object], expected: Labelled
) -> None:
    assert Labelled.of_row(row) == expected

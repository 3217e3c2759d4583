from __future__ import annotations

import json

import pytest

from recommender.errors import BadRequest
from recommender.wishes import CURVES, Filters, Wishes

FULL = Wishes(
    length=40,
    minutes=90.5,
    less_like=("a",),
    more_like=("b", "c"),
    exclude=("d",),
    kept={3: "e", 0: "f"},
    familiarity=-0.5,
    popularity=0.25,
    era=0.4,
    genre=0.0,
    filters=Filters(
        explicit=False,
        years=(1990, None),
        tempo=(90.5, 120),
        genres=("rock",),
        sources=("mine",),
        avoid_words=("christmas",),
        avoid_artists=("ABBA", "Tyler, The Creator"),
    ),
    artist_cap=None,
    gap=0,
    songs_once=False,
    titled_only=False,
    curve=((0.0, 0.2), (1.0, 0.9)),
    flow=1.0,
    bridge=True,
    ranked=False,
)


def test_nothing_has_to_be_wished():
    plain = Wishes()
    assert (plain.length, plain.artist_cap, plain.gap, plain.flow) == (30, 2, 5, 0.5)
    assert plain.filters.active == ()
    assert Wishes.from_json({}) == plain


def test_wishes_survive_json():
    for wishes in (Wishes(), FULL):
        assert Wishes.from_json(json.loads(json.dumps(wishes.to_json()))) == wishes


def test_wishes_can_be_compared_and_hashed():
    assert hash(Wishes()) == hash(Wishes())
    assert Wishes.from_json(FULL.to_json()) == FULL
    assert FULL.filters.active == (
        "explicit",
        "years",
        "tempo",
        "genres",
        "sources",
        "avoid_words",
        "avoid_artists",
    )


@pytest.mark.parametrize("name", CURVES)
def test_every_named_curve_is_taken(name):
    assert Wishes(curve=name).curve == name


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"length": 0}, "length"),
        ({"length": True}, "length"),
        ({"length": 2.5}, "length"),
        ({"minutes": 4.9}, "minutes"),
        ({"minutes": "60"}, "minutes"),
        ({"minutes": float("nan")}, "minutes"),
        ({"less_like": "an id"}, "less_like"),
        ({"more_like": [""]}, "more_like"),
        ({"exclude": [5]}, "exclude"),
        ({"kept": {30: "a"}}, "kept"),
        ({"kept": {-1: "a"}}, "kept"),
        ({"kept": {1: "a", 2: "a"}}, "kept"),
        ({"kept": ["a"]}, "kept"),
        ({"familiarity": 1.01}, "familiarity"),
        ({"popularity": -1.5}, "popularity"),
        ({"era": -0.1}, "era"),
        ({"genre": 2}, "genre"),
        ({"filters": {"explicit": False}}, "filters"),
        ({"artist_cap": 0}, "artist_cap"),
        ({"gap": -1}, "gap"),
        ({"songs_once": 1}, "songs_once"),
        ({"curve": "up and down"}, "curve"),
        ({"curve": [(0, 0)]}, "curve"),
        ({"curve": [(0.5, 0), (0.5, 1)]}, "curve"),
        ({"curve": [(0, 0), (1, 1.5)]}, "curve"),
        ({"curve": [(0, 0), 1]}, "curve"),
        ({"flow": float("inf")}, "flow"),
        ({"bridge": "yes"}, "bridge"),
    ],
)
def test_a_wrong_wish_is_refused_with_its_name_and_reason(wrong, named):
    with pytest.raises(BadRequest, match=named) as caught:
        Wishes(**wrong)
    assert caught.value.why


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"explicit": None}, "explicit"),
        ({"years": (1999, 1990)}, "years"),
        ({"years": (1990.5, None)}, "years"),
        ({"years": 1990}, "years"),
        ({"years": (1, None)}, "years"),
        ({"tempo": (120.0, 90.0)}, "tempo"),
        ({"tempo": (90.0,)}, "tempo"),
        ({"tempo": ("fast", None)}, "tempo"),
        ({"genres": "rock"}, "genres"),
        ({"avoid_words": [" "]}, "avoid_words"),
        ({"avoid_words": [f"word {n}" for n in range(201)]}, "avoid_words"),
        ({"avoid_artists": "ABBA"}, "avoid_artists"),
        ({"avoid_artists": [f"artist {n}" for n in range(201)]}, "avoid_artists"),
    ],
)
def test_a_wrong_filter_is_refused_with_its_name(wrong, named):
    with pytest.raises(BadRequest, match=named):
        Filters(**wrong)


def test_a_range_that_ends_before_it_begins_says_so():
    with pytest.raises(BadRequest, match="ends before it begins"):
        Filters(tempo=(130.0, 90.0))


@pytest.mark.parametrize("values", [{"lenght": 30}, {"filters": {"year": [1990, 2000]}}])
def test_an_unknown_name_is_refused_and_the_known_are_told(values):
    with pytest.raises(BadRequest, match="known are"):
        Wishes.from_json(values)


@pytest.mark.parametrize("values", [None, [], "wishes", {"kept": {"x": "a"}}, {"filters": []}])
def test_what_is_no_set_of_wishes_is_refused(values):
    with pytest.raises(BadRequest):
        Wishes.from_json(values)

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.catalogue.names import normalise_artist
from recommender.errors import NothingLeft
from recommender.wishes import Filters, Wishes


def row(number, **more):
    return {
        "id": f"f{number}",
        "title": f"Plain {number}",
        "artists": [f"artist {number}"],
        "duration": 200.0,
        "energy": 0.05 * number,
        "valence": 0.5,
    } | more


ROWS = [
    row(0, year=1989, tempo=100.0, explicit=True, genre="Rock", title="Christmas Time"),
    row(1, year=1990, tempo=120.0, explicit=False, genre="rock", album="A Merry Christmas!"),
    row(2, year=1999, tempo=120.5, genre="Pop; Rock", title="Christ the Redeemer"),
    row(3, year=2000, tempo=90.0, subgenre="hard rock", title="Don't Stop"),
    row(4, genre="R&B", title="Ke$ha and the Nöel"),
    row(5, tempo=119.9, genre="jazz", title="Last christmas (Live)"),
]


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    from recommender import Recommender, RowsSource, build_catalogue

    out = tmp_path_factory.mktemp("few")
    sources = [RowsSource("mine", ROWS[:4]), RowsSource("yours", ROWS[4:])]
    build_catalogue(sources, out)
    return Recommender.open(out)


@pytest.mark.parametrize(
    ("filters", "passing"),
    [
        (Filters(), "012345"),
        (Filters(explicit=False), "12345"),
        (Filters(years=(1990, 1999)), "12"),
        (Filters(years=(None, 1990)), "01"),
        (Filters(years=(2000, None)), "3"),
        (Filters(tempo=(100, 120)), "015"),
        (Filters(tempo=(None, 90.0)), "3"),
        (Filters(genres=("ROCK",)), "0123"),  # a family lets its fine genres pass
        (Filters(genres=("hard rock", "jazz")), "35"),
        (Filters(genres=("r&b",)), "4"),
        (Filters(genres=("no such",)), ""),
        (Filters(sources=("mine",)), "0123"),
        (Filters(sources=("yours", "mine")), "012345"),
        (Filters(avoid_words=("christmas",)), "234"),
        (Filters(avoid_words=("Merry Christmas",)), "02345"),
        (Filters(avoid_words=("christ",)), "01345"),
        (Filters(avoid_words=("dont",)), "01245"),
        (Filters(avoid_words=("kesha", "noel")), "01235"),
        (Filters(explicit=False, tempo=(100, 121), genres=("rock",)), "12"),
    ],
)
def test_a_track_passes_when_every_filter_lets_it(few, filters, passing):
    found = np.flatnonzero(few.parts.masks.passing(filters, titled_only=True).rows)
    assert {few.catalogue.text("id", int(at)) for at in found} == {f"f{n}" for n in passing}


def test_an_unknown_value_passes_no_filter_but_the_explicit_one(few):
    masks, unknown = few.parts.masks, few.catalogue.row_of("f4")
    assert masks.passing(Filters(explicit=False), titled_only=False).rows[unknown]
    assert not masks.passing(Filters(years=(1000, 2100)), titled_only=False).rows[unknown]
    assert not masks.passing(Filters(tempo=(0, 1000)), titled_only=False).rows[unknown]


def test_each_filter_tells_how_many_it_alone_bars(few):
    filters = Filters(explicit=False, years=(1990, 1999), avoid_words=("christmas",))
    bars = few.parts.masks.bars(filters, titled_only=True)
    assert bars == {"titled_only": 0, "explicit": 1, "years": 4, "avoid_words": 3}


def test_the_same_filters_give_the_same_mask_without_looking_again(few):
    asked = Filters(tempo=(100, 120))
    first = few.parts.masks.passing(asked, titled_only=True)
    assert few.parts.masks.passing(Filters(tempo=(100, 120)), titled_only=True) is first
    with pytest.raises(ValueError, match="read-only"):
        first.rows[0] = True


def test_only_tracks_that_pass_come_and_few_are_told(few):
    playlist = few.recommend(["f1"], Wishes(length=4, filters=Filters(genres=("rock",))))
    assert {item.track.id for item in playlist.tracks} == {"f0", "f2", "f3"}
    by_code = {note.code: note.values for note in playlist.notes}
    assert by_code["filters_left_few"]["passing"] == 4
    assert by_code["filters_left_few"]["by_filter"]["genres"] == 2
    assert by_code["too_few_tracks"] == {"found": 3, "asked": 4}


def test_filters_that_leave_nothing_are_an_error_that_says_what_each_bars(few):
    filters = Filters(years=(1990, 1999), genres=("jazz",))
    with pytest.raises(NothingLeft, match="genres alone bars 5") as caught:
        few.recommend(["f1"], Wishes(filters=filters))
    assert caught.value.details == {
        "filters": {"titled_only": 0, "years": 4, "genres": 5},
        "tracks": 6,
    }
    assert caught.value.code == "recommend.nothing_left"


def test_a_kept_track_stands_whatever_the_filters_say(few):
    wishes = Wishes(length=2, kept={0: "f5"}, filters=Filters(genres=("rock",)))
    playlist = few.recommend(["f1"], wishes)
    assert playlist.tracks[0].track.id == "f5"


CREDITS = (
    ("The Beatles",),
    ("Beyoncé", "JAY-Z"),
    ("Tyler, The Creator",),
    ("Tyler",),
    ("Simon & Garfunkel",),
    ("Ke$ha", "beatles"),
    ("!!!",),
    ("The The",),
    ("Кино",),
    ("Earth, Wind & Fire", "The Emotions"),
    ("ABBA", "ABBA"),
    (),
    ("Emotions, The",),
    ("A", "jay z"),
)


@pytest.fixture(scope="module")
def credited(tmp_path_factory):
    from recommender import Recommender, RowsSource, build_catalogue

    out = tmp_path_factory.mktemp("credited")
    rows = [row(number, artists=list(names)) for number, names in enumerate(CREDITS)]
    build_catalogue([RowsSource("mine", rows)], out)
    return Recommender.open(out)


def without(recommender, *names):
    """Return the numbers of the rows that artists to avoid bar."""
    masks = recommender.parts.masks
    passing = masks.passing(Filters(avoid_artists=names), titled_only=True).rows
    ids = (recommender.catalogue.text("id", int(at)) for at in np.flatnonzero(~passing))
    return {int(one[1:]) for one in ids}


@pytest.mark.parametrize(
    ("names", "barred"),
    [
        (("BEATLES",), {0, 5}),
        (("the beatles", "Kesha"), {0, 5}),
        (("beyonce",), {1}),
        (("Jay Z",), {1, 13}),  # whoever else is credited beside
        (("Tyler, The Creator",), {2}),  # an artist as a whole, so not Tyler
        (("ABBA, Tyler, The Creator",), {2, 10}),
        (("Tyler, ABBA, Earth, Wind & Fire, Nobody",), {3, 9, 10}),
        (("Tyler", "The Creator"), {3}),  # a list of names has no commas to read
        (("Simon", "Garf"), set()),
        (("simon and garfunkel",), {4}),
        (("!!!",), {6}),
        (("the the",), {7}),
        (("КИНО",), {8}),
        (("emotions",), {9, 12}),
        (("a",), {13}),
        (("no one", ","), set()),
    ],
)
def test_artists_to_avoid_are_meant_by_their_whole_names(credited, names, barred):
    assert without(credited, *names) == barred


SPELT = st.sampled_from(sorted({name for names in CREDITS for name in names}))
MANNERS = st.sampled_from(
    [
        str,
        str.upper,
        str.lower,
        str.swapcase,
        "  {} ".format,
        "The {}".format,
        lambda name: name.replace("e", "é"),
        lambda name: name[:-1],
        lambda name: name + "s",
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.builds(lambda name, manner: manner(name), SPELT, MANNERS), max_size=4))
def test_nothing_by_an_artist_to_avoid_passes_and_everything_else_does(credited, names):
    whole = [name for name in names if name.strip() and "," not in name]
    avoided = {normalise_artist(name) for name in whole}
    barred = {
        number
        for number, credit in enumerate(CREDITS)
        if not avoided.isdisjoint(map(normalise_artist, credit))
    }
    assert without(credited, *whole) == barred


def test_unknown_names_and_artists_of_seeds_are_told_and_the_seed_still_counts(credited):
    wishes = Wishes(length=3, filters=Filters(avoid_artists=("beatles", "Nobody at all", "ABBA")))
    playlist = credited.recommend(["f0"], wishes)
    notes = {note.code: note.values for note in playlist.notes}
    assert notes["unknown_artists"] == {"artists": ["Nobody at all"]}
    assert notes["seed_artists_avoided"] == {"artists": ["beatles"]}
    assert playlist.seeds == ("f0",)
    assert {item.track.id for item in playlist.tracks}.isdisjoint({"f0", "f5", "f10"})


def test_artists_to_avoid_are_counted_among_what_leaves_nothing(credited):
    names = tuple({name for credit in CREDITS for name in credit})
    wishes = Wishes(filters=Filters(years=(1990, 1999), avoid_artists=names))
    with pytest.raises(NothingLeft, match="avoid_artists alone bars 13") as caught:
        credited.recommend(["f0"], wishes)
    assert caught.value.details["filters"]["avoid_artists"] == 13

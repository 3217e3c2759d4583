from __future__ import annotations

import numpy as np
import pytest

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

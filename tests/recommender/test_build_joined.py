"""Building: which rows are one track."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender import RowsSource
from tests.recommender.built import ID_A, ID_B, built, row


def test_the_same_id_is_one_track_and_fills_what_is_missing(tmp_path):
    first = row(id=ID_A, valence=None, genre="rock")
    second = row(id=ID_A, energy=0.9, valence=0.4, genre="pop", isrc="USSM10804556")
    report, catalogue, _ = built(tmp_path, RowsSource("r", [first, second]))
    track = catalogue.get(ID_A)
    assert (report.merged, len(catalogue)) == (1, 1)
    assert (track.features["energy"], track.features["valence"]) == (0.5, 0.4)
    assert (track.genre, track.isrc) == ("rock", "USSM10804556")


def test_the_same_spotify_id_under_two_ids_is_one_track_found_by_both(tmp_path):
    rows = [row(id="mine", spotify_id=ID_A), row(id=ID_A)]
    _, catalogue, _ = built(tmp_path, RowsSource("r", rows))
    assert len(catalogue) == 1
    assert catalogue.get("mine") == catalogue.get(ID_A)


@pytest.mark.parametrize(
    ("other", "merged"),
    [
        ({"duration": 202.0}, True),
        ({"duration": None}, True),
        ({"duration": 230.0}, False),
        ({"title": "A (Live)"}, False),
        ({"title": "A - Remastered"}, True),
        ({"title": "Ah"}, True),
    ],
)
def test_the_same_isrc_is_one_track_unless_version_or_length_speak_against_it(
    tmp_path, other, merged
):
    rows = [row(id=ID_A, isrc="USSM10804556"), row(id=ID_B, isrc="USSM10804556") | other]
    report, catalogue, _ = built(tmp_path, RowsSource("r", rows))
    assert report.merged == merged
    assert (catalogue.get(ID_A).id == catalogue.get(ID_B).id) is merged


@pytest.mark.parametrize(
    ("other", "merged"),
    [
        ({}, True),
        ({"title": "a!", "artists": ["x"]}, True),
        ({"duration": 200.8}, True),
        ({"duration": 203.0}, False),
        ({"duration": None}, False),
        ({"title": "A - Live"}, False),
        ({"artists": ["Y"]}, False),
        ({"album": "Another"}, False),
        ({"spotify_id": ID_B}, False),
    ],
)
def test_between_sources_the_same_name_and_length_is_one_track_unless_an_id_contradicts(
    tmp_path, other, merged
):
    table = RowsSource("table", [row(id=ID_A, album="The album")])
    folder = RowsSource("folder", [row(id="file-1", audio="/m/a.flac") | other])
    report, catalogue, _ = built(tmp_path, table, folder)
    assert report.merged == merged
    if merged:
        assert catalogue.get("file-1").id == ID_A
        assert catalogue.get(ID_A).audio == "/m/a.flac"


def test_within_one_source_two_ids_are_two_tracks(tmp_path):
    report, _, _ = built(tmp_path, RowsSource("r", [row(id="1"), row(id="2")]))
    assert report.merged == 0


def test_two_spotify_ids_are_not_joined_through_a_third_row(tmp_path):
    report, catalogue, _ = built(
        tmp_path,
        RowsSource("one", [row(id=ID_A), row(id=ID_B)]),
        RowsSource("two", [row(id="file")]),
    )
    assert report.merged == 1
    assert catalogue.get(ID_A).id != catalogue.get(ID_B).id


def test_a_bare_number_means_another_track_in_another_table(tmp_path):
    report, catalogue, _ = built(
        tmp_path,
        RowsSource("one", [row(id="7", title="First")]),
        RowsSource("two", [row(id="7", title="Second")]),
    )
    assert (report.merged, report.renamed) == (0, 1)
    assert catalogue.get("7").title == "First"
    assert catalogue.get("two:7").title == "Second"


def test_names_and_numbers_of_one_id_may_come_from_two_tables(tmp_path):
    _, catalogue, _ = built(
        tmp_path,
        RowsSource("names", [{"id": "k7", "title": "A", "artists": ["X"]}]),
        RowsSource("numbers", [{"id": "k7", "energy": 0.3}]),
    )
    assert (catalogue.get("k7").title, catalogue.get("k7").features["energy"]) == ("A", 0.3)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "id": st.sampled_from(["", "a", "b", "7", ID_A, ID_B, "x" * 300]),
                "title": st.sampled_from(["", "A", "A (Live)", "B", "\x00"]),
                "artists": st.sampled_from([[], ["X"], ["X", "Y"]]),
                "duration": st.sampled_from([None, 200.0, 201.0, 400.0, -1, "soon"]),
                "isrc": st.sampled_from(["", "USSM10804556", "bad"]),
                "energy": st.sampled_from([None, 0.5, 7, "?"]),
            }
        ),
        max_size=12,
    ),
    st.lists(st.sampled_from(["a", "7", ID_A]), max_size=4),
)  # fmt: skip
def test_the_counts_always_add_up_and_ids_are_unique(tmp_path_factory, rows, others):
    folder = tmp_path_factory.mktemp("counts")
    sources = [RowsSource("r", rows), RowsSource("o", [row(id=own) for own in others])]
    usable = RowsSource("u", [row(id="usable")])
    report, catalogue, _ = built(folder, *sources, usable)
    assert report.read == len(rows) + len(others) + 1
    ids = [track.id for track in catalogue]
    assert len(ids) == len(set(ids))
    assert all(catalogue.get(own).id == own for own in ids)


# Versions

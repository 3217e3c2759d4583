from __future__ import annotations

import threading

import pytest

from recommender import RowsSource, build_catalogue, open_catalogue
from recommender.catalogue import tables


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    rows = [
        {"id": "queen1", "title": "Bohemian Rhapsody", "artists": ["Queen"], "popularity": 80},
        {"id": "queen2", "title": "Bohemian Rhapsody", "artists": ["Queen"], "popularity": 20},
        {"id": "cover", "title": "Bohemian Rhapsody", "artists": ["Panic! at the Disco"]},
        {"id": "queens", "title": "Go With the Flow", "artists": ["Queens of the Stone Age"]},
        {"id": "dancing", "title": "Dancing Queen", "artists": ["ABBA"], "popularity": 75},
        {"id": "cafe", "title": "Café del Mar", "artists": ["Energy 52"]},
        {"id": "yuki", "title": "なごり雪", "artists": ["イルカ"]},
        {"id": "punct", "title": "100% (Live)", "artists": ["!!!"]},
        {"id": "bare", "title": "", "artists": [], "energy": 0.5},
    ]
    rows = [row | {"energy": 0.1} for row in rows]
    out = tmp_path_factory.mktemp("store") / "catalogue"
    build_catalogue([RowsSource("r", rows)], out)
    return open_catalogue(out)


def found(catalogue, text, limit=10):
    return [track.id for track in catalogue.search(text, limit)]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("bohemian", ["queen1", "cover"]),
        ("BOHEMIAN rhap", ["queen1", "cover"]),
        ("queen bohemian", ["queen1"]),
        ("disco bohemian", ["cover"]),
        ("queen", ["queen1", "queens", "dancing"]),
        ("hemian", ["queen1", "cover"]),
        ("cafe", ["cafe"]),
        ("CAFÉ", ["cafe"]),
        ("雪", ["yuki"]),
        ("100%", ["punct"]),
        ("!!!", ["punct"]),
        ("nothing like it", []),
        ("", []),
        ("   ", []),
        ("((((", []),
        ("a" * 5_000, []),
    ],
)
def test_searching_finds_by_the_beginning_of_words(catalogue, text, ids):
    assert found(catalogue, text) == ids


def test_searching_is_bounded(catalogue):
    assert len(found(catalogue, "e", 2)) == 2
    assert len(found(catalogue, "e", -5)) == 1


def test_an_unknown_id_is_none(catalogue):
    assert catalogue.get("nobody") is None
    assert catalogue.get("") is None
    assert "nobody" not in catalogue
    assert "queen1" in catalogue
    assert 5 not in catalogue


def test_rows_come_in_the_order_asked(catalogue):
    first, second = catalogue.rows([0]), catalogue.rows([3])
    assert catalogue.rows([3, 0, 3]) == second + first + second
    assert catalogue.rows([]) == ()


@pytest.mark.parametrize("row", [-1, 9])
def test_a_row_that_is_not_there_is_an_index_error(catalogue, row):
    with pytest.raises(IndexError):
        catalogue.rows([row])


def test_an_id_keeps_its_row_however_often_and_many_are_asked_for(catalogue, monkeypatch):
    monkeypatch.setattr("recommender.catalogue.store._MOST_KNOWN", 3)
    ids = [track.id for track in catalogue]
    assert [catalogue.row_of(one) for one in ids * 3] == list(range(len(ids))) * 3
    assert len(catalogue._known) <= 3
    assert catalogue.row_of("no-such-id") is None


def test_what_is_stated_is_counted(catalogue):
    assert catalogue.stated("title") == len(catalogue) - 1
    assert catalogue.stated("audio") == 0


def test_iterating_gives_every_track_once(catalogue):
    assert len({track.id for track in catalogue}) == len(catalogue) == 9


def test_a_catalogue_in_many_pieces_reads_the_same(tmp_path, songs, monkeypatch):
    monkeypatch.setattr(tables, "ROWS_PER_BATCH", 7)
    build_catalogue([RowsSource("r", songs(60))], tmp_path / "pieces")
    monkeypatch.undo()
    build_catalogue([RowsSource("r", songs(60))], tmp_path / "whole")
    pieces, whole = open_catalogue(tmp_path / "pieces"), open_catalogue(tmp_path / "whole")
    assert list(pieces) == list(whole)
    assert pieces.rows([59, 0, 33]) == whole.rows([59, 0, 33])
    assert pieces.search("song 1", 30) == whole.search("song 1", 30)
    assert pieces.numbers("tempo").tolist() == whole.numbers("tempo").tolist()
    assert (
        pieces.rows_where("genre", ["folk"]).tolist()
        == whole.rows_where("genre", ["folk"]).tolist()
    )
    assert [pieces.row_of(f"s{n:04d}") for n in range(60)] == list(range(60))


def test_rows_by_artist_know_every_spelling(tmp_path):
    rows = [
        {"id": "1", "title": "A", "artists": ["The Beatles"], "energy": 0.1},
        {"id": "2", "title": "B", "artists": ["Someone", "BEATLES"], "energy": 0.1},
        {"id": "3", "title": "C", "artists": [], "energy": 0.1},
    ]
    build_catalogue([RowsSource("r", rows)], tmp_path / "c")
    catalogue = open_catalogue(tmp_path / "c")
    assert catalogue.rows_by_artists(catalogue.artists_of(0)).tolist() == [0, 1]
    assert catalogue.artists_of(2) == ()


def test_threads_may_share_it(catalogue):
    failures = []

    def use():
        try:
            for _ in range(30):
                assert catalogue.get("queen1").title == "Bohemian Rhapsody"
                assert found(catalogue, "queen")[0] == "queen1"
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=use) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not failures

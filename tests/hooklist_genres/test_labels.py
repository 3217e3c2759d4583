"""What people write, and the genre it names."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hooklist_genres import GENRES, MOST_LABELS, Genre, resolve, resolve_all, says_nothing


def names(text: str) -> list[str]:
    return [genre.name for genre in resolve_all(text)]


@pytest.mark.parametrize(
    ("text", "name", "family"),
    [
        ("Hip-Hop/Rap", "hip-hop", "hip-hop"),
        ("hip hop", "hip-hop", "hip-hop"),
        ("HipHop", "hip-hop", "hip-hop"),
        ("Drum & Bass", "drum and bass", "drum and bass"),
        ("drum'n'bass", "drum and bass", "drum and bass"),
        ("D&B", "drum and bass", "drum and bass"),
        ("R&B/Soul", "r&b", "r&b"),
        ("r-n-b", "r&b", "r&b"),
        ("canadian contemporary r&b", "contemporary r&b", "r&b"),
        ("Rock'n'Roll", "rock and roll", "rock"),
        ("Pop/Rock", "pop rock", "pop"),
        ("Singer/Songwriter", "singer-songwriter", "pop"),
        ("Deep_House", "deep house", "house"),
        ("DEEP-HOUSE", "deep house", "house"),
        ("Children’s Music", "children", "children"),
        ("Jazz+Funk", "jazz-funk", "funk"),
        ("Synthpop", "synth-pop", "pop"),
        ("Klassik", "classical", "classical"),
        ("Musique classique", "classical", "classical"),
        ("Électronique", "electronic", "electronic"),
        ("ELECTRÓNICA", "electronic", "electronic"),
        ("Filmmusik", "soundtrack", "soundtrack"),
        ("Hörspiel", "audio theatre", "spoken"),
        ("Рок", "rock", "rock"),
        ("хип-хоп", "hip-hop", "hip-hop"),
        ("ジャズ", "jazz", "jazz"),
        ("ｊ-ｐｏｐ", "j-pop", "pop"),
        ("摇滚", "rock", "rock"),
        ("힙합", "hip-hop", "hip-hop"),
        ("λαϊκά", "laïko", "folk"),
        ("🎸 rock", "rock", "rock"),
        ("swedish death metal", "death metal", "metal"),
        ("rock argentino", "latin rock", "rock"),
        ("rap napoletano", "rap", "hip-hop"),
    ],
)
def test_a_spelling_finds_its_genre(text: str, name: str, family: str) -> None:
    assert resolve(text) == Genre(name, family)


@pytest.mark.parametrize(
    "text",
    [
        *("", "   ", "Other", "Unknown", "Misc", "Unclassifiable", "n/a", "None", "genre", "?"),
        *(
            "heat wave",
            "999",
            "-1",
            "12",
            "Primus",
            "\x00",
            "🎸",
            "very cool",
            "one two three four five six rock",
        ),
        *("ripped by somebody", "http://example.org", "3.14"),
    ],
)
def test_what_names_no_genre_is_unknown(text: str) -> None:
    assert resolve(text) is None
    assert resolve_all(text) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("electronica; techno", ["electronic", "techno"]),
        ("Rock, Pop, Country & Western", ["rock", "pop", "country"]),
        ("pop and rock", ["pop", "rock"]),
        ("swedish pop & rock", ["pop", "rock"]),
        ("Rock > Indie Rock", ["rock", "indie rock"]),
        ("Jazz | Blues", ["jazz", "blues"]),
        ("Electronic - House", ["electronic", "house"]),
        ("rock\x00pop", ["rock", "pop"]),
        ("(4)(18)", ["disco", "techno"]),
        ("(17)Rock", ["rock"]),
        ("(17)Indie Rock", ["rock", "indie rock"]),
        ("['desi pop', 'filmi']", ["desi pop", "bollywood"]),
        ("Rock; rock; ROCK", ["rock"]),
        ("Other; Jazz", ["jazz"]),
        ("Soul / Funk", ["soul funk"]),
        ("Techno/Dubstep", ["techno", "dubstep"]),
    ],
)
def test_several_labels_are_told_apart(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("electronic; techno", "techno"),
        ("chill, jazz", "jazz"),
        ("french; chanson", "chanson"),
        ("chill", "chill"),
        ("rock; indie rock", "indie rock"),
        ("pop; techno", "pop"),
        ("reggaeton, latin", "reggaeton"),
    ],
)
def test_of_several_labels_the_telling_one_counts(text: str, name: str) -> None:
    found = resolve(text)
    assert found is not None
    assert found.name == name


@given(st.text(max_size=200))
def test_any_text_is_harmless_and_the_answer_is_stable(text: str) -> None:
    found = resolve_all(text)
    assert len(found) <= MOST_LABELS
    assert len(set(found)) == len(found)
    first = resolve(text)
    assert (first is None) == (not found)
    if first is not None:
        assert first in found
        assert resolve(first.name) == first


@given(st.lists(st.sampled_from(GENRES), min_size=1, max_size=8), st.sampled_from(["; ", "|", ","]))
def test_a_list_of_known_genres_gives_them_back_in_order(genres: list[Genre], comma: str) -> None:
    text = comma.join(genre.name for genre in genres)
    assert resolve_all(text) == tuple(dict.fromkeys(genres))


@given(st.sampled_from(GENRES), st.sampled_from([str.upper, str.title, str.swapcase]))
def test_case_makes_no_difference(genre: Genre, change: object) -> None:
    assert callable(change)
    assert resolve(f"  {change(genre.name)}\t") == genre


@pytest.mark.parametrize(
    "text",
    [
        "x" * 10_000,
        "rock;" * 2_000,
        "(17)" * 2_500,
        "/" * 10_000,
        "a " * 5_000,
        "\u0301" * 10_000,
        "👩‍👩‍👧‍👦" * 1_000,
        "".join(map(chr, range(32))) * 300,
        "\ud800 rock \udfff",
        "١٢",
    ],
)
def test_odd_input_is_harmless_and_quick(text: str) -> None:
    started = time.perf_counter()
    assert len(resolve_all(text)) <= MOST_LABELS
    assert time.perf_counter() - started < 1.0


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "Other",
        "OTHER",
        "unknown genre",
        "?",
        "N/A",
        "None;",
        "その他",
        "Misc | Other",
        "12",
        "255",
    ],
)
def test_what_is_written_where_nobody_knows_says_nothing(text: str) -> None:
    assert says_nothing(text)
    assert resolve(text) is None


@pytest.mark.parametrize("text", ["My own thing", "rock", "Other; rock", "Primus", "escape room"])
def test_a_name_of_somebodys_own_says_something(text: str) -> None:
    assert not says_nothing(text)


def test_no_genre_says_nothing() -> None:
    assert [genre for genre in GENRES if says_nothing(genre.name)] == []

"""The table of genres is whole: every name finds its genre, and no name finds two."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from mutagen import id3

import hooklist_genres
from hooklist_genres import FAMILIES, GENRES, ID3V1_NAMES, Genre, is_broad, resolve, resolve_all
from hooklist_genres.spelling import key, words

FOLDER = Path(hooklist_genres.__file__).parent

split = str.split

SPOTIFY = split("""
acoustic afrobeat alt-rock alternative ambient anime black-metal bluegrass blues brazil breakbeat
british cantopop chicago-house children chill classical club comedy country dance dancehall
death-metal deep-house detroit-techno disco disney drum-and-bass dub dubstep edm electro electronic
emo folk forro french funk garage german gospel goth grindcore groove grunge guitar happy hard-rock
hardcore hardstyle heavy-metal hip-hop honky-tonk house idm indian indie indie-pop industrial
iranian j-dance j-idol j-pop j-rock jazz k-pop kids latin latino malay mandopop metal metalcore
minimal-techno mpb new-age opera pagode party piano pop pop-film power-pop progressive-house
psych-rock punk punk-rock r-n-b reggae reggaeton rock rock-n-roll rockabilly romance sad salsa samba
sertanejo show-tunes singer-songwriter ska sleep soul spanish study swedish synth-pop tango techno
trance trip-hop turkish world-music
""")
MUSIC_GENRE = split("Electronic Anime Jazz Alternative Country Rap Blues Rock Classical Hip-Hop")
GTZAN = split("blues classical country disco hiphop jazz metal pop reggae rock")
FMA = [
    *("Hip-Hop", "Pop", "Folk", "Experimental", "Rock", "International", "Electronic"),
    *("Instrumental", "Spoken", "Easy Listening", "Old-Time / Historic", "Country", "Soul-RnB"),
    *("Jazz", "Blues", "Classical"),
]


def spellings() -> Iterator[tuple[str, str, str]]:
    """Yield each spelling of the table with its genre's name and family."""
    table = tomllib.loads((FOLDER / "vocabulary.toml").read_text(encoding="utf-8"))
    for section in ("ordinary_words", "also_inside", "nothing"):
        del table[section]
    for family, lines in table.items():
        for name, others in lines.items():
            for spelling in (name, *others.split(",")):
                if spelling.strip():
                    yield spelling.strip(), name, family


def test_the_table_is_large_enough_to_be_of_use() -> None:
    assert len(GENRES) > 500
    assert len(list(spellings())) > 2_500
    assert len(FAMILIES) == len(set(FAMILIES)) > 30


def test_every_name_in_the_table_finds_its_own_genre() -> None:
    wrong = {
        spelling: resolve(spelling)
        for spelling, name, family in spellings()
        if "/" not in spelling and resolve(spelling) != Genre(name, family)
    }
    assert wrong == {}


def test_every_name_with_a_slash_finds_one_genre_and_not_its_parts() -> None:
    slashed = [(text, Genre(name, family)) for text, name, family in spellings() if "/" in text]
    assert len(slashed) > 20
    assert [text for text, genre in slashed if resolve_all(text) != (genre,)] == []


def test_no_name_finds_two_genres() -> None:
    owners: dict[str, set[str]] = {}
    for spelling, name, _ in spellings():
        owners.setdefault(key(words(spelling)), set()).add(name)
    assert {spelling: names for spelling, names in owners.items() if len(names) > 1} == {}


def test_names_of_genres_are_unique_and_lower_case() -> None:
    names = [genre.name for genre in GENRES]
    assert len(names) == len(set(names))
    assert [name for name in names if name != name.lower().strip()] == []
    assert {genre.family for genre in GENRES} == set(FAMILIES)


def test_what_says_no_more_than_its_family_has_its_name() -> None:
    broad = {genre.family for genre in GENRES if is_broad(genre)}
    assert set(FAMILIES) - broad == {"hardcore", "mood", "spoken"}
    assert not any(is_broad(genre) for genre in GENRES if genre.name != genre.family)


def test_what_counts_only_as_a_whole_or_also_inside_is_in_the_table() -> None:
    table = tomllib.loads((FOLDER / "vocabulary.toml").read_text(encoding="utf-8"))
    known = {spelling for spelling, _, _ in spellings()}
    assert set(table["ordinary_words"]["names"]) - known == set()
    assert set(table["also_inside"]["names"]) - known == set()


def test_resolving_a_resolved_name_changes_nothing() -> None:
    assert [genre for genre in GENRES if resolve(genre.name) != genre] == []
    assert [genre for genre in GENRES if resolve(genre.name.upper()) != genre] == []


def test_the_numbers_of_tags_mean_what_taggers_take_them_for() -> None:
    assert list(ID3V1_NAMES) == id3.TCON.GENRES
    assert resolve("0") == resolve("Blues") == Genre("blues", "blues")
    assert resolve("(31)") == Genre("trance", "trance")
    assert resolve("191") == Genre("psybient", "ambient")
    assert resolve("192") is None
    unknown = [name for name in ID3V1_NAMES if resolve(name) is None]
    assert unknown == ["Other", "Cult", "Primus"]


@pytest.mark.parametrize("names", [SPOTIFY, MUSIC_GENRE, GTZAN, FMA], ids=len)
def test_the_genres_of_the_usual_tables_are_all_known(names: list[str]) -> None:
    assert [name for name in names if resolve(name) is None] == []


def test_the_genres_of_the_generated_library_are_known_by_their_own_names() -> None:
    standin = Path(hooklist_genres.__file__).parents[1] / "standin" / "music" / "styles.py"
    if not standin.is_file():
        pytest.skip("the generated library is not beside the package")
    from standin.music.styles import GENRES as GENERATED

    assert len(GENERATED) == 18
    assert [name for name in GENERATED if getattr(resolve(name), "name", "") != name] == []


def test_the_number_table_has_each_number_once_in_order() -> None:
    with (FOLDER / "id3v1.csv").open(encoding="utf-8", newline="") as rows:
        assert [int(row["number"]) for row in csv.DictReader(rows)] == list(range(192))

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.catalogue.values import (
    clean_id,
    clean_text,
    parse_artists,
    parse_clock,
    parse_flag,
    parse_isrc,
    parse_key,
    parse_mode,
    parse_number,
    parse_time_signature,
    parse_year,
    spotify_id_of,
)

ID = "4uLU6hMCjMI75M1A2tKUQC"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("  two   words ", "two words"),
        ("a\x00b\x1bc", "a b c"),
        ("line\r\nbreak\u2028here", "line break here"),
        ("\u202ehidden\u200b", "hidden"),
        ("e\u0301", "é"),
        ("N/A", ""),
        ("nan", ""),
        (None, ""),
        (float("nan"), ""),
        (7, "7"),
        ("\ud800", "\ufffd"),
    ],
)
def test_a_text_is_cleaned(cell, text):
    assert clean_text(cell) == text


@given(st.text(max_size=200))
def test_a_cleaned_text_holds_no_control_character(text):
    assert not any(
        ord(character) < 32 or 127 <= ord(character) < 160 for character in clean_text(text)
    )


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("0.734", 0.734),
        (" -5.2 ", -5.2),
        ("-5,201", -5.201),
        ("1,234,567", 1_234_567.0),
        ("1e-05", 1e-05),
        ("78%", 78.0),
        ("?", None),
        ("", None),
        ("inf", None),
        ("nan", None),
        (float("nan"), None),
        (True, 1.0),
        (3, 3.0),
        (None, None),
    ],
)
def test_a_number_is_read(cell, number):
    assert parse_number(cell) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_survives_being_written(number):
    assert math.isclose(parse_number(repr(number)), number, rel_tol=0, abs_tol=0)


@pytest.mark.parametrize(
    ("cell", "key"),
    [
        ("C", 0), ("A#", 10), ("Db", 1), ("F♯ minor", 6), ("b", 11), ("Cb", 11), ("5", 5), (7, 7),
        ("X", None), ("", None), ("Gone", None),
    ],
)  # fmt: skip
def test_a_key_is_a_pitch_class(cell, key):
    assert parse_key(cell) == key


@pytest.mark.parametrize(
    ("cell", "mode"), [("Major", 1), ("minor", 0), ("1", 1), (0, 0), ("dorian", None)]
)
def test_a_mode_is_major_or_minor(cell, mode):
    assert parse_mode(cell) == mode


@pytest.mark.parametrize(("cell", "beats"), [("4", 4), ("3/4", 3), (5, 5), ("", None)])
def test_a_time_signature_is_its_beats(cell, beats):
    assert parse_time_signature(cell) == beats


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [("3:45", 225), ("1:02:03", 3723), ("0:07.5", 7.5), ("345", None), (5, None)],
)
def test_a_clock_is_read(cell, seconds):
    assert parse_clock(cell) == seconds


@pytest.mark.parametrize(
    ("cell", "year"),
    [
        ("1999-05-01", 1999), ("26/11/2008 01:43", 2008), (2004.0, 2004), ("1987", 1987),
        ("0", None), ("May", None), (float("nan"), None),
    ],
)  # fmt: skip
def test_a_year_is_found_in_any_date(cell, year):
    assert parse_year(cell) == year


@pytest.mark.parametrize(
    ("cell", "flag"),
    [
        ("True", True),
        ("0", False),
        (False, False),
        ("Explicit", True),
        ("", None),
        ("perhaps", None),
    ],
)
def test_a_flag_is_yes_no_or_unknown(cell, flag):
    assert parse_flag(cell) is flag


@pytest.mark.parametrize(
    ("cell", "isrc"),
    [("USSM10804556", "USSM10804556"), ("gb-ayE-06-01498", "GBAYE0601498"), ("123", ""), ("", "")],
)
def test_an_isrc_has_twelve_characters(cell, isrc):
    assert parse_isrc(cell) == isrc


@pytest.mark.parametrize(
    "text", [ID, f"spotify:track:{ID}", f"https://open.spotify.com/track/{ID}?si=x"]
)
def test_a_spotify_id_is_found_in_its_forms(text):
    assert spotify_id_of(text) == ID
    assert clean_id(text) == ID


@pytest.mark.parametrize("text", ["spotify:album:" + ID, "short", ID + "x", ""])
def test_what_is_no_spotify_track_has_no_spotify_id(text):
    assert spotify_id_of(text) == ""


def test_an_id_read_as_a_float_is_whole_again():
    assert clean_id("32894.0") == "32894"
    assert clean_id(32894.0) == "32894"


@pytest.mark.parametrize(
    ("cell", "artists"),
    [
        ("J Balvin;Ryan Castro", ("J Balvin", "Ryan Castro")),
        ("['Dennis', \"D'Angelo\"]", ("Dennis", "D'Angelo")),
        ('["A", "B"]', ("A", "B")),
        (["A", "B"], ("A", "B")),
        ("Samey, Gleb", ("Samey", "Gleb")),
        ("Tyler, The Creator", ("Tyler, The Creator",)),
        ("Earth, Wind & Fire", ("Earth, Wind & Fire",)),
        ("Disclosure Featuring Sam Smith", ("Disclosure", "Sam Smith")),
        ("A; A ;B", ("A", "B")),
        ("[brackets] band", ("[brackets] band",)),
        ("[]", ()),
        ("", ()),
        (None, ()),
        ("__import__('os')", ("__import__('os')",)),
    ],
)
def test_artists_are_parted(cell, artists):
    assert parse_artists(cell) == artists

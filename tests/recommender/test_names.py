from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.catalogue.names import (
    artists_as_one,
    compare_versions,
    normalise,
    normalise_artist,
    parse_title,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Beyoncé", "BEYONCE"),
        ("Björk", "bjork"),
        ("Sigur Rós", "Sigur Ros"),
        ("Straße", "STRASSE"),
        ("Don’t Stop", "Dont stop!"),
        ("Rock & Roll", "rock and roll"),
        ("Ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
        ("Mötley  Crüe", "motley crue"),
        ("A$AP Rocky", "ASAP Rocky"),
        ("AC/DC", "AC DC"),
        ("Røyksopp", "Royksopp"),
        ("Алёна", "алена"),
    ],
)
def test_two_spellings_of_one_name_are_equal(one, other):
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("か", "が"),  # the mark over a kana is another syllable, no accent
        ("हिंदी", "हद"),
        ("椎名林檎", "宇多田ヒカル"),
        ("!!!", "???"),
        ("Song 1", "Song 2"),
    ],
)
def test_different_names_stay_different(one, other):
    assert normalise(one) != normalise(other)


def test_a_name_of_punctuation_only_keeps_it():
    assert normalise("!!!") == "!!!"


@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing(text):
    once = normalise(text)
    assert normalise(once) == once


@given(st.text(max_size=80))
def test_every_title_can_be_taken_apart(text):
    parse_title(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [("The Beatles", "Beatles"), ("Beatles, The", "the beatles"), ("The The", "the the")],
)
def test_the_article_before_an_artist_does_not_count(one, other):
    assert normalise_artist(one) == normalise_artist(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Simon & Garfunkel",), ("Simon", "Garfunkel")),
        (("Earth, Wind & Fire",), ("Earth", "Wind", "Fire")),
        (("Bob Marley and the Wailers",), ("Bob Marley & The Wailers",)),
    ],
)
def test_joined_credits_equal_separate_ones(one, other):
    assert artists_as_one(one) == artists_as_one(other)


@pytest.mark.parametrize(
    ("title", "base", "kinds", "remaster"),
    [
        ("Live Forever", "live forever", set(), None),
        ("Wonderwall (Live at Wembley)", "wonderwall", {"live"}, None),
        ("Wonderwall - Live", "wonderwall", {"live"}, None),
        ("Sozinho - Ao Vivo", "sozinho", {"live"}, None),
        ("Come As You Are (MTV Unplugged)", "come as you are", {"live"}, None),
        ("Hey Jude - Remastered 2015", "hey jude", set(), "2015"),
        ("Hey Jude - 2015 Remaster", "hey jude", set(), "2015"),
        ("Garota - Remasterizado", "garota", set(), ""),
        ("Titanium (feat. Sia)", "titanium", set(), None),
        ("Titanium ft. Sia", "titanium", set(), None),
        ("Blue Monday - Radio Edit", "blue monday", {"radio edit"}, None),
        ("Blue (Da Ba Dee) - Original Mix", "blue da ba dee", set(), None),
        ("Levels - Skrillex Remix", "levels", {"remix"}, None),
        ("Stay (Sped Up)", "stay", {"sped up"}, None),
        ("Stay (Slowed + Reverb)", "stay", {"slowed"}, None),
        ("Creep - Acoustic", "creep", {"acoustic"}, None),
        ("Creep (Karaoke Version)", "creep", {"karaoke"}, None),
        ("Creep - Instrumental", "creep", {"instrumental"}, None),
        ("Love Story (Taylor’s Version)", "love story", {"rerecorded"}, None),
        ("(I Can't Get No) Satisfaction", "i cant get no satisfaction", set(), None),
        ("Sadeness - Part i", "sadeness part i", set(), None),
        ("In the Mix", "in the mix", set(), None),
        ("なごり雪 (Live)", "なごり雪", {"live"}, None),
        ("Let It Be - Take 12", "let it be", {"alternate"}, None),
        ("Angie - 1993 Digital Remaster", "angie", set(), "1993"),
        ("Money (Live) [2011 Remaster]", "money", {"live"}, "2011"),
    ],
)
def test_a_title_is_taken_apart(title, base, kinds, remaster):
    parsed = parse_title(title)
    assert (parsed.base, {kind for kind, _ in parsed.versions}, parsed.remaster) == (
        base,
        kinds,
        remaster,
    )


def test_featured_artists_are_read_from_the_title():
    assert parse_title("Monster (feat. Kanye West, Rick Ross & Bon Iver)").featured == (
        "Kanye West",
        "Rick Ross",
        "Bon Iver",
    )


@pytest.mark.parametrize(
    ("one", "other", "likeness"),
    [
        ("A", "A", "same"),
        ("A", "A (Live)", "different"),
        ("A - Live", "A (Live)", "same"),
        ("A (Live)", "A (Live at Wembley)", "unsure"),
        ("A (Live in Rome)", "A (Live at Wembley)", "different"),
        ("A (Tiësto Remix)", "A - Tiesto Remix", "same"),
        ("A (Tiësto Remix)", "A (R3hab Remix)", "different"),
        ("A (Remix)", "A (R3hab Remix)", "different"),
        ("A - 2011 Remaster", "A", "remaster"),
        ("A - 2011 Remaster", "A - Remastered 2009", "remaster"),
        ("A - Sped Up", "A", "different"),
        ("A - Album Version", "A", "same"),
        ("A - German Version", "A - French Version", "different"),
        ("A - Take 1", "A - Take 2", "different"),
        ("A - 2019 Mix", "A", "different"),
        ("A (Live) [Acoustic]", "A (Live)", "different"),
    ],
)
def test_versions_are_compared(one, other, likeness):
    assert compare_versions(parse_title(one), parse_title(other)) == likeness
    assert compare_versions(parse_title(other), parse_title(one)) == likeness

"""What time does in each genre: tempo, metre, keys and song forms.

A form is written as ``label:bars`` words. The duration of a track follows from its form and tempo
alone, so the catalogue knows it without rendering. Which instruments play is in ``arrangements``.
"""

from __future__ import annotations

from dataclasses import dataclass

LEVELS = {
    "intro": 0.42, "verse": 0.5, "pre-chorus": 0.66, "chorus": 1.0, "bridge": 0.55,
    "solo": 0.82, "outro": 0.4, "build": 0.6, "drop": 1.0, "breakdown": 0.3,
    "groove": 0.74, "head": 0.9, "theme": 0.5, "variation": 0.66, "development": 0.72,
    "climax": 1.0, "coda": 0.4, "interlude": 0.45,
}  # fmt: skip
"""How full each kind of section is, 0 to 1; parts enter by it."""

HOOKS = frozenset({"chorus", "drop", "head", "climax"})
"""Sections that carry what one remembers of a track."""


@dataclass(frozen=True, slots=True)
class Metre:
    """A bar.

    Parameters
    ----------
    beats
        Beats to the bar as a listener taps them.
    signature
        The number a chart would print: 3, 4, or 6 for 6/8 (two tapped beats of three).
    division
        Even parts of a beat that patterns are written on.
    """

    beats: int
    signature: int
    division: int


FOUR = Metre(4, 4, 4)
THREE = Metre(3, 3, 4)
SIX_EIGHT = Metre(2, 6, 3)
SWING_FOUR = Metre(4, 4, 3)
SWING_THREE = Metre(3, 3, 3)


@dataclass(frozen=True, slots=True)
class Style:
    """The time and tonality of a genre.

    Parameters
    ----------
    tempos
        For each possible metre: lowest and highest beats per minute, and a weight.
    forms
        Song forms; one that lasts 90 to 180 s at the chosen tempo is taken.
    minor
        Probability of a minor key.
    rubato
        Greatest relative deviation of a beat's length from the tempo; 0 is a machine's pulse.
    tail
        Seconds of ringing-out after the last bar.
    """

    tempos: tuple[tuple[Metre, float, float, float], ...]
    forms: tuple[str, ...]
    minor: float
    rubato: float = 0.0
    tail: float = 2.5


_VERSE_CHORUS = (
    "intro:4 verse:8 pre-chorus:4 chorus:8 verse:8 pre-chorus:4 chorus:8 bridge:8 chorus:8 outro:4",
    "intro:4 verse:8 chorus:8 verse:8 chorus:8 bridge:4 chorus:8 outro:4",
    "intro:8 verse:8 pre-chorus:4 chorus:8 verse:8 pre-chorus:4 chorus:8 bridge:8"
    " chorus:12 outro:4",
    "intro:2 verse:8 pre-chorus:4 chorus:8 verse:4 pre-chorus:4 chorus:8 bridge:4 chorus:8 outro:2",
)
_SLOW_SONG = (
    "intro:2 verse:8 chorus:8 verse:8 chorus:8 bridge:4 chorus:8 outro:2",
    "intro:4 verse:8 pre-chorus:2 chorus:8 verse:8 pre-chorus:2 chorus:8 outro:2",
    "intro:2 verse:8 pre-chorus:4 chorus:8 verse:4 chorus:8 bridge:4 chorus:4 outro:2",
)

STYLES: dict[str, Style] = {
    "pop": Style(((FOUR, 98, 126, 1),), _VERSE_CHORUS, 0.35),
    "rock": Style(
        ((FOUR, 118, 150, 5), (SIX_EIGHT, 68, 82, 1)),
        (
            "intro:8 verse:8 pre-chorus:4 chorus:8 verse:8 pre-chorus:4 chorus:8 solo:8"
            " chorus:8 outro:4",
            "intro:4 verse:8 verse:8 chorus:8 interlude:4 verse:8 chorus:8 bridge:8"
            " chorus:8 outro:4",
            "intro:4 verse:8 chorus:8 verse:8 chorus:8 solo:8 chorus:8 outro:2",
        ),
        0.4,
    ),
    "metal": Style(
        ((FOUR, 138, 182, 1),),
        (
            "intro:8 verse:8 verse:8 pre-chorus:4 chorus:8 verse:8 pre-chorus:4 chorus:8"
            " bridge:8 solo:8"
            " chorus:8 outro:4",
            "intro:8 verse:8 chorus:8 verse:8 chorus:8 bridge:8 solo:8 chorus:8 outro:4",
            "intro:4 interlude:4 verse:8 pre-chorus:4 chorus:8 verse:8 pre-chorus:4"
            " chorus:8 bridge:8"
            " solo:16 chorus:8 outro:4",
        ),
        1.0,
    ),
    "hip-hop": Style(
        ((FOUR, 82, 98, 1),),
        (
            "intro:4 chorus:8 verse:12 chorus:8 verse:12 chorus:8 outro:2",
            "intro:4 verse:16 chorus:8 verse:12 chorus:8 outro:4",
            "intro:2 verse:8 chorus:8 verse:8 chorus:8 bridge:4 chorus:8 outro:2",
        ),
        0.85,
    ),
    "r&b": Style(((FOUR, 66, 92, 4), (SIX_EIGHT, 52, 64, 1)), _SLOW_SONG, 0.5),
    "funk": Style(
        ((FOUR, 98, 118, 1),),
        (
            "intro:4 verse:8 chorus:8 verse:8 chorus:8 bridge:8 solo:8 chorus:8 outro:2",
            "intro:8 verse:8 pre-chorus:4 chorus:8 verse:8 chorus:8 solo:8 chorus:8 outro:4",
        ),
        0.55,
    ),
    "house": Style(
        ((FOUR, 120, 128, 1),),
        (
            "intro:8 groove:8 build:8 drop:16 breakdown:8 build:4 drop:16 outro:4",
            "intro:8 verse:8 build:4 drop:16 verse:8 build:8 drop:16 outro:8",
        ),
        0.7,
    ),
    "techno": Style(
        ((FOUR, 128, 142, 1),),
        (
            "intro:8 groove:16 build:8 drop:16 breakdown:8 build:4 drop:16 outro:8",
            "intro:8 groove:8 build:4 drop:16 groove:8 breakdown:8 build:8 drop:16 outro:4",
        ),
        1.0,
    ),
    "drum and bass": Style(
        ((FOUR, 170, 177, 1),),
        (
            "intro:16 build:8 drop:32 breakdown:16 build:8 drop:16 outro:8",
            "intro:8 groove:8 build:8 drop:16 groove:8 breakdown:16 build:8 drop:24 outro:4",
        ),
        0.9,
    ),
    "synthwave": Style(
        ((FOUR, 86, 118, 1),),
        (
            "intro:8 verse:8 chorus:8 verse:8 chorus:8 bridge:8 chorus:8 outro:4",
            "intro:4 verse:8 pre-chorus:4 chorus:8 verse:8 chorus:8 solo:8 chorus:8 outro:4",
            "intro:4 verse:8 chorus:8 verse:8 chorus:8 bridge:4 chorus:8 outro:2",
        ),
        0.8,
    ),
    "ambient": Style(
        ((FOUR, 56, 76, 3), (THREE, 54, 66, 1)),
        (
            "intro:4 theme:8 development:8 climax:8 theme:4 coda:4",
            "intro:8 theme:8 variation:8 climax:8 coda:6",
            "intro:4 theme:8 variation:8 interlude:4 development:8 climax:12 coda:6",
        ),
        0.4,
        tail=6.0,
    ),
    "jazz": Style(
        ((SWING_FOUR, 118, 196, 5), (SWING_THREE, 128, 172, 1)),
        (
            "intro:4 head:32 solo:32 head:16 coda:4",
            "intro:4 head:16 solo:16 solo:16 head:16 coda:4",
            "head:24 solo:24 solo:12 head:12 coda:4",
            "intro:8 head:32 solo:32 solo:16 head:32 coda:4",
        ),
        0.4,
        rubato=0.006,
        tail=3.0,
    ),
    "classical": Style(
        ((FOUR, 66, 108, 3), (THREE, 88, 148, 3), (SIX_EIGHT, 48, 64, 1)),
        (
            "theme:16 variation:16 variation:16 climax:16 coda:8",
            "intro:4 theme:8 variation:8 development:8 climax:8 theme:8 coda:4",
            "theme:8 theme:8 development:8 variation:8 climax:8 coda:4",
            "intro:4 theme:16 development:16 interlude:8 variation:16 climax:16 coda:6",
        ),
        0.5,
        rubato=0.05,
        tail=4.0,
    ),
    "folk": Style(
        ((THREE, 104, 140, 3), (SIX_EIGHT, 58, 84, 3), (FOUR, 88, 112, 3)),
        (
            "intro:4 verse:8 verse:8 chorus:8 interlude:4 verse:8 chorus:8 outro:4",
            "intro:4 verse:16 chorus:8 verse:16 chorus:8 interlude:8 chorus:8 outro:4",
            "intro:4 verse:8 chorus:8 verse:8 chorus:8 bridge:8 chorus:8 outro:4",
        ),
        0.35,
        rubato=0.012,
    ),
    "country": Style(
        ((FOUR, 104, 152, 4), (THREE, 96, 126, 1)),
        (
            "intro:4 verse:8 chorus:8 verse:8 chorus:8 solo:8 chorus:8 outro:4",
            "intro:4 verse:8 verse:8 chorus:8 solo:8 verse:8 chorus:8 bridge:8 chorus:8 outro:4",
        ),
        0.1,
        rubato=0.006,
    ),
    "reggae": Style(
        ((FOUR, 66, 82, 1),),
        (
            "intro:4 verse:8 chorus:8 verse:8 chorus:8 breakdown:4 chorus:4 outro:2",
            "intro:4 verse:8 chorus:8 breakdown:4 verse:8 chorus:8 outro:2",
        ),
        0.5,
    ),
    "latin": Style(
        ((FOUR, 104, 138, 1),),
        (
            "intro:4 verse:8 chorus:8 verse:8 chorus:8 solo:8 chorus:8 outro:4",
            "intro:4 verse:8 pre-chorus:4 chorus:8 verse:8 chorus:8 solo:8 bridge:4"
            " chorus:8 outro:4",
        ),
        0.5,
        rubato=0.004,
    ),
    "lo-fi": Style(
        ((FOUR, 70, 88, 1),),
        (
            "intro:4 verse:8 chorus:8 verse:8 chorus:8 outro:4",
            "intro:2 verse:8 chorus:8 interlude:4 verse:8 chorus:8 outro:2",
        ),
        0.4,
    ),
}  # fmt: skip

GENRES = tuple(STYLES)
"""Names of the genres, in the order of the catalogue."""

"""How a band of each style plays: patterns of drums, bass and chords, and who is in it."""

from __future__ import annotations

from dataclasses import dataclass

KICK, STICK, SNARE, CLAP, CLOSED, PEDAL, OPEN = 36, 37, 38, 39, 42, 44, 46
LOW_TOM, MID_TOM, HIGH_TOM, CRASH, RIDE, TAMBOURINE, SHAKER, CRASH_2 = (
    45,
    47,
    50,
    49,
    51,
    54,
    82,
    57,
)

Pattern = dict[int, str]
"""General MIDI drum → sixteen steps of a bar: `x` loud, `o` soft, `.` silent."""

LIGHT: dict[str, Pattern] = {
    "stick": {KICK: "x.......x.......", STICK: "....x.......x...", CLOSED: "o.o.o.o.o.o.o.o."},
    "shaker": {KICK: "x.........x.....", SHAKER: "o.oox.ooo.oox.oo"},
    "kick": {KICK: "x...x...x...x...", CLOSED: "..o...o...o...o."},
    "hats": {CLOSED: "x.o.x.o.x.o.x.o.", PEDAL: "....x.......x..."},
    "half": {KICK: "x.......o.......", STICK: "........x.......", CLOSED: "x.o.o.o.x.o.o.o."},
}

FULL: dict[str, Pattern] = {
    "eights": {KICK: "x.......x.x.....", SNARE: "....x.......x...", CLOSED: "x.o.x.o.x.o.x.o."},
    "pushed": {KICK: "x.....x.x.......", SNARE: "....x.......x..o", CLOSED: "x.o.x.o.x.o.x.x."},
    "sixteens": {KICK: "x..x....x.x.....", SNARE: "....x..o....x...", CLOSED: "xoxoxoxoxoxoxoxo"},
    "open": {KICK: "x.x.....x.x.....", SNARE: "....x.......x...", OPEN: "x...x...x...x..."},
    "ride": {KICK: "x.x...x.x.x.....", SNARE: "....x.......x...", RIDE: "x.o.x.o.x.o.x.o."},
    "crashing": {KICK: "x...x.x.x...x...", SNARE: "....x.......x...", CRASH_2: "x...o...x...o..."},
    "floor": {KICK: "x...x...x...x...", CLAP: "....x.......x...", OPEN: "..x...x...x...x."},
    "floor_hats": {KICK: "x...x...x...x...", SNARE: "....x.......x...", CLOSED: "xoxoxoxoxoxoxoxo"},
    "half": {KICK: "x.....x...x.....", SNARE: "........x.......", CLOSED: "x.x.x.x.x.x.x.x."},
    "broken": {KICK: "x..x..x...x..x..", SNARE: "....x.......x...", CLOSED: "x.xxx.x.x.xxx.xx"},
    "ballad": {KICK: "x.......x.o.....", SNARE: "....x.......x...", RIDE: "x.o.x.o.x.o.x.o."},
    "tambourine": {
        KICK: "x.....x.x.......",
        SNARE: "....x.......x...",
        TAMBOURINE: "x.o.x.o.x.o.x.o.",
    },
}

FILLS: tuple[tuple[int, Pattern], ...] = (
    (4, {SNARE: "x.x.", MID_TOM: "..x."}),
    (4, {SNARE: "xxxx"}),
    (8, {SNARE: "x.xx....", HIGH_TOM: "....xx..", LOW_TOM: "......xx"}),
    (8, {SNARE: "o.o.ooxx", KICK: "x...x..."}),
    (16, {SNARE: "x...x...x.x.xxxx", KICK: "x...x...x...x..."}),
    (8, {HIGH_TOM: "xx......", MID_TOM: "..xx....", LOW_TOM: "....xxxx"}),
    (8, {}),
)
"""(steps before the end of a section, what is played there); an empty one is a break."""

BASS: dict[str, str] = {
    "whole": "R...............",
    "halves": "R.......R.......",
    "eights": "R.R.R.R.R.R.R.R.",
    "pushed": "R.....R.R.....5.",
    "fifths": "R...R...5...R...",
    "octaves": "R.O.R.O.R.O.R.O.",
    "off": "..R...R...R...R.",
    "funk": "R..R..O.R..5..O.",
    "walk": "R...R...5...O...",
}
"""Root, fifth and octave in sixteen steps."""

COMPING: dict[str, str] = {
    "whole": "C...............",
    "quarters": "C...C...C...C...",
    "off": "..C...C...C...C.",
    "strum": "C...C.CC..CCC.C.",
    "eights": "C.C.C.C.C.C.C.C.",
    "skank": "....C.......C...",
    "stabs": "C..C..C...C..C..",
    "arp8": "0.1.2.1.3.2.1.2.",
    "arp16": "0121321201213212",
    "rise": "0.1.2.3.2.3.2.1.",
}
"""`C` strikes the chord, a digit one of its notes from below."""


@dataclass(frozen=True, slots=True)
class Style:
    """What bands of a style choose from; each name is a key of the tables above.

    Attributes
    ----------
    share
        How often it is chosen, in relation to the others.
    kits
        Programs of the drum channel.
    light, full, bass, quiet_bass, comping
        Patterns.
    basses, comps, pads
        General MIDI programs.
    power
        Chance of distorted fifths in loud sections.
    drums
        Chance that there are drums at all.
    loops
        Chance that a few chords go round through the whole song.
    """

    share: float
    kits: tuple[int, ...]
    light: tuple[str, ...]
    full: tuple[str, ...]
    quiet_bass: tuple[str, ...]
    bass: tuple[str, ...]
    comping: tuple[str, ...]
    basses: tuple[int, ...]
    comps: tuple[int, ...]
    pads: tuple[int, ...]
    power: float = 0.0
    drums: float = 0.95
    loops: float = 0.0


STYLES: dict[str, Style] = {
    "pop": Style(
        0.34,
        (0, 0, 8, 16, 25),
        ("stick", "shaker", "hats", "half"),
        ("eights", "pushed", "sixteens", "tambourine", "open"),
        ("whole", "halves"),
        ("eights", "pushed", "fifths"),
        ("strum", "arp8", "quarters", "off", "eights"),
        (33, 34, 32, 38),
        (25, 27, 4, 5, 24, 26),
        (89, 48, 50, 88, 49),
        0.15,
    ),
    "rock": Style(
        0.2,
        (0, 16, 8),
        ("hats", "half", "stick"),
        ("ride", "crashing", "open", "eights", "pushed"),
        ("halves", "eights"),
        ("eights", "pushed"),
        ("eights", "strum", "quarters"),
        (34, 33),
        (27, 28, 29, 25),
        (18, 48, 50),
        0.85,
    ),
    "club": Style(
        0.16,
        (24, 25, 25),
        ("kick", "hats", "shaker"),
        ("floor", "floor_hats", "broken"),
        ("whole", "off"),
        ("off", "octaves", "eights", "funk"),
        ("stabs", "arp16", "off", "rise"),
        (38, 39, 87),
        (81, 90, 62, 80, 5),
        (90, 95, 50, 89),
        0.0,
        0.97,
        0.35,
    ),
    "ballad": Style(
        0.16,
        (0, 8, 40),
        ("stick", "shaker", "half"),
        ("ballad", "eights", "half", "ride"),
        ("whole", "halves"),
        ("halves", "pushed", "fifths", "walk"),
        ("arp8", "whole", "rise", "quarters"),
        (33, 32, 35),
        (24, 25, 4, 46, 11),
        (48, 49, 89, 91, 52),
        0.1,
        0.85,
    ),
    "urban": Style(
        0.16,
        (25, 24, 0),
        ("half", "hats", "kick"),
        ("half", "broken", "sixteens"),
        ("whole", "halves"),
        ("pushed", "funk", "halves"),
        ("stabs", "off", "arp16", "whole"),
        (38, 39, 33),
        (4, 5, 27, 11, 80),
        (89, 91, 95, 50),
        0.0,
        1.0,
        0.75,
    ),
    "acoustic": Style(
        0.04,
        (0, 40),
        ("shaker", "stick"),
        ("tambourine", "eights", "ballad"),
        ("whole", "halves"),
        ("fifths", "walk", "halves"),
        ("strum", "arp8", "arp16", "rise"),
        (32, 33),
        (25, 24, 26),
        (48, 41, 21),
        0.0,
        0.5,
    ),
}

"""Every instrument by name, with its stage manners: register is the arrangement's business."""

from __future__ import annotations

from typing import Protocol

from standin.music.synthesis import strings, synths, winds
from standin.music.synthesis.keys import Deep, Modulated, Organ
from standin.music.synthesis.oscillators import Samples
from standin.music.synthesis.strings import Amplified, Piano, Pluck
from standin.music.synthesis.synths import Pad, Subtractive
from standin.music.synthesis.winds import Sustained


class Voice(Protocol):
    """An instrument."""

    def __call__(self, hz: float, gate: int, tone: float, seed: int) -> Samples:
        """Return one note, mono (n,) or stereo (2, n).

        Parameters
        ----------
        hz
            Pitch.
        gate
            Samples until it is let go; the release comes after.
        tone
            How hard or open it is played, 0 to 1.
        seed
            Varies what varies from note to note.
        """


_GUITAR_BODY = ((105.0, 30.0, 0.9), (205.0, 50.0, 0.7), (400.0, 120.0, 0.3), (2600.0, 900.0, 0.35))
_BANJO_BODY = ((420.0, 150.0, 0.8), (900.0, 300.0, 0.9), (2200.0, 800.0, 0.9))
_VIOLIN_BODY = (
    (280.0, 60.0, 0.7), (460.0, 90.0, 0.9), (1100.0, 400.0, 0.6), (2700.0, 900.0, 1.1),
)  # fmt: skip
_AAH = ((730.0, 110.0, 1.4), (1090.0, 130.0, 0.9), (2500.0, 250.0, 0.45), (3400.0, 400.0, 0.25))
_OOH = ((330.0, 90.0, 1.3), (850.0, 120.0, 0.6), (2300.0, 300.0, 0.12))
_EH = ((560.0, 100.0, 1.3), (1750.0, 180.0, 0.8), (2500.0, 250.0, 0.5))
_TRUMPET_BODY = ((1200.0, 500.0, 1.0), (2200.0, 900.0, 0.6))
_SAX_BODY = ((480.0, 180.0, 0.8), (950.0, 260.0, 1.0), (2300.0, 700.0, 0.7))

VOICES: dict[str, Voice] = {
    # plucked and struck
    "nylon guitar": Pluck(3.2, 3.2, 0.24, 2200.0, _GUITAR_BODY, 0.05),
    "steel guitar": Pluck(4.0, 1.1, 0.16, 3800.0, _GUITAR_BODY, 0.14),
    "clean guitar": Pluck(3.6, 1.0, 0.2, 3000.0, (), 0.04, 0.08, 4.0),
    "muted guitar": Pluck(0.5, 5.0, 0.14, 3300.0, (), 0.25, 0.03),
    "skank guitar": Pluck(0.9, 2.0, 0.12, 4200.0, (), 0.2, 0.04),
    "banjo": Pluck(1.1, 1.6, 0.1, 5200.0, _BANJO_BODY, 0.2, 0.06),
    "mandolin": Pluck(1.3, 1.3, 0.13, 5000.0, _BANJO_BODY, 0.12, 0.06, 5.0),
    "harp": Pluck(4.5, 2.2, 0.32, 2600.0, (), 0.02, 0.5),
    "upright bass": Pluck(2.0, 5.0, 0.22, 1100.0, ((98.0, 40.0, 0.8), (210.0, 70.0, 0.4)), 0.1),
    "finger bass": Pluck(2.6, 3.0, 0.2, 1300.0, (), 0.05, 0.06),
    "picked bass": Pluck(2.6, 1.4, 0.1, 2400.0, (), 0.14, 0.05),
    "slap bass": Pluck(1.8, 0.9, 0.06, 3600.0, (), 0.3, 0.04),
    "clavinet": Pluck(1.2, 0.8, 0.09, 5200.0, (), 0.12, 0.03),
    "piano": Piano(),
    "bright piano": Piano(2600.0, 3.4, 0.15, 0.06, 1.6),
    "felt piano": Piano(750.0, 4.6, 0.35, 0.1, 0.8),
    # amplified guitars
    "power guitar": Amplified((0, 7, 12), 7.0),
    "palm mute": Amplified((0, 7), 10.0, 0.09, 3600.0),
    "crunch guitar": Amplified((0, 7, 12), 3.2, 0.0, 4800.0),
    "lead guitar": Amplified((0,), 6.0, 0.0, 4600.0, 34.0),
    # keys, bells, bars
    "electric piano": Modulated(tremolo=0.35),
    "soft electric piano": Modulated(1.0, 0.9, 0.6, 7.0, 0.04, 0.1, 2.6, 0.005, 0.2, 0.4, 4.0),
    "wurli": Modulated(1.0, 2.2, 0.35, 3.0, 0.12, 0.2, 2.0, 0.002, 0.1, 0.25),
    "bells": Modulated(3.5, 1.6, 1.2, 7.1, 0.12, 0.5, 3.2, 0.002, 0.8),
    "celesta": Modulated(4.0, 0.7, 0.3, 9.0, 0.08, 0.1, 1.8, 0.002, 0.4),
    "vibraphone": Modulated(4.0, 0.35, 0.25, 10.0, 0.05, 0.06, 3.4, 0.003, 0.35, 0.55),
    "marimba": Modulated(4.0, 0.8, 0.08, 9.9, 0.1, 0.03, 0.8, 0.002, 0.2),
    "steel drum": Modulated(2.0, 1.3, 0.22, 5.0, 0.1, 0.1, 1.0, 0.003, 0.2, 0.0, 6.0),
    "organ": Organ(),
    "gospel organ": Organ((1.0, 0.7, 1.0, 0.8, 0.6, 0.5), speed=6.8, click=0.08),
    "bubble organ": Organ((0.4, 0.2, 1.0, 0.6, 0.2, 0.1), speed=5.4, click=0.06),
    "house organ": Organ((1.0, 0.0, 0.9, 0.7, 0.5, 0.0), speed=0.8, click=0.1, release=0.08),
    # deep
    "sub bass": Deep(),
    "808 bass": Deep(10.0, 0.018, 1.6, 2.0),
    "dub bass": Deep(0.0, 0.03, 2.6, 1.0, 0.01, 0.09),
    # synthesisers
    "synth bass": Subtractive(
        "saw", 2, 9.0, 0, 130, 1500, 0.4, 1.4, 0.16, 0.003, 0.3, 0.6, 0.06, 0.6
    ),
    "driving bass": Subtractive(
        "saw", 2, 12.0, 0, 180, 1900, 0.4, 1.2, 0.12, 0.002, 0.2, 0.5, 0.04, 0.4
    ),
    "house bass": Subtractive(
        "square", 1, 0.0, 0, 140, 1100, 0.4, 1.6, 0.1, 0.003, 0.25, 0.6, 0.05, 0.5
    ),
    "acid bass": Subtractive(
        "saw", 1, 0.0, 0, 160, 2600, 0.2, 7.0, 0.13, 0.002, 0.3, 0.55, 0.03, 0, 2.2
    ),
    "reese bass": Subtractive(
        "saw", 3, 38.0, 0, 240, 900, 0.2, 0.9, 1.6, 0.01, 1.0, 0.9, 0.09, 0.9, 1.4
    ),
    "warm bass": Subtractive(
        "triangle", 1, 0.0, 0, 220, 900, 0.5, 0.7, 0.3, 0.006, 0.6, 0.7, 0.08, 0.4
    ),
    "super saw": Subtractive("saw", 6, 34.0, 0.9, 900, 7000, 0.3, 0.8, 0.7, 0.008, 0.6, 0.75, 0.16),
    "stab": Subtractive("saw", 3, 16.0, 0.7, 300, 4200, 0.3, 1.5, 0.13, 0.003, 0.18, 0.2, 0.12),
    "dark stab": Subtractive(
        "saw", 2, 14.0, 0.6, 180, 2000, 0.3, 2.2, 0.12, 0.003, 0.15, 0.1, 0.15
    ),
    "synth pluck": Subtractive(
        "saw", 2, 9.0, 0.5, 220, 4600, 0.5, 1.3, 0.1, 0.002, 0.22, 0.05, 0.2
    ),
    "arp pluck": Subtractive(
        "pulse", 2, 7.0, 0.6, 260, 3600, 0.5, 1.2, 0.14, 0.002, 0.2, 0.15, 0.1
    ),
    "saw lead": Subtractive(
        "saw", 3, 14.0, 0.4, 900, 5200, 0.5, 1.1, 0.5, 0.01, 0.5, 0.8, 0.14, 0, 0, 16.0, 0.7
    ),
    "square lead": Subtractive(
        "square", 2, 8.0, 0.3, 700, 3600, 0.6, 0.9, 0.4, 0.006, 0.4, 0.75, 0.1, 0, 0, 18.0, 0.4
    ),
    "soft lead": Subtractive(
        "triangle", 2, 7.0, 0.3, 500, 2200, 0.6, 0.8, 0.6, 0.02, 0.6, 0.8, 0.16, 0, 0, 20.0, 0.5
    ),
    # ensembles
    "warm pad": Pad(1.25, 26.0, (), 1900.0, 0.35, 0.7),
    "glass pad": Pad(1.5, 18.0, (), 5200.0, 0.6, 1.4, 0.25, 0.5),
    "dark pad": Pad(1.4, 34.0, (), 700.0, 0.8, 1.2),
    "air pad": Pad(1.1, 48.0, ((900.0, 300.0, 1.0), (2800.0, 900.0, 0.8)), 4200.0, 0.9, 1.6),
    "strings": Pad(1.05, 24.0, _VIOLIN_BODY, 4200.0, 0.16, 0.35),
    "slow strings": Pad(1.15, 22.0, _VIOLIN_BODY, 3000.0, 0.45, 0.7),
    "choir": Pad(1.0, 22.0, _AAH, 3600.0, 0.22, 0.5),
    "low choir": Pad(0.9, 26.0, _OOH, 1800.0, 0.4, 0.8),
    # lines
    "violin": Sustained(
        1.0, 0.7, _VIOLIN_BODY, 1.0, 0.07, 0.4, 0.85, 0.14, 20.0, 5.8, 0.2, 0.1, 0.025
    ),
    "cello": Sustained(
        1.1, 0.7, _VIOLIN_BODY, 1.0, 0.09, 0.5, 0.85, 0.18, 16.0, 5.2, 0.25, 0.1, 0.02
    ),
    "fiddle": Sustained(
        0.95, 0.5, _VIOLIN_BODY, 1.0, 0.035, 0.3, 0.8, 0.08, 14.0, 6.0, 0.25, 0.3, 0.03
    ),
    "flute": Sustained(
        2.4, 0.8, (), 0.8, 0.06, 0.4, 0.85, 0.1, 12.0, 5.0, 0.3, 0.1, 0.07, (1200.0, 5000.0)
    ),
    "whistle": Sustained(
        2.8, 0.5, (), 0.4, 0.03, 0.3, 0.85, 0.06, 12.0, 5.6, 0.3, 0.5, 0.05, (2500.0, 8000.0)
    ),
    "saxophone": Sustained(
        0.75,
        0.9,
        _SAX_BODY,
        1.0,
        0.04,
        0.4,
        0.8,
        0.09,
        20.0,
        5.0,
        0.28,
        0.6,
        0.05,
        (1000.0, 5000.0),
    ),
    "trumpet": Sustained(
        0.8, 1.3, _TRUMPET_BODY, 1.0, 0.035, 0.25, 0.8, 0.07, 12.0, 5.4, 0.35, 0.25, 0.02
    ),
    "muted trumpet": Sustained(
        0.7,
        0.8,
        ((1600.0, 500.0, 1.5), (3000.0, 800.0, 0.7)),
        1.0,
        0.03,
        0.25,
        0.7,
        0.07,
        14.0,
        5.4,
        0.3,
        0.3,
        0.03,
        (1500.0, 7000.0),
        0.1,
    ),
    "brass": Sustained(
        0.75, 1.6, _TRUMPET_BODY, 1.0, 0.03, 0.16, 0.7, 0.06, 8.0, 5.2, 0.4, 0.2, 0.015
    ),
    "clarinet": Sustained(1.1, 0.7, (), 0.12, 0.04, 0.4, 0.9, 0.08, 6.0, 4.8, 0.4, 0.1, 0.02),
    "melodica": Sustained(
        0.8, 0.4, ((1400.0, 700.0, 0.8),), 0.7, 0.03, 0.3, 0.9, 0.06, 8.0, 5.0, 0.3, 0.0, 0.03
    ),
    "accordion": Sustained(
        0.7, 0.3, ((900.0, 500.0, 0.8),), 0.8, 0.05, 0.4, 0.9, 0.1, 5.0, 6.5, 0.0, 0.0, 0.02
    ),
    "pedal steel": Sustained(1.2, 0.3, (), 0.9, 0.012, 1.2, 0.35, 0.25, 14.0, 5.6, 0.25, 1.8, 0.0),
    "voice aah": Sustained(
        0.9,
        0.5,
        _AAH,
        1.0,
        0.05,
        0.4,
        0.85,
        0.12,
        24.0,
        5.5,
        0.22,
        0.7,
        0.05,
        (2000.0, 9000.0),
        0.05,
    ),
    "voice ooh": Sustained(
        1.0,
        0.5,
        _OOH,
        1.0,
        0.06,
        0.4,
        0.88,
        0.16,
        22.0,
        5.2,
        0.25,
        0.4,
        0.04,
        (1500.0, 6000.0),
        0.05,
    ),
    "voice eh": Sustained(
        0.9, 0.4, _EH, 1.0, 0.02, 0.25, 0.7, 0.06, 10.0, 5.5, 0.3, 0.8, 0.06, (2000.0, 9000.0), 0.05
    ),
}
"""All instruments. Those called "voice …" sing vowels."""


def forget() -> None:
    """Drop what the instruments keep between notes: up to 100 MB that no other track needs."""
    for family in (strings, synths, winds):
        family.forget()

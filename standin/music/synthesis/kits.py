"""Drum kits: which strokes, how loud, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass

from standin.music.synthesis import drums
from standin.music.synthesis.drums import Stroke


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a kit.

    Parameters
    ----------
    stroke
        Its sound.
    level
        Gain at full velocity.
    pan
        -1 left to 1 right.
    send
        Share that goes to the reverb.
    """

    stroke: Stroke
    level: float
    pan: float = 0.0
    send: float = 0.1


def _toms(ring: float, level: float, send: float) -> dict[str, Piece]:
    return {
        "tom high": Piece(drums.tom(165, ring), level, -0.35, send),
        "tom mid": Piece(drums.tom(122, ring), level, 0.05, send),
        "tom low": Piece(drums.tom(86, ring * 1.2), level * 1.1, 0.4, send),
    }


_EFFECTS = {
    "riser": Piece(drums.sweep(4.0, True), 0.22, 0.0, 0.3),
    "faller": Piece(drums.sweep(2.4, False), 0.16, 0.0, 0.3),
    "impact": Piece(drums.impact(), 0.32, 0.0, 0.35),
    "reverse": Piece(drums.sweep(1.6, True, 2000, 12000), 0.16, 0.0, 0.2),
}

KITS: dict[str, dict[str, Piece]] = {
    "studio": {
        "kick": Piece(drums.kick(56, 90, 0.02, 0.11, 0.35, 1.6, 0.2), 0.56, 0, 0.04),
        "snare": Piece(drums.snare(), 0.62, 0.04, 0.22),
        "hat": Piece(drums.hat(0.028), 0.2, 0.3, 0.05),
        "open": Piece(drums.hat(0.18), 0.22, 0.3, 0.08),
        "ride": Piece(drums.cymbal(0.6, 4200, 0.8), 0.2, -0.35, 0.1),
        "crash": Piece(drums.cymbal(0.75), 0.3, -0.3, 0.2),
        "clap": Piece(drums.clap(), 0.4, 0, 0.25),
        "rim": Piece(drums.wood(1650, 0.012, 0.6), 0.32, 0.1, 0.15),
        "shaker": Piece(drums.shaker(), 0.13, -0.4, 0.08),
        "tambourine": Piece(drums.shaker(0.11, 5500, 0.9), 0.15, 0.45, 0.12),
        **_toms(0.16, 0.55, 0.18),
        **_EFFECTS,
    },
    "rock": {
        "kick": Piece(drums.kick(58, 100, 0.018, 0.12, 0.55, 2.0, 0.3), 0.59, 0, 0.05),
        "snare": Piece(drums.snare(196, 0.1, 0.8, 0.14, 800, 9500, 0.8), 0.75, 0.03, 0.3),
        "hat": Piece(drums.hat(0.035, 0.6, 5500), 0.18, 0.35, 0.08),
        "open": Piece(drums.hat(0.24, 0.6, 5000), 0.20, 0.35, 0.12),
        "ride": Piece(drums.cymbal(0.7, 3600, 0.7), 0.24, -0.4, 0.12),
        "crash": Piece(drums.cymbal(0.95, 2200), 0.27, -0.35, 0.25),
        "rim": Piece(drums.wood(1600, 0.012, 0.6), 0.3, 0.1, 0.15),
        "tambourine": Piece(drums.shaker(0.11, 5500, 0.9), 0.15, 0.45, 0.12),
        **_toms(0.2, 0.65, 0.25),
        **_EFFECTS,
    },
    "metal": {
        "kick": Piece(drums.kick(60, 170, 0.009, 0.07, 1.2, 2.2, 0.2), 0.4, 0, 0.02),
        "snare": Piece(drums.snare(205, 0.08, 0.85, 0.12, 900, 10500, 1.0), 0.78, 0.02, 0.25),
        "hat": Piece(drums.hat(0.03, 0.7, 6000), 0.18, 0.4, 0.05),
        "open": Piece(drums.hat(0.22, 0.7, 5000), 0.18, 0.4, 0.1),
        "ride": Piece(drums.cymbal(0.5, 4200, 1.0), 0.16, -0.45, 0.1),
        "crash": Piece(drums.cymbal(0.8, 2400), 0.22, -0.4, 0.2),
        **_toms(0.17, 0.65, 0.2),
        **_EFFECTS,
    },
    "dusty": {
        "kick": Piece(drums.kick(60, 80, 0.022, 0.12, 0.18, 2.4, 0.25), 0.63, 0, 0.03),
        "snare": Piece(drums.snare(182, 0.07, 0.7, 0.1, 600, 5200, 0.45), 0.68, 0, 0.12),
        "hat": Piece(drums.hat(0.03, 0.2, 4200), 0.22, 0.15, 0.04),
        "open": Piece(drums.hat(0.14, 0.2, 4200), 0.17, 0.15, 0.06),
        "rim": Piece(drums.wood(1450, 0.014, 0.6), 0.32, -0.1, 0.12),
        "clap": Piece(drums.clap(0.07, 700, 3800), 0.4, 0, 0.15),
        "shaker": Piece(drums.shaker(0.07, 3600), 0.1, -0.3, 0.05),
        "crash": Piece(drums.cymbal(0.6, 2000), 0.18, -0.2, 0.2),
        "crackle": Piece(drums.crackle(), 0.06, 0, 0.0),
        **_toms(0.14, 0.4, 0.12),
        **_EFFECTS,
    },
    "808": {
        "kick": Piece(drums.kick(48, 120, 0.02, 0.2, 0.2, 1.6), 0.63, 0, 0.02),
        "snare": Piece(drums.snare(178, 0.06, 0.9, 0.09, 1200, 9000, 0.4), 0.55, 0, 0.2),
        "clap": Piece(drums.clap(0.1), 0.55, 0, 0.28),
        "hat": Piece(drums.hat(0.02, 0.9, 7000), 0.25, 0.2, 0.04),
        "open": Piece(drums.hat(0.16, 0.9, 6500), 0.18, 0.2, 0.08),
        "snap": Piece(drums.clap(0.03, 1500, 6500), 0.42, -0.05, 0.3),
        "rim": Piece(drums.wood(1750, 0.01, 0.8), 0.3, 0.15, 0.2),
        "cowbell": Piece(drums.cowbell(), 0.2, -0.3, 0.15),
        "shaker": Piece(drums.shaker(), 0.16, -0.4, 0.06),
        "crash": Piece(drums.cymbal(0.8, 3000), 0.22, -0.2, 0.25),
        **_toms(0.22, 0.5, 0.15),
        **_EFFECTS,
    },
    "909": {
        "kick": Piece(drums.kick(50, 190, 0.022, 0.15, 0.35, 2.2), 0.59, 0, 0.01),
        "snare": Piece(drums.snare(185, 0.06, 0.9, 0.1, 1300, 9500, 0.5), 0.5, 0, 0.18),
        "clap": Piece(drums.clap(0.085), 0.60, 0, 0.3),
        "hat": Piece(drums.hat(0.024, 0.6, 7500), 0.28, 0.12, 0.03),
        "open": Piece(drums.hat(0.13, 0.6, 6800), 0.38, -0.1, 0.06),
        "ride": Piece(drums.cymbal(0.4, 5200, 0.6), 0.2, 0.3, 0.06),
        "rim": Piece(drums.wood(1900, 0.009, 0.7), 0.26, 0.3, 0.25),
        "shaker": Piece(drums.shaker(0.06, 5200), 0.17, -0.35, 0.05),
        "cowbell": Piece(drums.cowbell(620), 0.16, -0.3, 0.15),
        "conga": Piece(drums.skin(245, 0.09), 0.26, 0.4, 0.12),
        "crash": Piece(drums.cymbal(0.9, 3000), 0.26, 0.2, 0.3),
        **_toms(0.17, 0.45, 0.15),
        **_EFFECTS,
    },
    "hard": {
        "kick": Piece(drums.kick(47, 210, 0.024, 0.17, 0.3, 3.2), 0.56, 0, 0.05),
        "rumble": Piece(drums.kick(52, 12, 0.03, 0.08, 0.0, 2.5), 0.2, 0, 0.12),
        "clap": Piece(drums.clap(0.07), 0.54, 0, 0.35),
        "hat": Piece(drums.hat(0.02, 0.8, 8000), 0.29, 0.15, 0.03),
        "open": Piece(drums.hat(0.11, 0.8, 7000), 0.42, -0.15, 0.06),
        "ride": Piece(drums.cymbal(0.35, 5200, 0.8), 0.27, 0.3, 0.08),
        "rim": Piece(drums.wood(1250, 0.014, 0.8), 0.34, -0.4, 0.35),
        "shaker": Piece(drums.shaker(0.05, 6000), 0.12, 0.4, 0.05),
        "tom low": Piece(drums.tom(78, 0.12), 0.42, 0.3, 0.2),
        "crash": Piece(drums.cymbal(0.9, 3200), 0.22, -0.2, 0.3),
        "snare": Piece(drums.snare(190, 0.05, 0.9, 0.08, 1500, 9500, 0.5), 0.4, 0, 0.2),
        **_EFFECTS,
    },
    "break": {
        "kick": Piece(drums.kick(62, 130, 0.014, 0.09, 0.5, 2.2, 0.2), 0.61, 0, 0.03),
        "snare": Piece(drums.snare(214, 0.08, 0.8, 0.1, 900, 10500, 0.9), 0.68, 0, 0.14),
        "hat": Piece(drums.hat(0.022, 0.5, 6500), 0.13, 0.25, 0.03),
        "open": Piece(drums.hat(0.12, 0.5, 6000), 0.22, -0.2, 0.05),
        "ride": Piece(drums.cymbal(0.4, 4600, 0.6), 0.13, -0.3, 0.06),
        "crash": Piece(drums.cymbal(0.9, 2600), 0.22, -0.3, 0.25),
        "rim": Piece(drums.wood(1700, 0.01, 0.6), 0.24, 0.2, 0.15),
        "shaker": Piece(drums.shaker(0.05, 5200), 0.10, 0.4, 0.05),
        **_toms(0.12, 0.45, 0.1),
        **_EFFECTS,
    },
    "gated": {
        "kick": Piece(drums.kick(54, 120, 0.018, 0.11, 0.5, 1.8), 0.59, 0, 0.04),
        "snare": Piece(drums.gated_snare(), 0.72, 0, 0.12),
        "hat": Piece(drums.hat(0.026, 0.7, 7000), 0.18, 0.25, 0.04),
        "open": Piece(drums.hat(0.16, 0.7, 6500), 0.2, 0.25, 0.06),
        "clap": Piece(drums.clap(0.12), 0.4, 0.1, 0.25),
        "crash": Piece(drums.cymbal(0.9, 2600), 0.3, -0.3, 0.3),
        "cowbell": Piece(drums.cowbell(), 0.14, 0.4, 0.1),
        **_toms(0.24, 0.7, 0.3),
        **_EFFECTS,
    },
    "brushes": {
        "kick": Piece(drums.kick(64, 40, 0.02, 0.1, 0.12, 1.1, 0.2), 0.33, 0, 0.06),
        "snare": Piece(drums.snare(205, 0.08, 0.55, 0.09, 1000, 8000, 0.4), 0.36, 0.1, 0.15),
        "brush": Piece(drums.brush(), 0.12, 0.15, 0.12),
        "tap": Piece(drums.brush(0.09, 1500), 0.17, 0.1, 0.12),
        "hat": Piece(drums.hat(0.03, 0.5, 6000), 0.13, 0.35, 0.08),
        "ride": Piece(drums.cymbal(0.75, 3800, 0.8), 0.16, -0.3, 0.12),
        "crash": Piece(drums.cymbal(1.1, 2400), 0.2, -0.4, 0.2),
        "rim": Piece(drums.wood(1550, 0.012, 0.6), 0.24, 0.1, 0.15),
        **_toms(0.18, 0.36, 0.15),
    },
    "roots": {
        "kick": Piece(drums.kick(56, 70, 0.02, 0.13, 0.25, 1.4, 0.25), 0.56, 0, 0.06),
        "snare": Piece(drums.snare(235, 0.07, 0.6, 0.09, 1000, 8500, 0.6), 0.5, 0.05, 0.3),
        "rim": Piece(drums.wood(1580, 0.014, 0.7), 0.42, 0.05, 0.35),
        "hat": Piece(drums.hat(0.03, 0.5, 6200), 0.19, 0.35, 0.06),
        "open": Piece(drums.hat(0.14, 0.5, 6000), 0.18, 0.35, 0.08),
        "crash": Piece(drums.cymbal(0.9, 2600), 0.2, -0.3, 0.3),
        "shaker": Piece(drums.shaker(), 0.12, -0.45, 0.08),
        "conga": Piece(drums.skin(210, 0.12), 0.3, -0.4, 0.15),
        **_toms(0.16, 0.5, 0.4),
    },
    "latin": {
        "kick": Piece(drums.kick(60, 60, 0.02, 0.11, 0.15, 1.2, 0.2), 0.40, 0, 0.05),
        "rim": Piece(drums.wood(1620, 0.013, 0.6), 0.34, 0.1, 0.18),
        "clave": Piece(drums.wood(2480, 0.028, 0.1), 0.26, -0.35, 0.25),
        "conga": Piece(drums.skin(196, 0.13), 0.36, 0.3, 0.15),
        "conga high": Piece(drums.skin(262, 0.1), 0.34, 0.4, 0.15),
        "conga slap": Piece(drums.skin(300, 0.05, 1.0), 0.3, 0.4, 0.15),
        "bongo": Piece(drums.skin(410, 0.06), 0.22, -0.4, 0.15),
        "cowbell": Piece(drums.cowbell(590), 0.18, 0.2, 0.15),
        "guiro": Piece(drums.shaker(0.14, 3200, 0.1), 0.20, -0.5, 0.12),
        "shaker": Piece(drums.shaker(0.07, 5200, 0.3), 0.26, 0.5, 0.1),
        "hat": Piece(drums.hat(0.03, 0.5, 6500), 0.15, -0.2, 0.06),
        "crash": Piece(drums.cymbal(0.8, 3000), 0.16, -0.3, 0.2),
        "tom high": Piece(drums.skin(330, 0.12, 0.3), 0.34, 0.5, 0.15),
        "tom mid": Piece(drums.skin(262, 0.12, 0.2), 0.34, 0.3, 0.15),
        "tom low": Piece(drums.skin(196, 0.14, 0.1), 0.36, 0.1, 0.15),
    },
    "hands": {
        "bodhran": Piece(drums.skin(82, 0.14, 0.15), 0.55, -0.1, 0.15),
        "bodhran high": Piece(drums.skin(128, 0.07, 0.25), 0.34, -0.1, 0.15),
        "shaker": Piece(drums.shaker(0.08, 4800), 0.20, 0.4, 0.1),
        "tambourine": Piece(drums.shaker(0.12, 5500, 0.9), 0.12, 0.4, 0.15),
        "clap": Piece(drums.clap(0.06, 900, 5000), 0.26, 0.1, 0.2),
    },
    "train": {
        "kick": Piece(drums.kick(60, 60, 0.02, 0.1, 0.3, 1.4, 0.25), 0.44, 0, 0.05),
        "snare": Piece(drums.snare(200, 0.08, 0.65, 0.1, 1000, 8500, 0.6), 0.5, 0.05, 0.16),
        "tap": Piece(drums.brush(0.07, 1600), 0.34, 0.1, 0.1),
        "hat": Piece(drums.hat(0.03, 0.5, 6500), 0.17, 0.35, 0.06),
        "open": Piece(drums.hat(0.16, 0.5, 6000), 0.18, 0.35, 0.08),
        "ride": Piece(drums.cymbal(0.6, 4200, 0.7), 0.2, -0.35, 0.1),
        "crash": Piece(drums.cymbal(0.9, 2600), 0.24, -0.3, 0.2),
        "rim": Piece(drums.wood(1650, 0.012, 0.6), 0.3, 0.1, 0.15),
        "tambourine": Piece(drums.shaker(0.11, 5500, 0.9), 0.14, -0.4, 0.12),
        **_toms(0.16, 0.45, 0.18),
    },
}

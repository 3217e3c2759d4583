"""The one objective of a trailer: what makes a plan good, in numbers that can be added.

A plan costs the sum of its steps and its cuts. A **step** from one track to the next costs

    1.0 · tempo + 0.7 · key + 0.15 · loudness + 0.15 · energy

each term 0 (fits) to 1 (does not), and half where it is not known. Two voices at once are no term
of it, because nothing here hears who sings. A **cut** costs what it lies on
(a phrase nothing, a downbeat .1, a beat .2, none of them .4) and the share of the highlight that is
lost by having it there rather than where the highlight starts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Ground = Literal["phrase", "downbeat", "beat", "free"]
"""What a cut lies on."""

UNKNOWN = 0.5
MATCHED_GAP = 0.04
"""Up to it a stretch that nobody hears lays one tempo on the other, so that it costs little."""

WORST_TEMPO_GAP = 0.12
"""Beyond it no listener hears one tempo in the other."""

_MATCHED_COST = 0.2
_UNMATCHED_COST = 0.8

_WORST_LOUDNESS_STEP = 9.0  # LU, before levelling
_WORST_ENERGY_STEP = 9.0  # LU, after levelling
_KEY_COSTS = (0.0, 0.1, 0.8, 0.9, 1.0)  # by steps on the wheel of fifths, the last for all beyond
# Found on random playlists: docs/trailer-evaluation.md tells what other weights come to.
_TEMPO, _KEY, _LOUDNESS, _ENERGY = 1.0, 0.7, 0.15, 0.15
_GROUNDS: dict[Ground, float] = {"phrase": 0.0, "downbeat": 0.1, "beat": 0.2, "free": 0.4}


@dataclass(frozen=True, slots=True)
class Character:
    """What makes one track sit well beside another; None where it is not known.

    Parameters
    ----------
    tempo
        Beats per minute, > 0.
    key, mode
        Pitch class 0 to 11, and 1 for major or 0 for minor.
    loudness
        LUFS of the part that is played.
    opening, closing
        LU by which its first and its last seconds are louder than all of it.
    sung_first, sung_last
        Share, 0 to 1, of those seconds with singing, where a caller knows it.
    """

    tempo: float | None = None
    key: int | None = None
    mode: int | None = None
    loudness: float | None = None
    opening: float | None = None
    closing: float | None = None
    sung_first: float | None = None
    sung_last: float | None = None


def tempo_gap(first: float, second: float) -> float:
    """Return how much faster one tempo is than the other, octaves folded away: 0 to 0.414.

    60 and 121 BPM are 0.8 % apart, because every second beat of the one is a beat of the other.
    """
    octaves = abs(math.log2(first / second))
    return float(2.0 ** abs(octaves - round(octaves)) - 1.0)


def tempo_cost(gap: float) -> float:
    """Return what a tempo gap costs, 0 to 1.

    It rises slowly up to `MATCHED_GAP` and jumps there: whether two tracks can be matched counts,
    and much less how far they are from it. A cost in proportion to the gap would rather shrink two
    gaps that stay too wide than close one of them.
    """
    if gap <= MATCHED_GAP:
        return _MATCHED_COST * gap / MATCHED_GAP
    beyond = min(1.0, (gap - MATCHED_GAP) / (WORST_TEMPO_GAP - MATCHED_GAP))
    return _UNMATCHED_COST + (1.0 - _UNMATCHED_COST) * beyond


def key_steps(first: tuple[int, int], second: tuple[int, int]) -> int:
    """Return the steps between two (pitch class, mode) on the Camelot wheel: 0 to 7.

    0 for the same key, 1 for a fifth up or down and for the relative key, one more for each
    further fifth; a change of mode counts one.
    """
    places = [((key + 3 * (1 - mode)) * 7 % 12, mode) for key, mode in (first, second)]
    around = abs(places[0][0] - places[1][0])
    return min(around, 12 - around) + abs(places[0][1] - places[1][1])


def keys_apart(first: Character, second: Character) -> int | None:
    """Return `key_steps` of two characters, None where a key is not known."""
    if first.key is None or first.mode is None or second.key is None or second.mode is None:
        return None
    return key_steps((first.key, first.mode), (second.key, second.mode))


def step_cost(first: Character, second: Character) -> float:
    """Return how badly `second` follows `first`, 0 to 2."""
    tempo = key = UNKNOWN
    if first.tempo and second.tempo:
        tempo = tempo_cost(tempo_gap(first.tempo, second.tempo))
    steps = keys_apart(first, second)
    if steps is not None:
        key = _KEY_COSTS[min(steps, len(_KEY_COSTS) - 1)]
    loudness = _apart(first.loudness, second.loudness, _WORST_LOUDNESS_STEP)
    energy = _apart(first.closing, second.opening, _WORST_ENERGY_STEP)
    return _TEMPO * tempo + _KEY * key + _LOUDNESS * loudness + _ENERGY * energy


def cut_cost(ground: Ground, moved: float, length: float) -> float:
    """Return what a cut costs.

    Parameters
    ----------
    ground
        What it lies on.
    moved
        Seconds from where it was wanted.
    length
        Seconds of the fragment, > 0.
    """
    return _GROUNDS[ground] + min(1.0, abs(moved) / length)


def _apart(first: float | None, second: float | None, worst: float) -> float:
    if first is None or second is None:
        return UNKNOWN
    return min(1.0, abs(first - second) / worst)

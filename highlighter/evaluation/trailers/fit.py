"""How well neighbours fit, from numbers alone: tempo, key, beats, and what is kept of highlights.

Written apart from the trailer's own objective, so that an error there does not hide itself here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from highlighter.evaluation.metrics import Floats
from highlighter.evaluation.trailers.learning import Known
from highlighter.evaluation.trailers.mixture import Mixture, Part
from highlighter.evaluation.trailers.pool import beats_moved
from highlighter.trailer.order import best_path

WITHIN = 0.07
"""Seconds within which a beat counts as found (Davies, Degara, Plumbley, 2009)."""

RIGHT = 0.95
"""F from which a fragment's beats count as right."""

_FEWEST = 2  # true beats of each side in a join, to say how far they are apart
_MAJOR = ("8B", "3B", "10B", "5B", "12B", "7B", "2B", "9B", "4B", "11B", "6B", "1B")
_MINOR = ("5A", "12A", "7A", "2A", "9A", "4A", "11A", "6A", "1A", "8A", "3A", "10A")


def folded_gap(first: float, second: float) -> float:
    """Return by what share two tempi differ, octaves folded away: 0 to 0.414.

    60 and 121 BPM: 0.0083; 100 and 150: 0.333 (75 against 100); 100 and 141.4: 0.414.
    """
    ratio = first / second
    while ratio >= math.sqrt(2.0):
        ratio /= 2.0
    while ratio < math.sqrt(0.5):
        ratio *= 2.0
    return max(ratio, 1.0 / ratio) - 1.0


def camelot(key: int, mode: int) -> str:
    """Return a key's name on the Camelot wheel: C major is 8B, A minor 8A."""
    return (_MAJOR if mode else _MINOR)[key]


def compatible(first: tuple[int, int] | None, second: tuple[int, int] | None) -> bool:
    """Return whether two keys are the same, relatives, or neighbours on the wheel in one mode.

    By chance, over all 24 keys: 4 of 24. An unknown key is compatible with none.
    """
    if first is None or second is None:
        return False
    one, other = camelot(*first), camelot(*second)
    hours = (int(one[:-1]) - int(other[:-1])) % 12
    return hours == 0 or (one[-1] == other[-1] and hours in (1, 11))


def most_compatible(keys: Sequence[tuple[int, int] | None]) -> int:
    """Return how many joins can be compatible in the best order there is (Held and Karp, 1962)."""
    costs = np.array([[float(not compatible(a, b)) for b in keys] for a in keys])
    np.fill_diagonal(costs, 0.0)
    order = best_path(costs)
    return sum(compatible(keys[a], keys[b]) for a, b in pairwise(order))


def smallest_gaps(tempi: Sequence[float | None]) -> tuple[int, ...]:
    """Return the order whose folded tempo gaps sum to least, however the rest fits."""
    costs = np.array([[gap_or(a, b, 0.42) for b in tempi] for a in tempi])
    np.fill_diagonal(costs, 0.0)
    return best_path(costs)


def gap_or(first: float | None, second: float | None, unknown: float) -> float:
    """Return `folded_gap`, or something else where a tempo is not known."""
    return folded_gap(first, second) if first and second else unknown


def kept_share(mixture: Mixture, tracks: Sequence[Known], seconds: float) -> Floats:
    """Return, for each part, what share of the first `seconds` of its highlight is heard, 0 to 1.

    Where the whole highlight or the file is shorter, of that.
    """
    shares = []
    for part in mixture.parts:
        material = tracks[part.track].learnt.material
        wanted = min(seconds, material.available_end - material.wanted_start)
        end = material.wanted_start + wanted
        both = min(part.source_end, end) - max(part.source_start, material.wanted_start)
        shares.append(max(0.0, both) / wanted if wanted > 0.0 else math.nan)
    return np.array(shares)


def f_measure(found: Floats, true: Floats, within: float = WITHIN) -> float:
    """Return F of two rising series of seconds, each value matched at most once; 0 to 1."""
    hits = first = second = 0
    while first < found.size and second < true.size:
        away = found[first] - true[second]
        if abs(away) <= within:
            hits, first, second = hits + 1, first + 1, second + 1
        elif away < 0.0:
            first += 1
        else:
            second += 1
    return 2.0 * hits / max(1, found.size + true.size)


@dataclass(frozen=True, slots=True)
class Rightness:
    """How right the beats of a span are, as annotated and moved to where notes begin.

    Attributes
    ----------
    annotated, moved
        F at 70 ms, 0 to 1; the same where nothing is to be moved.
    """

    annotated: float
    moved: float


def rightness(known: Known, low: float, high: float) -> Rightness | None:
    """Return how right the beats between two seconds of a track are; None without a truth."""
    truth = known.pool.truth
    if truth is None or not truth.beats:
        return None
    material = known.learnt.material
    low, high = max(low, material.available_start), min(high, material.available_end)
    true, found = np.array(truth.beats), np.array(material.beats)
    late = 0.0
    if truth.notes:
        late = beats_moved(true, np.array(truth.notes), low, high)

    def judged(moved: Floats) -> float:
        return f_measure(_inside(found, low, high), _inside(moved, low, high))

    return Rightness(judged(true), judged(true + late))


@dataclass(frozen=True, slots=True)
class Offset:
    """How far true beats of two tracks are apart in a join, seconds.

    Attributes
    ----------
    middle
        The median over beats: how early (−) or late (+) the second track is.
    spread
        Root of the mean squared distance.
    """

    middle: float
    spread: float


def join_offset(mixture: Mixture, place: int, tracks: Sequence[Known]) -> Offset | None:
    """Return how far the true beats of the tracks on both sides of a join are apart while it lasts.

    Each beat of the one with fewer beats is taken to the nearest of the other, so that half and
    double time count as together. None where a truth is missing, or two beats of each are not to
    be had.
    """
    before, after = mixture.parts[place], mixture.parts[place + 1]
    half = mixture.seams[place].seconds / 2.0
    low, high = after.start - half, after.start + half
    first = _true_beats(tracks[before.track], before, low, high)
    second = _true_beats(tracks[after.track], after, low, high)
    if first is None or second is None or min(first.size, second.size) < _FEWEST:
        return None
    few, many, sign = (second, first, 1.0) if second.size <= first.size else (first, second, -1.0)
    nearest = many[np.abs(few[:, None] - many[None, :]).argmin(axis=1)]
    away = sign * (few - nearest)
    return Offset(float(np.median(away)), float(np.sqrt(np.mean(away**2))))


def _true_beats(known: Known, part: Part, low: float, high: float) -> Floats | None:
    """Return when true beats are heard, a little beyond the join's ends."""
    truth = known.pool.truth
    if truth is None or not truth.beats:
        return None
    beats = np.array(truth.beats)
    if truth.notes:
        first, last = part.source_start, part.source_end
        beats = beats + beats_moved(beats, np.array(truth.notes), first, last)
    heard = part.start + (beats - part.source_start) / part.rate
    return _inside(heard, low - 0.1, high + 0.1)


def _inside(values: Floats, low: float, high: float) -> Floats:
    kept: Floats = values[(values >= low) & (values < high)]
    return kept

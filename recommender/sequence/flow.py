"""How rough the step from one track to another is, by tempo and by key.

Tempo: the ratio of the two in octaves, folded to at most half an octave, because a beat can be
heard at half or double speed; 0 for equal, 1 for half an octave apart. Key: steps on the Camelot
wheel (the circle of fifths with each minor key beside its relative major, as in M. Davis'
"Camelot Easymix" system): 0 for the same key, 1 for a neighbour on the circle or the relative key.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from recommender.sequence.model import Floats

KEY_ROUGHNESS = (0.0, 0.1, 0.5, 0.8, 1.0, 1.0, 1.0, 1.0)
"""By steps on the wheel: a step or none mixes well, two pass, four and more all clash."""

TEMPO_SHARE = 0.5
"""How much of the roughness is the tempo's; the key has the rest."""

_BINS = 96
_UNKNOWN_KEY = 24

Codes = np.ndarray[Any, np.dtype[np.intp]]


def tempo_distance(one: Floats, other: Floats) -> Floats:
    """Return how far apart tempi in BPM are, 0–1, octaves folded; NaN if either is NaN."""
    octaves = np.log2(one) - np.log2(other)
    folded: Floats = (2.0 * np.abs(octaves - np.rint(octaves))).astype(np.float32)
    return folded


def wheel_codes(key: Floats, mode: Floats) -> Codes:
    """Return places on the Camelot wheel: twice the hour, 0 for C major's, plus 1 if major.

    Parameters
    ----------
    key, mode
        Pitch class 0–11 and 1 for major or 0 for minor. Anything else is unknown: code 24.
    """
    known = (key >= 0) & (key < 12) & ((mode == 0) | (mode == 1))
    pitch = np.where(known, key, 0).astype(np.intp)
    major = np.where(known, mode, 0).astype(np.intp)
    hour = (7 * (pitch + 3 * (1 - major))) % 12
    return np.where(known, 2 * hour + major, _UNKNOWN_KEY)


def wheel_steps(one: Codes, other: Codes) -> Codes:
    """Return the steps between known places on the wheel: hours, plus 1 from minor to major."""
    hours = np.abs(one // 2 - other // 2)
    steps: Codes = np.minimum(hours, 12 - hours) + (one % 2 != other % 2)
    return steps


_CODES = np.arange(_UNKNOWN_KEY)
_KEYS = np.array(KEY_ROUGHNESS, dtype=np.float32)[wheel_steps(_CODES[:, None], _CODES[None, :])]
_TURN = np.abs(np.arange(_BINS)[:, None] - np.arange(_BINS)[None, :]) / _BINS
_TEMPI = (2.0 * np.minimum(_TURN, 1.0 - _TURN)).astype(np.float32)


class Flow:
    """The roughness of every step between tracks of a pool.

    What is not known is as rough as the pool's steps are on average, so it neither helps nor harms.

    Parameters
    ----------
    tempo, key, mode
        float32 (P,), NaN where unknown.
    weight
        What a step of roughness 1 costs.
    """

    def __init__(self, tempo: Floats, key: Floats, mode: Floats, weight: float) -> None:
        known = np.isfinite(tempo) & (tempo > 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            octaves = np.where(known, np.log2(tempo), 0.0)
        self._phase = (octaves - np.floor(octaves)).astype(np.float32)
        self._tempo_weight = np.float32(weight * TEMPO_SHARE)
        self._tempo_known = known
        self._tempo_unknown = np.flatnonzero(~known)
        counts = np.bincount((self._phase[known] * _BINS).astype(np.intp) % _BINS, minlength=_BINS)
        self._tempo_mean = np.float32(_mean(counts, _TEMPI) * self._tempo_weight)
        self._codes = wheel_codes(key, mode)
        counts = np.bincount(self._codes, minlength=_UNKNOWN_KEY + 1)[:_UNKNOWN_KEY]
        table = np.full((_UNKNOWN_KEY + 1,) * 2, _mean(counts, _KEYS), dtype=np.float32)
        table[:_UNKNOWN_KEY, :_UNKNOWN_KEY] = _KEYS
        self._keys = table * np.float32(weight * (1.0 - TEMPO_SHARE))

    def steps_from(self, track: int) -> Floats:
        """Return what the step between a track and each of the pool costs, float32 (P,)."""
        steps: Floats
        if self._tempo_known[track]:
            steps = self._phase - self._phase[track]
            np.abs(steps, out=steps)
            np.minimum(steps, np.float32(1.0) - steps, out=steps)
            steps *= np.float32(2.0) * self._tempo_weight
            if len(self._tempo_unknown):
                steps[self._tempo_unknown] = self._tempo_mean
        else:
            steps = np.full(len(self._phase), self._tempo_mean, dtype=np.float32)
        steps += self._keys[self._codes[track]].take(self._codes)
        return steps

    def along(self, order: Sequence[int]) -> Floats:
        """Return what each step of an order costs, float32 (len(order) − 1,)."""
        at = np.asarray(order, dtype=np.intp)
        one, other = at[:-1], at[1:]
        turn = np.abs(self._phase[one] - self._phase[other])
        tempo = np.float32(2.0) * self._tempo_weight * np.minimum(turn, np.float32(1.0) - turn)
        known = self._tempo_known[one] & self._tempo_known[other]
        steps: Floats = np.where(known, tempo, self._tempo_mean)
        steps = steps + self._keys[self._codes[one], self._codes[other]]
        return steps


def _mean(counts: np.ndarray[Any, Any], distances: Floats) -> float:
    """Return the mean distance over all pairs of what was counted, 0 if that is nothing."""
    total = float(counts.sum())
    return float(counts @ distances @ counts) / (total * total) if total else 0.0

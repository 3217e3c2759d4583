"""From activations to beats and bars: hidden Markov models whose states are places in a beat.

The model of beats is the bar pointer of N. Whiteley, A. T. Cemgil and S. Godsill, *Bayesian
modelling of temporal structure in musical audio*, ISMIR 2006, on the state space of F. Krebs,
S. Böck and G. Widmer, *An efficient state-space model for joint tempo and meter tracking*, ISMIR
2015: a beat lasts a whole number of frames, and tempo changes from beat to beat only. So the best
path needs to be known only where beats begin, for each length of the beat that ended there, and a
block of frames as long as the shortest beat is found at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

SLOWEST, FASTEST = 38.0, 226.0
"""Beats per minute that a path may have."""

METRES = (3, 4)
"""Beats to the bar that are considered."""

_LAMBDA = 100.0
"""How unlikely a change of tempo is: exp(−λ |ratio − 1|), as published."""

_STEEPEST = 0.07
_PART = 16
"""The first sixteenth of a beat is where its onset is looked for."""

_LEAST = 1e-4
_METRE_PRIOR = {3: 0.08, 4: 0.92}
_SLIP = 0.01
"""How probable it is that a bar does not go on as counted."""


@dataclass(frozen=True, slots=True, eq=False)
class BeatPath:
    """The most probable path.

    Attributes
    ----------
    frames
        (b,) where beats begin.
    intervals
        (b,) frames from each to the next, as the path has them.
    score
        Log-likelihood per frame.
    """

    frames: NDArray[np.int64]
    intervals: NDArray[np.int64]
    score: float


@lru_cache(maxsize=4)
def _tempi(rate: float) -> tuple[NDArray[np.int64], Float64]:
    """Return (k,) beat lengths in frames, and (2 r + 1, k) log-probabilities of coming to each.

    Row r + d is that of coming from the length d frames longer.
    """
    shortest, longest = math.floor(60.0 * rate / FASTEST), math.ceil(60.0 * rate / SLOWEST)
    lengths = np.arange(shortest, longest + 1)
    reach = max(1, round(_STEEPEST * longest))
    change = np.full((2 * reach + 1, lengths.size), -np.inf)
    for away in range(-reach, reach + 1):
        origin = lengths + away
        fits = (origin >= shortest) & (origin <= longest)
        ratio = lengths / np.where(fits, origin, 1)
        logp = -_LAMBDA * np.abs(ratio - 1.0)
        change[reach + away] = np.where(fits & (np.abs(ratio - 1.0) <= _STEEPEST), logp, -np.inf)
    total = np.log(np.exp(change).sum(axis=0))
    return lengths, change - total


def beat_path(activation: Float64, rate: float) -> BeatPath | None:
    """Return the most probable beats; None where the fragment is shorter than two slow beats.

    Parameters
    ----------
    activation
        (n,) probability that a beat begins at each frame.
    rate
        Frames per second.
    """
    lengths, change = _tempi(rate)
    shortest, count = int(lengths[0]), activation.size
    if count < 2 * shortest:
        return None
    sure = np.clip(activation, _LEAST, 1.0 - _LEAST)
    at_beat = np.concatenate([[0.0], np.cumsum(np.log(sure))])
    between = np.concatenate([[0.0], np.cumsum(np.log((1.0 - sure) / (_PART - 1)))])
    width = np.maximum(1, np.round(lengths / _PART).astype(np.int64))
    reach, columns = change.shape[0] // 2, np.arange(lengths.size)
    longest = int(lengths[-1])
    # Row `longest + t` of `begin`: best score of a beat of each length that begins at frame t;
    # row t of `ended`: of one that ends there.
    begin = np.full((longest + count + 1, lengths.size), -np.inf)
    ended = np.full((count + 1, lengths.size + 2 * reach), -np.inf)
    for first in range(0, count + 1, shortest):
        now = np.arange(first, min(first + shortest, count + 1))[:, None]
        since = now - lengths
        start = np.maximum(since, 0)
        onset_end = np.minimum(start + width, count)
        whole = (
            begin[since + longest, columns]
            + at_beat[onset_end]
            - at_beat[start]
            + between[now]
            - between[onset_end]
        )
        # Before the first beat lies a part of one; each length is as likely, and each part of it.
        entering = between[now] - math.log(lengths.size) - np.log(lengths)
        rows = ended[now[0, 0] : now[-1, 0] + 1]
        rows[:, reach : reach + lengths.size] = np.where(since >= 0, whole, entering)
        best = begin[longest + now[0, 0] : longest + now[-1, 0] + 1]
        for shift in range(2 * reach + 1):
            np.maximum(best, rows[:, shift : shift + lengths.size] + change[shift], out=best)
    return _traced(begin[longest:], ended, change, lengths, at_beat, between)


def _traced(
    begin: Float64,
    ended: Float64,
    change: Float64,
    lengths: NDArray[np.int64],
    at_beat: Float64,
    between: Float64,
) -> BeatPath:
    """Return the best path, from its last beat, of which only a part is heard, to its first."""
    count, shifts = begin.shape[0] - 1, np.arange(change.shape[0])
    width = np.maximum(1, np.round(lengths / _PART).astype(np.int64))
    back = np.arange(lengths[-1])[:, None]
    since = np.maximum(count - back, 0)
    onset_end = np.minimum(since + width, count)
    final = begin[since[:, 0]] + at_beat[onset_end] - at_beat[since]
    final += between[count] - between[onset_end]
    final[back >= np.minimum(lengths, count + 1)] = -np.inf
    place, column = (int(part) for part in np.unravel_index(int(final.argmax()), final.shape))
    score = float(final[place, column]) / max(1, count)
    at = int(since[place, 0])
    frames, intervals = [], []
    while at >= 0:
        if at < count:
            frames.append(at)
            intervals.append(int(lengths[column]))
        # The score held here came from whichever length reaches it.
        through = ended[at, column + shifts] + change[:, column]
        column += int(through.argmax()) - change.shape[0] // 2
        at -= int(lengths[column])
    return BeatPath(np.array(frames[::-1]), np.array(intervals[::-1]), score)


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Which beats begin bars.

    Attributes
    ----------
    metre
        Beats to the bar.
    positions
        (b,) 0 where a bar begins.
    certainty
        (b,) probability that a bar begins at each beat.
    metre_certainty
        Probability of the metre against the others.
    """

    metre: int
    positions: NDArray[np.int64]
    certainty: Float64
    metre_certainty: float

    @property
    def slips(self) -> int:
        """How often the count breaks off, or goes on, where a bar should begin."""
        steps = np.diff(self.positions) % self.metre
        return int(np.count_nonzero(steps != 1))


def bars_of(downbeats: Float64) -> Bars | None:
    """Return bars of (b,) probabilities that each beat begins one; None for fewer than two."""
    count = downbeats.size
    if count < 2:
        return None
    sure = np.clip(downbeats, 0.01, 0.99)
    begins, goes_on = np.log(sure), np.log(1.0 - sure)
    found: dict[int, tuple[float, NDArray[np.int64], Float64]] = {}
    for metre in METRES:
        logs = np.repeat(goes_on[:, None], metre, axis=1)
        logs[:, 0] = begins
        found[metre] = _counted(logs)
    evidence = np.array([found[metre][0] + math.log(_METRE_PRIOR[metre]) for metre in METRES])
    chances = np.exp(evidence - evidence.max())
    chances /= chances.sum()
    best = int(chances.argmax())
    _, positions, posterior = found[METRES[best]]
    return Bars(METRES[best], positions, posterior, float(chances[best]))


def _counted(logs: Float64) -> tuple[float, NDArray[np.int64], Float64]:
    """Return evidence, the best positions, and the probability of position 0 at each beat."""
    count, metre = logs.shape
    step = np.full((metre, metre), math.log(_SLIP / (metre - 1)))
    step[np.arange(metre), (np.arange(metre) + 1) % metre] = math.log(1.0 - _SLIP)
    forward, backward, best = np.zeros_like(logs), np.zeros_like(logs), np.zeros_like(logs)
    origin = np.zeros(logs.shape, dtype=np.int64)
    forward[0] = best[0] = logs[0] - math.log(metre)
    for beat in range(1, count):
        forward[beat] = logs[beat] + np.logaddexp.reduce(forward[beat - 1][:, None] + step, axis=0)
        through = best[beat - 1][:, None] + step
        origin[beat] = through.argmax(axis=0)
        best[beat] = logs[beat] + through.max(axis=0)
    for beat in range(count - 2, -1, -1):
        following = step + logs[beat + 1] + backward[beat + 1]
        backward[beat] = np.logaddexp.reduce(following, axis=1)
    evidence = float(np.logaddexp.reduce(forward[-1]))
    positions = np.zeros(count, dtype=np.int64)
    positions[-1] = int(best[-1].argmax())
    for beat in range(count - 1, 0, -1):
        positions[beat - 1] = origin[beat, positions[beat]]
    posterior = np.exp(forward + backward - evidence)
    return evidence, positions, posterior[:, 0]

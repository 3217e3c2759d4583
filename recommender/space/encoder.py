"""A small network that puts tracks that belong together near each other; numpy throughout.

Sound inputs and the mean embedding of the title's tokens go through one hidden layer (ReLU), with a
linear way beside it, onto the unit sphere. It learns from pairs that belong together, each pair
against all others of its batch: the InfoNCE loss of van den Oord, Li, Vinyals, "Representation
learning with contrastive predictive coding", 2018, over cosines, both ways as in Radford et al.
2021. The cosine then estimates how much more often two tracks belong together than chance would
have it, so tracks in crowded regions are not favoured. Steps are those of Kingma, Ba, "Adam", 2015,
with the weight decay of Loshchilov, Hutter, 2019, and a cosine schedule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.space.inputs import SOUND_INPUTS, TOKENS
from recommender.space.measures import Floats

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

DIMENSIONS = 31
HIDDEN = 128
TITLE_DIMENSIONS = 31
TEMPERATURE = 0.1
BATCHES = (64, 512)
STEPS = (300, 2_500)
"""Bounds of a batch's pairs and of the batches; in between both grow with the rows."""

_ROWS_PER_PAIR = 4
_ROWS_PER_STEP = 40
_LEARNING_RATE = 2e-3
_WARM_UP = 100
_DECAY = 1e-4
_MOMENTUM, _SQUARES, _TINY = 0.9, 0.999, 1e-8

Rows = np.ndarray[Any, np.dtype[np.int64]]
Weights = dict[str, Floats]
Pairs = Callable[[np.random.Generator, int], tuple[Rows, Rows, Rows]]
"""Draws so many pairs: the rows of each side, and the class that joins them."""


@dataclass(frozen=True)
class Encoder:
    """A trained network.

    Attributes
    ----------
    weights
        ``tokens`` (8192, 32), ``hidden`` (d, 128), ``bias`` (128,), ``out`` (128, 31) and
        ``direct`` (d, 31), where d is the sound inputs and the title's 32 numbers; float32.
    """

    weights: Mapping[str, Floats]

    def encode(self, sounds: Floats, titles: csr_matrix) -> Floats:
        """Return unit vectors, shape (n, 31), of rows as `inputs` gives them."""
        return _forward(self.weights, sounds, titles).unit


@dataclass(frozen=True)
class _Pass:
    titles: csr_matrix
    inputs: Floats
    active: Floats
    length: Floats
    unit: Floats


def initial(seed: int) -> Weights:
    """Return random weights of the usual spread (He et al. 2015)."""
    random = np.random.default_rng(seed)
    wide = SOUND_INPUTS + TITLE_DIMENSIONS
    shapes = {
        "tokens": ((TOKENS, TITLE_DIMENSIONS), 0.1),
        "hidden": ((wide, HIDDEN), np.sqrt(2.0 / wide)),
        "out": ((HIDDEN, DIMENSIONS), np.sqrt(1.0 / HIDDEN)),
        "direct": ((wide, DIMENSIONS), np.sqrt(1.0 / wide)),
    }
    weights = {
        name: random.normal(0.0, spread, shape).astype(np.float32)
        for name, (shape, spread) in shapes.items()
    }
    weights["bias"] = np.zeros(HIDDEN, dtype=np.float32)
    return weights


def train(sounds: Floats, titles: csr_matrix, pairs: Pairs, *, seed: int) -> Encoder:
    """Return a network that learned from pairs of rows.

    Parameters
    ----------
    sounds
        Shape (n, `SOUND_INPUTS`).
    titles
        Shape (n, `TOKENS`).
    pairs
        Draws the rows to pull together.
    seed
        Equal seeds and rows give equal networks.
    """
    random = np.random.default_rng(seed)
    weights = initial(seed)
    batch = int(np.clip(len(sounds) // _ROWS_PER_PAIR, *BATCHES))
    steps = int(np.clip(len(sounds) // _ROWS_PER_STEP, *STEPS))
    adam = _Adam(weights)
    for step in range(steps):
        left, right, classes = pairs(random, batch)
        rows = np.concatenate([left, right])
        done = _forward(weights, sounds[rows], titles[rows])
        slope = contrast(done.unit[: len(left)], done.unit[len(left) :], classes)[1]
        warm = min(1.0, (step + 1) / _WARM_UP)
        rate = _LEARNING_RATE * warm * 0.5 * (1.0 + np.cos(np.pi * step / steps))
        adam.step(_backward(weights, done, slope), rate)
    return Encoder(weights)


def contrast(left: Floats, right: Floats, classes: Rows) -> tuple[float, Floats]:
    """Return the loss of a batch of pairs, in nats, and its slope by all unit vectors.

    Parameters
    ----------
    left, right
        Shape (b, d); pair i is ``left[i]`` and ``right[i]``.
    classes
        Shape (b,); pairs of one class are no counter-examples to each other.

    Returns
    -------
    loss, slope
        The slope has shape (2 b, d): the left sides' rows, then the right sides'.
    """
    count = len(left)
    # Cosines over the temperature are at most 1 / T: no maximum has to be looked for.
    powers = left @ right.T
    powers -= 1.0
    powers /= TEMPERATURE
    np.exp(powers, out=powers)
    powers[_of_one_class(classes)] = 0.0
    forth, back = 1.0 / powers.sum(axis=1), 1.0 / powers.sum(axis=0)
    own = powers.diagonal()
    loss = -(np.log(own * forth + 1e-12) + np.log(own * back + 1e-12)).mean() / 2.0
    pull: Floats = forth[:, None] + back[None, :]
    pull *= powers
    np.fill_diagonal(pull, pull.diagonal() - 2.0)
    pull /= 2.0 * count * TEMPERATURE
    return float(loss), np.concatenate([pull @ right, pull.T @ left])


def _of_one_class(classes: Rows) -> tuple[Rows, Rows]:
    """Return the places (i, j), i ≠ j, of equal classes; few in a batch have an equal."""
    _, numbers, counts = np.unique(classes, return_inverse=True, return_counts=True)
    several = np.flatnonzero(counts[numbers] > 1)
    equal = numbers[several, None] == numbers[None, several]
    np.fill_diagonal(equal, False)
    one, other = np.nonzero(equal)
    return several[one], several[other]


def _forward(weights: Mapping[str, Floats], sounds: Floats, titles: csr_matrix) -> _Pass:
    inputs = np.concatenate([sounds, titles @ weights["tokens"]], axis=1)
    active = np.maximum(inputs @ weights["hidden"] + weights["bias"], 0.0)
    out = active @ weights["out"] + inputs @ weights["direct"]
    length = np.linalg.norm(out, axis=1, keepdims=True) + np.float32(1e-6)
    return _Pass(titles, inputs, active, length, out / length)


def _backward(weights: Weights, done: _Pass, slope: Floats) -> Weights:
    along = (done.unit * slope).sum(axis=1, keepdims=True)
    out = (slope - done.unit * along) / done.length
    active = (out @ weights["out"].T) * (done.active > 0.0)
    inputs = active @ weights["hidden"].T + out @ weights["direct"].T
    return {
        "out": done.active.T @ out,
        "direct": done.inputs.T @ out,
        "hidden": done.inputs.T @ active,
        "bias": active.sum(axis=0),
        "tokens": np.asarray(done.titles.T @ inputs[:, -TITLE_DIMENSIONS:]),
    }


class _Adam:
    """Adam with decoupled weight decay; changes the weights it was given, in place."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._means = {name: np.zeros_like(value) for name, value in weights.items()}
        self._squares = {name: np.zeros_like(value) for name, value in weights.items()}
        self._steps = 0

    def step(self, slopes: Weights, rate: float) -> None:
        """Move against the slopes."""
        self._steps += 1
        first = 1.0 - _MOMENTUM**self._steps
        second = 1.0 - _SQUARES**self._steps
        for name, weights in self._weights.items():
            mean, square, slope = self._means[name], self._squares[name], slopes[name]
            mean *= _MOMENTUM
            mean += (1.0 - _MOMENTUM) * slope
            slope *= slope
            slope *= 1.0 - _SQUARES
            square *= _SQUARES
            square += slope
            # The slope is no longer needed: its memory takes the move.
            np.sqrt(square, out=slope)
            slope += _TINY * second**0.5
            np.divide(mean, slope, out=slope)
            slope *= rate * second**0.5 / first
            weights *= 1.0 - rate * _DECAY
            weights -= slope

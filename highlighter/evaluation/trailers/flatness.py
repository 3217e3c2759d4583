"""How much energy is lost or gained where one track passes into the next.

The reference is what both tracks hold in their files at those moments, each at the level that the
trailer gives it elsewhere: from the first to the second in a straight line of power. What is flat
for sounds that have nothing in common is at 0 dB; a crossfade whose curves add to one is at −3 dB
in its middle.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from highlighter.audio import decode
from highlighter.evaluation.trailers.mixture import APART, BUTT, Mixture, Part
from highlighter.trailer.excerpts import to_stereo

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

STEP = 0.02
"""Seconds of one power value."""

_MIDDLE = 0.1  # of a join, to each side of its middle
_SHORTEST = 0.3  # seconds of a join that is looked at
_FEWEST = 25  # steps from which a level is known


@dataclass(frozen=True, slots=True)
class Flatness:
    """Energy in one join, relative to flat.

    Attributes
    ----------
    kind
        Of the join.
    middle
        dB in the fifth of it around its middle.
    whole
        dB in all of it.
    """

    kind: str
    middle: float
    whole: float


def flatness(
    samples: Float32, rate: int, mixture: Mixture, files: Sequence[Path]
) -> tuple[Flatness | None, ...]:
    """Return one value per join; None where nothing overlaps, or nothing can be said.

    Parameters
    ----------
    samples, rate
        The trailer, (n, 2).
    mixture
        What is heard when.
    files
        Of the playlist, as drawn.

    Raises
    ------
    AudioError
        A file cannot be read.
    """
    mixed = powers(samples, rate)
    sources = [
        _source(mixture, place, files[part.track], rate, mixed)
        for place, part in enumerate(mixture.parts)
    ]
    found: list[Flatness | None] = []
    for place, seam in enumerate(mixture.seams):
        middle = mixture.parts[place + 1].start
        if seam.kind in (*APART, BUTT) or seam.seconds < _SHORTEST:
            found.append(None)
            continue
        low, high = middle - seam.seconds / 2.0, middle + seam.seconds / 2.0
        centre = (_share(low, high, 0.5 - _MIDDLE), _share(low, high, 0.5 + _MIDDLE))
        pair = (sources[place], sources[place + 1])
        found.append(
            Flatness(
                seam.kind,
                _relative(mixed, pair, (low, high), centre),
                _relative(mixed, pair, (low, high), (low, high)),
            )
        )
    return tuple(found)


def powers(samples: Float32, rate: int) -> Float64:
    """Return the mean squares of steps of `STEP`, both channels."""
    step = round(STEP * rate)
    rows = samples[: samples.shape[0] // step * step].reshape(-1, step * samples.shape[1])
    found: Float64 = np.square(rows, dtype=np.float64).mean(axis=1)
    return found


def _source(mixture: Mixture, place: int, file: Path, rate: int, mixed: Float64) -> Float64:
    """Return the power of a part, as its file has it, step by step of the trailer, levelled."""
    part = mixture.parts[place]
    first, last = mixture.edges(place)
    own = powers(_sound(part, file, rate, first, last), rate)
    steps = np.arange(mixed.size)
    # A step of the trailer is heard where its middle is.
    place_in_file = ((steps + 0.5) * STEP - first) * part.rate / STEP - 0.5
    known = (place_in_file > -1.0) & (place_in_file < own.size)
    source = np.where(known, np.interp(place_in_file, np.arange(own.size), own), 0.0)
    body = _body(mixture, place)
    alone = (steps * STEP >= body[0]) & ((steps + 1) * STEP <= body[1]) & known
    if alone.sum() < _FEWEST or source[alone].sum() <= 0.0:
        return np.full(mixed.size, math.nan)
    levelled: Float64 = source * float(mixed[alone].sum() / source[alone].sum())
    return levelled


def _sound(part: Part, file: Path, rate: int, first: float, last: float) -> Float32:
    begin = part.source_start - (part.start - first) * part.rate
    missing = max(0.0, -begin)
    sound = to_stereo(
        decode(
            file,
            sample_rate=rate,
            start=max(0.0, begin),
            duration=max(STEP, (last - first) * part.rate - missing),
        ).samples
    )
    return np.concatenate([np.zeros((round(missing * rate), 2), dtype=np.float32), sound])


def _body(mixture: Mixture, place: int) -> tuple[float, float]:
    """Return where a part is heard alone, away from the fades at the trailer's own ends."""
    part = mixture.parts[place]
    before = mixture.seams[place - 1].seconds / 2.0 if place else 0.5
    after = mixture.seams[place].seconds / 2.0 if place < len(mixture.seams) else 3.0
    return part.start + before, part.end - after


def _relative(
    mixed: Float64,
    pair: tuple[Float64, Float64],
    seam: tuple[float, float],
    looked_at: tuple[float, float],
) -> float:
    low, high = (
        round(looked_at[0] / STEP),
        max(round(looked_at[0] / STEP) + 1, round(looked_at[1] / STEP)),
    )
    steps = np.arange(low, min(high, mixed.size))
    through = np.clip(((steps + 0.5) * STEP - seam[0]) / (seam[1] - seam[0]), 0.0, 1.0)
    flat = ((1.0 - through) * pair[0][steps] + through * pair[1][steps]).sum()
    heard = mixed[steps].sum()
    return 10.0 * math.log10(heard / flat) if flat > 0.0 and heard > 0.0 else math.nan


def _share(low: float, high: float, share: float) -> float:
    return low + share * (high - low)

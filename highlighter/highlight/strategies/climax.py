"""The climax of classical and film music, with what leads up to it, between phrase boundaries."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from highlighter.analysis.hearing import TABLE_RATE
from highlighter.highlight.force import fullness, level, ranks, scaled, smooth
from highlighter.highlight.model import Curve
from highlighter.highlight.recurrence import novelty
from highlighter.highlight.similarity import pooled
from highlighter.highlight.strategies.protocol import Found, Heard
from highlighter.highlight.window import LENGTH_TOLERANCE

Float64 = NDArray[np.float64]

_FACTOR = 2
_BREATH_SECONDS = 1.5
_LEVEL_SECONDS = 6.0
_PHRASE_SECONDS = 8.0
_DEEP = 6.0
_RANGE = 20.0
_LEAST_CONTRAST, _CLEAR_CONTRAST = 2.0, 10.0
_CLEAR_MARGIN = 0.5
_TOP_SHARE = 0.5
_CLIMAX_FROM = 0.4
"""Share of the window that leads up to the climax at least; where that is not possible, less."""

_BUILD_SHARE, _START_SHARE, _END_SHARE = 0.3, 0.15, 0.1


class Climax:
    """The passage that rises to the track's loudest and fullest moment, cut where phrases end."""

    name = "climax"

    def find(self, heard: Heard, seconds: float) -> Found | None:
        """See `highlighter.highlight.strategies.protocol.Strategy`."""
        sound = heard.sound
        bands = pooled(heard.bands, _FACTOR)
        rate = TABLE_RATE / _FACTOR
        length = round(seconds * rate)
        if bands.shape[0] <= length or heard.silent:
            return None
        loud = level(bands)
        slow = smooth(loud, rate, _LEVEL_SECONDS)
        contrast = float(np.percentile(slow, 95) - np.percentile(slow, 20))
        if contrast < _LEAST_CONTRAST:
            return None
        values = _tension(slow, smooth(fullness(bands), rate, _LEVEL_SECONDS))
        edges = boundaries(loud, bands, rate)
        start, margin = _best(values, edges, length)
        begin = min(start / rate, sound.duration - seconds)
        return Found(
            Curve(values, rate),
            begin,
            _end(begin, seconds, sound.duration, edges, rate),
            float(np.clip((contrast - _LEAST_CONTRAST) / _CLEAR_CONTRAST, 0.0, 1.0))
            * (0.4 + 0.55 * min(1.0, margin / _CLEAR_MARGIN)),
            "the music rises to its climax here, and begins and ends with a phrase",
        )


def boundaries(loud: Float64, bands: NDArray[np.float32], rate: float) -> Float64:
    """Return (n,) 0 to 1: how clearly one phrase ends and the next begins at each moment.

    Either is enough: a valley of level between louder phrases, or a change of colour.

    Parameters
    ----------
    loud
        (n,) decibels.
    bands
        (n, d) mel power.
    rate
        Rows per second.
    """
    breath = smooth(loud, rate, _BREATH_SECONDS)
    half = max(1, round(_PHRASE_SECONDS * rate / 2.0))
    left = np.concatenate([np.full(half, breath[0]), breath])
    right = np.concatenate([breath, np.full(half, breath[-1])])
    around = np.lib.stride_tricks.sliding_window_view
    before = around(left, half + 1).max(axis=1)[: breath.size]
    after = around(right, half + 1).max(axis=1)[: breath.size]
    depth = np.clip((np.minimum(before, after) - breath) / _DEEP, 0.0, 1.0)
    colour = 10.0 * np.log10(bands + np.float32(1e-6))
    change = novelty(colour.astype(np.float32), half).astype(np.float64)
    high = float(np.percentile(change, 98))
    told = np.maximum(depth, np.clip(change / high, 0.0, 1.0) if high > 0.0 else 0.0)
    top = around(np.pad(told, 2, mode="edge"), 5).max(axis=1)
    return np.where(told >= top, told, 0.0)


def _tension(slow: Float64, full: Float64) -> Float64:
    """Return (n,) 0 to 1: mostly how loud, to some degree how full, the loudest part spread out."""
    top = float(np.percentile(slow, 99))
    loud = np.clip(1.0 - (top - slow) / _RANGE, 0.0, 1.0)
    both = _TOP_SHARE * ranks(slow) + (1.0 - _TOP_SHARE) * loud
    return np.asarray(0.8 * both + 0.2 * scaled(full), dtype=np.float64)


def _best(values: Float64, edges: Float64, length: int) -> tuple[int, float]:
    """Return where the best window begins, and how far it stands out, 0 to 1."""
    summed = np.concatenate([[0.0], np.cumsum(values)])
    starts = np.arange(values.size - length + 1)
    inside = (summed[starts + length] - summed[starts]) / length
    lead = max(1, round(_CLIMAX_FROM * length))
    opening = (summed[starts + lead] - summed[starts]) / lead
    top = np.lib.stride_tricks.sliding_window_view(values, length - lead).max(axis=1)
    rise = top[lead : lead + starts.size] - opening
    score = (
        np.maximum(inside, 0.0)
        + top[lead : lead + starts.size]
        + _BUILD_SHARE * np.maximum(rise, 0.0)
        + _START_SHARE * edges[starts]
        + _END_SHARE * edges[np.minimum(starts + length, edges.size - 1)]
    )
    best = int(score.argmax())
    return best, float(np.clip((score[best] - np.median(score)) / 1.0, 0.0, 1.0))


def _end(begin: float, seconds: float, total: float, edges: Float64, rate: float) -> float:
    slack = LENGTH_TOLERANCE * seconds - 0.002
    low = max(0, int(np.ceil((begin + seconds - slack) * rate)))
    high = min(edges.size, int(np.floor((begin + seconds + slack) * rate)) + 1)
    if low >= high or float(edges[low:high].max()) <= 0.0:
        return begin + seconds
    return min(total, (low + int(edges[low:high].argmax())) / rate)

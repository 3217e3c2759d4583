"""The drop of club music: kick and bass return after a break."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from highlighter.analysis.hearing import ONSET_RATE
from highlighter.highlight.force import LOW_BANDS, level, ranks
from highlighter.highlight.model import Curve
from highlighter.highlight.phrases import METRE, beat_means
from highlighter.highlight.strategies.protocol import Found, Heard
from highlighter.highlight.window import settled

Float64 = NDArray[np.float64]

_RATE = 2.0
_BEAT_SECONDS = 0.5
"""Where no beat is sure: 120 BPM, as good as any for counting bars."""

_SURE_BEAT = 0.35
_BREAK_BARS, _AFTER_BARS = 4, 8
_USUAL_BARS = (16, 32)
_RANGE = 9.0
_WHOLE = 3.0
_LOW_SHARE = 0.7
_LEAST_CONTRAST = 4.0
_LEAST_RETURN = 0.3
_FIRST_ENTRY = 0.6
_ALIGNED = 0.1
_LEAST_BEATS = (_BREAK_BARS + _AFTER_BARS) * METRE


class Drop:
    """The moment at which the most bass and the clearest pulse come back, in whole phrases."""

    name = "drop"

    def find(self, heard: Heard, seconds: float) -> Found | None:
        """See `highlighter.highlight.strategies.protocol.Strategy`."""
        beats = _beats(heard)
        if beats.size < _LEAST_BEATS + 1 or heard.silent:
            return None
        low = beat_means(heard.bands[:, :LOW_BANDS], beats)
        loud = level(np.maximum(low, 0.0).astype(np.float32))
        if float(np.percentile(loud, 90) - np.percentile(loud, 5)) < _LEAST_CONTRAST:
            return None
        drive = _drive(heard, beats, loud)
        comes = _tops(_returns(drive), _AFTER_BARS * METRE)
        full = ranks(level(beat_means(heard.bands, beats).astype(np.float32)))
        worth = comes * (0.6 + 0.4 * _after(full))
        bars = heard.route.phrase_bars or _USUAL_BARS
        worth = worth + _ALIGNED * _alignment(comes, bars[0] * METRE) * (comes > 0.0)
        total = heard.sound.duration
        possible = np.flatnonzero(beats[:-1] <= total - seconds)
        if possible.size == 0:
            return None
        best = int(possible[worth[possible].argmax()])
        if comes[best] < _LEAST_RETURN:
            return None
        # The exact beat is known, so only the end is left to settle.
        _, end = settled(float(beats[best]), seconds, total, heard.phrases, 0.0)
        return Found(
            _curve(drive, comes, beats, total, max(bars) * METRE),
            float(beats[best]),
            end,
            float(np.clip(comes[best] * (0.6 + 0.4 * heard.phrases.beat_confidence), 0.0, 0.95)),
            "kick and bass come back here after a break, at the start of a phrase",
        )


def _beats(heard: Heard) -> Float64:
    grid = heard.phrases
    if grid.beat_confidence >= _SURE_BEAT:
        return grid.beats
    return np.arange(0.0, heard.sound.duration, _BEAT_SECONDS)


def _drive(heard: Heard, beats: Float64, loud: Float64) -> Float64:
    """Return (n,) 0 to 1 for each beat: how much kick and bass, and how clear a pulse there is."""
    top = float(np.percentile(loud, 90))
    bass = np.clip(1.0 - (top - _WHOLE - loud) / _RANGE, 0.0, 1.0)
    frames = np.round(beats[:-1] * ONSET_RATE).astype(np.intp)
    onsets = heard.sound.onsets
    if onsets.size == 0:
        return bass
    near = [onsets[np.clip(frames + shift, 0, onsets.size - 1)] for shift in range(-2, 3)]
    blows = np.max(near, axis=0).astype(np.float64)
    usual = float(np.percentile(blows, 75))
    pulse = np.clip(blows / usual, 0.0, 1.0) if usual > 0.0 else np.zeros(blows.size)
    return np.asarray(_LOW_SHARE * bass + (1.0 - _LOW_SHARE) * pulse, dtype=np.float64)


def _returns(drive: Float64) -> Float64:
    """Return (n,) 0 to 1: how much more drive follows in eight bars than was there in four.

    Less where nothing was driving before: then it does not return, it begins.
    """
    count = drive.size
    summed = np.concatenate([[0.0], np.cumsum(drive)])
    index = np.arange(count)
    ahead = np.minimum(index + _AFTER_BARS * METRE, count)
    behind = np.maximum(index - _BREAK_BARS * METRE, 0)
    after = (summed[ahead] - summed[index]) / np.maximum(ahead - index, 1)
    before = (summed[index] - summed[behind]) / np.maximum(index - behind, 1)
    rise = np.maximum(after - before, 0.0)
    rise[: _BREAK_BARS * METRE] = 0.0
    rise[count - METRE * _BREAK_BARS :] = 0.0
    driven = np.maximum.accumulate(_after(drive))
    earlier = np.concatenate(
        [np.zeros(2 * _AFTER_BARS * METRE), driven[: max(0, count - 2 * _AFTER_BARS * METRE)]]
    )[:count]
    return np.asarray(rise * np.where(earlier >= 0.5, 1.0, _FIRST_ENTRY), dtype=np.float64)


def _tops(curve: Float64, reach: int) -> Float64:
    """Return the curve where it is the highest within `reach` values on either side, else 0."""
    padded = np.pad(curve, reach)
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).max(axis=1)
    return np.where(curve >= highest, curve, 0.0)


def _after(curve: Float64) -> Float64:
    count = curve.size
    summed = np.concatenate([[0.0], np.cumsum(curve)])
    index = np.arange(count)
    ahead = np.minimum(index + _AFTER_BARS * METRE, count)
    mean: Float64 = (summed[ahead] - summed[index]) / np.maximum(ahead - index, 1)
    return mean


def _alignment(comes: Float64, phrase: int) -> Float64:
    """Return (n,) 0 to 1: how much comes back at beats a whole number of phrases from each."""
    counts = np.bincount(np.arange(comes.size) % phrase, weights=comes, minlength=phrase)
    most = float(counts.max())
    if most <= 0.0:
        return np.zeros(comes.size)
    return np.asarray((counts / most)[np.arange(comes.size) % phrase], dtype=np.float64)


def _curve(drive: Float64, comes: Float64, beats: Float64, total: float, phrase: int) -> Curve:
    """Return the curve: half drive, half the best return within the last phrase."""
    held = np.array(
        [comes[max(0, beat - phrase + 1) : beat + 1].max() for beat in range(comes.size)]
    )
    rows = max(1, round(total * _RATE))
    places = (np.arange(rows) + 0.5) / _RATE
    own = 0.5 * (beats[1:] + beats[:-1])
    values = np.interp(places, own, 0.5 * drive + 0.5 * np.minimum(held, 1.0))
    return Curve(values, _RATE)

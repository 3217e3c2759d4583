"""Tempo and beats from onset strength.

The method is D. Ellis, *Beat tracking by dynamic programming*, JNMR 36 (2007): a tempo from the
autocorrelation of onset strength under a prior for human tempi, then the chain of moments that
best agrees with both. The autocorrelation is taken in overlapping windows and averaged (a
tempogram, P. Grosche and M. Müller), so that slow drift does not blur it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

SLOWEST, FASTEST = 48.0, 216.0
"""Beats per minute that are considered."""

_PRIOR_CENTRE = 115.0
_PRIOR_OCTAVES = 0.85
_WINDOW_SECONDS = 12.0
_TIGHTNESS = 100.0
_LOCAL_MEAN_SECONDS = 1.0
_FEWEST_BEATS = 4
_FAINTEST = 0.1  # dB: spread of flux below which nothing begins (a held tone, a constant offset)
_CLEAR = 0.5  # autocorrelation at the beat of an unmistakable rhythm
_UNEVEN_TO_EVEN = (0.55, 0.95)  # white noise reaches 0.8 by chance at times
_ALIKE = 0.92  # where every half beat is as strong as the beat, the half beat is the beat
_SPAN = 8  # beats over which an interval is averaged


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Tempo and beats.

    Attributes
    ----------
    bpm
        Beats per minute; None where nothing periodic was heard.
    confidence
        0 to 1: how periodic the music is, how well the beats meet its onsets, and how even they
        are. It does not tell whether a listener would tap at half or double the tempo.
    beats
        Seconds, rising.
    pulse_clarity
        0 to 1: height of the periodicity alone.
    onsets_per_second
        Distinct onsets per second.
    """

    bpm: float | None
    confidence: float
    beats: tuple[float, ...]
    pulse_clarity: float
    onsets_per_second: float


def track_beats(onsets: NDArray[np.float32], rate: float, delay: float = 0.0) -> Rhythm:
    """Return tempo and beats.

    Parameters
    ----------
    onsets
        (n,) onset strength, ≥ 0.
    rate
        Onset strengths per second.
    delay
        Seconds added to every beat: what the onset detector is early by.
    """
    strength = _flattened(onsets.astype(np.float64), rate)
    if strength.size < 2.0 * rate or not strength.any():
        return Rhythm(None, 0.0, (), 0.0, 0.0)
    peaks = _count_peaks(strength)
    density = peaks / (strength.size / rate)
    if peaks < _FEWEST_BEATS:
        return Rhythm(None, 0.0, (), 0.0, density)
    correlation = tempogram_mean(strength, rate)
    lag, clarity = best_lag(correlation, rate)
    if lag <= 0.0 or clarity <= 0.0:
        return Rhythm(None, 0.0, (), 0.0, density)
    frames = _chain(strength, lag)
    beats = _refined(strength, frames) / rate + delay
    beats = beats[beats >= 0.0]
    if beats.size < _FEWEST_BEATS:
        return Rhythm(60.0 * rate / lag, 0.1 * clarity, (), clarity, density)
    interval, evenness = _interval(beats)
    salience = _salience(strength, frames)
    confidence = (
        math.sqrt(_ramp(clarity, 0.0, _CLEAR) * _ramp(evenness, *_UNEVEN_TO_EVEN)) * salience
    )
    return Rhythm(
        bpm=60.0 / interval,
        confidence=float(np.clip(confidence, 0.0, 1.0)),
        beats=tuple(round(float(beat), 4) for beat in beats),
        pulse_clarity=clarity,
        onsets_per_second=density,
    )


def _ramp(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _flattened(onsets: Float64, rate: float) -> Float64:
    """Return what rises above the local mean, in units of its own standard deviation."""
    if onsets.size == 0:
        return onsets
    width = max(3, round(_LOCAL_MEAN_SECONDS * rate))
    total = np.concatenate([[0.0], np.cumsum(onsets)])
    low = np.maximum(np.arange(onsets.size) - width // 2, 0)
    high = np.minimum(np.arange(onsets.size) + width // 2 + 1, onsets.size)
    above = np.maximum(onsets - (total[high] - total[low]) / (high - low), 0.0)
    deviation = float(above.std())
    return above / deviation if deviation > _FAINTEST else np.zeros_like(above)


def _count_peaks(strength: Float64) -> int:
    middle = strength[1:-1]
    return int(
        np.count_nonzero((middle > strength[:-2]) & (middle >= strength[2:]) & (middle > 1.0))
    )


def tempogram_mean(strength: Float64, rate: float) -> Float64:
    """Return (lags,) the windows' mean autocorrelation, 1 at lag 0, unbiased for the lag."""
    size = min(strength.size, round(_WINDOW_SECONDS * rate))
    starts = range(0, strength.size - size + 1, max(1, size // 2))
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * (np.arange(size) + 0.5) / size)
    length = -(-2 * size // 64) * 64  # no large prime in it, so the transform is fast

    def autocorrelation(rows: Float64) -> Float64:
        spectrum = np.fft.rfft(rows, length, axis=-1)
        result: Float64 = np.fft.irfft(np.abs(spectrum) ** 2, length, axis=-1)[..., : size // 2]
        return result

    # Two reference curves make it a coefficient: the window's own, and each row's lag 0.
    shape = autocorrelation(window)
    total = np.zeros(size // 2)
    weight = 0.0
    quiet = max(1e-9, 0.02 * float(np.mean(strength**2)) * shape[0])
    for start in starts:
        part = strength[start : start + size]
        row = autocorrelation((part - part.mean()) * window)
        # Near-silence has rhythms of its own, made of rounding errors.
        if row[0] > quiet:
            total += row / row[0]
            weight += 1.0
    if not weight:
        return np.zeros(size // 2)
    mean: Float64 = total / weight * (shape[0] / np.maximum(shape, 0.05 * shape[0]))
    return mean


def local_tempi(onsets: Float64 | NDArray[np.float32], rate: float) -> Float64:
    """Return (m,) beats per minute in windows of 12 s, each half over the last; m may be 0.

    Windows without a pulse are left out. A sound shorter than 12 s is one window.

    Parameters
    ----------
    onsets
        (n,) onset strength.
    rate
        Onset strengths per second.
    """
    strength = _flattened(onsets.astype(np.float64), rate)
    if strength.size < 2.0 * rate:
        return np.zeros(0)
    size = min(strength.size, round(_WINDOW_SECONDS * rate))
    found = []
    for start in range(0, strength.size - size + 1, max(1, size // 2)):
        lag, clarity = best_lag(tempogram_mean(strength[start : start + size], rate), rate)
        if lag > 0.0 and clarity > 0.0:
            found.append(60.0 * rate / lag)
    return np.asarray(found, dtype=np.float64)


def best_lag(correlation: Float64, rate: float) -> tuple[float, float]:
    """Return the beat's period in frames, interpolated, and its clarity, 0 to 1."""
    lowest = max(2, math.floor(60.0 * rate / FASTEST))
    highest = min(correlation.size // 2 - 2, math.ceil(60.0 * rate / SLOWEST))
    if highest <= lowest + 1:
        return 0.0, 0.0
    lags = np.arange(lowest, highest + 1)
    # A beat repeats after two and four beats as well; a chance match does not.
    support = (
        correlation[lags] + 0.5 * _near(correlation, 2 * lags) + 0.25 * _near(correlation, 4 * lags)
    )
    octaves = np.log2(60.0 * rate / lags / _PRIOR_CENTRE)
    prior = np.exp(-0.5 * (octaves / _PRIOR_OCTAVES) ** 2)
    best = int(np.argmax(np.maximum(support, 0.0) * prior))
    lag = int(lags[best])
    half = lag // 2 + int(np.argmax(correlation[[lag // 2, lag // 2 + 1]])) if lag > 4 else 0
    if half >= lowest and correlation[half] > _ALIKE * correlation[lag]:
        lag = half
    clarity = float(np.clip(_near(correlation, np.array([lag]))[0], 0.0, 1.0))
    return lag + _parabola(correlation, lag), clarity


def _near(correlation: Float64, lags: NDArray[np.int64]) -> Float64:
    """Return the largest of three neighbours at each lag, 0 beyond the end."""
    padded = np.concatenate([correlation, np.zeros(max(0, int(lags.max()) + 2 - correlation.size))])
    near: Float64 = np.maximum(np.maximum(padded[lags - 1], padded[lags]), padded[lags + 1])
    return near


def _parabola(values: Float64, place: int) -> float:
    low, mid, high = values[place - 1 : place + 2]
    bend = low - 2.0 * mid + high
    return float(np.clip(0.5 * (low - high) / bend, -0.5, 0.5)) if bend < 0.0 else 0.0


def _chain(strength: Float64, lag: float) -> NDArray[np.int64]:
    """Return the frames of the beats: the chain with the best sum of onsets and even steps."""
    width = lag / 32.0
    reach = math.ceil(3.0 * width)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    local = np.convolve(strength, kernel / kernel.sum(), mode="same")
    nearest, farthest = max(1, round(lag / 2)), max(2, round(2 * lag))
    steps = np.arange(-farthest, -nearest + 1)
    penalty = -_TIGHTNESS * np.log(-steps / lag) ** 2
    score = np.full(farthest + local.size, -np.inf)
    score[:farthest] = 0.0  # before the music: a chain may begin anywhere
    origin = np.full(local.size, -1, dtype=np.int64)
    before = np.lib.stride_tricks.sliding_window_view(score, steps.size)  # as it fills
    # No step is shorter than `nearest`, so that many frames do not depend on each other.
    for first in range(0, local.size, nearest):
        count = min(nearest, local.size - first)
        totals = before[first : first + count] + penalty
        choice = totals.argmax(axis=1)
        best = totals[np.arange(count), choice]
        score[farthest + first : farthest + first + count] = local[first : first + count] + best
        previous = first + np.arange(count) + steps[choice]
        origin[first : first + count] = np.where(previous >= 0, previous, -1)
    return _traced(score[farthest:], origin, local, lag)


def _traced(
    score: Float64, origin: NDArray[np.int64], local: Float64, lag: float
) -> NDArray[np.int64]:
    tail = score[-max(1, round(lag)) :]
    at = score.size - tail.size + int(tail.argmax())
    frames = []
    while at >= 0:
        frames.append(at)
        at = int(origin[at])
    beats = np.array(frames[::-1], dtype=np.int64)
    # Lead-in and fade-out hold no onsets; beats there would be invented.
    weak = 0.5 * math.sqrt(float(np.mean(local[beats] ** 2)))
    strong = np.flatnonzero(local[beats] > weak)
    return beats[strong[0] : strong[-1] + 1] if strong.size else beats[:0]


def _refined(strength: Float64, frames: NDArray[np.int64]) -> Float64:
    """Return the beats between frames, at the top of the parabola around each."""
    last = strength.size - 1
    around = frames[:, None] + np.arange(-2, 3)
    inside = (around >= 1) & (around < last)
    heights = np.where(inside, strength[np.clip(around, 0, last)], -np.inf)
    top = np.where(inside.any(axis=1), around[np.arange(frames.size), heights.argmax(axis=1)], 0)
    found = (top > 0) & (strength[top] > 1.0)
    low, mid, high = (strength[np.where(found, top, 1) + d] for d in (-1, 0, 1))
    bend = low - 2.0 * mid + high
    shift = np.where(bend < 0.0, 0.5 * (low - high) / np.where(bend < 0.0, bend, 1.0), 0.0)
    places: Float64 = np.where(found, top + np.clip(shift, -0.5, 0.5), frames.astype(np.float64))
    return places


def _interval(beats: Float64) -> tuple[float, float]:
    """Return the beats' typical distance in seconds, and their evenness, 0 to 1."""
    span = min(_SPAN, beats.size - 1)
    interval = float(np.median(beats[span:] - beats[:-span])) / span
    error = float(np.median(np.abs(np.diff(beats) - interval))) / interval
    return interval, float(np.clip(1.0 - 8.0 * error, 0.0, 1.0))


def _salience(strength: Float64, frames: NDArray[np.int64]) -> float:
    """Return how far the onsets at the beats stand out from those elsewhere, 0 to 1."""
    near = np.stack([strength[np.clip(frames + d, 0, strength.size - 1)] for d in (-1, 0, 1)])
    at_beats = float(near.max(axis=0).mean())
    by_chance = float(np.stack([strength[:-2], strength[1:-1], strength[2:]]).max(axis=0).mean())
    return float(np.clip((at_beats / max(by_chance, 1e-9) - 1.0) / 2.0, 0.0, 1.0))

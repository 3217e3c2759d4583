"""The rhythm of a fragment: tempo, beats, bars, phrases, and how sure each of them is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from highlighter.analysis.frames import Float32
from highlighter.audio.decode import Resampler, to_mono
from highlighter.errors import AudioBadRequestError
from highlighter.rhythm.bar_pointer import bars_of, beat_path
from highlighter.rhythm.confidence import (
    Evidence,
    bar_confidence,
    beat_confidence,
    pulse_confidence,
)
from highlighter.rhythm.features import compressed, features
from highlighter.rhythm.network import STRIDE, BeatNetwork, beat_network
from highlighter.rhythm.octave import tempo_share, too_slow
from highlighter.rhythm.phrases import phrase_starts
from highlighter.rhythm.pulse import (
    agreement,
    bass_level,
    bass_rises,
    between,
    drummed,
    onset_activation,
    second_opinion,
)
from highlighter.rhythm.slips import mended
from highlighter.rhythm.spectrum import FRAME_RATE, RATE, Spectrum, spectrum_of
from highlighter.rhythm.timing import fine_onsets, on_onsets, smoothed, summit

Float64 = NDArray[np.float64]

LONGEST = 600.0
"""Seconds that may be heard at once; highlights have a tenth of it."""

SHORTEST = 2.0
"""Seconds below which no tempo is looked for."""

_FEWEST_BEATS = 4
_QUIETEST = 1e-5
_FAINTEST = 5.0
"""Decades under the loudest moment, 50 dB, below which nothing is heard."""

_WEAKEST = 0.12
"""Mean activation at the beats of what has none: noise 0.09, a held tone 0.02, one knock 0.07."""

_NEAR = 0.06
_SPAN = 8
_SUMMIT = 4


@dataclass(frozen=True, slots=True)
class FragmentRhythm:
    """What is known of a fragment's rhythm. Times are seconds from the fragment's start.

    Attributes
    ----------
    bpm
        Beats per minute; None where no beat was found.
    confidence
        0 to 1: how sure it is that 95 % of the beats and more are right: within 70 ms of what a
        listener taps, at the tempo they tap, none missing. From `confidence.SURE` on it is safe.
    pulse_confidence
        0 to 1, at least `confidence`: the same, but half or double the listener's tempo is right.
    beats
        Rising, through the whole fragment but for silence at its ends.
    beat_strengths
        0 to 1 for each of them: how clearly it is heard.
    downbeats
        Those of `beats` that begin bars.
    downbeat_confidence
        0 to 1: how sure it is that 90 % of the downbeats and more are right.
    metre
        Beats to the bar, 3 or 4; 0 where no beat was found.
    phrases
        Those of `downbeats` that begin phrases.
    phrase_strengths
        0 to 1 for each of them: how much the music changes there.
    phrase_confidence
        0 to 1: how clearly they stand out from other bars, and how sure the bars are.
    """

    bpm: float | None
    confidence: float
    pulse_confidence: float
    beats: tuple[float, ...]
    beat_strengths: tuple[float, ...]
    downbeats: tuple[float, ...]
    downbeat_confidence: float
    metre: int
    phrases: tuple[float, ...]
    phrase_strengths: tuple[float, ...]
    phrase_confidence: float


NO_RHYTHM = FragmentRhythm(None, 0.0, 0.0, (), (), (), 0.0, 0, (), (), 0.0)
"""Of silence, of a held tone, of less than two seconds."""


def rhythm_of(
    samples: Float32, sample_rate: int, *, network: BeatNetwork | None = None
) -> FragmentRhythm:
    """Return the rhythm of a fragment, such as a highlight with ten seconds on either side.

    Parameters
    ----------
    samples
        (n,) or (n, channels), full scale ±1, at most `LONGEST` seconds. What is not a finite
        number counts as silence.
    sample_rate
        Hz, 8,000 to 384,000.
    network
        The shipped one by default.

    Raises
    ------
    AudioBadRequestError
        `samples` or `sample_rate` are out of range.
    RhythmModelError
        The shipped network cannot be used.
    """
    mono = _mono(samples, sample_rate)
    if mono.size < SHORTEST * RATE or float(np.abs(mono).max()) < _QUIETEST:
        return NO_RHYTHM
    return rhythm_of_spectrum(
        spectrum_of(mono), fine_onsets(mono, RATE), network=network or beat_network()
    )


def rhythm_of_spectrum(
    spectrum: Spectrum, fine: Float64, *, network: BeatNetwork
) -> FragmentRhythm:
    """Return the rhythm of what was heard already.

    Parameters
    ----------
    spectrum
        Of the fragment.
    fine
        Its `fine_onsets`.
    network
        What reads beats from features.
    """
    soft = compressed(spectrum.levels)
    activation = _activation(spectrum, network)
    path = beat_path(activation[:, 0], FRAME_RATE)
    if path is None or path.frames.size < _FEWEST_BEATS:
        return NO_RHYTHM
    places = np.minimum(path.frames + 2, soft.shape[0] - 1)
    seen = summit(activation[:, 0], places, _SUMMIT)
    begun = activation[:, 0] + onset_activation(bass_rises(soft))
    seen = mended(seen, begun, bass_level(soft))
    if too_slow(soft, seen):
        seen = _doubled(seen)
    seen = _sounding(spectrum.levels, seen)
    if seen.size < _FEWEST_BEATS:
        return NO_RHYTHM
    raw = seen / FRAME_RATE
    beats = np.maximum(on_onsets(raw, fine), 0.0)
    evidence = _evidence(activation, seen, raw, beats, soft)
    if evidence.strength < _WEAKEST:
        return NO_RHYTHM
    sure = beat_confidence(evidence)
    bars = bars_of(_near(activation[:, 1], seen, 3))
    first = np.flatnonzero(bars.positions == 0) if bars else np.zeros(0, dtype=np.int64)
    downbeats = beats[first]
    bars_sure = bar_confidence(bars, sure) if bars else 0.0
    phrases = phrase_starts(soft, downbeats)
    return FragmentRhythm(
        bpm=round(60.0 / _interval(beats), 3),
        confidence=sure,
        pulse_confidence=pulse_confidence(evidence),
        beats=_times(beats),
        beat_strengths=tuple(round(float(v), 3) for v in _near(activation[:, 0], seen, 2)),
        downbeats=_times(downbeats),
        downbeat_confidence=bars_sure,
        metre=bars.metre if bars else 0,
        phrases=_times(downbeats[phrases.bars]),
        phrase_strengths=tuple(round(float(v), 3) for v in phrases.strengths),
        phrase_confidence=phrases.confidence * bars_sure,
    )


def folded(bpm: float, centre: float = 115.0) -> float:
    """Return the tempo times or divided by two until it is within half an octave of `centre`.

    Parameters
    ----------
    bpm
        Beats per minute, above 0.
    centre
        Middle of the octave that results are in: `centre` / √2 to `centre` · √2.

    Raises
    ------
    ValueError
        Either is not above 0, or not finite.
    """
    if not (bpm > 0.0 and centre > 0.0 and math.isfinite(bpm) and math.isfinite(centre)):
        raise ValueError(f"a tempo is above 0: {bpm} of {centre}")
    return bpm * 2.0 ** -round(math.log2(bpm / centre))


def _mono(samples: Float32, sample_rate: int) -> Float32:
    if not 8_000 <= sample_rate <= 384_000:
        raise AudioBadRequestError(
            "Rhythm cannot be heard at this sample rate",
            which=f"{sample_rate} Hz",
            why="it is not between 8,000 and 384,000 Hz",
            next_step="resample the sound",
        )
    if samples.ndim not in (1, 2) or (samples.ndim == 2 and not 1 <= samples.shape[1] <= 64):
        raise AudioBadRequestError(
            "These are no samples",
            which=f"an array of shape {samples.shape}",
            why="(n,) or (n, channels) is expected",
            next_step="pass samples by rows",
        )
    if samples.shape[0] > LONGEST * sample_rate:
        raise AudioBadRequestError(
            "This fragment is too long",
            which=f"{samples.shape[0] / sample_rate:.0f} s",
            why=f"{LONGEST:.0f} s are heard at once",
            next_step="pass the highlight and ten seconds around it",
        )
    rows = samples[:, None] if samples.ndim == 1 else samples
    single = np.nan_to_num(rows.astype(np.float32, copy=False), posinf=0.0, neginf=0.0)
    converter = Resampler(sample_rate, RATE, 1)
    mono = np.concatenate([converter.push(to_mono(single)), converter.finish()])[:, 0]
    # A constant offset begins and ends as if something were struck.
    return mono - np.float32(mono.mean(dtype=np.float64)) if mono.size else mono


def _activation(spectrum: Spectrum, network: BeatNetwork) -> Float64:
    """Return (n, 2) probabilities of beat and downbeat, a row per frame of the spectrum."""
    rows = network.activations(features(spectrum.levels, spectrum.chroma)).astype(np.float64)
    frames, known = np.arange(spectrum.levels.shape[0]), np.arange(rows.shape[0]) * STRIDE
    return np.stack([np.interp(frames, known, rows[:, column]) for column in (0, 1)], axis=1)


def _near(activation: Float64, places: Float64, reach: int) -> Float64:
    """Return the largest activation within `reach` frames of each place."""
    around = np.round(places).astype(np.int64)[:, None] + np.arange(-reach, reach + 1)
    near: Float64 = activation[np.clip(around, 0, activation.size - 1)].max(axis=1)
    return near


def _doubled(places: Float64) -> Float64:
    """Return the beats and, half-way between each two, another; half a beat before the first."""
    halves = 0.5 * (places[1:] + places[:-1])
    early = 1.5 * places[0] - 0.5 * places[1]
    both = np.sort(np.concatenate([places, halves]))
    return np.concatenate([[early], both]) if early >= 0.0 else both


def _sounding(levels: Float32, places: Float64) -> Float64:
    """Return the beats from the first to the last that has sound within half a second of it."""
    level = levels.max(axis=1)
    loud = level > max(float(level.max()) - _FAINTEST, float(level.min()))
    heard = np.concatenate([[0], np.cumsum(loud)])
    reach = round(0.5 * FRAME_RATE)
    frames = np.round(places).astype(np.int64)
    low, high = np.clip(frames - reach, 0, loud.size), np.clip(frames + reach, 0, loud.size)
    sounding = np.flatnonzero(heard[high] > heard[low])
    return places[sounding[0] : sounding[-1] + 1] if sounding.size else places[:0]


def _evidence(
    activation: Float64, seen: Float64, raw: Float64, beats: Float64, soft: Float32
) -> Evidence:
    at_beats = _near(activation[:, 0], seen, 2)
    halves = 0.5 * (seen[1:] + seen[:-1])
    even, odd = float(at_beats[::2].mean()), float(at_beats[1::2].mean())
    second = second_opinion(soft)
    plain = second.frames / FRAME_RATE if second is not None else np.zeros(0)
    doubled = np.sort(np.concatenate([raw, halves / FRAME_RATE]))
    return Evidence(
        strength=float(at_beats.mean()),
        alternation=abs(even - odd) / max(even + odd, 1e-6),
        unevenness=float(np.sqrt(np.mean((raw - smoothed(raw)) ** 2))) / _interval(beats),
        drift=float(np.std(np.diff(beats))) / _interval(beats),
        agreement=agreement(raw, plain, _NEAR),
        octave_agreement=max(
            agreement(raw, plain, _NEAR),
            agreement(raw[::2], plain, _NEAR),
            agreement(raw[1::2], plain, _NEAR),
            agreement(doubled, plain, _NEAR),
        ),
        tempo_share=tempo_share(60.0 / _interval(beats)),
        between=between(soft, seen),
        drummed=drummed(bass_rises(soft), seen),
    )


def _interval(beats: Float64) -> float:
    span = min(_SPAN, beats.size - 1)
    return max(1e-3, float(np.median(beats[span:] - beats[:-span])) / span)


def _times(values: Float64) -> tuple[float, ...]:
    return tuple(round(float(value), 4) for value in values)

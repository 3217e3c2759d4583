"""Get to know one track: its highlight, the sound around it, what the plan has to know of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from highlighter.audio import Audio, decode, probe
from highlighter.loudness import SILENCE, LoudnessMeter, true_peak
from highlighter.trailer.breathing import Heard, breathes
from highlighter.trailer.errors import BadTrailerRequestError, SilentTrackError
from highlighter.trailer.excerpts import ExcerptStore, to_stereo
from highlighter.trailer.material import Material
from highlighter.trailer.model import TrailerTrack
from highlighter.trailer.plan import excerpt_reach

Float32 = NDArray[np.float32]

HIGHLIGHT_SECONDS = 30.0
"""Length of the highlight that is looked for, as everywhere else; the trailer plays its start."""

_LISTEN_AT_LEAST = 20.0  # seconds around the highlight, to be sure of the beats
_INAUDIBLE = 10.0 ** (-60.0 / 20.0)  # RMS of 50 ms below which nothing is heard
_SILENCE_STEP = 0.05  # seconds


@dataclass(frozen=True, slots=True)
class _Span:
    start: float  # seconds of the track
    end: float


def listen(track: TrailerTrack, seconds: float, store: ExcerptStore) -> Material:
    """Find and keep the part of `track` that a plan may use, and describe it.

    The excerpt is added to `store` only if all goes well.

    Parameters
    ----------
    track
        What is known of it is not looked for again.
    seconds
        That will be heard of it.
    store
        Where the excerpt goes, at the store's sample rate, as stereo.

    Raises
    ------
    HooklistError
        The file cannot be read (the codes of `highlighter.audio`), the highlight lies outside of
        it, or there is no sound in it.
    """
    duration = probe(track.file).duration or math.inf  # some headers do not tell
    track = _found(track, duration, seconds)
    wanted = _wanted_start(track, duration)
    listened = seconds if track.beats is not None else max(seconds, _LISTEN_AT_LEAST)
    span = _span(wanted, seconds, duration, listened)
    audio = decode(
        track.file,
        sample_rate=store.sample_rate,
        start=span.start,
        duration=span.end - span.start,
    )
    stereo = to_stereo(audio.samples)
    rate = store.sample_rate
    first, last = _sounding(stereo, rate)
    if last <= first:
        raise _silent(track)
    start = min(max(wanted - span.start, first / rate), last / rate)
    played = stereo[round(start * rate) : round((start + seconds) * rate)]
    if played.shape[0] < round(seconds * rate):
        played = stereo[max(first, last - round(seconds * rate)) : last]
    level = _level(played, rate)
    if level.loudness == SILENCE:
        raise _silent(track)
    heard = _hear(track, audio, stereo, span.start)
    store.add(stereo, span.start)
    return Material(
        wanted_start=wanted,
        available_start=span.start + first / rate,
        available_end=span.start + last / rate,
        loudness=level.loudness,
        peak=true_peak(played, rate),
        opening=level.opening,
        closing=level.closing,
        wanted_end=track.end,
        beats=heard.beats,
        beat_confidence=heard.beat_confidence,
        tempo=heard.tempo,
        key=heard.key,
        mode=heard.mode,
        downbeats=heard.downbeats,
        downbeat_confidence=heard.downbeat_confidence,
        phrases=heard.phrases,
        phrase_confidence=heard.phrase_confidence,
        pulse_confidence=heard.pulse_confidence,
        vocals=track.vocals,
        breathes=breathes(
            Heard(
                genre=track.genre,
                genre_confidence=track.genre_confidence,
                beat_confidence=max(heard.beat_confidence, heard.pulse_confidence),
                loudness_range=level.range,
            )
        ),
        no_derivatives=track.no_derivatives,
    )


@dataclass(frozen=True, slots=True)
class _Level:
    loudness: float  # LUFS
    opening: float | None  # LU by which the first seconds are louder than all of it
    closing: float | None
    range: float  # LU


def _level(played: Float32, rate: int) -> _Level:
    meter = LoudnessMeter(rate, 2)
    meter.push(played)
    loudness, short = meter.integrated(), meter.short_term()
    if not short.size or not math.isfinite(loudness):
        return _Level(loudness, None, None, 0.0)
    opening, closing = (float(one) - loudness for one in (short[0], short[-1]))
    return _Level(
        loudness,
        opening if math.isfinite(opening) else None,
        closing if math.isfinite(closing) else None,
        meter.loudness_range(),
    )


def _found(track: TrailerTrack, duration: float, seconds: float) -> TrailerTrack:
    """Return `track` with a highlight, and with the key that is found on the way to it."""
    if track.start is not None:
        return track
    if duration <= seconds:
        return replace(track, start=0.0)  # all of it is heard anyway
    from highlighter.study import study

    analysis, highlight = study(
        track.file,
        HIGHLIGHT_SECONDS,
        genre=track.genre,
        genre_confidence=track.genre_confidence,
    )
    return replace(
        track,
        start=highlight.start,
        end=highlight.end,
        tempo=analysis.bpm if track.tempo is None else track.tempo,
        key=analysis.pitch_class if track.key is None else track.key,
        mode=analysis.mode if track.mode is None else track.mode,
    )


def _wanted_start(track: TrailerTrack, duration: float) -> float:
    """Return where the highlight of `track` starts, having looked that it lies in the file."""
    start = track.start or 0.0
    end = duration if track.end is None else track.end
    if not 0.0 <= start < min(end, duration):
        raise BadTrailerRequestError(
            "The highlight does not lie in the track",
            which=track.file.name,
            why=f"it is said to go from {start:g} s to {end:g} s, "
            f"and the file lasts {duration:g} s",
            next_step="find the highlight again",
        )
    return start


def _span(wanted: float, seconds: float, duration: float, listened: float) -> _Span:
    """Return what is decoded of the file: what the plan may use, and some more for the beats."""
    reach = excerpt_reach(seconds)
    start = max(0.0, min(wanted, duration - seconds) - reach)
    end = min(duration, max(wanted, start + reach) + seconds + reach)
    missing = listened - (end - start)
    if missing > 0.0:
        end = min(duration, end + missing)
    return _Span(start, end)


def _sounding(stereo: Float32, rate: int) -> tuple[int, int]:
    """Return the first and one past the last frame where anything is heard; equal if nothing is."""
    step = max(1, round(_SILENCE_STEP * rate))
    if not stereo.shape[0]:
        return 0, 0
    edges = np.arange(0, stereo.shape[0], step)
    # Summed by hand: numpy is many times slower along an axis of two.
    squares = np.square(stereo[:, 0], dtype=np.float64) + np.square(stereo[:, 1], dtype=np.float64)
    energy = np.add.reduceat(squares, edges)
    lengths = np.diff(np.append(edges, stereo.shape[0]))
    loud = np.flatnonzero(np.sqrt(energy / (2 * lengths)) > _INAUDIBLE)
    if not loud.size:
        return 0, 0
    return int(edges[loud[0]]), int(min(stereo.shape[0], edges[loud[-1]] + step))


@dataclass(frozen=True, slots=True)
class _Heard:
    tempo: float | None
    key: int | None
    mode: int | None
    beats: tuple[float, ...]
    beat_confidence: float
    pulse_confidence: float = 0.0
    downbeats: tuple[float, ...] = ()
    downbeat_confidence: float = 0.0
    phrases: tuple[float, ...] = ()
    phrase_confidence: float = 0.0


def _hear(track: TrailerTrack, audio: Audio, stereo: Float32, offset: float) -> _Heard:
    """Return rhythm and key: the known ones, and what is missing from the decoded part."""
    if track.beats is not None:
        return _Heard(
            tempo=track.tempo,
            key=track.key,
            mode=track.mode,
            beats=track.beats,
            beat_confidence=track.beat_confidence if track.beats else 0.0,
            downbeats=track.downbeats,
            downbeat_confidence=track.downbeat_confidence,
            phrases=track.phrases,
            phrase_confidence=track.phrase_confidence,
        )
    from highlighter.rhythm import rhythm_of

    rhythm = rhythm_of(stereo, audio.sample_rate)
    key, mode = _key(track, audio)

    def in_the_file(times: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(offset + time for time in times)

    return _Heard(
        tempo=rhythm.bpm if rhythm.bpm is not None else track.tempo,
        key=key,
        mode=mode,
        beats=in_the_file(rhythm.beats),
        beat_confidence=rhythm.confidence,
        pulse_confidence=rhythm.pulse_confidence,
        downbeats=in_the_file(rhythm.downbeats),
        downbeat_confidence=rhythm.downbeat_confidence,
        phrases=in_the_file(rhythm.phrases),
        phrase_confidence=rhythm.phrase_confidence,
    )


def _key(track: TrailerTrack, audio: Audio) -> tuple[int | None, int | None]:
    if track.key is not None:
        return track.key, track.mode
    from highlighter.analysis import analyse_sound, listen_to

    found = analyse_sound(listen_to(audio))
    return found.pitch_class, found.mode


def _silent(track: TrailerTrack) -> SilentTrackError:
    return SilentTrackError(
        "There is nothing to hear in this part of the track",
        which=track.file.name,
        why="it is silent",
        next_step="choose another part of the track as its highlight",
    )

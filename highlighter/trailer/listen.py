"""Get to know one track: its highlight, the sound around it, what the plan has to know of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from highlighter.audio import Audio, decode, probe
from highlighter.loudness import SILENCE, LoudnessMeter, decibels, peak_envelope
from highlighter.trailer.breathing import Breathing, breathes
from highlighter.trailer.errors import BadTrailerRequestError, SilentTrackError
from highlighter.trailer.excerpts import ExcerptStore, to_stereo
from highlighter.trailer.heard import HOPS_PER_SECOND, Heard, decibel_steps, heard_from_json
from highlighter.trailer.material import Material
from highlighter.trailer.model import TrailerTrack
from highlighter.trailer.plan import excerpt_reach

Float32 = NDArray[np.float32]

HIGHLIGHT_SECONDS = 30.0
"""Length of the highlight that is looked for, as everywhere else; the trailer plays its start."""

MATERIAL_SECONDS = 20.0
"""Seconds that trailers may play of a track whose material is kept."""

_HEARING_RATE = 44_100  # Hz; levels and beats are alike at 48,000
_SAME_WINDOW = 0.05  # seconds
_SAME_LENGTH = 0.5  # seconds between what two looks at a header say
_INAUDIBLE = 10.0 ** (-60.0 / 20.0)  # RMS of 50 ms below which nothing is heard
_SILENCE_STEP = 0.05  # seconds


@dataclass(frozen=True, slots=True)
class _Span:
    start: float  # seconds of the track
    end: float


def listen(track: TrailerTrack, seconds: float, store: ExcerptStore) -> Material:
    """Describe the part of `track` that a plan may use, and see to it that it can be played.

    An excerpt is added to `store` only if all goes well. Where ``track.material`` tells what there
    is to know, nothing is decoded: that happens when it is played.

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
    kept = _kept(track, duration, seconds)
    if kept is not None:
        material = _material(track, kept, seconds)
        store.add_file(track.file)
        return material
    track = _found(track, duration, seconds)
    # What is looked for is looked for as `hear` does, so that what is known changes no plan.
    part = seconds if track.beats is not None else max(seconds, MATERIAL_SECONDS)
    heard, stereo = _heard(track, duration, part, store.sample_rate)
    material = _material(track, heard, seconds)
    store.add(stereo, heard.low)
    return material


def hear(track: TrailerTrack, seconds: float = MATERIAL_SECONDS) -> dict[str, Any]:
    """Return what a trailer has to know of `track`, as plain data for `TrailerTrack.material`.

    It belongs to the file's content and to ``track.start``. It does for every trailer that plays up
    to `seconds` of the track, whatever its order, lengths and format.

    Parameters
    ----------
    track
        With its highlight; without one, it is looked for. Beats that are known are not in the
        answer: they are looked for, as for a trailer of files.
    seconds
        That trailers will play of it, at most.

    Raises
    ------
    HooklistError
        As for a trailer of this track alone.
    """
    duration = probe(track.file).duration or math.inf
    track = _found(replace(track, beats=None), duration, seconds)
    heard, _ = _heard(track, duration, max(seconds, MATERIAL_SECONDS), _HEARING_RATE)
    return heard.to_json()


def _kept(track: TrailerTrack, duration: float, seconds: float) -> Heard | None:
    """Return what is known of a track, if it is of this file and window, and reaches far enough."""
    if track.material is None or track.start is None:
        return None
    heard = heard_from_json(track.material)
    if heard is None or abs(heard.start - track.start) > _SAME_WINDOW:
        return None
    length = math.inf if heard.length is None else heard.length
    if length != duration and not abs(length - duration) <= _SAME_LENGTH:
        return None
    needed = _span(_wanted_start(track, duration), seconds, duration)
    reaches = heard.ended or heard.high >= needed.end - _SAME_WINDOW
    return heard if reaches and heard.low <= needed.start + _SAME_WINDOW else None


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


def _span(wanted: float, seconds: float, duration: float) -> _Span:
    """Return what a plan may use of the file if `seconds` of it are to be played."""
    reach = excerpt_reach(seconds)
    start = max(0.0, min(wanted, duration - seconds) - reach)
    return _Span(start, min(duration, max(wanted, start + reach) + seconds + reach))


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


def _heard(
    track: TrailerTrack, duration: float, seconds: float, rate: int
) -> tuple[Heard, Float32]:
    """Return what is heard around the highlight of `track`, and the sound, (n, 2)."""
    wanted = _wanted_start(track, duration)
    span = _span(wanted, seconds, duration)
    audio = decode(track.file, sample_rate=rate, start=span.start, duration=span.end - span.start)
    stereo = to_stereo(audio.samples)
    first, last = _sounding(stereo, rate)
    if last <= first:
        raise _silent(track)
    low, length = span.start, stereo.shape[0] / rate
    # A tenth of a second that is begun counts as whole: as if silence followed.
    hop = rate / HOPS_PER_SECOND
    meter = LoudnessMeter(rate, 2)
    meter.push(stereo)
    meter.push(np.zeros((math.ceil(-stereo.shape[0] % hop) + 1, 2), dtype=np.float32))
    levels = meter.hops()[: math.ceil(stereo.shape[0] / hop)]
    edges = np.round(np.arange(levels.size) * hop).astype(np.int64)
    peaks = np.maximum.reduceat(peak_envelope(stereo, rate), edges)
    # The network costs as much to load as all the rest, and known tracks need none.
    from highlighter.rhythm import NO_RHYTHM, rhythm_of

    rhythm = NO_RHYTHM if track.beats is not None else rhythm_of(stereo, rate)
    key, mode = _key(track, audio)

    def in_the_file(times: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(round(low + time, 4) for time in times)

    return Heard(
        start=wanted,
        length=duration if math.isfinite(duration) else None,
        low=low,
        high=low + length,
        ended=length < span.end - span.start - _SAME_WINDOW or span.end >= duration,
        first=low + first / rate,
        last=low + last / rate,
        levels=decibel_steps(levels.tolist()),
        peaks=decibel_steps([decibels(float(peak)) for peak in peaks]),
        tempo=rhythm.bpm,
        key=key,
        mode=mode,
        beats=in_the_file(rhythm.beats),
        beat_confidence=rhythm.confidence,
        pulse_confidence=rhythm.pulse_confidence,
        downbeats=in_the_file(rhythm.downbeats),
        downbeat_confidence=rhythm.downbeat_confidence,
        phrases=in_the_file(rhythm.phrases),
        phrase_confidence=rhythm.phrase_confidence,
    ), stereo


def _material(track: TrailerTrack, heard: Heard, seconds: float) -> Material:
    """Return what a plan may know of `track` if `seconds` of it are to be played."""
    wanted = track.start or 0.0
    start = min(max(wanted, heard.first), heard.last)
    if start + seconds > heard.high:
        start = max(heard.first, heard.last - seconds)
    level = heard.level(start, min(start + seconds, heard.high))
    if level.loudness == SILENCE:
        raise _silent(track)
    known = track.beats is not None
    beat_confidence = heard.beat_confidence
    if known:
        beat_confidence = track.beat_confidence if track.beats else 0.0
    return Material(
        wanted_start=wanted,
        available_start=heard.first,
        available_end=heard.last,
        loudness=level.loudness,
        peak=level.peak,
        opening=level.opening,
        closing=level.closing,
        wanted_end=track.end,
        beats=heard.beats if track.beats is None else track.beats,
        beat_confidence=beat_confidence,
        tempo=track.tempo if known or heard.tempo is None else heard.tempo,
        key=heard.key if track.key is None else track.key,
        mode=heard.mode if track.key is None else track.mode,
        downbeats=track.downbeats if known else heard.downbeats,
        downbeat_confidence=track.downbeat_confidence if known else heard.downbeat_confidence,
        phrases=track.phrases if known else heard.phrases,
        phrase_confidence=track.phrase_confidence if known else heard.phrase_confidence,
        pulse_confidence=0.0 if known else heard.pulse_confidence,
        vocals=track.vocals,
        breathes=breathes(
            Breathing(
                genre=track.genre,
                genre_confidence=track.genre_confidence,
                beat_confidence=max(beat_confidence, 0.0 if known else heard.pulse_confidence),
                loudness_range=level.range,
            )
        ),
        no_derivatives=track.no_derivatives,
    )


def _key(track: TrailerTrack, audio: Audio) -> tuple[int | None, int | None]:
    if track.key is not None or track.beats is not None:
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

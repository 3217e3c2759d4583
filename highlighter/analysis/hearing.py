"""One pass over a file: everything that analysis and highlight need, in a few small tables."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from highlighter.analysis.pitch import PitchMeter
from highlighter.analysis.rhythm_input import HOP, POOL, OnsetMeter
from highlighter.analysis.sound_frames import FrameMeter, SoundFrames
from highlighter.analysis.timbre import Timbre, TimbreMeter
from highlighter.audio import DEFAULT_LIMITS, AudioStream, Limits, Resampler, to_mono
from highlighter.audio.model import Audio, Float32
from highlighter.audio.reader import BLOCK
from highlighter.loudness import LOWEST_SAMPLE_RATE, LoudnessMeter

RATE = 11_025
"""Hz of the mono signal that rhythm, pitch and structure are read from."""

ONSET_RATE = RATE / HOP
"""Onset strengths per second: 86.13."""

TABLE_RATE = ONSET_RATE / POOL
"""Rows per second of chroma and bands: 5.38."""

_AT_ONCE = 1 << 18
"""Samples of the mono mix heard together: 1 MB, and few enough calls that they cost nothing."""

_LOW_AT_ONCE = 1 << 16
"""The same at `RATE`."""


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """What was heard.

    Attributes
    ----------
    duration
        Seconds that were really decoded.
    sample_rate, channels
        Of the file: Hz, number.
    codec
        See `highlighter.audio.AudioInfo`; empty for sound that came from no file.
    lost
        Share of the promised sound that was not there, 0 to 1.
    damaged
        Pieces that could not be decoded.
    loudness_lufs
        Integrated loudness (ITU-R BS.1770-4); None where there is nothing loud enough to measure,
        and where it was heard for a highlight only.
    momentary
        (m,) LUFS every 100 ms over 400 ms, −inf in silence; m is 0 where it was heard for a
        highlight only, which takes levels from `bands`.
    onsets
        (n,) onset strength, `ONSET_RATE` per second.
    chroma
        (k, 12) pitch classes from C, `TABLE_RATE` per second.
    bands
        (k, 40) mel power, `TABLE_RATE` per second.
    tuning
        Semitones above A4 = 440 Hz.
    tonality
        0 (noise) to 1 (pure tone); NaN where it was heard for a highlight only.
    timbre
        Colour and level; None where it was heard for a highlight only.
    frames
        What statistics are made of; None unless they were asked for.
    """

    duration: float
    sample_rate: int
    channels: int
    codec: str
    lost: float
    damaged: int
    loudness_lufs: float | None
    momentary: NDArray[np.float64]
    onsets: Float32
    chroma: Float32
    bands: Float32
    tuning: float
    tonality: float
    timbre: Timbre | None
    frames: SoundFrames | None = None


class _Gathering:
    """Puts blocks together until there are enough of them to be worth a meter's call."""

    def __init__(self, enough: int, hear: Callable[[Float32], None]) -> None:
        self._enough, self._hear = enough, hear
        self._waiting: list[Float32] = []
        self._waited = 0

    def push(self, samples: Float32) -> None:
        self._waiting.append(samples)
        self._waited += samples.size
        if self._waited >= self._enough:
            self.finish()

    def finish(self) -> None:
        if self._waiting:
            samples = np.concatenate(self._waiting)
            self._waiting, self._waited = [], 0
            self._hear(samples)


class _Ear:
    """The meters over one signal; all of them, or those a highlight needs."""

    def __init__(
        self, sample_rate: int, channels: int, *, statistics: bool = False, colour: bool = True
    ) -> None:
        self._loudness = (
            LoudnessMeter(sample_rate, channels)
            if colour and sample_rate >= LOWEST_SAMPLE_RATE
            else None
        )
        self._timbre = TimbreMeter(sample_rate) if colour else None
        self._resampler = Resampler(sample_rate, RATE, 1, "MQ")
        self._onsets = OnsetMeter(RATE)
        self._pitch = PitchMeter(RATE, tonality=colour)
        self._frames = FrameMeter(sample_rate) if statistics else None
        self._sample_rate, self._channels = sample_rate, channels
        self._mix = _Gathering(_AT_ONCE, self._hear_mix)
        self._low = _Gathering(_LOW_AT_ONCE, self._hear_low)

    def push(self, block: Float32) -> None:
        if self._loudness is not None:
            self._loudness.push(block)
        mono = to_mono(block)
        self._low.push(self._resampler.push(mono)[:, 0])
        if self._timbre is not None or self._frames is not None:
            self._mix.push(mono[:, 0])

    def _hear_mix(self, samples: Float32) -> None:
        if self._timbre is not None:
            self._timbre.push(samples)
        if self._frames is not None:
            self._frames.push(samples)

    def _hear_low(self, samples: Float32) -> None:
        self._onsets.push(samples)
        self._pitch.push(samples)

    def finish(self, frames: int, codec: str, lost: float, damaged: int) -> Sound:
        self._low.push(self._resampler.finish()[:, 0])
        self._mix.finish()
        self._low.finish()
        self._onsets.finish()
        self._pitch.finish()
        chroma, bands = self._pitch.chroma(), self._onsets.bands()
        rows = min(chroma.shape[0], bands.shape[0])
        meter = self._loudness
        lufs = meter.integrated() if meter else -math.inf
        return Sound(
            duration=frames / self._sample_rate,
            sample_rate=self._sample_rate,
            channels=self._channels,
            codec=codec,
            lost=lost,
            damaged=damaged,
            loudness_lufs=lufs if math.isfinite(lufs) else None,
            momentary=meter.momentary() if meter else np.zeros(0),
            onsets=self._onsets.onset_strength(),
            chroma=chroma[:rows],
            bands=bands[:rows],
            tuning=self._pitch.tuning(),
            tonality=self._pitch.tonality(),
            timbre=None if self._timbre is None else self._timbre.finish(),
            frames=self._frames.finish() if self._frames is not None else None,
        )


def listen(path: Path | str, *, limits: Limits = DEFAULT_LIMITS, statistics: bool = False) -> Sound:
    """Decode a file once, block by block, and return what was heard.

    Memory does not grow with the samples: a minute of music leaves about 90 kB. With `statistics`,
    which asks for `Sound.frames`, it leaves 2.4 MB, and no more after 12.7 minutes.

    Raises
    ------
    AudioError
        One of `highlighter.errors`, naming the file.
    """
    with AudioStream(path, limits=limits) as stream:
        return _heard(stream, _Ear(stream.sample_rate, stream.channels, statistics=statistics))


def listen_to(audio: Audio, *, statistics: bool = False) -> Sound:
    """Return what is heard in samples that are already decoded."""
    return _heard_in(audio, _Ear(audio.sample_rate, audio.channels, statistics=statistics))


def listen_for_highlight(source: Path | str | Audio, *, limits: Limits = DEFAULT_LIMITS) -> Sound:
    """Return what finding a highlight needs of a file or of decoded sound, at half the cost.

    Onsets, chroma, bands and tuning are those of `listen`; the rest is left out: `loudness_lufs`
    and `timbre` are None, `momentary` is empty, `tonality` is NaN. `analyse_sound` still tells the
    rhythm.

    Raises
    ------
    AudioError
        One of `highlighter.errors`, naming the file.
    """
    if isinstance(source, Audio):
        return _heard_in(source, _Ear(source.sample_rate, source.channels, colour=False))
    with AudioStream(source, limits=limits) as stream:
        return _heard(stream, _Ear(stream.sample_rate, stream.channels, colour=False))


def _heard(stream: AudioStream, ear: _Ear) -> Sound:
    for block in stream.blocks():
        ear.push(block)
    return ear.finish(stream.frames, stream.info.codec, stream.lost, stream.damaged)


def _heard_in(audio: Audio, ear: _Ear) -> Sound:
    for first in range(0, audio.samples.shape[0], BLOCK):
        ear.push(audio.samples[first : first + BLOCK])
    return ear.finish(audio.samples.shape[0], "", 0.0, 0)

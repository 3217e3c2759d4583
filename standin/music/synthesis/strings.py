"""Plucked and struck strings, and guitars through an amplifier.

A plucked string is the Karplus-Strong loop (Karplus & Strong 1983; Jaffe & Smith 1983) in closed
form: every pass through the loop multiplies harmonic k by the loop filter's gain at k, so after t
seconds it has decayed by exp(-t * rate(k)). The spectra at a dozen moments are waves of one period
each; reading from one to the next gives the loop's sound at any pitch, exactly in tune.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import pi, sin, sqrt

import numpy as np
from numpy.typing import NDArray

from standin.music.synthesis.oscillators import (
    Samples,
    band,
    clock,
    envelope,
    fade_ends,
    filtered,
    formants,
    harmonics_of,
    noise,
    read,
    seconds,
    sine,
    steady,
    wave_rows,
)

_ROWS = 14


@dataclass(frozen=True, slots=True)
class Pluck:
    """A plucked string.

    Parameters
    ----------
    ring
        Seconds until the lowest harmonic of middle C has faded by 35 dB.
    damping
        How much faster high harmonics fade; 1 is a steel string, 4 is nylon, 15 a muted one.
    position
        Where it is plucked, as a share of its length.
    bright
        Spectral slope of the pluck in hertz; higher is a harder pick.
    body
        Resonances of (hertz, bandwidth, gain).
    pick
        Level of the pick's noise.
    release
        Seconds to fall silent when it is stopped.
    detune
        Cents between two strings sounding together; 0 for one string.
    """

    ring: float = 3.0
    damping: float = 1.0
    position: float = 0.18
    bright: float = 3500.0
    body: tuple[tuple[float, float, float], ...] = ()
    pick: float = 0.0
    release: float = 0.12
    detune: float = 0.0

    def __call__(self, hz: float, gate: int, tone: float, seed: int) -> Samples:
        """Return one note; see `standin.music.synthesis.instruments.Voice`."""
        rows, times = _string_rows(self, round(hz, 3), round(tone, 2))
        shape = envelope(gate, 0.0012, 60.0, 1.0, self.release)
        ring = self.ring * (261.6 / hz) ** 0.45
        time = clock(shape.size)
        shape = shape * np.exp(time * np.float32(-4.0 / ring))
        place = np.interp(time, times, np.arange(_ROWS)).astype(np.float32)
        wave = read(rows, steady(hz, shape.size, 0.25), place)
        if self.detune:
            other = hz * 2 ** (self.detune / 1200)
            wave = 0.5 * (wave + read(rows, steady(other, shape.size, 0.25), place))
        wave *= shape
        if self.pick:
            count = min(seconds(0.03), wave.size)
            click = _pick_noise(seed % 4)[:count]
            wave[:count] += click * np.float32(self.pick * (0.4 + tone) * np.abs(wave[:2000]).max())
        return fade_ends(wave)


@lru_cache(maxsize=4)
def _pick_noise(seed: int) -> Samples:
    count = seconds(0.03)
    click = filtered(noise(count, 900 + seed), band(900, 5000))
    return np.asarray(0.5 * click * np.exp(-clock(count) * 160), np.float32)


@lru_cache(maxsize=256)
def _string_rows(string: Pluck, hz: float, tone: float) -> tuple[Samples, Samples]:
    number = harmonics_of(hz, 90, 15000)
    frequency = number * hz
    edge = string.bright * (0.45 + 1.1 * tone)
    pluck = np.abs(np.sin(np.pi * number * string.position)) / number**0.6
    pluck *= 1.0 / (1.0 + (frequency / edge) ** 2)
    if string.body:
        pluck *= formants(frequency, string.body, 0.6)
    rate = string.damping * (frequency / 1000.0) ** 1.5 / max(string.ring, 0.05) * 3.0
    times = (np.arange(_ROWS) / (_ROWS - 1)) ** 2 * min(string.ring, 4.0)
    spectra = pluck * np.exp(-np.minimum(np.outer(times, rate), 60.0))
    phases = np.random.Generator(np.random.PCG64(5)).random(number.size) * 2.0
    return wave_rows(spectra, phases), times.astype(np.float32)


@dataclass(frozen=True, slots=True)
class Piano:
    """A struck string with stretched partials: piano, and softer, felted kinds.

    Parameters
    ----------
    bright
        Hertz where the hammer's spectrum bends down.
    ring
        Seconds until middle C has faded by 35 dB.
    release
        Seconds until the damper has silenced it.
    felt
        Level of the hammer's thump.
    detune
        Cents of mistuning between the strings of a note.
    """

    bright: float = 1500.0
    ring: float = 4.0
    release: float = 0.18
    felt: float = 0.04
    detune: float = 1.2

    def __call__(self, hz: float, gate: int, tone: float, seed: int) -> Samples:
        """Return one note; see `standin.music.synthesis.instruments.Voice`."""
        shape = envelope(gate, 0.003, 90.0, 1.0, self.release)
        time = clock(shape.size)
        ring = self.ring * (261.6 / hz) ** 0.6
        stretch = 0.00032 * (hz / 261.6) ** 1.3
        partials = int(max(2, min(14, 8000 // hz)))
        edge = self.bright * (0.5 + 1.4 * tone)
        wave = np.zeros(shape.size, np.float32)
        for number in range(1, partials + 1):
            frequency = hz * number * sqrt(1.0 + stretch * number**2)
            level = abs(sin(pi * number / 8.3)) / number**0.55
            level /= 1.0 + (frequency / edge) ** 2
            if level < 0.002 or frequency > 15000:
                continue
            # Two decays, as the strings of a note first move together and then apart.
            fast = 4.0 / ring * (1.0 + 0.35 * number)
            heard = min(shape.size, seconds(9.0 / fast))
            decay = np.exp(time[:heard] * np.float32(-fast))
            if number <= 3:
                decay += np.float32(0.25) * np.exp(time[:heard] * np.float32(-fast * 0.3))
            swing = sine(steady(frequency, heard, 0.13 * number))
            if number <= 4:
                other = frequency * 2 ** (self.detune / 1200)
                swing = 0.5 * (swing + sine(steady(other, heard, 0.07 * number)))
            decay *= swing
            decay *= np.float32(level)
            wave[:heard] += decay
        wave *= shape
        thump = min(seconds(0.05), wave.size)
        wave[:thump] += _thump()[:thump] * np.float32(self.felt * (0.5 + tone))
        return fade_ends(wave)


@lru_cache(maxsize=1)
def _thump() -> Samples:
    count = seconds(0.05)
    knock = filtered(noise(count, 77), band(90, 1400))
    return np.asarray(knock * np.exp(-clock(count) * 90) * 3.0, np.float32)


@dataclass(frozen=True, slots=True)
class Amplified:
    """An electric guitar through a distorting amplifier and its loudspeaker.

    Parameters
    ----------
    intervals
        Semitones above the note that are fretted with it: a power chord is (0, 7, 12).
    drive
        Gain before the valve bends the wave.
    mute
        Seconds of ringing under a damping palm; 0 for open strings.
    cabinet
        Hertz above which the loudspeaker falls off.
    vibrato
        Cents of a player's late vibrato.
    """

    intervals: tuple[int, ...] = (0, 7, 12)
    drive: float = 6.0
    mute: float = 0.0
    cabinet: float = 4200.0
    vibrato: float = 0.0

    def __call__(self, hz: float, gate: int, tone: float, seed: int) -> Samples:
        """Return one note or chord; see `standin.music.synthesis.instruments.Voice`."""
        held = min(gate, seconds(self.mute * 2.2)) if self.mute else gate
        shape = envelope(held, 0.002, 3.0 if not self.mute else self.mute, 0.55, 0.05)
        if self.mute:
            shape *= np.exp(clock(shape.size) * np.float32(-2.2 / self.mute))
        time = clock(shape.size)
        string = Pluck(5.0, 0.35 if not self.mute else 3.0, 0.13, 3800.0)
        wave = np.zeros(shape.size, np.float32)
        for interval in self.intervals:
            pitch = hz * 2 ** (interval / 12) * (1.0 + 0.0011 * ((seed + interval) % 5 - 2))
            rows, times = _string_rows(string, round(hz * 2 ** (interval / 12), 3), 0.8)
            place = np.interp(time, times, np.arange(_ROWS)).astype(np.float32)
            if self.vibrato:
                depth = self.vibrato / 1200 * np.clip((time - 0.18) * 4, 0, 1)
                phase = steady(pitch, time.size, 0.1)
                # A small phase wobble is a pitch wobble, and keeps the phase exact.
                wobble = depth * np.float32(0.693 * pitch / 5.6) * np.cos(time * 35.2)
                phase = phase - (wobble * np.float32(2**31 / np.pi)).astype(np.int64).astype(
                    np.uint32
                )
            else:
                phase = steady(pitch, time.size, 0.1 * interval)
            wave += read(rows, phase, place)
        wave *= np.float32(1.0 / max(float(np.abs(wave[:4000]).max()), 1e-6))
        wave = np.tanh(wave * np.float32(self.drive * (0.6 + 0.8 * tone)) + np.float32(0.12))
        wave *= shape
        edge = self.cabinet * (0.75 + 0.5 * tone)
        heavy = 1.6 if self.mute else 1.0

        def cabinet(frequency: NDArray[np.floating]) -> NDArray[np.floating]:
            low = 1.0 / (1.0 + (75.0 / np.maximum(frequency, 1.0)) ** 4)
            high = 1.0 / (1.0 + (frequency / edge) ** 6)
            thump = 1.0 + (heavy - 1.0) / (1.0 + ((frequency - 130) / 70) ** 2)
            presence = 1.0 + 0.7 / (1.0 + ((frequency - 2600) / 900) ** 2)
            scoop = 1.0 - 0.3 / (1.0 + ((frequency - 480) / 200) ** 2)
            return np.asarray(low * high * thump * presence * scoop)

        return fade_ends(filtered(wave, cabinet), 0.001, 0.008)


def forget() -> None:
    """Drop the waves kept from one note to the next; a track needs only its own."""
    _string_rows.cache_clear()

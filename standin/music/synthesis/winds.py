"""Instruments that sustain a line: winds, bowed strings, voices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

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
    gliding,
    harmonics_of,
    noise,
    read,
    seconds,
    wave_rows,
)

_ROWS = 8
_BREATH = 1 << 16


@dataclass(frozen=True, slots=True)
class Sustained:
    """A tone whose brightness follows its loudness, with vibrato and breath.

    Parameters
    ----------
    slope
        Exponent of the harmonics' decline when loud.
    soft
        Further decline at the start and when soft: how much brightness grows with loudness.
    peaks
        Formants of (hertz, bandwidth, gain).
    even
        Level of even harmonics; a clarinet's are low.
    attack, decay, sustain, release
        Of loudness.
    vibrato, speed, late
        Cents, hertz, and seconds before it begins.
    scoop
        Semitones that the pitch comes from, below if positive.
    breath
        Level of breath or bow noise, and its band in hertz.
    """

    slope: float = 1.0
    soft: float = 1.0
    peaks: tuple[tuple[float, float, float], ...] = ()
    even: float = 1.0
    attack: float = 0.05
    decay: float = 0.3
    sustain: float = 0.8
    release: float = 0.1
    vibrato: float = 18.0
    speed: float = 5.5
    late: float = 0.2
    scoop: float = 0.3
    breath: float = 0.03
    breath_band: tuple[float, float] = (1500.0, 7000.0)
    floor: float = 0.25

    def __call__(self, hz: float, gate: int, tone: float, seed: int) -> Samples:
        """Return one note; see `standin.music.synthesis.instruments.Voice`."""
        shape = envelope(gate, self.attack, self.decay, self.sustain, self.release)
        time = clock(shape.size)
        onset = np.clip((time - np.float32(self.late)) * np.float32(2.5), 0.0, 1.0)
        speed = self.speed * (1.0 + 0.06 * ((seed % 5) - 2))
        wobble = onset * np.sin(time * np.float32(2 * np.pi * speed))
        curve = wobble * np.float32(self.vibrato / 1200)
        if self.scoop:
            curve -= np.float32(self.scoop / 12) * np.exp(time * np.float32(-28.0))
        phase = gliding(np.float32(hz) * np.exp2(curve), 0.0)
        rows = _loudness_rows(self, round(hz, 3))
        loud = shape * np.float32(0.45 + 0.55 * tone)
        loud += wobble * np.float32(0.06 if self.vibrato else 0.0)
        place = np.clip(loud, 0.0, 1.0) * np.float32(_ROWS - 1)
        wave = read(rows, phase, place)
        wave *= shape
        if self.breath:
            start = (seed * 977) % (_BREATH // 2)
            air = np.resize(_breath(self.breath_band)[start:], shape.size)
            strength = np.float32(self.breath * float(np.abs(wave).max()))
            wave += air * shape * strength
        return fade_ends(wave)


@lru_cache(maxsize=8)
def _breath(limits: tuple[float, float]) -> Samples:
    air = filtered(noise(_BREATH, 31), band(*limits))
    # The loop's ends must meet, or a long note ticks once a loop.
    overlap = seconds(0.01)
    ramp = np.linspace(0.0, 1.0, overlap, dtype=np.float32)
    air[:overlap] = air[:overlap] * ramp + air[-overlap:] * (1.0 - ramp)
    return np.asarray(air[:-overlap] / air.std(), np.float32)


@lru_cache(maxsize=256)
def _loudness_rows(voice: Sustained, hz: float) -> Samples:
    number = harmonics_of(hz, 60, 14000)
    body: NDArray[np.floating] = np.ones(number.size)
    if voice.peaks:
        body = formants(number * hz, voice.peaks, voice.floor)
    body[1::2] *= voice.even
    loudness = np.linspace(0.0, 1.0, _ROWS)
    spectra = np.stack(
        [body * number ** -(voice.slope + voice.soft * (1.0 - level)) for level in loudness]
    )
    return wave_rows(spectra, np.linspace(0.0, 2.0, number.size) ** 2)


def forget() -> None:
    """Drop the waves kept from one note to the next; a track needs only its own."""
    _loudness_rows.cache_clear()

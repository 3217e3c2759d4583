"""Subtractive synthesisers, and pads made by the PADsynth algorithm."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from standin.music.synthesis.oscillators import (
    RATE,
    Samples,
    clock,
    envelope,
    fade_ends,
    formants,
    gliding,
    harmonics_of,
    low_pass,
    read,
    sine,
    steady,
    wave_rows,
)

_ROWS = 12
_PAD_SIZE = 1 << 17


@dataclass(frozen=True, slots=True)
class Subtractive:
    """Oscillators through a resonant low-pass that an envelope moves.

    The filtered spectra at a dozen cutoffs are waves of one period; the filter's envelope moves
    between them, which costs as little as playing back a sample.

    Parameters
    ----------
    wave
        ``saw``, ``square``, ``pulse`` (a quarter) or ``triangle``.
    voices, detune, width
        Number of oscillators, cents between the outermost, stereo width 0 to 1 (0 is mono).
    low, high
        Cutoff at rest and at the top of its envelope, hertz; `tone` scales both.
    follow
        How much the cutoff follows the pitch, 0 to 1.
    peak
        Resonance (quality factor).
    snap
        Seconds in which the cutoff falls back to rest.
    attack, decay, sustain, release
        Of the amplifier.
    sub
        Level of a sine an octave below.
    drive
        Gain into a soft clipper; 0 leaves the wave clean.
    vibrato
        Cents, late and slow.
    glide
        Semitones that the note starts below its pitch.
    """

    wave: str = "saw"
    voices: int = 2
    detune: float = 10.0
    width: float = 0.0
    low: float = 300.0
    high: float = 3000.0
    follow: float = 0.5
    peak: float = 0.9
    snap: float = 0.3
    attack: float = 0.004
    decay: float = 0.4
    sustain: float = 0.7
    release: float = 0.12
    sub: float = 0.0
    drive: float = 0.0
    vibrato: float = 0.0
    glide: float = 0.0

    def __call__(self, hz: float, gate: int, tone: float, seed: int) -> Samples:
        """Return one note; see `standin.music.synthesis.instruments.Voice`."""
        shape = envelope(gate, self.attack, self.decay, self.sustain, self.release)
        time = clock(shape.size)
        rows = _filter_rows(self, round(hz, 3), round(tone, 2))
        rise = np.minimum(time / np.float32(max(self.attack, 0.001)), 1.0)
        place = np.exp(time * np.float32(-3.0 / self.snap)) * rise * np.float32(_ROWS - 1)
        stereo = self.width > 0.0 and self.voices > 1
        out = np.zeros((2, shape.size), np.float32)
        for voice in range(self.voices):
            spread = (2.0 * voice / (self.voices - 1) - 1.0) if self.voices > 1 else 0.0
            pitch = hz * 2 ** (spread * self.detune / 2400)
            start = (0.618 * (voice + 1) + 0.137 * (seed % 7)) % 1.0 if self.voices > 1 else 0.25
            if self.vibrato or self.glide:
                phase = gliding(pitch * self._pitch_curve(time), start)
            else:
                phase = steady(pitch, shape.size, start)
            note = read(rows, phase, place)
            if stereo:
                side = self.width * (1 if voice % 2 else -1) * (0.4 + 0.6 * abs(spread))
                out[0] += note * np.float32(np.sqrt(0.5 * (1.0 - side)))
                out[1] += note * np.float32(np.sqrt(0.5 * (1.0 + side)))
            else:
                out[0] += note
        if self.sub:
            low = sine(steady(hz / 2, shape.size)) * np.float32(self.sub * 0.5 * self.voices**0.5)
            out += low if stereo else 0.0
            if not stereo:
                out[0] += low
        result = out if stereo else out[0]
        result *= shape
        if self.drive:
            peak = max(float(np.abs(result).max()), 1e-6)
            result = np.tanh(result * np.float32(self.drive / peak))
        return fade_ends(result)

    def _pitch_curve(self, time: Samples) -> Samples:
        curve = np.zeros(time.size, np.float32)
        if self.vibrato:
            onset = np.clip((time - 0.22) * 3.0, 0.0, 1.0)
            curve += (
                onset * np.sin(time * np.float32(2 * np.pi * 5.4)) * np.float32(self.vibrato / 100)
            )
        if self.glide:
            curve -= np.float32(self.glide) * np.exp(time * np.float32(-22.0))
        return np.asarray(np.exp2(curve / 12.0), np.float32)


@lru_cache(maxsize=256)
def _filter_rows(synth: Subtractive, hz: float, tone: float) -> Samples:
    number = harmonics_of(hz)
    if synth.wave == "square":
        amplitude = (number % 2) / number
    elif synth.wave == "triangle":
        amplitude = (number % 2) / number**2
    elif synth.wave == "pulse":
        amplitude = np.abs(np.sin(np.pi * number * 0.25)) / number
    else:
        amplitude = 1.0 / number
    scale = (hz / 220.0) ** synth.follow * (0.5 + tone)
    cutoffs = np.geomspace(synth.low, max(synth.high, synth.low * 1.01), _ROWS) * scale
    spectra = np.stack(
        [amplitude * low_pass(number * hz, max(cutoff, 40.0), synth.peak) for cutoff in cutoffs]
    )
    return wave_rows(spectra, np.zeros(number.size))


@dataclass(frozen=True, slots=True)
class Pad:
    """An ensemble: every harmonic is a band of noise (PADsynth; Nasca Octavian Paul 2005).

    Parameters
    ----------
    slope
        Exponent of the harmonics' decline; 1 is saw-like, 2 is mellow.
    bandwidth
        Cents that players or oscillators differ by.
    mouth
        Formants of (hertz, bandwidth, gain); empty for none.
    cutoff
        Hertz of a gentle low-pass; `tone` scales it.
    attack, release
        Seconds.
    odd
        Level of even harmonics, 1 for all equal; low values sound hollow.
    octave
        Level of the same sound an octave above.
    """

    slope: float = 1.0
    bandwidth: float = 30.0
    mouth: tuple[tuple[float, float, float], ...] = ()
    cutoff: float = 2600.0
    attack: float = 0.25
    release: float = 0.6
    odd: float = 1.0
    octave: float = 0.0

    def __call__(self, hz: float, gate: int, tone: float, seed: int) -> Samples:
        """Return one note in stereo; see `standin.music.synthesis.instruments.Voice`."""
        loop = _pad_loop(self, round(hz, 3), round(tone, 2))
        shape = envelope(gate, self.attack, 1.0, 0.9, self.release)
        start = (seed * 7919) % _PAD_SIZE
        turns = -(-(start + shape.size) // _PAD_SIZE)
        looped = np.tile(loop, (1, turns)) if turns > 1 else loop
        return np.asarray(looped[:, start : start + shape.size] * shape)


@lru_cache(maxsize=96)
def _pad_loop(pad: Pad, hz: float, tone: float) -> Samples:
    number = harmonics_of(hz, 48, 14000)
    frequency = number * hz
    level = number**-pad.slope
    level[1::2] *= pad.odd
    if pad.octave:
        level[1::2] += pad.octave * (number[: level[1::2].size]) ** -pad.slope
    level *= low_pass(frequency, pad.cutoff * (0.5 + tone), 0.7)
    if pad.mouth:
        level *= formants(frequency, pad.mouth, 0.06)
    spectrum = np.zeros(_PAD_SIZE // 2 + 1, np.float32)
    per_bin = RATE / _PAD_SIZE
    for centre, amplitude in zip(frequency, level, strict=True):
        if amplitude < 1e-4:
            continue
        width = max(centre * (2 ** (pad.bandwidth / 1200) - 1.0), 1.2) / per_bin
        reach = int(3 * width) + 1
        middle = centre / per_bin
        first, last = max(int(middle) - reach, 1), int(middle) + reach + 1
        bins = np.arange(first, min(last, spectrum.size))
        bell = np.exp(-0.5 * ((bins - middle) / width) ** 2)
        spectrum[bins] += amplitude * bell / np.sqrt((bell**2).sum())
    spread = _random_turns() * spectrum
    return np.asarray(np.fft.irfft(spread, axis=1) * np.float32(_PAD_SIZE / 40), np.float32)


@lru_cache(maxsize=1)
def _random_turns() -> NDArray[np.complex64]:
    generator = np.random.Generator(np.random.PCG64(20050))
    angle = generator.random((2, _PAD_SIZE // 2 + 1), dtype=np.float32) * np.float32(2 * np.pi)
    return np.asarray(np.cos(angle) + 1j * np.sin(angle), np.complex64)


def forget() -> None:
    """Drop the waves kept from one note to the next; a track needs only its own."""
    _filter_rows.cache_clear()
    _pad_loop.cache_clear()

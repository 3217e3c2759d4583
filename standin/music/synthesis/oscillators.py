"""Phase, envelopes and spectra: what every instrument is made of.

Phases are unsigned 32-bit integers that wrap by themselves (direct digital synthesis; Tierney,
Rader & Gold 1971): exact over any length, and a table index is a shift away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

RATE = 44100
"""Samples per second of everything that is rendered."""

Samples: TypeAlias = NDArray[np.float32]
Phase: TypeAlias = NDArray[np.uint32]

TABLE_BITS = 12
_SHIFT = np.uint32(32 - TABLE_BITS)
_TO_RADIANS = np.float32(np.pi / 2**31)


def seconds(duration: float) -> int:
    """Return a duration as a number of samples."""
    return round(duration * RATE)


def clock(count: int) -> Samples:
    """Return the time in seconds of `count` samples."""
    return _long_clock()[:count] if count <= 2**20 else (np.arange(count) / RATE).astype(np.float32)


@lru_cache(maxsize=1)
def _long_clock() -> Samples:
    times = (np.arange(2**20) / RATE).astype(np.float32)
    times.flags.writeable = False
    return times


@lru_cache(maxsize=1)
def _counter() -> Phase:
    return np.arange(2**20, dtype=np.uint32)


def steady(hz: float, count: int, start: float = 0.0) -> Phase:
    """Return the phase of a constant frequency.

    Parameters
    ----------
    hz
        Frequency.
    count
        Number of samples.
    start
        First phase in cycles.
    """
    step = np.uint32(int(hz / RATE * 2**32) & 0xFFFFFFFF)
    steps = _counter()[:count] if count <= 2**20 else np.arange(count, dtype=np.uint32)
    return steps * step + np.uint32(int(start % 1.0 * 2**32) & 0xFFFFFFFF)


def gliding(hz: NDArray[np.floating], start: float = 0.0) -> Phase:
    """Return the phase of a frequency that changes with every sample."""
    steps = (hz * (2**32 / RATE)).astype(np.uint32)
    return np.cumsum(steps, dtype=np.uint32) + np.uint32(int(start % 1.0 * 2**32) & 0xFFFFFFFF)


def sine(phase: Phase) -> Samples:
    """Return the sine of a phase."""
    angle = phase.view(np.int32).astype(np.float32)
    angle *= _TO_RADIANS
    return np.sin(angle, out=angle)


def bend(phase: Phase, by: Samples) -> Samples:
    """Return the sine of a phase that is modulated by `by` radians (FM; Chowning 1973)."""
    angle = phase.view(np.int32).astype(np.float32)
    angle *= _TO_RADIANS
    angle += by
    return np.sin(angle, out=angle)


def wave_rows(spectra: NDArray[np.floating], phases: NDArray[np.floating]) -> Samples:
    """Return single-cycle waves, one row per spectrum.

    Parameters
    ----------
    spectra
        Amplitudes of shape (rows, harmonics); harmonic 1 first.
    phases
        Phases of the harmonics in radians, shared by all rows.
    """
    rows, harmonics = spectra.shape
    size = 1 << TABLE_BITS
    bins = np.zeros((rows, size // 2 + 1), np.complex64)
    bins[:, 1 : harmonics + 1] = spectra * (np.exp(1j * phases) * (-0.5j * size))
    return np.asarray(np.fft.irfft(bins, axis=1), np.float32)


def read(rows: Samples, phase: Phase, place: Samples) -> Samples:
    """Read waves at a phase, fading from row to row.

    Parameters
    ----------
    rows
        As `wave_rows` gives them.
    phase
        Of shape (n,).
    place
        Row position per sample, of shape (n,), from 0 to rows - 1.
    """
    last = rows.shape[0] - 2
    base = place.astype(np.int32)
    np.clip(base, 0, last, out=base)
    mix = place - base
    index = (phase >> _SHIFT).astype(np.int32)
    index += base << TABLE_BITS
    flat = rows.ravel()
    low = flat.take(index)
    index += 1 << TABLE_BITS
    high = flat.take(index)
    high -= low
    high *= mix
    high += low
    return high


def harmonics_of(hz: float, most: int = 512, ceiling: float = 17500.0) -> NDArray[np.float64]:
    """Return the numbers of the harmonics of a pitch that can be heard without aliasing."""
    count = int(max(1, min(most, ceiling // hz, (1 << TABLE_BITS) // 2 - 2)))
    return np.arange(1, count + 1, dtype=np.float64)


def low_pass(frequency: NDArray[np.floating], cutoff: float, peak: float) -> NDArray[np.floating]:
    """Return the magnitude of a two-pole low-pass with resonance, slightly steepened.

    Parameters
    ----------
    frequency, cutoff
        Hertz.
    peak
        Quality factor; 0.7 is flat, 4 sings.
    """
    ratio = frequency / cutoff
    two_pole = 1.0 / np.sqrt((1.0 - ratio**2) ** 2 + (ratio / peak) ** 2)
    return np.asarray(two_pole / np.sqrt(1.0 + ratio**2))


def formants(
    frequency: NDArray[np.floating], peaks: Sequence[tuple[float, float, float]], floor: float
) -> NDArray[np.floating]:
    """Return the gain of a body or a mouth: resonances of (hertz, bandwidth, gain) on a floor."""
    gain = np.full(frequency.shape, floor)
    for centre, width, height in peaks:
        gain = gain + height / (1.0 + ((frequency - centre) / width) ** 2)
    return gain


def envelope(gate: int, attack: float, decay: float, sustain: float, release: float) -> Samples:
    """Return an envelope of `gate` samples and its release.

    Parameters
    ----------
    gate
        Samples until the key is let go.
    attack, decay, release
        Seconds; decay and release are exponential and end at about -40 dB.
    sustain
        Level that is decayed to, 0 to 1.
    """
    rise = min(max(seconds(attack), 32), max(gate - 32, 32))
    tail = max(seconds(release), 220)
    shape = np.empty(gate + tail, np.float32)
    shape[:rise] = 0.5 - 0.5 * np.cos(np.linspace(0.0, np.pi, rise, dtype=np.float32))
    held = max(gate - rise, 0)
    fall = np.exp(clock(held) * np.float32(-4.0 / max(decay, 1e-3)))
    shape[rise : rise + held] = sustain + (1.0 - sustain) * fall
    level = shape[rise + held - 1]
    rest = shape.size - rise - held
    line = np.linspace(1.0, 0.0, rest, dtype=np.float32)
    shape[rise + held :] = level * line * np.exp(-3.0 * (1.0 - line))
    return shape


def fade_ends(wave: Samples, start: float = 0.0008, end: float = 0.006) -> Samples:
    """Ramp the first and last moments of a wave in place, so that nothing clicks."""
    first, last = min(seconds(start), wave.shape[-1] // 4), min(seconds(end), wave.shape[-1] // 4)
    if first:
        wave[..., :first] *= np.linspace(0.0, 1.0, first, dtype=np.float32)
    if last:
        wave[..., -last:] *= np.linspace(1.0, 0.0, last, dtype=np.float32)
    return wave


def filtered(
    wave: Samples, gain: Callable[[NDArray[np.floating]], NDArray[np.floating]]
) -> Samples:
    """Shape the spectrum of a whole wave by a zero-phase gain over frequency in hertz."""
    size = 1 << int(np.ceil(np.log2(wave.shape[-1] + 600)))
    frequency = np.fft.rfftfreq(size, 1.0 / RATE)
    spectrum = np.fft.rfft(wave, size)
    spectrum *= gain(frequency).astype(np.float32)
    return np.asarray(np.fft.irfft(spectrum, size)[..., : wave.shape[-1]], np.float32)


def noise(count: int, seed: int) -> Samples:
    """Return white noise of standard deviation 1."""
    generator = np.random.Generator(np.random.PCG64(seed))
    return generator.standard_normal(count, dtype=np.float32)


def band(low: float, high: float) -> Callable[[NDArray[np.floating]], NDArray[np.floating]]:
    """Return a gain curve that passes from `low` to `high` hertz with gentle flanks."""

    def gain(frequency: NDArray[np.floating]) -> NDArray[np.floating]:
        below = 1.0 / (1.0 + (low / np.maximum(frequency, 1.0)) ** 4)
        above = 1.0 / (1.0 + (frequency / high) ** 4)
        return np.asarray(np.sqrt(below * above))

    return gain

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

RATE = 22_050
Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]


def _knock(random: np.random.Generator, kind: str) -> Float64:
    time = np.arange(round(0.18 * RATE)) / RATE
    noise = random.standard_normal(time.size)
    if kind == "kick":
        sound = np.sin(2 * np.pi * (55 * time + 6 * (1 - np.exp(-time * 40)))) * np.exp(-time * 18)
    elif kind == "snare":
        sound = 0.6 * noise * np.exp(-time * 25) + 0.4 * np.sin(1200 * time) * np.exp(-time * 30)
    else:
        sound = 0.25 * np.diff(noise, prepend=0.0) * np.exp(-time * 80)
    return np.asarray(sound, dtype=np.float64)


def _add(signal: Float64, time: float, sound: Float64) -> None:
    first = round(time * RATE)
    part = signal[max(0, first) : first + sound.size]
    part += sound[: part.size]


def _clicks(times: Float64, seconds: float) -> Float32:
    signal = np.zeros(round(RATE * seconds))
    time = np.arange(1000) / RATE
    shape = 0.7 * np.sin(2 * np.pi * 1000 * time) * np.exp(-time * 220)
    for moment in times:
        _add(signal, float(moment), shape)
    return signal.astype(np.float32)


def _band(times: Float64, metre: int, seconds: float, seed: int) -> Float32:
    """Return drums, bass and chords; the first of `times` begins a bar, chords change with bars."""
    random = np.random.default_rng(seed)
    signal = np.zeros(round(RATE * seconds))
    kick, snare, hat = (_knock(random, kind) for kind in ("kick", "snare", "hat"))
    roots = [0, 5, 7, 9, 0, 5, 2, 7]
    length = float(np.median(np.diff(times)))
    for number, moment in enumerate(times):
        bar, place = divmod(number, metre)
        _add(signal, moment, hat)
        _add(signal, moment + length / 2, 0.7 * hat)
        if place == 0 or (metre == 4 and place == 2):
            _add(signal, moment, kick)
        elif metre == 3 or place in (1, 3):
            _add(signal, moment, (0.4 if metre == 3 else 1.0) * snare)
        time = np.arange(round(length * RATE)) / RATE
        root = 110.0 * 2 ** (roots[bar % 8] / 12)
        fade = np.minimum(1.0, np.minimum(time * 200, (length - time) * 200))
        tone = sum(np.sin(2 * np.pi * root * ratio * time) for ratio in (1, 2, 2.52, 3))
        _add(signal, moment, 0.12 * tone * fade * (1.4 if place == 0 else 1.0))
    return np.asarray(0.4 * signal / np.abs(signal).max(), dtype=np.float32)


def _house(times: Float64, drop: int, seconds: float, seed: int) -> Float32:
    """Return house: bass and open hats off the beat; a bass drum on each beat from the drop on."""
    random = np.random.default_rng(seed)
    signal = np.zeros(round(RATE * seconds))
    length = float(np.median(np.diff(times)))
    snare, hat = (_knock(random, kind) for kind in ("snare", "hat"))
    time = np.arange(round(0.3 * RATE)) / RATE
    kick = np.sin(2 * np.pi * (52 * time + 4 * (1 - np.exp(-time * 40)))) * np.exp(-time * 7)
    kick += 0.2 * random.standard_normal(time.size) * np.exp(-time * 300)
    wide = np.diff(random.standard_normal(time.size), prepend=0.0) * np.exp(-time * 22)
    time = np.arange(round(0.45 * length * RATE)) / RATE
    fade = np.minimum(1.0, np.minimum(time * 60, (time[-1] - time) * 60))
    for number, moment in enumerate(times):
        root = 58.0 * 2 ** ((0, 3, 5, -2)[number // 4 % 4] / 12)
        tone = sum(np.sin(2 * np.pi * root * n * time) / n for n in (1, 2, 3, 4))
        _add(signal, moment + length / 2, 0.2 * tone * fade)
        _add(signal, moment + length / 2, 0.15 * wide)
        if number >= drop:
            _add(signal, moment, 1.2 * kick)
            _add(signal, moment, 0.5 * hat)
        if number >= drop and number % 2:
            _add(signal, moment, 0.5 * snare)
    return np.asarray(0.4 * signal / np.abs(signal).max(), dtype=np.float32)


@pytest.fixture
def clicks() -> Callable[[Float64, float], Float32]:
    """Return a function from moments and length in seconds to a click track at 22,050 Hz."""
    return _clicks


@pytest.fixture
def band() -> Callable[[Float64, int, float, int], Float32]:
    """Return a function from beats, metre, seconds and seed to a small band at 22,050 Hz."""
    return _band


@pytest.fixture
def house() -> Callable[[Float64, int, float, int], Float32]:
    """Return a function from beats, the drop's beat, seconds and seed to house at 22,050 Hz."""
    return _house

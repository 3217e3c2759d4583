"""Drums, cymbals, hand percussion and effects, each from a physical sketch of itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

import numpy as np

from standin.music.synthesis.oscillators import (
    Samples,
    band,
    clock,
    fade_ends,
    filtered,
    gliding,
    noise,
    seconds,
    sine,
    steady,
)

Stroke: TypeAlias = Callable[[float, int], Samples]
"""A drum: (velocity 0 to 1, seed) to samples with a peak near 1."""


def _decay(count: int, time_constant: float) -> Samples:
    return np.asarray(np.exp(clock(count) * np.float32(-1.0 / time_constant)), np.float32)


def _peak(wave: Samples) -> Samples:
    return np.asarray(wave / np.float32(max(float(np.abs(wave).max()), 1e-6)), np.float32)


def _shaped_noise(count: int, seed: int, low: float, high: float) -> Samples:
    wave = filtered(noise(count, seed), band(low, high))
    return np.asarray(wave / np.float32(max(float(wave.std()), 1e-6) * 3.0), np.float32)


def kick(
    hz: float = 52.0, sweep: float = 150.0, bend: float = 0.028, ring: float = 0.16,
    click: float = 0.25, drive: float = 1.5, knock: float = 0.0,
) -> Stroke:  # fmt: skip
    """Return a bass drum.

    Parameters
    ----------
    hz, sweep, bend
        Resting pitch, how far above it the stroke starts, and the fall's time constant in seconds.
    ring
        Time constant of the tone in seconds.
    click
        Level of the beater.
    drive
        Gain into a soft clipper.
    knock
        Level of the shell around 180 Hz, for acoustic drums.
    """

    def stroke(velocity: float, seed: int) -> Samples:
        count = seconds(min(ring * 5.0, 0.9))
        time = clock(count)
        pitch = hz + sweep * np.exp(time * np.float32(-1.0 / bend))
        wave = sine(gliding(pitch)) * _decay(count, ring)
        if knock:
            wave += np.float32(knock) * sine(steady(183.0, count)) * _decay(count, 0.03)
        struck = seconds(0.02)
        beater = _shaped_noise(struck, 11 + seed, 1200, 6500) * _decay(struck, 0.004)
        wave[:struck] += beater * np.float32(click * (0.4 + 0.8 * velocity))
        wave = np.tanh(wave * np.float32(drive))
        return fade_ends(_peak(wave), 0.0005, 0.03)

    return stroke


def snare(
    hz: float = 188.0, ring: float = 0.09, wires: float = 0.75, tail: float = 0.11,
    low: float = 900.0, high: float = 9000.0, crack: float = 0.5,
) -> Stroke:  # fmt: skip
    """Return a snare drum: two modes of the head, and the noise of its wires.

    Parameters
    ----------
    hz, ring
        Lower mode of the head, and its time constant in seconds.
    wires, tail, low, high
        Level, time constant in seconds and band in hertz of the wires.
    crack
        Level of the stick.
    """

    def stroke(velocity: float, seed: int) -> Samples:
        count = seconds(max(ring, tail) * 5.0)
        time = clock(count)
        pitch = hz * (1.0 + 0.35 * np.exp(time * np.float32(-90.0)))
        head = sine(gliding(pitch)) * _decay(count, ring)
        head += np.float32(0.55) * sine(gliding(pitch * 1.77)) * _decay(count, ring * 0.6)
        rattle = _shaped_noise(count, 101 + seed, low, high * (0.6 + 0.4 * velocity))
        rattle *= _decay(count, tail * (0.6 + 0.4 * velocity))
        wave = head * np.float32(0.8) + rattle * np.float32(wires * 1.5)
        struck = seconds(0.012)
        stick = _shaped_noise(struck, 131 + seed, 2000, 8000) * _decay(struck, 0.003)
        wave[:struck] += stick * np.float32(crack * velocity)
        return fade_ends(_peak(np.tanh(wave * np.float32(1.3))), 0.0004, 0.02)

    return stroke


def gated_snare(length: float = 0.24) -> Stroke:
    """Return the big snare of the eighties: a room behind the drum that is cut off."""
    dry = snare(172.0, 0.1, 0.8, 0.12, 700.0, 7500.0, 0.6)

    def stroke(velocity: float, seed: int) -> Samples:
        wave = dry(velocity, seed)
        count = seconds(length + 0.06)
        room = _shaped_noise(count, 151 + seed, 250, 5200)
        room *= np.float32(0.65) * _decay(count, 0.5)
        room[seconds(length) :] *= np.linspace(1, 0, count - seconds(length), dtype=np.float32)
        both = np.zeros(max(count, wave.size), np.float32)
        both[: wave.size] += wave
        both[:count] += room
        return fade_ends(_peak(both), 0.0004, 0.02)

    return stroke


def clap(tail: float = 0.09, low: float = 800.0, high: float = 5500.0) -> Stroke:
    """Return hands that do not quite meet: three short bursts and a tail."""

    def stroke(velocity: float, seed: int) -> Samples:
        count = seconds(tail * 5 + 0.04)
        hands = _shaped_noise(count, 201 + seed, low, high)
        shape = np.zeros(count, np.float32)
        for start in (0.0, 0.011, 0.021):
            first = seconds(start)
            burst = _decay(seconds(0.01), 0.003)
            shape[first : first + burst.size] += burst
        last = seconds(0.03)
        shape[last:] += _decay(count - last, tail)
        return fade_ends(_peak(hands * shape), 0.0006, 0.02)

    return stroke


@lru_cache(maxsize=4)
def _metal(count: int, brightness: int) -> Samples:
    """Return six clashing square waves, the ring of a cymbal (as in the TR-808)."""
    total = np.zeros(count, np.float32)
    for hz in (205.3, 304.4, 369.6, 522.7, 540.0, 800.0):
        total += np.sign(sine(steady(hz * (1.5 + 0.35 * brightness), count)))
    ring = filtered(total, band(6000.0, 12000.0))
    return np.asarray(ring / np.float32(ring.std() * 3.0), np.float32)


def hat(ring: float = 0.035, metal: float = 0.5, low: float = 6500.0) -> Stroke:
    """Return a hi-hat; `ring` (time constant in seconds) makes it closed or open."""

    def stroke(velocity: float, seed: int) -> Samples:
        count = seconds(min(ring * 5.5, 1.2))
        wave = _shaped_noise(count, 301 + seed, low, 12000)
        wave += _metal(count, 2) * np.float32(metal)
        wave *= _decay(count, ring * (0.7 + 0.4 * velocity))
        return fade_ends(_peak(wave), 0.0006, 0.012)

    return stroke


def cymbal(
    ring: float = 0.9, low: float = 2600.0, ping: float = 0.0, rise: float = 0.003
) -> Stroke:
    """Return a crash, or with a `ping` of the stick a ride; `ring` in seconds."""

    def stroke(velocity: float, seed: int) -> Samples:
        count = seconds(min(ring * 3.2, 3.0))
        wash = _shaped_noise(count, 351 + seed, low, 12500) * _decay(count, ring)
        bright = _shaped_noise(count, 361 + seed, 6000, 12000) * _decay(count, ring * 0.35)
        wave = wash * np.float32(0.8) + bright * np.float32(0.7 * velocity)
        ramp = seconds(rise)
        wave[:ramp] *= np.linspace(0, 1, ramp, dtype=np.float32)
        if ping:
            for number, hz in enumerate((3240.0, 4410.0, 5630.0, 7020.0)):
                tone = sine(steady(hz, count, 0.2 * number)) * _decay(count, 0.14 / (1 + number))
                wave += tone * np.float32(ping * 0.3)
        return fade_ends(_peak(wave), 0.0006, 0.08)

    return stroke


def tom(hz: float, ring: float = 0.16, skin: float = 0.25) -> Stroke:
    """Return a tom-tom of a pitch."""

    def stroke(velocity: float, seed: int) -> Samples:
        count = seconds(ring * 5)
        time = clock(count)
        pitch = hz * (1.0 + 0.5 * np.exp(time * np.float32(-32.0)))
        wave = sine(gliding(pitch)) * _decay(count, ring)
        wave += np.float32(0.3) * sine(gliding(pitch * 1.6)) * _decay(count, ring * 0.4)
        wave += _shaped_noise(count, 401 + seed, 500, 5000) * _decay(count, 0.02) * np.float32(skin)
        return fade_ends(_peak(wave), 0.0005, 0.03)

    return stroke


def skin(hz: float, ring: float = 0.11, slap: float = 0.0) -> Stroke:
    """Return a hand drum (conga, bongo, bodhrán) of a pitch; `slap` for a slapped stroke."""

    def stroke(velocity: float, seed: int) -> Samples:
        count = seconds(ring * 5)
        time = clock(count)
        pitch = hz * (1.0 + 0.12 * np.exp(time * np.float32(-60.0)))
        wave = sine(gliding(pitch)) * _decay(count, ring)
        wave += np.float32(0.35) * sine(gliding(pitch * 1.59)) * _decay(count, ring * 0.35)
        finger = _shaped_noise(count, 431 + seed, 700, 4500) * _decay(count, 0.008 + 0.02 * slap)
        wave += finger * np.float32(0.35 + 1.4 * slap)
        return fade_ends(_peak(wave), 0.0005, 0.02)

    return stroke


def shaker(length: float = 0.07, low: float = 4500.0, sharp: float = 0.4) -> Stroke:
    """Return a shaker, whose grains take a moment to arrive; `sharp` near 1 is a tambourine."""

    def stroke(velocity: float, seed: int) -> Samples:
        count = seconds(length * 1.6)
        grains = _shaped_noise(count, 461 + seed, low, 13000)
        rise = max(64, int(count * 0.3 * (1.0 - sharp)))
        shape = np.ones(count, np.float32)
        shape[:rise] = np.linspace(0, 1, rise, dtype=np.float32)
        shape[rise:] = _decay(count - rise, length * 0.3)
        if sharp > 0.7:
            grains += _metal(count, 3) * np.float32(0.7)
        return fade_ends(_peak(grains * shape), 0.001, 0.01)

    return stroke


def wood(hz: float, ring: float = 0.02, body: float = 0.4) -> Stroke:
    """Return struck wood: claves, rim clicks, woodblocks."""

    def stroke(velocity: float, seed: int) -> Samples:
        count = seconds(ring * 7 + 0.01)
        wave = sine(steady(hz, count)) * _decay(count, ring)
        wave += np.float32(body) * sine(steady(hz * 1.51, count)) * _decay(count, ring * 0.6)
        tick = _shaped_noise(count, 491 + seed, 1800, 7000) * _decay(count, 0.002)
        return fade_ends(_peak(wave + tick * np.float32(0.5)), 0.0004, 0.01)

    return stroke


def cowbell(hz: float = 562.0) -> Stroke:
    """Return a cowbell: two square waves through a band."""

    def stroke(velocity: float, seed: int) -> Samples:
        count = seconds(0.28)
        both = np.sign(sine(steady(hz, count))) + np.sign(sine(steady(hz * 1.504, count)))
        wave = filtered(both.astype(np.float32), band(520, 4200)) * _decay(count, 0.06)
        return fade_ends(_peak(wave), 0.0006, 0.02)

    return stroke


def brush(length: float = 0.16, low: float = 900.0) -> Stroke:
    """Return a wire brush drawn over a snare drum."""

    def stroke(velocity: float, seed: int) -> Samples:
        count = seconds(length)
        wires = _shaped_noise(count, 521 + seed, low, 7500)
        place = np.linspace(0, np.pi, count, dtype=np.float32)
        return fade_ends(_peak(wires * np.sin(place) ** 2), 0.002, 0.02)

    return stroke


def sweep(length: float, rising: bool, low: float = 250.0, high: float = 9000.0) -> Stroke:
    """Return a noise sweep of `length` seconds for builds, or falling after a drop."""

    def stroke(velocity: float, seed: int) -> Samples:
        count = seconds(length)
        wave = np.zeros(count, np.float32)
        edges = np.geomspace(low, high, 7)
        place = np.linspace(0.0, 1.0, count, dtype=np.float32)
        place = place if rising else 1.0 - place
        for number in range(6):
            centre = (number + 0.5) / 6
            part = _shaped_noise(count, 541 + number, edges[number], edges[number + 1])
            wave += part * np.exp(-(((place - np.float32(centre)) / np.float32(0.2)) ** 2))
        wave *= place**1.5
        return fade_ends(_peak(wave), 0.01, 0.02)

    return stroke


def impact(hz: float = 38.0, ring: float = 0.7) -> Stroke:
    """Return a deep boom that opens a drop."""
    boom = kick(hz, 60.0, 0.09, ring, 0.1, 1.8)

    def stroke(velocity: float, seed: int) -> Samples:
        wave = boom(velocity, seed)
        wash = _shaped_noise(wave.size, 571, 120, 2200) * _decay(wave.size, 0.22)
        return fade_ends(_peak(wave + wash * np.float32(0.35)), 0.0006, 0.06)

    return stroke


def crackle(length: float = 4.0) -> Stroke:
    """Return a loop of a worn record: hiss, and ticks at random moments."""

    def stroke(velocity: float, seed: int) -> Samples:
        count = seconds(length)
        generator = np.random.Generator(np.random.PCG64(600 + seed))
        ticks = np.zeros(count, np.float32)
        places = generator.integers(0, count - 200, size=int(length * 9))
        ticks[places] = generator.random(places.size, dtype=np.float32) ** 3 * 2.0 - 0.3
        wave = filtered(ticks, band(700, 6000)) * np.float32(2.0)
        wave += _shaped_noise(count, 640 + seed, 900, 6000) * np.float32(0.05)
        return fade_ends(_peak(wave), 0.02, 0.02)

    return stroke

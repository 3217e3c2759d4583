"""Electric pianos, bells and bars by frequency modulation, organs by drawbars, deep sines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from standin.music.synthesis.oscillators import (
    Samples,
    bend,
    clock,
    envelope,
    fade_ends,
    gliding,
    sine,
    steady,
)


@dataclass(frozen=True, slots=True)
class Modulated:
    """Frequency modulation with a body and a strike (Chowning 1973).

    Parameters
    ----------
    ratio, index
        Modulator's frequency relative to the note, and its depth in radians at full tone.
    index_fall
        Seconds in which the depth fades.
    strike, strike_level, strike_fall
        A second, higher partial: ratio, level, seconds.
    ring
        Seconds until the note has faded by 35 dB; 0 sustains.
    attack, release
        Seconds.
    tremolo
        Depth of a stereo tremolo, 0 to 1; more than 0 makes the note stereo.
    detune
        Cents of a second carrier; 0 for none.
    """

    ratio: float = 1.0
    index: float = 1.5
    index_fall: float = 0.8
    strike: float = 14.0
    strike_level: float = 0.1
    strike_fall: float = 0.12
    ring: float = 3.0
    attack: float = 0.003
    release: float = 0.15
    tremolo: float = 0.0
    detune: float = 0.0

    def __call__(self, hz: float, gate: int, tone: float, seed: int) -> Samples:
        """Return one note; see `standin.music.synthesis.instruments.Voice`."""
        shape = envelope(gate, self.attack, 60.0, 1.0, self.release)
        time = clock(shape.size)
        if self.ring:
            shape = shape * np.exp(time * np.float32(-4.0 / (self.ring * (261.6 / hz) ** 0.35)))
        # High notes would turn harsh and alias with the full depth.
        depth = self.index * (0.25 + 1.1 * tone) * min(1.0, (880.0 / hz) ** 0.6)
        sway = sine(steady(hz * self.ratio, shape.size))
        sway *= np.float32(depth) * (
            np.float32(0.15) + np.float32(0.85) * np.exp(time * np.float32(-3.0 / self.index_fall))
        )
        wave = bend(steady(hz, shape.size), sway)
        if self.detune:
            wave += bend(steady(hz * 2 ** (self.detune / 1200), shape.size), sway)
            wave *= np.float32(0.6)
        if self.strike_level and hz * self.strike < 14000:
            heard = min(shape.size, round(self.strike_fall * 4 * 44100))
            tine = sine(steady(hz * self.strike, heard))
            tine *= np.exp(time[:heard] * np.float32(-3.0 / self.strike_fall))
            wave[:heard] += tine * np.float32(self.strike_level * (0.4 + tone))
        wave *= shape
        if self.tremolo:
            sweep = np.float32(self.tremolo * 0.5) * np.sin(
                time * np.float32(2 * np.pi * 4.6) + np.float32(0.7 * (seed % 9))
            )
            wave = np.stack([wave * (1.0 + sweep), wave * (1.0 - sweep)])
        return fade_ends(wave)


@dataclass(frozen=True, slots=True)
class Organ:
    """Drawbars and a slowly or quickly turning loudspeaker.

    Parameters
    ----------
    drawbars
        Levels of the harmonics named in `ratios`.
    speed
        Turns per second of the loudspeaker.
    click
        Level of the key click.
    """

    drawbars: tuple[float, ...] = (0.8, 0.5, 1.0, 0.5, 0.3, 0.2)
    ratios: tuple[float, ...] = (0.5, 1.5, 1.0, 2.0, 3.0, 4.0)
    speed: float = 6.2
    click: float = 0.04
    attack: float = 0.006
    release: float = 0.05

    def __call__(self, hz: float, gate: int, tone: float, seed: int) -> Samples:
        """Return one note in stereo; see `standin.music.synthesis.instruments.Voice`."""
        shape = envelope(gate, self.attack, 1.0, 1.0, self.release)
        time = clock(shape.size)
        wave = np.zeros(shape.size, np.float32)
        for level, ratio in zip(self.drawbars, self.ratios, strict=True):
            if hz * ratio < 9000:
                drawn = level * (1.0 if ratio <= 1.5 else 0.4 + 0.9 * tone)
                wave += sine(steady(hz * ratio, shape.size, 0.21 * ratio)) * np.float32(drawn)
        struck = min(300, wave.size)
        wave[:struck] += np.float32(self.click) * np.sin(np.arange(struck, dtype=np.float32) * 0.9)
        wave *= shape
        turn = np.sin(time * np.float32(2 * np.pi * self.speed) + np.float32(0.5 * (seed % 3)))
        turn *= np.float32(0.22)
        return fade_ends(np.stack([wave * (1.0 + turn), wave * (1.0 - turn)]))


@dataclass(frozen=True, slots=True)
class Deep:
    """A sine below everything: sub basses, and the long kick-like tone called 808.

    Parameters
    ----------
    drop, drop_time
        Semitones it falls from, and the time constant of the fall in seconds.
    ring
        Seconds until it has faded by 35 dB; 0 sustains.
    drive
        Soft clipping, which adds the harmonics that small loudspeakers need.
    """

    drop: float = 0.0
    drop_time: float = 0.03
    ring: float = 0.0
    drive: float = 1.2
    attack: float = 0.006
    release: float = 0.06

    def __call__(self, hz: float, gate: int, tone: float, seed: int) -> Samples:
        """Return one note; see `standin.music.synthesis.instruments.Voice`."""
        shape = envelope(gate, self.attack, 60.0, 1.0, self.release)
        time = clock(shape.size)
        if self.ring:
            shape = shape * np.exp(time * np.float32(-4.0 / self.ring))
        if self.drop:
            fall = np.exp(time * np.float32(-1.0 / self.drop_time)) * np.float32(self.drop / 12)
            phase = gliding(np.float32(hz) * np.exp2(fall))
        else:
            phase = steady(hz, shape.size)
        push = np.float32(self.drive * (0.7 + 0.8 * tone))
        wave = np.tanh(sine(phase) * push + np.float32(0.12) * sine(phase * np.uint32(2)))
        wave *= shape
        return fade_ends(wave, 0.002, 0.01)

"""From clean tracks to something like a record: room, colour, compression, noise, a lossy codec."""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from highlighter.audio.model import Float32

_BLOCK = 64
"""Samples over which gains are the same before they are smoothed into each other."""


@dataclass(frozen=True, slots=True)
class Master:
    """What is done to a mix.

    Attributes
    ----------
    wet, decay
        Room: level beside the dry sound, seconds until −60 dB.
    tilt, lowest, highest
        Colour: dB per octave around 1 kHz, and the Hz where the band begins and ends.
    bumps
        (Hz, octaves, dB) of bells.
    threshold, ratio
        Compression: dB below the mix's own loud parts, and how much less it rises above it.
    drive
        dB into the limiter; 0 leaves the dynamics, 12 makes a loud record.
    noise
        dB under full scale, −120 for none.
    gain
        dB at the end.
    bitrate
        Of an MP3 on the way, 0 for none.
    """

    wet: float
    decay: float
    tilt: float
    lowest: float
    highest: float
    bumps: tuple[tuple[float, float, float], ...]
    threshold: float
    ratio: float
    drive: float
    noise: float
    gain: float
    bitrate: int


def draw_master(random: np.random.Generator) -> Master:
    """Draw what is done to a mix: three in five end up as loud as a modern record."""
    loud = random.random() < 0.6
    return Master(
        wet=float(random.uniform(0.0, 0.5)),
        decay=float(random.uniform(0.25, 1.8)),
        tilt=float(random.normal(0.0, 1.2)),
        lowest=float(
            random.uniform(20.0, 90.0) if random.random() < 0.9 else random.uniform(90, 250)
        ),
        highest=float(10_500.0 if random.random() < 0.8 else random.uniform(3_400.0, 9_000.0)),
        bumps=tuple(
            (
                float(np.exp(random.uniform(np.log(100.0), np.log(7_000.0)))),
                float(random.uniform(0.5, 2.0)),
                float(random.uniform(-5.0, 5.0)),
            )
            for _ in range(int(random.integers(0, 4)))
        ),
        threshold=float(random.uniform(4.0, 16.0)),
        ratio=float(random.uniform(2.0, 8.0) if loud else random.uniform(1.0, 2.5)),
        drive=float(random.uniform(4.0, 12.0) if loud else random.uniform(0.0, 4.0)),
        noise=float(random.uniform(-75.0, -42.0) if random.random() < 0.4 else -120.0),
        gain=float(random.uniform(-12.0, -0.3)),
        bitrate=int(random.choice([64_000, 96_000, 128_000])) if random.random() < 0.1 else 0,
    )


def impulse(master: Master, rate: int, share: float, random: np.random.Generator) -> Float32:
    """Return what a room and an equaliser make of a click; `share` scales the room's part.

    The room is noise that dies away, higher parts sooner (J. A. Moorer, *About this reverberation
    business*, Computer Music Journal 3, 1979).
    """
    size = int(rate * min(max(master.decay, 0.1), 2.0))
    click = np.zeros(size)
    click[0] = 1.0
    time = np.arange(size) / rate
    tail = random.standard_normal(size) * np.exp(-6.9 * time / master.decay)
    tail[: int(0.012 * rate)] = 0.0
    dull = np.cumsum(tail)
    dull[4:] -= dull[:-4].copy()
    late = 0.25 * dull + 0.3 * tail
    late *= master.wet * share / max(np.sqrt(np.sum(late**2)), 1e-9)
    length = 1 << int(np.ceil(np.log2(2 * size)))
    spectrum = np.fft.rfft(click + late, length)
    shape = _colour(np.fft.rfftfreq(length, 1.0 / rate), master)
    response = np.fft.irfft(spectrum * _minimum_phase(shape))[: size + size // 4]
    return np.asarray(response, dtype=np.float32)


def _minimum_phase(amplitude: NDArray[np.float64]) -> NDArray[np.complex128]:
    """Return the causal filter of an amplitude response, by its folded cepstrum.

    A. V. Oppenheim, R. W. Schafer, *Discrete-Time Signal Processing*, 1989, ch. 12: of all filters
    with that amplitude it is the one that delays least, so that truth and sound stay together.
    """
    cepstrum = np.fft.irfft(np.log(np.maximum(amplitude, 1e-6)))
    half = cepstrum.size // 2
    cepstrum[1:half] *= 2.0
    cepstrum[half + 1 :] = 0.0
    return np.asarray(np.exp(np.fft.rfft(cepstrum)))


def _colour(hertz: NDArray[np.floating[Any]], master: Master) -> NDArray[np.float64]:
    octaves = np.log2(np.maximum(hertz, 20.0) / 1000.0)
    level = np.clip(master.tilt * octaves, -9.0, 9.0)
    for centre, width, height in master.bumps:
        off = np.log2(np.maximum(hertz, 20.0) / centre) / width
        level = level + height * np.exp(-0.5 * off**2)
    amplitude = 10.0 ** (level / 20.0)
    amplitude = amplitude / np.sqrt(1.0 + (master.lowest / np.maximum(hertz, 1.0)) ** 4)
    return np.asarray(amplitude / np.sqrt(1.0 + (hertz / master.highest) ** 8))


def convolved(samples: Float32, response: Float32) -> Float32:
    """Return samples, (n,), through an impulse response, cut to their own length."""
    from scipy.signal import oaconvolve

    return np.asarray(oaconvolve(samples, response)[: samples.size], dtype=np.float32)


def mastered(mix: Float32, master: Master, rate: int, random: np.random.Generator) -> Float32:
    """Return a mix, (n,), compressed, limited, with noise and gain, within ±1."""
    level = float(np.percentile(_levels(mix), 90))
    if level <= 1e-9:
        return np.zeros_like(mix)
    sound = mix * np.float32(0.2 / level)
    sound = _compressed(sound, 0.2 * 10 ** (-master.threshold / 20.0), master.ratio, rate)
    level = float(np.percentile(_levels(sound), 90))
    sound = sound * np.float32(0.2 / max(level, 1e-9) * 10 ** (master.drive / 20.0))
    sound = _limited(sound, rate)
    if master.noise > -110.0:
        sound = sound + np.float32(10 ** (master.noise / 20.0)) * random.standard_normal(
            sound.size, dtype=np.float32
        )
    sound = np.clip(sound, -1.0, 1.0) * np.float32(10 ** (master.gain / 20.0))
    return _through_mp3(sound, rate, master.bitrate) if master.bitrate else sound


def _levels(samples: Float32) -> Float32:
    """Return the RMS of each block."""
    whole = max(1, samples.size // _BLOCK) * _BLOCK
    padded = np.pad(samples[:whole], (0, max(0, whole - samples.size)))
    return np.sqrt(np.mean(padded.reshape(-1, _BLOCK) ** 2, axis=1))


def _spread(gains: Float32, size: int) -> Float32:
    edges = np.concatenate([gains[:1], 0.5 * (gains[:-1] + gains[1:]), gains[-1:]])
    ramp = (np.arange(_BLOCK, dtype=np.float32) + np.float32(0.5)) / np.float32(_BLOCK)
    spread: Float32 = (edges[:-1, None] + np.diff(edges)[:, None] * ramp).ravel()
    return np.pad(spread[:size], (0, max(0, size - spread.size)), mode="edge")


def _compressed(samples: Float32, threshold: float, ratio: float, rate: int) -> Float32:
    from scipy.signal import lfilter

    if ratio <= 1.05:
        return samples
    keep = float(np.exp(-_BLOCK / (0.12 * rate)))
    power = lfilter([1.0 - keep], [1.0, -keep], _levels(samples).astype(np.float64) ** 2)
    over = np.maximum(10.0 * np.log10(np.maximum(power, 1e-12) / threshold**2), 0.0)
    gains = 10.0 ** (-over * (1.0 - 1.0 / ratio) / 20.0)
    return samples * _spread(gains.astype(np.float32), samples.size)


def _limited(samples: Float32, rate: int) -> Float32:
    """Hold peaks under full scale: gain over 20 ms around each, and a soft knee for the rest."""
    from scipy.ndimage import minimum_filter1d, uniform_filter1d

    whole = -(-samples.size // _BLOCK) * _BLOCK
    peaks = np.abs(np.pad(samples, (0, whole - samples.size))).reshape(-1, _BLOCK).max(axis=1)
    need = np.minimum(1.0, 0.95 / np.maximum(peaks, 1e-9))
    width = max(3, int(0.02 * rate / _BLOCK) | 1)
    gains = uniform_filter1d(minimum_filter1d(need, width), width)
    return np.tanh(samples * _spread(gains.astype(np.float32), samples.size) * 0.9).astype(
        np.float32
    )


def _through_mp3(samples: Float32, rate: int, bitrate: int) -> Float32:
    """Return what is left after an MP3 encoder, the same length and not late."""
    import av

    held = io.BytesIO()
    with av.open(held, "w", format="mp3") as out:
        stream = out.add_stream("libmp3lame", rate=rate, layout="mono")
        stream.bit_rate = bitrate
        step = 1 << 14
        for first in range(0, samples.size, step):
            block = np.ascontiguousarray(samples[None, first : first + step])
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = rate, first, Fraction(1, rate)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    held.seek(0)
    with av.open(held, "r", format="mp3") as back:
        parts = [frame.to_ndarray()[0] for frame in back.decode(audio=0)]
    sound = np.concatenate(parts).astype(np.float32)
    return np.pad(sound[: samples.size], (0, max(0, samples.size - sound.size)))

"""The mixing desk: notes are laid onto tape, ducked under the kick, and given a room."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, sin

import numpy as np

from standin.music.synthesis.oscillators import RATE, Samples, band, filtered, noise, seconds

_BLOCK = 64


class Desk:
    """Two stereo tapes, one that ducks under the kick and one that does not, and a reverb send.

    The send runs at half the rate: a reverb has nothing to say above 11 kHz.

    Parameters
    ----------
    length
        Samples.
    """

    def __init__(self, length: int) -> None:
        self.length = length + length % 2
        self._steady = np.zeros((2, self.length), np.float32)
        self._pumped: Samples | None = None
        self._send = np.zeros(self.length // 2, np.float32)

    def lay(
        self, wave: Samples, half: Samples, start: int, gain: float, pan: float, send: float,
        pump: bool = False,
    ) -> None:  # fmt: skip
        """Add a sound.

        Parameters
        ----------
        wave
            Mono (n,) or stereo (2, n).
        half
            The same in mono at half the rate, as `halved` makes it.
        start
            Sample at which it begins; what lies before or after the tape is cut off.
        gain
            Linear.
        pan
            -1 left to 1 right, at constant power.
        send
            Share that goes to the reverb.
        pump
            Whether it ducks under the kick.
        """
        if pump and self._pumped is None:
            self._pumped = np.zeros((2, self.length), np.float32)
        tape = self._pumped if pump and self._pumped is not None else self._steady
        skip = max(-start, 0)
        first = max(start, 0)
        count = min(wave.shape[-1] - skip, self.length - first)
        if count <= 0:
            return
        angle = (pan + 1.0) * pi / 4
        left, right = np.float32(gain * cos(angle)), np.float32(gain * sin(angle))
        if wave.ndim == 2:
            tape[0, first : first + count] += wave[0, skip : skip + count] * left
            tape[1, first : first + count] += wave[1, skip : skip + count] * right
        else:
            sound = wave[skip : skip + count]
            tape[0, first : first + count] += sound * left
            tape[1, first : first + count] += sound * right
        if send > 0.0:
            first //= 2
            skip //= 2
            count = min(half.size - skip, self._send.size - first)
            if count > 0:
                self._send[first : first + count] += half[skip : skip + count] * np.float32(
                    gain * send
                )

    def mix_down(
        self, kicks: Sequence[int], duck: float, room: tuple[float, float], room_level: float
    ) -> Samples:
        """Return the mix of shape (2, n).

        Parameters
        ----------
        kicks
            Samples at which the kick sounds.
        duck
            Depth in dB of the ducking.
        room, room_level
            Reverb time in seconds, hertz above which it darkens; level in dB.
        """
        mix = self._steady
        if self._pumped is not None:
            duck_under(self._pumped, kicks, duck)
            mix += self._pumped
            self._pumped = None
        wet = reverb(self._send, room[0], room[1])
        wet *= np.float32(10 ** (room_level / 20))
        _add_doubled(mix, wet)
        return mix


def halved(wave: Samples) -> Samples:
    """Return a sound in mono at half the rate."""
    mono = wave.mean(axis=0) if wave.ndim == 2 else wave
    even = mono.size - mono.size % 2
    return np.asarray((mono[0:even:2] + mono[1:even:2]) * np.float32(0.5), np.float32)


def duck_under(tape: Samples, kicks: Sequence[int], depth: float) -> None:
    """Lower a tape in place at every kick by `depth` dB, recovering within about 0.25 s."""
    if not depth or not kicks:
        return
    blocks = -(-tape.shape[1] // _BLOCK)
    amount = np.zeros(blocks + 1, np.float32)
    time = np.arange(seconds(0.3) // _BLOCK, dtype=np.float32) * _BLOCK / RATE
    shape = np.clip(1.0 - time / 0.26, 0.0, 1.0) ** 1.5
    for kick in kicks:
        first = max(kick, 0) // _BLOCK
        room = amount[first : first + shape.size]
        np.maximum(room, shape[: room.size], out=room)
    apply_block_gain(tape, 10 ** (amount * np.float32(-depth / 20)), _BLOCK)


def apply_block_gain(tape: Samples, gain: Samples, block: int) -> None:
    """Multiply a tape (2, n) in place by a gain that is given at block borders, linear between.

    Parameters
    ----------
    gain
        Of shape (blocks + 1,), where blocks of `block` samples cover the tape.
    """
    whole = tape.shape[1] // block
    ramp = np.arange(block, dtype=np.float32) / block
    step = (gain[1:] - gain[:-1]).astype(np.float32)
    gain = gain.astype(np.float32)
    chunk = 4096
    for first in range(0, whole, chunk):
        last = min(first + chunk, whole)
        curve = gain[first:last, None] + step[first:last, None] * ramp
        for channel in tape:
            channel[first * block : last * block] *= curve.ravel()
    rest = tape.shape[1] - whole * block
    if rest:
        tape[:, whole * block :] *= gain[whole] + step[whole] * ramp[:rest]


def impulse_response(decay: float, dark: float) -> Samples:
    """Return a room of shape (2, n) at half the rate.

    Noise that decays by 60 dB in `decay` seconds, twice as fast above `dark` hertz, after a few
    early reflections (Moorer 1979); its two channels are independent, which makes it wide.
    """
    rate = RATE // 2
    count = int(min(decay * 1.05, 4.6) * rate)
    time = np.arange(count, dtype=np.float32) / rate
    response = np.zeros((2, count), np.float32)
    for channel in range(2):
        grain = noise(count, 700 + channel)
        # The curves are drawn for the full rate, so frequencies are doubled here.
        low = filtered(grain, band(2 * 190.0, 2 * dark * 0.6))
        high = filtered(grain, band(2 * dark * 0.6, 2 * min(dark * 1.8, 9500.0)))
        tail = low * np.exp(time * np.float32(-6.9 / decay))
        tail += high * np.exp(time * np.float32(-13.8 / decay))
        tail *= np.minimum(time / np.float32(0.02), 1.0)
        response[channel] = tail / np.sqrt(np.sum(tail**2))
    for number, delay in enumerate((0.011, 0.017, 0.023, 0.031, 0.043)):
        place = int(delay * rate)
        response[number % 2, place] += 0.3 * 0.8**number
        response[(number + 1) % 2, place + 37] += 0.2 * 0.8**number
    return response


def reverb(send: Samples, decay: float, dark: float) -> Samples:
    """Return a room's answer to a mono send, of shape (2, n), by overlap-add convolution."""
    response = impulse_response(decay, dark)
    size = 1 << 18 if response.shape[1] > 40000 else 1 << 17
    step = size - response.shape[1]
    spectrum = np.fft.rfft(response, size)
    wet = np.zeros((2, send.size), np.float32)
    for first in range(0, send.size, step):
        piece = np.fft.rfft(send[first : first + step], size)
        for channel in range(2):
            answer = np.fft.irfft(piece * spectrum[channel], size)
            room = wet[channel, first : first + size]
            room += answer[: room.size]
    return wet


def _add_doubled(mix: Samples, wet: Samples) -> None:
    """Add a half-rate signal to a full-rate mix: cubic interpolation between samples."""
    for channel, answer in zip(mix, wet, strict=True):
        channel[0::2] += answer
        between = answer * np.float32(0.5625)
        between[:-1] += answer[1:] * np.float32(0.5625)
        between[1:] -= answer[:-1] * np.float32(0.0625)
        between[:-2] -= answer[2:] * np.float32(0.0625)
        channel[1::2] += between

"""How each transition sounds: what of the leaving and of the entering track is heard when.

Every function takes both tracks as they would sound through the whole transition, (n, 2), and
returns what is heard, (n, 2). The leaving track is untouched at its first sample and the entering
one at its last, so that the transition meets what lies around it without a step.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from highlighter.trailer.bands import low_pass, split
from highlighter.trailer.transitions.kinds import Kind, Style

Float32 = NDArray[np.float32]

_SWAP_BEATS = 0.5  # how long the low band takes to change hands
_LONGEST_SWAP = 0.25  # seconds
_AHEAD = 0.020  # seconds before a beat at which an entering track is let in: attacks begin early
_EDGE = 0.010  # seconds of fade at a hard edge
_ECHO_LEVEL = 0.5  # of each echo, to the one before
_ECHO_LOW_CUT = 300.0  # Hz; the bass is the entering track's alone
_CLOSING = (6_000.0, 1_500.0, 400.0)  # Hz, of a filter as it closes
_CLOSED_LEVEL = 0.5


class Transition(Protocol):
    """What of a plan's transition decides how it sounds."""

    @property
    def kind(self) -> Kind: ...  # noqa: D102
    @property
    def style(self) -> Style: ...  # noqa: D102
    @property
    def beat_seconds(self) -> float: ...  # noqa: D102
    @property
    def fade(self) -> float: ...  # noqa: D102
    @property
    def gap(self) -> float: ...  # noqa: D102


def fade_curve(frames: int) -> Float32:
    """Return (frames, 1) rising from 0 to 1 so that its square and that of its reverse add to 1.

    Two sounds that have nothing in common keep their summed energy while one passes into the other
    on it; with curves that add to 1 themselves it would sink by 3 dB.
    """
    place = (np.arange(frames, dtype=np.float64) + 0.5) / max(frames, 1)
    return np.asarray(np.sin(0.5 * np.pi * place), dtype=np.float32)[:, None]


def heard(how: Transition, leaving: Float32, entering: Float32, sample_rate: int) -> Float32:
    """Return what is heard of two tracks through a transition, all (n, 2)."""
    if how.kind == "plain":
        return crossfade(leaving, entering)
    if how.kind == "beat-matched":
        return low_swap(leaving, entering, how.beat_seconds, sample_rate)
    if how.kind in ("breath", "cut"):
        return apart(leaving, entering, how.fade, how.gap, sample_rate)
    if how.style == "echo":
        return echo_out(leaving, entering, how.beat_seconds, sample_rate)
    return filter_out(leaving, entering, sample_rate)


def crossfade(leaving: Float32, entering: Float32) -> Float32:
    """Return an equal-power crossfade."""
    rise = fade_curve(leaving.shape[0])
    found: Float32 = leaving * rise[::-1] + entering * rise
    return found


def low_swap(leaving: Float32, entering: Float32, beat_seconds: float, sample_rate: int) -> Float32:
    """Return an equal-power crossfade above the bass, which changes hands in the middle at once."""
    frames = leaving.shape[0]
    half = round(min(_SWAP_BEATS * beat_seconds, _LONGEST_SWAP) / 2.0 * sample_rate)
    half = min(half, frames // 2)
    rise = _step(frames, frames // 2 - half, 2 * half)
    (low_out, high_out), (low_in, high_in) = (
        split(leaving, sample_rate),
        split(entering, sample_rate),
    )
    found: Float32 = low_out * rise[::-1] + low_in * rise + crossfade(high_out, high_in)
    return found


def apart(
    leaving: Float32, entering: Float32, fade: float, gap: float, sample_rate: int
) -> Float32:
    """Return the one faded out, silence of `gap` seconds, and the other faded in."""
    frames = leaving.shape[0]
    first = frames // 2 - round(gap / 2.0 * sample_rate)
    last = frames // 2 + round(gap / 2.0 * sample_rate)
    width = min(round(fade * sample_rate), first, frames - last)
    fall = _step(frames, frames - first, width)[::-1]
    found: Float32 = leaving * fall + entering * _step(frames, last, width)
    return found


def echo_out(leaving: Float32, entering: Float32, beat_seconds: float, sample_rate: int) -> Float32:
    """Return a cut in the middle, over which the last beat of the leaving track dies away."""
    frames = leaving.shape[0]
    edge, cut = _hard_edge(frames, sample_rate)
    rise = _step(frames, cut, edge)
    direct = leaving * (np.float32(1.0) - rise)
    found: Float32 = direct + entering * rise
    beat = round(beat_seconds * sample_rate)
    if not 0 < beat <= cut:
        return found
    last = direct[cut + edge - beat : cut + edge].copy()
    last -= low_pass(last, _ECHO_LOW_CUT, sample_rate)
    soft = min(edge, beat // 2)
    last[:soft] *= fade_curve(soft)
    level, start = _ECHO_LEVEL, cut + edge
    while start < frames:
        take = min(beat, frames - start)
        echo = last[:take] * np.float32(level)
        if take < beat:
            echo *= fade_curve(take)[::-1]
        found[start : start + take] += echo
        start += beat
        level *= _ECHO_LEVEL
    return found


def filter_out(leaving: Float32, entering: Float32, sample_rate: int) -> Float32:
    """Return a cut in the middle, before which a filter closes over the leaving track."""
    frames = leaving.shape[0]
    edge, cut = _hard_edge(frames, sample_rate)
    rise = _step(frames, cut, edge)
    stages = [leaving, *(low_pass(leaving, cutoff, sample_rate) for cutoff in _CLOSING)]
    # Each stage gives way to the next as time passes; the last but one pair ends at the cut.
    place = np.clip(np.arange(frames) / max(1, cut), 0.0, 1.0) * (len(stages) - 1)
    closing = np.zeros_like(leaving)
    for number, stage in enumerate(stages):
        share = np.clip(1.0 - np.abs(place - number), 0.0, 1.0).astype(np.float32)
        closing += stage * share[:, None]
    level = 1.0 - (1.0 - _CLOSED_LEVEL) * np.clip(np.arange(frames) / max(1, cut), 0.0, 1.0)
    closing *= level.astype(np.float32)[:, None]
    found: Float32 = closing * (np.float32(1.0) - rise) + entering * rise
    return found


def _hard_edge(frames: int, sample_rate: int) -> tuple[int, int]:
    """Return the frames of a hard edge, and where it begins, shortly before the middle."""
    middle = frames // 2
    cut = max(0, middle - round(_AHEAD * sample_rate))
    return min(round(_EDGE * sample_rate), frames - cut), cut


def _step(frames: int, start: int, width: int) -> Float32:
    """Return (frames, 1): 0 before `start`, 1 from ``start + width`` on, equal power between."""
    curve = np.zeros((frames, 1), dtype=np.float32)
    curve[start + width :] = 1.0
    curve[start : start + width] = fade_curve(width)
    return curve

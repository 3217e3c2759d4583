"""The trailer's waveform as SVG paths, one colour per track."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from webapp.routes.transition_words import TIERS

WIDTH, HEIGHT = 1000, 100
HUES = 6
BARS = 120
"""As many as can be told apart on a telephone."""
SHORTEST_BAR = 3.0


def wave_paths(
    peaks: Sequence[float], chapters: Sequence[Mapping[str, Any]], duration: float
) -> list[tuple[int, str]]:
    """Return a hue (0 to 5) and a path for each chapter.

    Parameters
    ----------
    peaks
        0 to 1, evenly over the trailer.
    chapters
        With ``start`` and ``end`` in seconds, in the order they are heard.
    duration
        Of the trailer, seconds.
    """
    if not chapters or duration <= 0:
        return []
    bars = thinned(peaks, BARS)
    pitch = WIDTH / len(bars)
    starts = [WIDTH * float(chapter["start"]) / duration for chapter in chapters]
    groups: list[list[str]] = [[] for _ in chapters]
    current = 0
    for number, peak in enumerate(bars):
        middle = (number + 0.5) * pitch
        while current + 1 < len(starts) and starts[current + 1] <= middle:
            current += 1
        groups[current].append(_bar(middle, pitch * 0.66, peak))
    return [(number % HUES, "".join(group)) for number, group in enumerate(groups) if group]


@dataclass(frozen=True, slots=True)
class Mark:
    """Where one track passes into the next.

    Parameters
    ----------
    at
        Per cent of the trailer.
    tier
        How (`webapp.routes.transition_words.TIERS`).
    """

    at: float
    tier: str


def marks(chapters: Sequence[Mapping[str, Any]], duration: float) -> tuple[Mark, ...]:
    """Return the marks of a trailer's chapters; none for the first.

    Parameters
    ----------
    chapters
        With ``start`` in seconds and ``transition``, in the order they are heard.
    duration
        Of the trailer, seconds.
    """
    return tuple(
        Mark(round(100 * float(chapter["start"]) / duration, 2), tier)
        for chapter in chapters
        if duration > 0 and (tier := str(chapter.get("transition") or "")) in TIERS
    )


def thinned(peaks: Sequence[float], bars: int) -> list[float]:
    """Return at most `bars` peaks, each the highest of those it stands for.

    >>> thinned([0.1, 0.9, 0.3, 0.2], 2)
    [0.9, 0.3]
    """
    if len(peaks) <= bars:
        return [min(1.0, max(0.0, float(peak))) for peak in peaks] or [0.0]
    edges = [round(number * len(peaks) / bars) for number in range(bars + 1)]
    return [
        min(1.0, max(0.0, max(float(peak) for peak in peaks[first:last])))
        for first, last in pairwise(edges)
    ]


def poster() -> Markup:
    """Return a picture of a trailer: twelve tracks that no one has made yet."""
    peaks = [
        0.25
        + 0.6 * abs(math.sin(i * 0.37) * math.sin(i * 0.113 + 1.3)) ** 0.7 * _swell(i % 12)
        + 0.12 * abs(math.sin(i * 2.39))
        for i in range(144)
    ]
    chapters = [{"start": float(start)} for start in range(0, 144, 12)]
    paths = "".join(
        f'<path class="hue-{hue}" d="{path}"/>' for hue, path in wave_paths(peaks, chapters, 144.0)
    )
    svg = f'<svg viewBox="0 0 {WIDTH} {4 * HEIGHT}" preserveAspectRatio="none" focusable="false">'
    return Markup(f'{svg}<g transform="scale(1 4)">{paths}</g></svg>')  # noqa: S704 - our numbers


def _swell(step: int) -> float:
    return 0.55 + 0.45 * math.sin(math.pi * (step + 1) / 13)


def _bar(middle: float, width: float, peak: float) -> str:
    height = max(SHORTEST_BAR, peak * HEIGHT)
    top = (HEIGHT - height) / 2
    return f"M{middle - width / 2:.1f} {top:.1f}h{width:.1f}v{height:.1f}h-{width:.1f}z"

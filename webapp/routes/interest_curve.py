"""A track's curve of interest as one small SVG path, and where a passage lies on it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

WIDTH, HEIGHT = 600, 100
POINTS = 60
"""As many as can be told apart in the picture of one track."""
STRIP_POINTS = 32
"""The same for the strip in a row of a list; a page may have a hundred rows."""
LOWEST = 4
"""Of `HEIGHT`: also where nothing is of interest, a line shows that there is a track."""
FULL = 100
"""What a curve is at its highest (`highlighter.highlight.model.CURVE_STEPS`)."""


@lru_cache(maxsize=1024)
def curve_path(curve: tuple[float, ...], points: int = POINTS) -> str:
    """Return the area under a curve as a path in a box of `WIDTH` by `HEIGHT`.

    Parameters
    ----------
    curve
        0 to `FULL`, evenly over the track; what lies outside is cut off.
    points
        Corners at most; each is the mean of the values it stands for.

    Returns
    -------
    str
        Whole numbers, relative, so that it stays short. A bar of the lowest height where there is
        no curve.
    """
    heights = [_height(value) for value in averaged(curve, points)] or [LOWEST]
    return f"M0 {HEIGHT}V{_through(heights)}V{HEIGHT}z"


@lru_cache(maxsize=1024)
def passage_path(curve: tuple[float, ...], left: float, right: float, points: int = POINTS) -> str:
    """Return the part of that area between two places on `WIDTH` (`place`).

    It fills exactly what `curve_path` fills there; empty where the places are one.
    """
    if right <= left:
        return ""
    heights = [_height(value) for value in averaged(curve, points)] or [LOWEST]
    corners = _corners(heights)
    within = [(x, y) for x, y in corners if left < x < right]
    along = [(left, _at(corners, left)), *within, (right, _at(corners, right))]
    return f"M{left:g} {HEIGHT}L" + " ".join(f"{x:g} {y:g}" for x, y in along) + f"V{HEIGHT}z"


def line_path(curve: Sequence[float], points: int = POINTS) -> str:
    """Return a curve as a line in the same box; empty where there is none."""
    heights = [_height(value) for value in averaged(curve, points)]
    return f"M0 {_through(heights)}" if heights else ""


def _through(heights: Sequence[int]) -> str:
    """Return the way from the left edge to the right one through the middles of equal parts."""
    middles = _middles(len(heights))
    steps = [
        f"{right - left}{at - to: d}"
        for (left, right), (at, to) in zip(pairwise(middles), pairwise(heights), strict=True)
    ]
    lines = f"l{' '.join(steps)}" if steps else ""
    return f"{HEIGHT - heights[0]}H{middles[0]}{lines}H{WIDTH}"


def _middles(count: int) -> list[int]:
    edges = [round(number * WIDTH / count) for number in range(count + 1)]
    return [(first + last) // 2 for first, last in pairwise(edges)]


def _corners(heights: Sequence[int]) -> list[tuple[float, float]]:
    """Return the corners of `_through`, from the left edge to the right one."""
    ys = [float(HEIGHT - height) for height in heights]
    inner = [(float(x), y) for x, y in zip(_middles(len(heights)), ys, strict=True)]
    return [(0.0, ys[0]), *inner, (float(WIDTH), ys[-1])]


def _at(corners: Sequence[tuple[float, float]], x: float) -> float:
    """Return how high the line through corners is at `x`, to a tenth."""
    for (before, high), (after, low) in pairwise(corners):
        if before <= x <= after and after > before:
            return round(high + (low - high) * (x - before) / (after - before), 1)
    return corners[-1][1]


def averaged(curve: Sequence[float], points: int) -> list[float]:
    """Return at most `points` means over equal parts of a curve.

    >>> averaged([10, 30, 50, 70], 2), averaged([5], 60), averaged([], 60)
    ([20.0, 60.0], [5.0], [])
    """
    if len(curve) <= points:
        return [float(value) for value in curve]
    edges = [round(number * len(curve) / points) for number in range(points + 1)]
    return [sum(curve[first:last]) / (last - first) for first, last in pairwise(edges)]


def place(seconds: float, total: float) -> float:
    """Return where a moment of a track lies on `WIDTH`, to a tenth.

    >>> place(30.0, 120.0), place(500.0, 120.0), place(3.0, 0.0)
    (150.0, 600.0, 0.0)
    """
    if total <= 0:
        return 0.0
    return round(WIDTH * min(1.0, max(0.0, seconds / total)), 1)


def _height(value: float) -> int:
    share = min(1.0, max(0.0, value / FULL))
    return LOWEST + round(share * (HEIGHT - LOWEST))

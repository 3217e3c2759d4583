"""The energy curve of the form as a picture: five heights, joined smoothly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from webapp.routes.shape import POINTS, STEPS

WIDTH, HEIGHT, MARGIN = 100, 100, 10
"""Of the drawing; `MARGIN` above and below, and half a column at either side."""

NAMED: Mapping[str, Sequence[int]] = {
    "flat": (5, 5, 5, 5, 5),
    "rise": (1, 3, 5, 7, 9),
    "wave": (4, 8, 5, 2, 6),
    "peak": (2, 6, 9, 6, 2),
    "cool-down": (9, 7, 5, 3, 1),
}
"""How the named curves are drawn, 0 to `STEPS`; what they ask for is the recommender's."""


@dataclass(frozen=True)
class Curve:
    """The drawn energy curve.

    Parameters
    ----------
    path
        Of the line, as SVG writes it.
    points
        Number from 1, where it is drawn, and its height, for each point.
    steps
        The greatest height.
    """

    path: str
    points: tuple[tuple[int, float, float, int], ...]
    steps: int = STEPS

    @classmethod
    def of(cls, shape: Mapping[str, str]) -> Curve:
        """Return the curve of a form's values."""
        heights = shown_heights(shape)
        points = tuple(
            (number + 1, x_of(number), y_of(height), height)
            for number, height in enumerate(heights)
        )
        return cls(curve_path(heights), points)


def shown_heights(shape: Mapping[str, str]) -> list[int]:
    """Return the five heights to draw for a form's values, 0 to `STEPS`."""
    named = NAMED.get(shape.get("curve", ""))
    if named is not None:
        return list(named)
    return [_height(shape.get(f"point_{number}", "")) for number in range(1, POINTS + 1)]


def x_of(number: int) -> float:
    """Return where the point `number`, from 0, stands.

    >>> [x_of(number) for number in range(5)]
    [10.0, 30.0, 50.0, 70.0, 90.0]
    """
    return WIDTH * (number + 0.5) / POINTS


def y_of(height: float) -> float:
    """Return where a height, 0 to `STEPS`, is drawn.

    >>> y_of(0), y_of(10)
    (90.0, 10.0)
    """
    return HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * height / STEPS


def curve_path(heights: Sequence[float]) -> str:
    """Return the line through all points; level at each of them, so that it never overshoots."""
    points = [(x_of(number), y_of(height)) for number, height in enumerate(heights)]
    path = f"M0 {points[0][1]:g}H{points[0][0]:g}"
    for (x, y), (next_x, next_y) in pairwise(points):
        middle = (x + next_x) / 2
        path += f"C{middle:g} {y:g} {middle:g} {next_y:g} {next_x:g} {next_y:g}"
    return f"{path}H{WIDTH}"


def _height(text: str) -> int:
    return min(STEPS, int(text)) if text.isascii() and text.isdigit() else STEPS // 2

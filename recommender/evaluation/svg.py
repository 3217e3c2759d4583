"""Small plots as SVG, written as text: bars with intervals, lines, coloured cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

WIDTH = 720
_ROW = 26
_LABEL = 240
_VALUE = 70
_COLOURS = ("#1f6f8b", "#c8553d", "#588157", "#8e6c8a", "#b08900", "#4a4e69", "#7f7f7f", "#2a9d8f")


@dataclass(frozen=True)
class Bar:
    """A labelled value with the bounds of its interval."""

    label: str
    value: float
    low: float
    high: float


def bars(title: str, rows: Sequence[Bar], *, reference: float | None = None) -> str:
    """Return horizontal bars with whiskers; `reference` is drawn as a dashed line (chance)."""
    top = max([row.high for row in rows] + [reference or 0.0]) or 1.0
    span = WIDTH - _LABEL - _VALUE
    height = 40 + _ROW * len(rows) + 10
    parts = [_text(10, 22, title, bold=True)]
    for number, row in enumerate(rows):
        middle = 40 + _ROW * number + _ROW / 2
        low, high = _LABEL + span * row.low / top, _LABEL + span * row.high / top
        parts += [
            _text(_LABEL - 8, middle + 4, row.label, anchor="end"),
            _rect(_LABEL, middle - 8, span * row.value / top, 16, _COLOURS[0]),
            _line(low, middle, high, middle, "#222"),
            _text(high + 6, middle + 4, f"{row.value:.4f}"),
        ]
    if reference is not None:
        at = _LABEL + span * reference / top
        parts.append(_line(at, 36, at, height - 8, "#c8553d", dashed=True))
    return _document(height, parts)


@dataclass(frozen=True)
class Curve:
    """A named line through points."""

    label: str
    xs: Sequence[float]
    ys: Sequence[float]


def curves(title: str, x_label: str, lines: Sequence[Curve]) -> str:
    """Return lines over one pair of axes, both from 0, with a legend."""
    right, bottom, left, upper = WIDTH - 220, 320, 60, 40
    top_x = max(max(line.xs) for line in lines) or 1.0
    top_y = max(max(line.ys) for line in lines) or 1.0
    parts = [
        _text(10, 22, title, bold=True),
        _line(left, bottom, right, bottom, "#222"),
        _line(left, bottom, left, upper, "#222"),
        _text((left + right) / 2, bottom + 34, x_label, anchor="middle"),
        _text(right, bottom + 16, f"{top_x:g}", anchor="end"),
        _text(left - 6, upper + 8, f"{top_y:.3g}", anchor="end"),
        _text(left - 6, bottom, "0", anchor="end"),
    ]
    for number, line in enumerate(lines):
        colour = _COLOURS[number % len(_COLOURS)]
        points = " ".join(
            f"{left + (right - left) * x / top_x:.1f},{bottom - (bottom - upper) * y / top_y:.1f}"
            for x, y in zip(line.xs, line.ys, strict=True)
        )
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        )
        parts.append(_rect(right + 16, upper + 20 * number, 12, 12, colour))
        parts.append(_text(right + 34, upper + 20 * number + 10, line.label))
    return _document(bottom + 50, parts)


def heatmap(
    title: str,
    rows: Sequence[str],
    columns: Sequence[str],
    values: Any,
    *,
    signed: bool = False,
) -> str:
    """Return a table of coloured cells with their percent in them.

    Parameters
    ----------
    title, rows, columns
        What is written above, to the left and on top.
    values
        Rows × columns of numbers in [0, 1], or [−1, 1] if `signed`.
    signed
        Whether values below 0 have a colour of their own.
    """
    left, upper = 130, 120
    cell = max(min((WIDTH - left - 60) / max(len(columns), 1), 44.0), 12.0)
    parts = [_text(10, 22, title, bold=True)]
    for at, name in enumerate(columns):
        x = left + cell * (at + 0.6)
        parts.append(
            f'<text transform="translate({x:.1f},{upper - 6}) rotate(-50)">'
            f"{escape(name[:18])}</text>"
        )
    for row, name in enumerate(rows):
        y = upper + cell * row
        parts.append(_text(left - 6, y + cell * 0.65, name[:18], anchor="end"))
        for at in range(len(columns)):
            value = float(values[row][at])
            colour = _shade(value, _COLOURS[1] if signed and value < 0 else _COLOURS[0])
            parts.append(_rect(left + cell * at, y, cell - 1, cell - 1, colour))
            if cell >= 20:
                x, percent = left + cell * (at + 0.48), f"{100 * value:.0f}"
                shown = _text(x, y + cell * 0.62, percent, anchor="middle")
                light = shown.replace("<text", '<text fill="#fff"', 1)
                parts.append(light if abs(value) > 0.6 else shown)
    return _document(upper + cell * len(rows) + 10, parts)


def _shade(value: float, colour: str) -> str:
    share = min(abs(value), 1.0)
    mixed = [round(255 + share * (int(colour[at : at + 2], 16) - 255)) for at in (1, 3, 5)]
    return "#" + "".join(f"{one:02x}" for one in mixed)


def _document(height: float, parts: Sequence[str]) -> str:
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" '
        f'font-family="sans-serif" font-size="12" role="img">\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n{body}\n</svg>\n'
    )


def _text(x: float, y: float, text: str, *, anchor: str = "start", bold: bool = False) -> str:
    weight = ' font-weight="bold" font-size="14"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{weight}>{escape(text)}</text>'


def _rect(x: float, y: float, width: float, height: float, colour: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.0):.1f}" height="{height:.1f}" '
        f'fill="{colour}"/>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, *, dashed: bool = False) -> str:
    dashes = ' stroke-dasharray="4 3"' if dashed else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"{dashes}/>'
    )

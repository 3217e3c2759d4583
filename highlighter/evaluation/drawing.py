"""Plots as SVG, written as text: a song with its curve, its truth and what was chosen; bars.

They follow the reader's light or dark colours, also inside a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 960
_LEFT, _RIGHT = 40, 12
_BAR_LABEL, _BAR_ROW, _BAR_VALUE = 230, 24, 60

STYLE = """
.plot { --ink: #222; --faint: #8a8a8a; --back: #fff; --truth: #9ccbb0; --curve: #1f6f8b;
  --choice: #c8553d; --bar: #1f6f8b; font: 12px sans-serif; }
.plot text { fill: var(--ink); }
.plot .faint { fill: var(--faint); }
.plot .back { fill: var(--back); }
.plot .axis { stroke: var(--faint); }
.plot .truth { fill: var(--truth); }
.plot .curve { fill: none; stroke: var(--curve); stroke-width: 1.6; }
.plot .choice { fill: var(--choice); fill-opacity: .22; stroke: var(--choice); stroke-width: 2; }
.plot .mark { stroke: var(--ink); stroke-dasharray: 3 2; }
.plot .bar { fill: var(--bar); }
.plot .ours { fill: var(--choice); }
.plot .whisker { stroke: var(--ink); }
.plot .chance { stroke: var(--choice); stroke-dasharray: 4 3; }
@media (prefers-color-scheme: dark) {
  .plot { --ink: #e8e8e8; --faint: #8d8d8d; --back: #16181b; --truth: #2f6b4b; --curve: #6fc3df;
    --choice: #ff8f73; --bar: #4f9fbb; }
}
"""


@dataclass(frozen=True, slots=True)
class Mark:
    """A second of the song with a name, as of a baseline's start."""

    name: str
    at: float


def song_plot(
    title: str,
    duration: float,
    choruses: Sequence[tuple[float, float]],
    curve: Sequence[float],
    choice: tuple[float, float] | None,
    marks: Sequence[Mark] = (),
) -> str:
    """Return one song: its curve, where its choruses are, what was chosen.

    Parameters
    ----------
    title
        What the plot is of, for those who cannot see it.
    duration
        Seconds.
    choruses
        The truth.
    curve
        One value in [0, 1] per second; none where there is no curve.
    choice
        Start and end of the clip; None where there is none.
    marks
        Where others would start.
    """
    upper, lower = 34, 150
    height = lower + 52

    def x(second: float) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * min(second, duration) / max(duration, 1.0)

    parts = [
        _rect(x(start), upper, x(end) - x(start), lower - upper, "truth")
        for start, end in choruses
        if start < duration
    ]
    if curve:
        points = " ".join(
            f"{x(second + 0.5):.1f},{lower - (lower - upper) * min(1.0, max(0.0, value)):.1f}"
            for second, value in enumerate(curve)
        )
        parts.append(f'<polyline class="curve" points="{points}"/>')
    if choice is not None:
        start, end = choice
        parts.append(_rect(x(start), upper - 8, x(end) - x(start), lower - upper + 8, "choice"))
        parts.append(_text(x(start) + 3, upper - 13, f"{_clock(start)}–{_clock(end)}"))
    parts.append(_line(_LEFT, lower, WIDTH - _RIGHT, lower, "axis"))
    step = 30 if duration <= 900 else 300 if duration <= 9000 else 1800
    for second in range(0, int(duration) + 1, step):
        parts.append(_line(x(second), lower, x(second), lower + 4, "axis"))
        parts.append(_text(x(second), lower + 17, _clock(second), "faint", "middle"))
    parts += [_text(_LEFT - 6, upper + 8, "1", "faint", "end")]
    parts += [_text(_LEFT - 6, lower, "0", "faint", "end")]
    for row, mark in enumerate(sorted(marks, key=lambda one: one.at)):
        parts.append(_line(x(mark.at), upper - 4, x(mark.at), lower, "mark"))
        # On two lines in turn, so that neighbours do not cover each other.
        anchor = "end" if mark.at > 0.85 * duration else "start"
        parts.append(_text(x(mark.at), lower + 32 + 14 * (row % 2), mark.name, "faint", anchor))
    return _document(height, title, parts)


@dataclass(frozen=True, slots=True)
class Bar:
    """A labelled value with the bounds of its interval."""

    label: str
    value: float
    low: float
    high: float
    ours: bool = False


def bars(title: str, rows: Sequence[Bar], *, chance: float) -> str:
    """Return horizontal bars from 0 to 1 with whiskers; chance is a dashed line."""
    span = WIDTH - _BAR_LABEL - _BAR_VALUE
    height = 40 + _BAR_ROW * len(rows) + 10
    parts = [f'<text x="10" y="22" font-weight="bold" font-size="14">{escape(title)}</text>']
    for number, row in enumerate(rows):
        middle = 40 + _BAR_ROW * number + _BAR_ROW / 2
        low, high = _BAR_LABEL + span * row.low, _BAR_LABEL + span * row.high
        kind = "ours" if row.ours else "bar"
        parts += [
            _text(_BAR_LABEL - 8, middle + 4, row.label, anchor="end"),
            _rect(_BAR_LABEL, middle - 7, span * row.value, 14, kind),
            _line(low, middle, high, middle, "whisker"),
            _text(high + 6, middle + 4, f"{row.value:.3f}"),
        ]
    at = _BAR_LABEL + span * chance
    parts.append(_line(at, 36, at, height - 8, "chance"))
    return _document(height, title, parts)


def alone(drawing: str) -> str:
    """Return a drawing as a file of its own, with its colours in it."""
    return drawing.replace(">", f"><style>{STYLE}</style>", 1)


def _clock(second: float) -> str:
    return f"{int(second) // 60}:{int(second) % 60:02d}"


def _document(height: float, title: str, parts: Sequence[str]) -> str:
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" '
        f'class="plot" role="img"><title>{escape(title)}</title>\n'
        f'<rect class="back" width="100%" height="100%"/>\n{body}\n</svg>\n'
    )


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _rect(x: float, y: float, width: float, height: float, kind: str) -> str:
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.0):.1f}"'
        f' height="{height:.1f}"/>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'

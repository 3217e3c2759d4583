"""One page with every song: its curve, its choruses, what was chosen, and the sound to judge by.

A single file of HTML and SVG without scripts; only the players ask for anything, the songs' files.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from html import escape

from highlighter.evaluation import drawing
from highlighter.evaluation.baselines import LOUDEST, MOST_REPEATED
from highlighter.evaluation.hear import DEFAULT, Answer
from highlighter.evaluation.measure import METRICS, Measured
from highlighter.evaluation.peer import PYCHORUS

MARKED = ("middle", "at 45 s", "80 % of the slack", LOUDEST, MOST_REPEATED, PYCHORUS)
"""Rows whose starts are drawn into each plot."""

_PAGE_STYLE = """
:root { color-scheme: light dark; --ink: #222; --back: #fff; --line: #ccc; --link: #0b5c76; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e8e8; --back: #16181b; --line: #444; --link: #7fcfe8; }
}
body { font: 16px/1.5 sans-serif; color: var(--ink); background: var(--back);
  max-width: 62rem; margin: 0 auto; padding: 1rem; }
a { color: var(--link); }
table { border-collapse: collapse; font-size: .9rem; }
th, td { border-bottom: 1px solid var(--line); padding: .2rem .6rem; text-align: right; }
th:first-child, td:first-child { text-align: left; overflow-wrap: anywhere; min-width: 12rem; }
.wide { overflow-x: auto; }
section.song { border-top: 1px solid var(--line); padding: .5rem 0 1.5rem; }
h3 { overflow-wrap: anywhere; margin: .5rem 0; }
svg { width: 100%; height: auto; }
audio { width: 100%; max-width: 24rem; }
"""


def slug(name: str) -> str:
    """Return a name as it may stand in a file name and a link."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "songs"


def page(measured: Sequence[Measured]) -> str:
    """Return the page."""
    body = "\n".join(_data_set(one) for one in measured)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Highlights, song by song</title>
<style>{_PAGE_STYLE}{drawing.STYLE}</style>
</head>
<body>
<main>
<h1>Highlights, song by song</h1>
<p>The curve is how worth hearing each second is held to be. Filled from top to bottom: the
choruses that people marked. The framed box is the clip that was chosen, its times above it. Dashed
lines are where others would start. The player begins at the clip.</p>
{body}
</main>
</body>
</html>
"""


def _data_set(one: Measured) -> str:
    anchor = slug(one.name)
    if DEFAULT not in one.rows:
        return f"<h2>{escape(one.name)}</h2>\n<p>No song was scored.</p>"
    index = "\n".join(_index_row(one, number, anchor) for number in range(len(one.songs)))
    heads = "".join(f'<th scope="col">{name}</th>' for name in (*METRICS, "strategy"))
    songs = "\n".join(_song(one, number, anchor) for number in range(len(one.songs)))
    return f"""<h2>{escape(one.name)}</h2>
<div class="wide" tabindex="0" role="region" aria-label="Scores, {escape(one.name)}">
<table>
<thead><tr><th scope="col">song</th>{heads}</tr></thead>
<tbody>
{index}
</tbody>
</table>
</div>
{songs}"""


def _index_row(one: Measured, number: int, anchor: str) -> str:
    row = one.rows[DEFAULT]
    cells = "".join(f"<td>{_number(row.values[metric][number])}</td>" for metric in METRICS)
    answer = row.answers[number]
    strategy = escape(answer.strategy) if answer is not None else ""
    name = escape(one.songs[number].song.name)
    link = f'<a href="#{anchor}-{number}">{name}</a>'
    return f"<tr><td>{link}</td>{cells}<td>{strategy}</td></tr>"


def _song(one: Measured, number: int, anchor: str) -> str:
    song = one.songs[number]
    answer = one.rows[DEFAULT].answers[number] or Answer(DEFAULT)
    choice = None
    if answer.start is not None and answer.end is not None:
        choice = (answer.start, answer.end)
    marks = [
        drawing.Mark(name, found.start)
        for name in MARKED
        if name in one.rows
        and (found := one.rows[name].answers[number]) is not None
        and found.start is not None
    ]
    values = {metric: one.rows[DEFAULT].values[metric][number] for metric in METRICS}
    told = ", ".join(f"{metric} {_number(value)}" for metric, value in values.items())
    truth = ", ".join(f"{start:.1f}–{end:.1f}" for start, end in song.song.choruses)
    title = f"{song.song.name}: choruses {truth} s; " + (
        "nothing chosen" if choice is None else f"chosen {choice[0]:.1f}–{choice[1]:.1f} s"
    )
    plot = drawing.song_plot(title, song.duration, song.song.choruses, answer.curve, choice, marks)
    sure = "" if answer.confidence is None else f", confidence {answer.confidence:.2f}"
    return f"""<section class="song" id="{anchor}-{number}">
<h3>{escape(song.song.name)}</h3>
<p>{told}. {escape(answer.strategy)}{sure}: {escape(answer.reason or answer.error)}.</p>
{plot}
{_player(song.song.path.resolve().as_uri(), choice)}
</section>"""


def _player(address: str, choice: tuple[float, float] | None) -> str:
    part = "" if choice is None else f"#t={choice[0]:.2f},{choice[1]:.2f}"
    return f'<audio controls preload="none" src="{escape(address + part)}"></audio>'


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.2f}"

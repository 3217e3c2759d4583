"""The report: tables a person can read, the same as CSV, plots, and a page of all songs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from highlighter.evaluation import drawing
from highlighter.evaluation.bootstrap import Interval, mean_interval
from highlighter.evaluation.gallery import page, slug
from highlighter.evaluation.hear import DEFAULT
from highlighter.evaluation.measure import (
    BEST_IOU,
    BEST_P,
    COMPARED,
    METRICS,
    POOR,
    RANDOM_ROW,
    Measured,
    Row,
    failed_answers,
    families,
    poor_songs,
)
from highlighter.evaluation.metrics import share_of
from highlighter.evaluation.tables import write_tables

THIRDS = ("least sure", "middling", "surest")


@dataclass(frozen=True, slots=True)
class Heading:
    """What the report says about itself.

    Attributes
    ----------
    created
        Date and time.
    clip
        Seconds of a clip.
    took
        Seconds.
    notes
        Sentences about what was not measured, and why.
    """

    created: str
    clip: float
    took: float
    notes: tuple[str, ...] = ()


def write_report(out: Path, heading: Heading, measured: Sequence[Measured]) -> Path:
    """Write the report and everything beside it into a folder; return ``report.md``.

    Beside it: ``songs.html``, ``metrics.csv``, ``differences.csv``, ``songs.csv`` and plots.
    """
    out.mkdir(parents=True, exist_ok=True)
    write_tables(out, measured)
    parts = [_head(heading), *(_section(out, one) for one in measured)]
    path = out / "report.md"
    path.write_text("\n".join(parts), encoding="utf-8")
    (out / "songs.html").write_text(page(measured), encoding="utf-8")
    return path


def _head(heading: Heading) -> str:
    notes = "".join(f"\n- **Not measured:** {note}" for note in heading.notes)
    return f"""# How good the highlights are

{heading.created}; clips of {heading.clip:g} s; measured in {heading.took:.0f} s. Choruses less
than 2 s apart are one. **P**: share of the clip inside a chorus; **hit50**: songs with P ≥ ½;
**IoU**: with the chorus that is met best; **st3**: starts within 3 s of a chorus; **AUC**, **F1**:
the curve of interest against the choruses, second by second (F1: stretched to 0…1, median over 9 s,
from ½ on). Brackets hold 95 % of 10,000 resamples of the songs. *hooklist* is what `hooklist
highlight` answers. Every song with its curve: [songs.html](songs.html).
{notes}
"""


def _section(out: Path, one: Measured) -> str:
    parts = [f"## {one.name}\n", _about(one)]
    if one.rows:
        parts += [_scores(one), "### hooklist less each of the others, on the same songs\n"]
        parts += [
            "Bold: the interval excludes 0. Last column: how much better any answer can be.\n",
            _differences(one),
        ]
        parts += ["### What was asked, and how it did\n", _strategies(one)]
        parts += ["### By confidence\n", _by_confidence(one)]
        parts += ["### By genre\n", _families(one)]
        parts += [f"### Songs with P below {POOR:g}\n", _poor(one)]
        parts.append(_plots(out, one))
    parts += [_failures(one)]
    return "\n".join(parts)


def _about(one: Measured) -> str:
    counts = (
        f"{len(one.songs)} songs scored, {len(one.failed)} failed, {len(one.left_out)} left out."
    )
    if not one.songs:
        return counts + "\n"
    return (
        f"{counts} {one.chorus_share:.1%} of a song is chorus, in the mean. By chance: AUC .5; F1"
        f" {_number(one.f1_of_all)}, calling every second chorus.\n"
    )


def _scores(one: Measured) -> str:
    heads = ["", "songs", *METRICS, "P / best", "IoU / best", "IoU / best IoU"]
    lines = [_line(heads), _rule(len(heads) - 1)]
    best = {name: one.rows[name] for name in (BEST_P, BEST_IOU)}
    for name, row in one.rows.items():
        cells = [f"**{name}**" if name == DEFAULT else name, str(row.songs)]
        for metric in METRICS:
            cells.append(
                _bracketed(mean_interval(row.values[metric]))
                if metric in ("P", "IoU")
                else _number(row.mean(metric))
            )
        cells += [
            _percent(_share(row, best[oracle], metric))
            for metric, oracle in (("P", BEST_P), ("IoU", BEST_P), ("IoU", BEST_IOU))
        ]
        lines.append(_line(cells))
    return "\n".join(lines) + "\n"


def _share(row: Row, best: Row, metric: str) -> float:
    """Return what share of the best possible was reached, on the songs that a row answers for."""
    answered = ~np.isnan(row.values[metric])
    if not answered.any():
        return math.nan
    possible = float(best.values[metric][answered].mean())
    return share_of(float(row.values[metric][answered].mean()), possible)


def _differences(one: Measured) -> str:
    heads = ["hooklist less …", "songs", *COMPARED, "best possible P less it"]
    lines = [_line(heads), _rule(len(heads) - 1)]
    for name, intervals in one.differences.items():
        cells = [_signed(intervals[metric]) for metric in COMPARED]
        room = _signed(one.room[name]) if name in one.room else "–"
        lines.append(_line([name, str(one.rows[name].songs), *cells, room]))
    return "\n".join(lines) + "\n"


def _strategies(one: Measured) -> str:
    """Return which strategies the default's answers came from, and the mean scores of each."""
    row = one.rows[DEFAULT]
    groups: dict[str, list[int]] = {}
    for number, answer in enumerate(row.answers):
        if answer is not None and not answer.error:
            groups.setdefault(answer.strategy, []).append(number)
    heads = ["strategy", "songs", "mean confidence", *METRICS[:4]]
    lines = [_line(heads), _rule(len(heads) - 1)]
    for name, numbers in sorted(groups.items(), key=lambda group: -len(group[1])):
        found = [row.answers[number] for number in numbers]
        sure = [answer.confidence or 0.0 for answer in found if answer is not None]
        means = [float(row.values[metric][numbers].mean()) for metric in METRICS[:4]]
        cells = [name, str(len(numbers)), _number(sum(sure) / len(sure)), *map(_number, means)]
        lines.append(_line(cells))
    return "\n".join(lines) + "\n"


def _by_confidence(one: Measured) -> str:
    """Return what the surest, the middling and the least sure third of the answers are worth."""
    row = one.rows[DEFAULT]
    sure = np.array([math.nan if a is None else a.confidence or 0.0 for a in row.answers])
    answered = np.flatnonzero(~np.isnan(row.values["P"]))
    order = answered[np.argsort(sure[answered], kind="stable")]
    heads = ["third", "songs", "confidence", *METRICS[:4]]
    lines = [_line(heads), _rule(len(heads) - 1)]
    for name, numbers in zip(THIRDS, np.array_split(order, 3), strict=True):
        if numbers.size:
            means = [float(row.values[metric][numbers].mean()) for metric in METRICS[:4]]
            low, high = float(sure[numbers].min()), float(sure[numbers].max())
            cells = [name, str(numbers.size), f"{low:.2f}–{high:.2f}", *map(_number, means)]
            lines.append(_line(cells))
    return "\n".join(lines) + "\n"


def _families(one: Measured) -> str:
    heads = ["family", "songs", *METRICS[:4], "P of random", "P / best"]
    lines = [_line(heads), _rule(len(heads) - 1)]
    for family, numbers in families(one).items():
        means = {m: float(one.rows[DEFAULT].values[m][numbers].mean()) for m in METRICS[:4]}
        chance = float(one.rows[RANDOM_ROW].values["P"][numbers].mean())
        best = float(one.rows[BEST_P].values["P"][numbers].mean())
        cells = [family or "unknown", str(len(numbers)), *map(_number, means.values())]
        lines.append(_line([*cells, _number(chance), _percent(share_of(means["P"], best))]))
    return "\n".join(lines) + "\n"


def _poor(one: Measured) -> str:
    poor = poor_songs(one)
    if not poor:
        return "None.\n"
    lines = []
    for number, precision in poor:
        song = one.songs[number]
        answer = one.rows[DEFAULT].answers[number]
        if answer is None or answer.start is None or answer.end is None:
            continue
        truth = ", ".join(f"{start:.0f}–{end:.0f}" for start, end in song.song.choruses)
        sure = 0.0 if answer.confidence is None else answer.confidence
        link = f"[{_cell(song.song.name)}](songs.html#{slug(one.name)}-{number})"
        lines.append(
            f"- {link}: P {_number(precision)}; chosen"
            f" {answer.start:.1f}–{answer.end:.1f} s of {song.duration:.0f} by {answer.strategy}"
            f" (confidence {sure:.2f}: {_cell(answer.reason)}); choruses {truth} s"
        )
    return "\n".join(lines) + "\n"


def _plots(out: Path, one: Measured) -> str:
    links = []
    for metric in ("P", "IoU"):
        intervals = {name: mean_interval(row.values[metric]) for name, row in one.rows.items()}
        rows = [
            drawing.Bar(name, i.value, i.low, i.high, name == DEFAULT)
            for name, i in intervals.items()
            if not math.isnan(i.value)
        ]
        title = f"{metric}, {one.name} (dashed: random)"
        chance = one.rows[RANDOM_ROW].mean(metric)
        name = f"{slug(one.name)}-{metric.lower()}.svg"
        picture = drawing.alone(drawing.bars(title, rows, chance=chance))
        (out / name).write_text(picture, encoding="utf-8")
        links.append(f"![{metric} of every row]({name})")
    return "\n\n".join(links) + "\n"


def _failures(one: Measured) -> str:
    lines = []
    if one.failed:
        lines += ["### Failed\n", *(f"- {_cell(s.name)}: {_cell(why)}" for s, why in one.failed)]
        lines.append("")
    if answers := failed_answers(one):
        lines.append("### Answers that failed\n")
        lines += [f"- {_cell(row)}, {_cell(song)}: {_cell(why)}" for row, song, why in answers]
        lines.append("")
    if one.left_out:
        lines += ["### Left out\n", *(f"- {_cell(s.name)}: {why}" for s, why in one.left_out)]
        lines.append("")
    return "\n".join(lines)


def summary(one: Measured) -> Mapping[str, str]:
    """Return what one line on a terminal says about a data set: metric → value and chance."""
    if DEFAULT not in one.rows:
        return {}
    ours, chance = one.rows[DEFAULT], one.rows[RANDOM_ROW]
    return {
        metric: f"{_number(ours.mean(metric))} (random {_number(chance.mean(metric))})"
        for metric in METRICS[:4]
    }


def _number(value: float) -> str:
    if math.isnan(value):
        return "–"
    return f"{value:.3f}".removeprefix("0") if 0.0 <= value < 0.9995 else f"{value:.3f}"


def _percent(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.0%}"


def _bracketed(interval: Interval) -> str:
    if math.isnan(interval.value):
        return "–"
    low, high = _number(interval.low), _number(interval.high)
    return f"{_number(interval.value)} ({low}–{high})"


def _signed(interval: Interval) -> str:
    if math.isnan(interval.value):
        return "–"
    # Rounded first: a difference of a millisecond is no difference, and has no sign.
    value, low, high = (
        round(one, 3) + 0.0 for one in (interval.value, interval.low, interval.high)
    )
    text = f"{value:+.3f} ({low:+.3f} … {high:+.3f})"
    return f"**{text}**" if low > 0.0 or high < 0.0 else text


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _rule(columns: int) -> str:
    return "|---|" + "---|" * columns

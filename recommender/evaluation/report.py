"""The report: tables a person can read, the same as CSV, and plots."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from recommender.evaluation import suite, svg
from recommender.evaluation.bootstrap import Interval, mean_interval, ratio_interval
from recommender.evaluation.measure import LIST_METRICS, RANKING_METRICS, Measured

BLIND = tuple(f"blind {name}" for name in RANKING_METRICS)
SHARES = (
    "CorrectGenreShare",
    "CorrectMultipleGenreShare",
    "CorrectAlbumShare",
    "CorrectArtistShare",
    "YearMeanDiff",
    "SoundParametersDiff",
)
COMPARISONS = (
    ("blind recall@500", suite.LEARNED, suite.EARLIER),
    ("blind recall@500", suite.LEARNED, suite.EARLIER_TURNS),
    ("blind recall@500", suite.LISTENED, suite.EARLIER),
    ("blind recall@500", suite.LISTENED, suite.EARLIER_TURNS),
    ("recall@500", suite.LEARNED, suite.ARTISTS_FIRST),
    ("recall@500", suite.LISTENED, suite.ARTISTS_FIRST),
    ("R-precision", suite.LEARNED, suite.ARTISTS_FIRST),
    ("R-precision", suite.LISTENED, suite.ARTISTS_FIRST),
)
"""What is told as a ratio: metric, ours, theirs."""


@dataclass(frozen=True)
class SourceReport:
    """Everything measured on the playlists of one source.

    Attributes
    ----------
    source
        Its name.
    genres
        Whether the rankings saw genres.
    playlists, questions
        How many.
    measured
        Ranking → what it is worth.
    chance
        Metric → what random orders get in the mean, by formula.
    shares
        Ranking → the earlier system's metrics; empty where not asked.
    """

    source: str
    genres: bool
    playlists: int
    questions: int
    measured: Mapping[str, Measured]
    chance: Mapping[str, float]
    shares: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The source, and whether genres were seen."""
        return f"{self.source}, genres {'as given' if self.genres else 'blanked'}"


@dataclass(frozen=True)
class Heading:
    """What the report says about itself."""

    created: str
    tracks: int
    seconds: float
    draws: int
    seed: int


def write_report(out: Path, heading: Heading, sources: Sequence[SourceReport]) -> Path:
    """Write ``report.md``, ``metrics.csv``, ``ratios.csv`` and the plots; return the report."""
    out.mkdir(parents=True, exist_ok=True)
    _write_csv(out / "metrics.csv", _metric_rows(sources))
    _write_csv(out / "ratios.csv", _ratio_rows(sources))
    parts = [_head(heading), *(_section(out, report) for report in sources)]
    path = out / "report.md"
    path.write_text("\n".join(parts), encoding="utf-8")
    return path


def _head(heading: Heading) -> str:
    return f"""# How good the recommendations are

{heading.created}; {heading.tracks:,} tracks, all of them candidates; measured in
{heading.seconds:.0f} s. Each playlist with at least 15 known tracks gives {heading.draws}
question(s): 5 random tracks are seeds (generator seed {heading.seed}), the others are to be found
in a list of 500. *Blind*: the seeds' artists are neither candidates nor targets. Intervals hold
95 % of 2,000 resamples of the playlists. What learns from playlists never saw the one it is asked
about, nor a near copy (5 folds by playlist). No ranking sees popularity but those that say so, and
none of the learned ones is told that metadata is missing.
"""


def _section(out: Path, report: SourceReport) -> str:
    slug = report.title.replace(",", "").replace(" ", "-")
    parts = [
        f"## {report.title}\n",
        f"{report.playlists} playlists, {report.questions} questions.\n",
        "### All candidates\n",
        _table(report, RANKING_METRICS),
        "### Artist-blind\n",
        _table(report, BLIND),
        "### The lists\n",
        "Of the first 30 tracks; coverage of all lists of 500.\n",
        _list_table(report),
    ]
    ratios = _ratios(report)
    if ratios:
        parts += ["### Ratios\n", _ratio_table(ratios)]
    if report.shares:
        parts += ["### The earlier system's metrics\n", _share_table(report)]
    metric = "blind recall@500"
    intervals = {name: mean_interval(one.values[metric]) for name, one in report.measured.items()}
    _plot(
        out / f"{slug}-blind-recall.svg",
        svg.bars(
            f"{metric}, {report.title} (dashed: chance)",
            [svg.Bar(name, i.value, i.low, i.high) for name, i in intervals.items()],
            reference=report.chance[metric],
        ),
    )
    _plot(
        out / f"{slug}-recall.svg",
        svg.curves(
            f"Blind recall by length, {report.title}",
            "tracks in the list",
            [
                svg.Curve(
                    name,
                    (0, 30, 100, 500),
                    (0.0, *(one.mean(f"blind recall@{length}") for length in (30, 100, 500))),
                )
                for name, one in report.measured.items()
            ],
        ),
    )
    parts.append(
        f"![Blind recall]({slug}-blind-recall.svg)\n\n![Recall by length]({slug}-recall.svg)\n"
    )
    return "\n".join(parts)


def _plot(path: Path, drawing: str) -> None:
    path.write_text(drawing, encoding="utf-8")


def _table(report: SourceReport, metrics: Sequence[str]) -> str:
    lines = [_row(["", *(name.removeprefix("blind ") for name in metrics)]), _rule(len(metrics))]
    lines.append(_row(["*chance, by formula*", *(_number(report.chance[m], m) for m in metrics)]))
    for name, one in report.measured.items():
        cells = []
        for metric in metrics:
            interval = mean_interval(one.values[metric])
            cells.append(
                f"{_number(interval.value, metric)} "
                f"({_number(interval.low, metric)}–{_number(interval.high, metric)})"
            )
        lines.append(_row([name, *cells]))
    return "\n".join(lines) + "\n"


def _list_table(report: SourceReport) -> str:
    lines = [_row(["", "coverage", *LIST_METRICS]), _rule(1 + len(LIST_METRICS))]
    for name, one in report.measured.items():
        values = [f"{one.coverage:.3f}", *(f"{one.mean(metric):.2f}" for metric in LIST_METRICS)]
        lines.append(_row([name, *values]))
    return "\n".join(lines) + "\n"


def _share_table(report: SourceReport) -> str:
    lines = [_row(["3 neighbours of one seed", *SHARES]), _rule(len(SHARES))]
    for name, shares in report.shares.items():
        cells = ["–" if math.isnan(shares[one]) else f"{shares[one]:.3f}" for one in SHARES]
        lines.append(_row([name, *cells]))
    return "\n".join(lines) + "\n"


def _ratios(report: SourceReport) -> list[tuple[str, str, str, Interval]]:
    found = []
    for metric, ours, theirs in COMPARISONS:
        if ours in report.measured and theirs in report.measured:
            pair = report.measured[ours].values[metric], report.measured[theirs].values[metric]
            found.append((metric, ours, theirs, ratio_interval(*pair)))
    return found


def _ratio_table(ratios: Sequence[tuple[str, str, str, Interval]]) -> str:
    lines = [_row(["metric", "ours", "theirs", "ratio", "95 %"]), _rule(4)]
    lines += [
        _row([metric, ours, theirs, f"{i.value:.2f}", f"{i.low:.2f}–{i.high:.2f}"])
        for metric, ours, theirs, i in ratios
    ]
    return "\n".join(lines) + "\n"


def _metric_rows(sources: Sequence[SourceReport]) -> list[list[object]]:
    rows: list[list[object]] = [
        ["source", "genres", "ranking", "metric", "value", "low", "high", "chance", "playlists"]
    ]
    for report in sources:
        start: list[object] = [report.source, "given" if report.genres else "blanked"]
        for name, one in report.measured.items():
            for metric in (*RANKING_METRICS, *BLIND, *LIST_METRICS):
                values = one.values[metric]
                i = mean_interval(values)
                chance = report.chance.get(metric, "")
                known = int((~np.isnan(values)).sum())
                rows.append([*start, name, metric, i.value, i.low, i.high, chance, known])
            rows.append([*start, name, "coverage", one.coverage, "", "", "", one.lists])
        for name, shares in report.shares.items():
            rows += [[*start, name, one, shares[one], "", "", "", ""] for one in SHARES]
    return rows


def _ratio_rows(sources: Sequence[SourceReport]) -> list[list[object]]:
    rows: list[list[object]] = [
        ["source", "genres", "metric", "ours", "theirs", "ratio", "low", "high"]
    ]
    for report in sources:
        seen = "given" if report.genres else "blanked"
        rows += [
            [report.source, seen, metric, ours, theirs, i.value, i.low, i.high]
            for metric, ours, theirs, i in _ratios(report)
        ]
    return rows


def _write_csv(path: Path, rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)


def _number(value: float, metric: str) -> str:
    if math.isnan(value):
        return "–"
    return f"{value:.1f}" if metric.endswith("clicks") else f"{value:.4f}"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _rule(columns: int) -> str:
    return "|---|" + "---|" * columns

"""The report: every figure with chance or another way of joining beside it, and what is missed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from highlighter.evaluation import drawing
from highlighter.evaluation.bootstrap import Interval, mean_interval, paired_interval
from highlighter.evaluation.metrics import Floats
from highlighter.evaluation.trailers import fit
from highlighter.evaluation.trailers.acceptance import MOST_OFFSET, MOST_STEP, Check, exact_truth
from highlighter.evaluation.trailers.csvs import write_csvs
from highlighter.evaluation.trailers.figures import (
    CLOSE,
    FLOW,
    KEEP,
    RANDOM_ROW,
    ROWS,
    SOUNDED,
    SYSTEMS,
    TEMPO_ROW,
    Join,
    Result,
    joins_of,
    of_system,
    share,
    values,
)
from highlighter.evaluation.trailers.learning import Known

KINDS = ("beat-matched", "assisted", "plain", "breath", "cut", "sigmoid", "butt")


@dataclass(frozen=True, slots=True)
class Heading:
    """What the report says about itself.

    Attributes
    ----------
    created
        Date and time.
    seconds
        Per track.
    seed
        Of the playlists.
    took
        Seconds.
    notes
        Sentences about what was not measured, or failed.
    """

    created: str
    seconds: float
    seed: int
    took: float
    notes: tuple[str, ...] = ()


def write_trailer_report(
    out: Path,
    heading: Heading,
    pool: Sequence[Known],
    results: Sequence[Result],
    found: Sequence[Check],
) -> Path:
    """Write ``report.md``, ``playlists.csv``, ``joins.csv`` and plots into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    write_csvs(out, results)
    parts = [
        _head(heading, pool, results),
        acceptance_table(found),
        "## Order\n",
        _order(results),
        "### Flow order less the others, on the same playlists\n",
        _differences(results),
        "### By kind of playlist, flow order\n",
        _by_kind(results),
        "## Transitions\n",
        _tiers(results),
        "## Beats where tracks meet\n",
        _offsets(results),
        "### Right beats on both sides of joins called beat-matched\n",
        _rightness(results),
        "### Around the highlights\n",
        _highlights(pool),
        "## Sound\n",
        _sound(results),
        "### Energy in joins, relative to flat\n",
        _energy(results),
        _plots(out, results),
    ]
    path = out / "report.md"
    path.write_text("\n".join(parts), encoding="utf-8")
    return path


def acceptance_table(found: Sequence[Check]) -> str:
    """Return what was asked for, with what was found."""
    lines = [_line(["asked for", "target", "found", ""]), _rule(3)]
    for check in found:
        verdict = {True: "met", False: "**missed**", None: "not measured"}[check.met]
        lines.append(_line([check.what, check.target, check.figure, verdict]))
    return "\n".join(["## What was asked for\n", *lines]) + "\n"


def _head(heading: Heading, pool: Sequence[Known], results: Sequence[Result]) -> str:
    sources = dict.fromkeys(one.pool.source for one in pool)
    counted = ", ".join(
        f"{sum(one.pool.source == source for one in pool)} of *{source}*" for source in sources
    )
    lists = len(of_system(results, FLOW))
    sounded = sum(one.sounding is not None for one in of_system(results, FLOW))
    notes = "".join(f"\n- {note}" for note in heading.notes)
    return f"""# How good the trailers are

{heading.created}; {lists} playlists drawn with seed {heading.seed} from {len(pool)} tracks
({counted}), {heading.seconds:g} s of each track; {sounded} of them made and heard. Measured in
{heading.took:.0f} s. Brackets hold 95 % of 10,000 resamples of the playlists. Tempi and keys are
those heard unless said otherwise.
{notes}
"""


def _order(results: Sequence[Result]) -> str:
    heads = ["", "tempo gap: median (quartiles)", "≤ 4 %", "compatible keys"]
    heads += ["of the most possible", "compatible by true keys"]
    lines = [_line(heads), _rule(len(heads) - 1)]
    for row in ROWS:
        group = of_system(results, row)
        joins = joins_of(group)
        gaps = np.array([join.gap for join in joins])
        truly = [join.truly for join in joins if join.truly is not None]
        lines.append(
            _line(
                [
                    _bold(row),
                    _quartiles(100 * gaps, "%"),
                    _interval(mean_interval(values(group, lambda one: one.close)), 100, "%"),
                    _interval(mean_interval(values(group, lambda one: one.compatible)), 100, "%"),
                    _interval(mean_interval(values(group, lambda one: one.of_possible)), 100, "%"),
                    f"{_percent(share(truly))} of {len(truly)}" if truly else "–",
                ]
            )
        )
    about = (
        f"\n*{RANDOM_ROW}*: 20 shuffles of each playlist, which is chance. *tempo alone*: the order"
        " whose gaps sum to least, whatever the keys: no order has smaller ones.\n"
    )
    return "\n".join(lines) + "\n" + about


_COMPARED: tuple[tuple[str, float, str, Callable[[Result], float]], ...] = (
    ("median tempo gap, %", 100.0, "", lambda one: one.gap),
    ("joins ≤ 4 %, points", 100.0, "", lambda one: one.close),
    ("compatible, points", 100.0, "", lambda one: one.compatible),
    ("median loudness step, LU", 1.0, "", lambda one: one.step),
)


def _differences(results: Sequence[Result]) -> str:
    lines = [_line(["less …", *(name for name, *_ in _COMPARED)]), _rule(len(_COMPARED))]
    ours = of_system(results, FLOW)
    for row in ROWS:
        if row == FLOW:
            continue
        theirs = of_system(results, row)
        cells = []
        for _, scale, _, value in _COMPARED:
            interval = paired_interval(values(ours, value), values(theirs, value))
            text = _interval(interval, scale, "", signed=True)
            cells.append(f"**{text}**" if interval.excludes_zero else text)
        lines.append(_line([row, *cells]))
    return "\n".join(lines) + "\n\nBold: the interval excludes 0.\n"


def _by_kind(results: Sequence[Result]) -> str:
    flow, closest = (of_system(results, row) for row in (FLOW, TEMPO_ROW))
    heads = ["playlists of", "playlists", "tempo gap", f"≤ {100 * CLOSE:.0f} %"]
    heads += ["least median of any order", f"most ≤ {100 * CLOSE:.0f} % of any order"]
    heads += ["compatible, of the most possible", "beat-matched"]
    lines = [_line(heads), _rule(len(heads) - 1)]
    for kind in dict.fromkeys(one.playlist.kind for one in flow):
        group, least = (
            [one for one in row if one.playlist.kind == kind] for row in (flow, closest)
        )
        joins = joins_of(group)
        possible = sum(one.possible for one in group)
        reached = sum(join.compatible for join in joins)
        matched = share([join.kind == "beat-matched" for join in joins])
        gaps, least_gaps = (
            np.array([join.gap for join in joins_of(row)]) for row in (group, least)
        )
        of_possible = _percent(reached / possible) if possible else "–"
        cells = [kind, str(len(group)), _quartiles(100 * gaps, "%")]
        cells += [_percent(share((gaps <= CLOSE).tolist()))]
        cells += [_quartiles(100 * least_gaps, "%").split(" (")[0]]
        cells += [_percent(share((least_gaps <= CLOSE).tolist())), of_possible, _percent(matched)]
        lines.append(_line(cells))
    return "\n".join(lines) + (
        "\n\n*Of any order*: that by tempo alone. On the circle that tempi become when octaves are"
        " folded away, it links neighbours and leaves out the widest gap, so it is a least spanning"
        " tree, and no order has more joins within any gap.\n"
    )


def _tiers(results: Sequence[Result]) -> str:
    lines = [_line(["", *KINDS, "share of highlights kept"]), _rule(len(KINDS) + 1)]
    for row in SYSTEMS:
        group = of_system(results, row)
        joins = joins_of(group)
        shares = [share([join.kind == kind for join in joins]) for kind in KINDS]
        kept = np.array([one for result in group for one in result.kept])
        cells = [_percent(one) if one else "" for one in shares]
        lines.append(_line([_bold(row), *cells, f"{_percent(float(np.nanmean(kept)))}"]))
    return "\n".join(lines) + "\n"


def _offsets(results: Sequence[Result]) -> str:
    heads = ["", "joins", "median |offset|", "≤ 15 ms", "≤ 30 ms", "spread of single beats"]
    lines = [_line(heads), _rule(len(heads) - 1)]
    for row in SYSTEMS:
        for kind in KINDS:
            joins = [j for j in joins_of(of_system(results, row), kind) if j.offset is not None]
            groups: list[tuple[str, list[Join]]] = [
                ("beats known exactly", [join for join in joins if exact_truth(join)]),
                ("other truths", [join for join in joins if not exact_truth(join)]),
            ]
            for about, group in groups:
                offsets = [join.offset for join in group if join.offset is not None]
                if not offsets:
                    continue
                away = np.abs([one.middle for one in offsets])
                spread = float(np.median([one.spread for one in offsets]))
                lines.append(
                    _line(
                        [
                            f"{_bold(row)}: {kind}, {about}",
                            str(away.size),
                            f"{1e3 * float(np.median(away)):.1f} ms",
                            _percent(share((away <= MOST_OFFSET).tolist())),
                            _percent(share((away <= 2 * MOST_OFFSET).tolist())),
                            f"{1e3 * spread:.1f} ms",
                        ]
                    )
                )
    return "\n".join(lines) + (
        "\n\nTrue beats of both tracks, laid where the plan has them. *sigmoid* is chance. Other"
        " truths: annotations of recordings, moved to the notes of what was rendered.\n"
    )


def _rightness(results: Sequence[Result]) -> str:
    heads = ["tracks of", "joins", "tracks", "both right as annotated", "both right, moved"]
    lines = [_line(heads), _rule(len(heads) - 1)]
    joins = [
        join
        for row in (FLOW, KEEP)
        for join in joins_of(of_system(results, row), "beat-matched")
        if join.right is not None
    ]
    groups = sorted({_pair_name(join) for join in joins})
    for name in groups:
        group = [join for join in joins if _pair_name(join) == name]
        pairs = [join.right for join in group if join.right is not None]
        tracks = {known.content for join in group for known in (join.first, join.second)}
        annotated = share([all(one.annotated >= fit.RIGHT for one in pair) for pair in pairs])
        moved = share([all(one.moved >= fit.RIGHT for one in pair) for pair in pairs])
        cells = [name, str(len(pairs)), str(len(tracks)), _percent(annotated), _percent(moved)]
        lines.append(_line(cells))
    return "\n".join(lines) + "\n\nBoth orders of ours. Right: F (70 ms) of at least .95.\n"


def _pair_name(join: Join) -> str:
    return " and ".join(dict.fromkeys(sorted(join.sources)))


def _highlights(pool: Sequence[Known]) -> str:
    heads = ["source", "tracks", "beat F (70 ms)", "moved to the notes", "≥ .95", "key right"]
    lines = [_line([*heads, "key compatible with the true one"]), _rule(len(heads))]
    for source in dict.fromkeys(one.pool.source for one in pool):
        group = [one for one in pool if one.pool.source == source]
        judged = [fit.rightness(one, 0.0, math.inf) for one in group]
        known = [one for one in judged if one is not None]
        keyed = [(k.key, k.pool.truth.key) for k in group if k.pool.truth and k.pool.truth.key]
        if not known and not keyed:
            continue
        lines.append(
            _line(
                [
                    source,
                    str(len(known)),
                    f"{np.mean([one.annotated for one in known]):.3f}" if known else "–",
                    f"{np.mean([one.moved for one in known]):.3f}" if known else "–",
                    _percent(share([one.moved >= fit.RIGHT for one in known])),
                    _percent(share([heard == true for heard, true in keyed])),
                    _percent(share([fit.compatible(heard, true) for heard, true in keyed])),
                ]
            )
        )
    return "\n".join(lines) + "\n"


def _sound(results: Sequence[Result]) -> str:
    heads = ["", "trailers", "LUFS", "−14 ± 0.5", "dBTP, highest", "≤ −1", "clipped samples"]
    heads += ["longest silence", "step between neighbours, LU", f"≤ {MOST_STEP} LU"]
    heads += ["limited: mean, most", "seconds"]
    lines = [_line(heads), _rule(len(heads) - 1)]
    for row in SOUNDED:
        group = [one for one in of_system(results, row) if one.sounding is not None]
        made = [one.sounding for one in group if one.sounding is not None]
        if not made:
            continue
        lufs = np.array([one.lufs for one in made])
        peaks = np.array([one.true_peak for one in made])
        steps = np.concatenate([one.steps for one in group])
        lines.append(
            _line(
                [
                    _bold(row),
                    str(len(made)),
                    f"{lufs.min():.2f} … {lufs.max():.2f}",
                    _percent(share((np.abs(lufs + 14.0) <= 0.5).tolist())),
                    f"{peaks.max():.2f}",
                    _percent(share((np.round(peaks, 2) <= -1.0).tolist())),
                    str(sum(one.clipped for one in made)),
                    f"{max(one.silence for one in made):.2f} s",
                    f"{np.median(steps):.2f}, 95 %: {np.quantile(steps, 0.95):.2f},"
                    f" most {steps.max():.1f}",
                    _percent(share((steps <= MOST_STEP).tolist())),
                    _limited([one.limited for one in made]) if row in (FLOW, KEEP) else "–",
                    f"{np.median([one.cpu for one in made]):.1f} of processor",
                ]
            )
        )
    return "\n".join(lines) + (
        "\n\nOurs is the decoded MP3; the peers are what they would write without loss. Seconds, of"
        " tracks that are known: ours mixed, mastered, encoded, checked; the peers only mixed."
        " Limited: samples that the limiter says to have turned down by more than 0.1 dB.\n"
    )


def _limited(shares: Sequence[float]) -> str:
    return f"{100 * np.mean(shares):.1f}, {_percent(max(shares))}"


def _energy(results: Sequence[Result]) -> str:
    heads = [
        "",
        "joins",
        "middle: mean, median (quartiles)",
        "whole join: mean, median (quartiles)",
    ]
    lines = [_line([*heads, "whole within ± 1 dB"]), _rule(len(heads))]
    for row in SOUNDED:
        made = [one.sounding for one in of_system(results, row) if one.sounding is not None]
        found = [one for sounding in made for one in sounding.flatness if one is not None]
        for kind in KINDS:
            group = [one for one in found if one.kind == kind and not math.isnan(one.whole)]
            if not group:
                continue
            middle = np.array([one.middle for one in group])
            whole = np.array([one.whole for one in group])
            inside = share((np.abs(whole) <= 1.0).tolist())
            cells = [f"{_bold(row)}: {kind}", str(len(group))]
            cells += [f"{np.nanmean(one):+.2f}, {_quartiles(one, 'dB')}" for one in (middle, whole)]
            lines.append(_line([*cells, _percent(inside)]))
    return "\n".join(lines) + (
        "\n\nAgainst what both files hold there, each at the level it has elsewhere in the trailer."
        " *assisted* joins are meant to have a hole or an echo, and are no crossfades.\n"
    )


def _plots(out: Path, results: Sequence[Result]) -> str:
    links = []
    drawn: tuple[tuple[str, str, Callable[[Result], float]], ...] = (
        ("tempo", "Joins with a tempo gap of at most 4 %", lambda one: one.close),
        ("keys", "Compatible keys, of the most possible", lambda one: one.of_possible),
    )
    for name, title, value in drawn:
        intervals = {row: mean_interval(values(of_system(results, row), value)) for row in ROWS}
        chance = intervals[RANDOM_ROW].value
        bars = [
            drawing.Bar(row, i.value, i.low, i.high, row in (FLOW, KEEP))
            for row, i in intervals.items()
            if not math.isnan(i.value)
        ]
        if not bars or math.isnan(chance):
            continue
        picture = drawing.bars(f"{title} (dashed: random order)", bars, chance=chance)
        (out / f"{name}.svg").write_text(drawing.alone(picture), encoding="utf-8")
        links.append(f"![{title}]({name}.svg)")
    return "\n\n".join(links) + "\n"


def _quartiles(found: Floats, unit: str) -> str:
    known = found[~np.isnan(found)]
    if not known.size:
        return "–"
    low, middle, high = np.quantile(known, [0.25, 0.5, 0.75])
    return f"{middle:.2f} {unit} ({low:.2f} … {high:.2f})"


def _interval(found: Interval, scale: float, unit: str, *, signed: bool = False) -> str:
    if math.isnan(found.value):
        return "–"
    sign = "+" if signed else ""
    digits = 1 if scale == 100.0 else 2
    value, low, high = (
        f"{scale * one:{sign}.{digits}f}" for one in (found.value, found.low, found.high)
    )
    return f"{value}{' ' + unit if unit else ''} ({low} … {high})"


def _percent(value: float) -> str:
    return "–" if math.isnan(value) else f"{100 * value:.1f} %"


def _bold(row: str) -> str:
    return f"**{row}**" if row == FLOW else row


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _rule(columns: int) -> str:
    return "|---|" + "---|" * columns

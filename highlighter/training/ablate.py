"""What each augmentation is worth: our network without it, under the same small budget.

``python -m highlighter.training ablate --corpus DIR --out DIR --budget SECONDS``. The six of the
earlier system are the yardstick; each is left out in turn, then all of them, then the others that
this project makes are added. The same songs are scored each time, so differences are paired; over
several seeds a song's scores are averaged first.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from highlighter.training.augment import NAMES, chances_of
from highlighter.training.compare import Request, add_options, request_of
from highlighter.training.comparison import OURS, Scores
from highlighter.training.differences import differences_of, differences_table, named
from highlighter.training.examples import Progress, say
from highlighter.training.tables import Row, markdown_scores, to_json, written

SIX = ("shift_time", "shift_frequency", "pitch", "tempo", "mask_time", "mask_mel")
"""The augmentations of the earlier system."""

YARDSTICK, NONE, EVERY = "the six", "none", "the six and ours"


def add_parser(commands: Any) -> None:
    """Add the command to `python -m highlighter.training`."""
    parser = commands.add_parser("ablate", help="train ours without each augmentation")
    add_options(parser)
    parser.add_argument("--budget", type=float, default=150.0, metavar="SECONDS")
    parser.add_argument("--seeds", type=int, default=1, help="trainings per variant")
    parser.add_argument("--only", action="append", metavar="VARIANT", help="a row of the table")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Ablate as the command line asks; return the exit status."""
    request = request_of(options, (OURS,))
    print(ablate(request, options.seeds, tuple(options.only or ())), end="")
    return 0


def variants(augment: Mapping[str, Any] | None) -> dict[str, dict[str, float]]:
    """Return how often each augmentation is made, by the name of the variant."""
    usual = chances_of(augment)
    others = [name for name in NAMES if name not in SIX]
    six = chances_of(augment, others)
    return {
        YARDSTICK: six,
        NONE: dict.fromkeys(usual, 0.0),
        EVERY: usual,
        **{f"without {one}": chances_of(augment, [*others, one]) for one in SIX},
    }


def ablate(request: Request, seeds: int, only: Sequence[str] = (), progress: Progress = say) -> str:
    """Train and measure each variant, write ``ablate.md`` and ``ablate.json``, return the table.

    Parameters
    ----------
    request
        As for a comparison; its seed is the first of `seeds`.
    seeds
        Trainings per variant.
    only
        Names of variants; of others, what an earlier run into the same folder found is told.
    progress
        Told a line now and then.
    """
    from highlighter.training.trial import Trial, lessons_of, run_trial

    text = ""
    for seed in range(request.seed, request.seed + seeds):
        for name, chances in variants(request.parameters.get("augment")).items():
            if only and name not in only:
                continue
            trial = Trial(
                f"{name.replace(' ', '_')}-{seed}",
                OURS,
                request.parameters,
                chances,
                request.budget,
                seed,
                request.limit,
            )

            def lessons(trial: Trial = trial) -> Any:
                from highlighter.training.architectures import build

                inputs = build(OURS, trial.parameters.get(OURS)).inputs
                return lessons_of(trial, request.corpus, inputs, request.cache, progress)

            outcome, _ = run_trial(
                trial, request.corpus, lessons, request.sets, request.out, progress
            )
            written(_kept(request.out, name, seed), to_json(outcome.scores))
            text = told(request.out, request.budget, request.parameters.get("augment"))
            written(request.out / "ablate.md", text)
            progress(text)
    return text


def _kept(out: Path, name: str, seed: int) -> Path:
    return out / "measured" / f"{name.replace(' ', '_')}-{seed}.json"


def told(out: Path, budget: float, augment: Mapping[str, Any] | None = None) -> str:
    """Return the tables of all that a folder holds, and write their JSON.

    Parameters
    ----------
    out
        Folder of an ablation.
    budget
        Seconds, for the text.
    augment
        Block of parameters, for the names of the variants.
    """
    found = {name: _over_seeds(out, name) for name in variants(augment)}
    rows = [
        Row(songs, f"{name} ({count})", len(table), named(table))
        for name, (count, scores) in found.items()
        for songs, table in scores.items()
    ]
    rows.sort(key=lambda row: row.songs)
    _, yardstick = found[YARDSTICK]
    differences = {
        songs: {
            name: differences_of(scores[songs], table)
            for name, (_, scores) in found.items()
            if name != YARDSTICK and songs in scores
        }
        for songs, table in yardstick.items()
    }
    seeds = {name: count for name, (count, _) in found.items()}
    plain = {"budget": budget, "seeds": seeds, "differences": differences}
    written(out / "ablate.json", to_json(plain))
    text = f"Each trained for {budget:.0f} s of processor time; in brackets how many trainings.\n\n"
    text += markdown_scores(rows)
    if any(differences.values()):
        text += f"\nEach less “{YARDSTICK}”, with 95 % intervals by resampling songs:\n\n"
        text += differences_table(differences, "augmentations")
    return text


def _over_seeds(out: Path, name: str) -> tuple[int, Scores]:
    """Return how many seeds there are, and the mean over them for each song that all have."""
    tables: list[Scores] = []
    for path in sorted((out / "measured").glob(f"{name.replace(' ', '_')}-*.json")):
        try:
            tables.append(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            continue
    if not tables:
        return 0, {}
    mean: Scores = {}
    for songs in tables[0]:
        if all(songs in one for one in tables):
            common = set.intersection(*(set(one[songs]) for one in tables))
            mean[songs] = {
                song: np.array([one[songs][song] for one in tables], dtype=np.float64)
                .mean(axis=0)
                .tolist()
                for song in sorted(common)
            }
    return len(tables), mean

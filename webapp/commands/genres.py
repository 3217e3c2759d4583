"""``hooklist genres train`` and ``hooklist genres predict``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from recommender.genres.errors import GenreOptions


def train(options: argparse.Namespace) -> int:
    """Train a classifier on a table and say how good it was found."""
    from recommender.genres.learning import PARTS, Recipe
    from recommender.genres.preparation import STEPS
    from recommender.genres.training import train_classifier

    unknown = sorted(set(options.without) - set(STEPS) - set(PARTS))
    if unknown:
        raise GenreOptions(
            "There is no such step or part",
            which=", ".join(unknown),
            next_step="leave out any of " + ", ".join((*STEPS, *PARTS)),
        )
    trained = train_classifier(
        options.table,
        options.label,
        options.out,
        more=[_more(text) for text in options.more],
        recipe=Recipe(
            steps=tuple(one for one in STEPS if one not in options.without),
            parts=tuple(one for one in PARTS if one not in options.without),
            seed=options.seed,
        ),
        leave_out=options.leave_out,
        attribution=options.attribution,
        tell=lambda step: print(f"  {step}", file=sys.stderr),
    )
    for note in trained.notes:
        print(f"  {note}", file=sys.stderr)
    print(f"{'by artist':<12}{'':>2}measured   chance")
    for name, value in trained.measures.items():
        print(f"{name:<12}{value:>10.4f}{trained.by_chance[name]:>9.4f}")
    print(f"answers count from a confidence of {trained.threshold:.3f}")
    print(f"{trained.path} ({len(trained.labels)} genres, {trained.seconds:.0f} s)")
    return 0


def predict(options: argparse.Namespace) -> int:
    """Write a table again with a genre and a confidence on each row."""
    from recommender.genres.predicting import predict_table

    done = predict_table(options.table, options.model, options.out)
    for note in done.notes:
        print(f"  {note}", file=sys.stderr)
    print(f"{done.path} ({done.rows} rows, {done.seconds:.1f} s)")
    return 1 if done.broken else 0


def evaluate(options: argparse.Namespace) -> int:
    """Compare the models on a folder of labelled tables and say where the report is."""
    from recommender.genres.evaluating import evaluate_genres

    report = evaluate_genres(
        options.data,
        options.out,
        tables=options.tables,
        models=options.models,
        budget=options.budget,
        tell=lambda step: print(f"  {step}", file=sys.stderr, flush=True),
    )
    print(f"{report.path} ({report.seconds:.0f} s)")
    return 0


def _more(text: str) -> tuple[Path, str]:
    table, _, column = text.rpartition(":")
    if not table or not column:
        raise GenreOptions(
            "This is not a table with its column",
            which=text,
            next_step="write --more TABLE:COLUMN, for example other.csv:genre",
        )
    return Path(table), column

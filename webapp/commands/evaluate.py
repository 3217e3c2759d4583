"""``hooklist evaluate``."""

from __future__ import annotations

import argparse
import sys


def recommender(options: argparse.Namespace) -> int:
    """Measure the recommender on a folder of playlists and say where the report is."""
    from recommender.evaluation.commands import evaluate_recommender

    report = evaluate_recommender(
        options.data,
        options.out,
        draws=options.draws,
        served=options.served,
        tell=lambda step: print(f"  {step}", file=sys.stderr),
    )
    print(f"{report.path} ({report.seconds:.0f} s)")
    return 0

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


def highlights(options: argparse.Namespace) -> int:
    """Measure highlights on labelled songs; return 1 if some could not be heard."""
    from highlighter.evaluation.commands import evaluate_highlights
    from highlighter.evaluation.report import summary

    report = evaluate_highlights(
        options.data,
        options.out,
        seconds=options.seconds,
        songs=options.songs,
        rendered=options.rendered,
        models=options.models,
        peer_python=options.peer_python,
        processes=options.processes,
        tell=lambda step: print(f"  {step}", file=sys.stderr),
    )
    for note in report.notes:
        print(f"  not measured: {note}", file=sys.stderr)
    for failure in report.failures:
        print(f"hooklist: {failure}", file=sys.stderr)
    for one in report.measured:
        scores = ", ".join(f"{metric} {value}" for metric, value in summary(one).items())
        print(f"{one.name}, {len(one.songs)} songs: {scores or 'nothing scored'}")
    print(f"{report.path} ({report.seconds:.0f} s)")
    return 1 if report.failures else 0


def trailer(options: argparse.Namespace) -> int:
    """Measure trailers of random playlists; return 1 if a track or a trailer failed."""
    from highlighter.evaluation.trailers.commands import evaluate_trailer

    report = evaluate_trailer(
        options.data,
        options.out,
        music=options.music,
        rendered=options.rendered,
        playlists=options.playlists,
        tracks=options.tracks,
        seconds=options.seconds,
        seed=options.seed,
        sound=options.sound,
        pairs=options.pairs,
        processes=options.processes,
        tell=lambda step: print(f"  {step}", file=sys.stderr),
    )
    for note in report.notes:
        print(f"  {note}", file=sys.stderr)
    for failure in report.failures:
        print(f"hooklist: {failure}", file=sys.stderr)
    verdicts = {True: "met   ", False: "MISSED", None: "–     "}
    for check in report.checks:
        print(f"{verdicts[check.met]}  {check.what}, {check.target}: {check.figure}")
    print(f"{report.path} ({report.seconds:.0f} s)")
    return 1 if report.failures else 0

"""``hooklist analyse``, ``highlight`` and ``trailer``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from highlighter.commands import GuessGenre


def analyse(options: argparse.Namespace) -> int:
    """Print what is heard in each file; return 1 if some could not be heard."""
    from highlighter.commands import analyse_files

    answers = analyse_files(
        options.files, statistics=options.statistics, guess=_guess(options.genre_model)
    )
    return _each(answers, options.json or options.statistics, _analysis_line)


def highlight(options: argparse.Namespace) -> int:
    """Print each file's highlight; return 1 if some could not be heard."""
    from highlighter.commands import highlight_files

    answers = highlight_files(
        options.files,
        seconds=options.seconds,
        genre=options.genre,
        guess=_guess(options.genre_model),
    )
    return _each(answers, options.json, _highlight_line)


def trailer(options: argparse.Namespace) -> int:
    """Write one trailer of all files; return 1 if some of them are not in it."""
    from highlighter.trailer.commands import trailer_of_files

    def told(done: int, total: int, stage: str) -> None:
        if sys.stderr.isatty():
            print(f"\r\033[K{stage} {done}/{total}", end="", file=sys.stderr, flush=True)

    made = trailer_of_files(
        options.files,
        options.out,
        seconds_per_track=options.seconds_per_track,
        order=options.order,
        total_seconds=options.total_seconds,
        mixing=options.mixing == "on",
        no_derivatives=options.no_derivatives,
        progress=told,
    )
    for one in made["skipped"]:
        print(f"hooklist: {one['file']}: {one['reason']}", file=sys.stderr)
    if options.json:
        print(json.dumps(made, ensure_ascii=False))
    else:
        print(
            f"{made['file']}: {made['duration']:.1f} s, {made['lufs']} LUFS,"
            f" {made['true_peak_dbtp']} dBTP"
        )
        for chapter in made["chapters"]:
            print(
                f"  {chapter['start']:7.2f}  {chapter['title'] or chapter['file']}"
                f"  ({chapter['transition']}: {chapter['reason']})"
            )
    return 1 if made["skipped"] else 0


def _guess(model: Path | None) -> GuessGenre | None:
    if model is None:
        return None
    from webapp.services.genre_guess import guess_by_ear

    return guess_by_ear(model)


def _each(
    answers: Iterable[Mapping[str, Any]],
    as_json: bool,
    line: Callable[[Mapping[str, Any]], str],
) -> int:
    failed = False
    for answer in answers:
        failed = failed or "error" in answer
        if as_json:
            print(json.dumps(answer, ensure_ascii=False), flush=True)
        elif "error" in answer:
            print(f"hooklist: {answer['error']}", file=sys.stderr)
        else:
            print(line(answer), flush=True)
    return 1 if failed else 0


def _analysis_line(answer: Mapping[str, Any]) -> str:
    tempo = f"{answer['bpm']:.1f} BPM" if answer.get("bpm") else "no tempo"
    return (
        f"{answer['file']}: {answer['duration']:.1f} s, {tempo}, {answer.get('key') or 'no key'},"
        f" {answer['loudness_lufs']} LUFS, {_genre_words(answer)}"
    )


def _genre_words(answer: Mapping[str, Any]) -> str:
    if not answer["genre"]:
        return "genre unknown"
    if answer["genre_source"] == "model":
        return f"{answer['genre']} ({answer['genre_confidence']:.0%} sure)"
    return str(answer["genre"])


def _highlight_line(answer: Mapping[str, Any]) -> str:
    return (
        f"{answer['file']}: {answer['start']:.2f}–{answer['end']:.2f} s"
        f" ({answer['strategy']}, confidence {answer['confidence']:.2f})"
    )

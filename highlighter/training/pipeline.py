"""``all``: from a folder of MIDI files to the ``.onnx`` that is shipped, in one command.

The stages are those of ``dvc.yaml``, for machines without DVC: render, gather, train once per seed
of the ensemble, export, evaluate. A stage is left out when it was done before with the same orders,
the same parameters and the same files to start from; within a stage, rendering and training go on
where they stopped.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from highlighter.highlight.tokens import VERSION
from highlighter.training.examples import say
from highlighter.training.gathering import HEARD, VALIDATION, folder_name
from highlighter.training.parameters import USUAL_PATH, read_parameters
from highlighter.training.tables import to_json, written


@dataclass(frozen=True, slots=True)
class Stage:
    """One step.

    Attributes
    ----------
    name
        Told, and the name of its mark.
    orders
        Arguments of `python -m highlighter.training`, or those of the evaluation.
    needs
        Files and folders that it starts from.
    makes
        The file or folder without which it is not done.
    """

    name: str
    orders: tuple[str, ...]
    needs: tuple[Path, ...]
    makes: Path

    def key(self, params: Path) -> str:
        """Return what the stage depends on."""
        given: list[Any] = [VERSION, self.orders, params.read_text(encoding="utf-8")]
        for need in self.needs:
            files = sorted(need.rglob("*")) if need.is_dir() else [need]
            given.append([(str(one), one.stat().st_size) for one in files if one.is_file()])
        return hashlib.sha256(json.dumps(given).encode()).hexdigest()


def add_parser(commands: Any) -> None:
    """Add the command to `python -m highlighter.training`."""
    parser = commands.add_parser("all", help="from MIDI files to the shipped network")
    parser.add_argument("--pop909", type=Path, required=True, help="folder of the data set")
    parser.add_argument("--out", type=Path, required=True, help="folder for everything made")
    parser.add_argument("--data", type=Path, help="folder of labelled songs to measure on")
    parser.add_argument("--rendered", type=Path, help="folder of the MIDI archive's songs as WAV")
    parser.add_argument("--params", type=Path, default=USUAL_PATH)
    parser.add_argument("--songs", type=int, help="songs to render (default: all)")
    parser.add_argument("--variants", type=int, default=1, help="renderings per song")
    parser.add_argument("--processes", type=int, default=1, help="renderings at once")
    parser.add_argument("--budget", type=float, help="seconds of processor time per training")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Do all stages in order; return the status of the first that fails, or 0."""
    from highlighter.training.__main__ import main

    for stage in stages(options):
        status = done(stage, options.out, options.params, main)
        if status:
            return status
    if options.data is not None:
        evaluate(options)
    return 0


def stages(options: argparse.Namespace) -> Iterator[Stage]:
    """Yield the stages up to the exported file, each when those before it are done."""
    out, corpus = options.out, options.out / "corpus"
    check, model = out / "check", out / "model" / "highlight.onnx"
    songs = _given("--songs", options.songs)
    rendering = ("--variants", str(options.variants), "--processes", str(options.processes))
    yield Stage(
        "render",
        ("render", "--pop909", str(options.pop909), "--out", str(corpus), *songs, *rendering),
        (options.pop909,),
        corpus / "index.json",
    )
    data = (*_given("--data", options.data), *_given("--rendered", options.rendered))
    yield Stage(
        "gather",
        ("gather", "--corpus", str(corpus), "--out", str(check), *data),
        (corpus / "index.json",),
        check / folder_name(VALIDATION),
    )
    budget = _given("--budget", options.budget)
    shared = ("--params", str(options.params), "--cache", str(out / "examples"), *budget)
    runs = []
    for seed in read_parameters(options.params).get("ensemble", {}).get("seeds", [0]):
        runs.append(out / "runs" / f"ours-{seed}")
        orders = ("train", "--corpus", str(corpus), "--out", str(runs[-1]), "--seed", str(seed))
        needs = (corpus / "index.json",)
        yield Stage(f"train {seed}", (*orders, *shared), needs, runs[-1] / "run.json")
    where = ("--runs", *map(str, runs), "--out", str(model))
    yield Stage(
        "export",
        ("export", *where, "--check", *map(str, _gathered(check))),
        tuple(one / "run.json" for one in runs),
        model,
    )


def _given(name: str, value: Any) -> tuple[str, ...]:
    return () if value is None else (name, str(value))


def _gathered(check: Path) -> list[Path]:
    """Return the folders to measure on; songs that people labelled come before validation.

    The first of them also decides how sure the network may claim to be.
    """
    valid = check / folder_name(VALIDATION)
    others = [one for one in check.glob("*") if one.name not in (valid.name, HEARD)]
    return [*sorted(one for one in others if any(one.glob("*.npz"))), valid]


def done(stage: Stage, out: Path, params: Path, main: Callable[[list[str]], int]) -> int:
    """Do a stage unless it was done before; return its status."""
    mark = out / "stages" / f"{stage.name.replace(' ', '_')}.json"
    if stage.makes.exists() and _marked(mark) == stage.key(params):
        say(f"{stage.name}: done before")
        return 0
    say(f"{stage.name}: python -m highlighter.training {' '.join(stage.orders)}")
    began = time.monotonic()
    status = main(list(stage.orders))
    if status == 0:
        seconds = round(time.monotonic() - began, 1)
        written(mark, to_json({"key": stage.key(params), "seconds": seconds}))
        say(f"{stage.name}: done in {seconds} s")
    return status


def _marked(mark: Path) -> str:
    try:
        return str(json.loads(mark.read_text(encoding="utf-8"))["key"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def evaluate(options: argparse.Namespace) -> None:
    """Measure the exported network beside every baseline, as ``hooklist evaluate highlights``."""
    from highlighter.evaluation.commands import evaluate_highlights

    report = evaluate_highlights(
        options.data,
        options.out / "evaluation",
        rendered=options.rendered,
        models=options.out / "model",
        processes=options.processes,
        tell=say,
    )
    say(f"evaluate: {report.path}")

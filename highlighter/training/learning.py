"""``train`` and ``export``: from a corpus to weights, from weights to the shipped file."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from highlighter.training.errors import RunUnreadableError
from highlighter.training.parameters import USUAL_PATH, read_parameters

_RUN = "run.json"


def add_parser(commands: Any) -> None:
    """Add ``train`` and ``export`` to the subcommands."""
    train = commands.add_parser("train", help="train one architecture on a corpus")
    train.add_argument("--corpus", type=Path, required=True, help="folder of rendered songs")
    train.add_argument("--out", type=Path, required=True, help="folder of the run; goes on there")
    train.add_argument("--architecture", default="ours")
    train.add_argument("--params", type=Path, default=USUAL_PATH, help="params.yaml")
    train.add_argument("--budget", type=float, help="seconds of processor time at most")
    train.add_argument("--passes", type=int, help="passes over the songs at most")
    train.add_argument("--seed", type=int)
    train.add_argument("--songs", type=int, help="recordings to learn from at most")
    train.add_argument("--cache", type=Path, help="folder for tokens; beside --out if not named")
    train.set_defaults(run=_train)
    export = commands.add_parser("export", help="write trained networks as the shipped file")
    export.add_argument("--runs", type=Path, nargs="+", required=True, help="folders of runs")
    export.add_argument("--out", type=Path, required=True, help="the .onnx to write")
    export.add_argument(
        "--check", type=Path, nargs="*", default=[], help="folders of recordings to measure on"
    )
    export.set_defaults(run=_export)


def _train(options: argparse.Namespace) -> int:
    from highlighter.training.architectures import build
    from highlighter.training.augment import chances_of
    from highlighter.training.examples import prepare
    from highlighter.training.export import revision, table_of_scores
    from highlighter.training.learn import learn, schedule_of

    params = read_parameters(options.params)
    settings = params.get(options.architecture, {})
    examples = params.get("examples", {})
    schedule = schedule_of(
        params.get("learn"), budget=options.budget, passes=options.passes, seed=options.seed
    )
    lessons = prepare(
        options.corpus,
        build(options.architecture, settings).inputs,
        chances_of(params.get("augment")),
        views=int(examples.get("views", 3)),
        seed=int(examples.get("seed", 1)),
        cache=options.cache or options.out.parent / "examples",
        limit=options.songs,
    )
    learnt = learn(options.architecture, settings, lessons, schedule, options.out)
    about = {
        "architecture": options.architecture,
        "settings": settings,
        "parameters": sum(one.numel() for one in learnt.network.parameters()),
        "recordings": len(lessons.views),
        "seed": schedule.seed,
        "passes": learnt.passes,
        "seconds": round(learnt.seconds, 1),
        "revision": revision(),
        "valid": table_of_scores(learnt.scores, len(lessons.valid)),
    }
    (options.out / _RUN).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(about, indent=2))
    return 0


def _export(options: argparse.Namespace) -> int:
    from highlighter.training.batches import Example, example_of, files_of, read_recording
    from highlighter.training.export import confidence_points, export, table_of_scores
    from highlighter.training.learn import mean_predictions
    from highlighter.training.scores import Prediction, scores_table

    runs = [read_run(folder) for folder in options.runs]
    networks = [network for network, _ in runs]
    scores: dict[str, Any] = {}
    heard: list[Prediction] = []
    precision: list[float] = []
    for folder in options.check:
        songs: list[Example] = [
            example_of(read_recording(path), networks[0].inputs) for path in files_of(folder)
        ]
        songs = [song for song in songs if song.choruses]
        said = mean_predictions(networks, songs)
        table = scores_table(said, songs)
        scores[folder.name] = table_of_scores(table.mean(axis=0), len(songs))
        # Rendered songs of the corpus's own kind are too easy to learn confidence from.
        if not folder.name.startswith("pop909"):
            heard += said
            precision += table[:, 0].tolist()
    about = {
        "runs": [run for _, run in runs],
        "data": "POP909 (MIT), arranged and rendered with FluidSynth; no recorded song",
        "licence": "MIT",
        "scores": scores,
        "confidence": confidence_points(heard, np.array(precision)) if heard else {},
    }
    path = export(networks, options.out, about)
    print(path.with_suffix(".json").read_text(encoding="utf-8"))
    return 0


def read_run(folder: Path) -> tuple[Any, dict[str, Any]]:
    """Return the network of a finished run with its best weights, and what is known of it.

    Raises
    ------
    RunUnreadableError
        The folder holds no finished run, or weights of another network.
    """
    from highlighter.training.architectures import build
    from highlighter.training.learn import load_weights

    try:
        about = json.loads((folder / _RUN).read_text(encoding="utf-8"))
        network: Any = build(about["architecture"], about["settings"])
        network.load_state_dict(load_weights(folder / "best.pt"))
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise RunUnreadableError(
            "This folder holds no finished run",
            which=str(folder),
            why=str(error).splitlines()[0],
            next_step="python -m highlighter.training train makes one",
        ) from error
    network.eval()
    return network, about

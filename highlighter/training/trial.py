"""One training under a budget, measured on sets of songs, and kept so that none is repeated."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from highlighter.evaluation import metrics
from highlighter.evaluation.baselines import highest_mean
from highlighter.highlight.tokens import VERSION
from highlighter.training import scores
from highlighter.training.architectures import build
from highlighter.training.batches import (
    Example,
    example_of,
    extras_of,
    files_of,
    read_recording,
)
from highlighter.training.comparison import Scores, known_scores
from highlighter.training.differences import named
from highlighter.training.examples import Lessons, Progress, prepare, say
from highlighter.training.gathering import VALIDATION
from highlighter.training.labelled import MeasuredSet
from highlighter.training.learn import Learnt, learn, load_weights, predictions, schedule_of
from highlighter.training.runs import Run
from highlighter.training.scores import SECONDS, Prediction, scores_table
from highlighter.training.tables import to_json, written

_NO_END = 1_000_000
_MADE_OF_TOKENS = {"tokens", "relations"}
_RULES = (scores, metrics)
"""Modules that decide what is measured: where they change, trials are measured again."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What is trained.

    Attributes
    ----------
    name
        Of the trial; its folder.
    architecture
        One of `architectures.NAMES`.
    parameters
        As in ``params.yaml``: blocks `learn`, `examples` and the architecture's own.
    chances
        How often each augmentation is made.
    budget
        Seconds of processor time.
    seed
        Of weights and order.
    limit
        Recordings to learn from at most; None for all.
    """

    name: str
    architecture: str
    parameters: Mapping[str, Any]
    chances: Mapping[str, float]
    budget: float
    seed: int = 0
    limit: int | None = None

    def key(self, network: Any, corpus: Path, sets: Sequence[MeasuredSet]) -> str:
        """Return what the result depends on, so that a result of something else is not taken.

        The network counts by the shapes of its weights: a comment more does not train it again.
        """
        blocks = {
            name: self.parameters.get(name, {}) for name in ("learn", "examples", self.architecture)
        }
        given: list[Any] = [self.architecture, blocks, sorted(self.chances.items())]
        given += [VERSION] if set(network.inputs) & _MADE_OF_TOKENS else []
        given += [self.budget, self.seed, self.limit, [one.name for one in files_of(corpus)]]
        given.append([(one.name, [path.name for path in one.files]) for one in sets])
        given.append([(name, list(one.shape)) for name, one in network.state_dict().items()])
        return hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()[:20]


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What came of a trial.

    Attributes
    ----------
    scores, even
        Per set and song; `even` without AUC and F1, its clip chosen by `even_scores`.
    parameters
        Numbers that were learned.
    passes
        Over all recordings, the last perhaps in part.
    seconds
        Of processor time that learning took.
    folder
        With ``best.pt``.
    """

    scores: Scores
    even: Scores
    parameters: int
    passes: int
    seconds: float
    folder: Path


def run_trial(
    trial: Trial,
    corpus: Path,
    lessons: Callable[[], Lessons],
    sets: Sequence[MeasuredSet],
    out: Path,
    progress: Progress = say,
) -> tuple[Outcome, Any]:
    """Train and measure, or return what an earlier run of the same trial found.

    Parameters
    ----------
    trial
        What is trained.
    corpus
        Folder of recordings.
    lessons
        Returns its examples, with the architecture's inputs at least; asked only where needed.
    sets
        Labelled songs that no training sees.
    out
        Folder that gets one for the trial.
    progress
        Told a line now and then.

    Returns
    -------
    tuple
        The outcome, and the network with its best weights.
    """
    settings = trial.parameters.get(trial.architecture) or {}
    network: Any = build(trial.architecture, settings)
    folder, key = out / trial.name, trial.key(network, corpus, sets)
    earlier = _earlier(folder, key)
    if earlier is not None:
        network.load_state_dict(load_weights(folder / "best.pt"))
        network.eval()
        progress(f"{trial.name} was trained before")
        return earlier, network
    _begun(folder, key)
    seen = only(lessons(), network.inputs)
    schedule = schedule_of(
        trial.parameters.get("learn"), passes=_NO_END, budget=trial.budget, seed=trial.seed
    )
    about = {"architecture": trial.architecture, "budget": trial.budget, "seed": trial.seed}
    with Run(out, trial.name, {**about, "augment": dict(trial.chances)}) as run:
        learnt = learn(trial.architecture, settings, seen, schedule, folder, progress)
        outcome = _measured(learnt, seen, sets, folder)
        for songs, table in outcome.scores.items():
            run.metrics({f"{songs}, {name}": value for name, value in named(table).items()})
    written(
        folder / "result.json",
        to_json(
            {
                "key": key,
                "rules": _rules(),
                "parameters": outcome.parameters,
                "passes": outcome.passes,
                "seconds": outcome.seconds,
                "scores": outcome.scores,
                "even": outcome.even,
            }
        ),
    )
    return outcome, learnt.network


def lessons_of(
    trial: Trial,
    corpus: Path,
    inputs: Sequence[str],
    cache: Path,
    progress: Progress = say,
) -> Lessons:
    """Return the examples that a trial learns from, with these inputs."""
    examples = trial.parameters.get("examples") or {}
    changes = any(trial.chances.values())
    return prepare(
        corpus,
        inputs,
        trial.chances,
        views=int(examples.get("views", 3)) if changes else 0,
        seed=int(examples.get("seed", 1)),
        cache=cache,
        limit=trial.limit,
        progress=progress,
    )


def only(lessons: Lessons, inputs: Sequence[str]) -> Lessons:
    """Return the same examples with no more than these inputs; their tables are not copied."""

    def less(one: Example) -> Example:
        return replace(one, inputs={name: one.inputs[name] for name in inputs})

    views = [[less(one) for one in views] for views in lessons.views]
    return Lessons(views, [less(one) for one in lessons.valid])


def _begun(folder: Path, key: str) -> None:
    """Clear what a training of something else left, so that only the same one is gone on with."""
    mark = folder / "key"
    if not mark.is_file() or mark.read_text(encoding="utf-8") != key:
        for name in ("last.pt", "best.pt", "result.json"):
            (folder / name).unlink(missing_ok=True)
        written(mark, key)


def _measured(
    learnt: Learnt, lessons: Lessons, sets: Sequence[MeasuredSet], folder: Path
) -> Outcome:
    network = learnt.network
    found: Scores = {}
    even: Scores = {}
    for name, examples in [(VALIDATION, lessons.valid), *_examples(sets, network.inputs)]:
        said = predictions(network, examples)
        names = [one.name for one in examples]
        found[name] = _by_song(names, scores_table(said, examples))
        rows = [even_scores(one, song.choruses) for one, song in zip(said, examples, strict=True)]
        even[name] = _by_song(names, rows)
    return Outcome(
        scores=found,
        even=even,
        parameters=sum(one.numel() for one in network.parameters()),
        passes=learnt.passes,
        seconds=learnt.seconds,
        folder=folder,
    )


def _examples(
    sets: Sequence[MeasuredSet], inputs: Sequence[str]
) -> Iterator[tuple[str, list[Example]]]:
    for one in sets:
        read = [read_recording(path, extras_of(inputs)) for path in one.files]
        if read:
            yield one.name, [example_of(song, inputs) for song in read]


def even_scores(prediction: Prediction, choruses: Sequence[tuple[float, float]]) -> list[float]:
    """Return P, hit50, IoU and st3 of the 30 s with the most interest in the mean.

    The rule that is kindest to curves without sharp borders: it asks nothing of where a chorus
    begins, which only some networks say.
    """
    seconds = min(SECONDS, prediction.duration)
    start = highest_mean(prediction.interest, prediction.rate, seconds, prediction.duration)
    return [float(one) for one in metrics.scores(start, start + seconds, choruses).as_array()]


def _by_song(names: Sequence[str], rows: Any) -> dict[str, list[float]]:
    return {name: [float(one) for one in row] for name, row in zip(names, rows, strict=True)}


def _rules() -> str:
    text = "".join(inspect.getsource(module) for module in _RULES)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def _earlier(folder: Path, key: str) -> Outcome | None:
    """Return the outcome of the same trial; None where there is none, or it is of another."""
    try:
        plain = json.loads((folder / "result.json").read_text(encoding="utf-8"))
        if plain["key"] != key or plain.get("rules") != _rules():
            return None
        if not (folder / "best.pt").is_file():
            return None
        count, passes, seconds = (plain[one] for one in ("parameters", "passes", "seconds"))
        return Outcome(
            known_scores(plain["scores"]),
            known_scores(plain["even"]),
            int(count),
            int(passes),
            float(seconds),
            folder,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None

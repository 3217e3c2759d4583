"""All architectures under one budget, on the same songs: the table in ``docs/training.md``.

``python -m highlighter.training compare --corpus DIR --out DIR --budget SECONDS``. Each network is
trained for the same processor time in the harness of `learn`, with the same songs and changes; the
best pass on the validation songs is exported, and measured on songs that no training saw. What is
done is kept per architecture, so a run that was stopped goes on, and one can be added later.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from highlighter.training.architectures import build
from highlighter.training.augment import chances_of
from highlighter.training.batches import read_recording
from highlighter.training.comparison import ALL, Scores, keep_cost, keep_even, keep_scores, told
from highlighter.training.cost import spent_in_a_fresh_process
from highlighter.training.errors import ArchitectureUnknownError, CostUnknownError
from highlighter.training.examples import Lessons, Progress, say
from highlighter.training.gathering import validation
from highlighter.training.labelled import MeasuredSet, labelled_sets
from highlighter.training.parameters import read_parameters
from highlighter.training.references import BASELINE, even_baseline, references
from highlighter.training.tables import Cost, written

if TYPE_CHECKING:
    from highlighter.training.trial import Outcome, Trial

_COST_FILES = 3


@dataclass(frozen=True, slots=True)
class Request:
    """What is compared, and on what.

    Attributes
    ----------
    corpus
        Rendered songs to learn from.
    out, cache
        For what is made: a folder per architecture, tables, diaries; and for examples.
    budget
        Seconds of processor time for each training.
    only
        Architectures that are trained now; of others, what was done before is told.
    limit
        Recordings to learn from at most; None for all.
    seed
        Of weights and order.
    parameters
        As in ``params.yaml``.
    sets
        Labelled songs.
    audio
        Files on which the cost is measured.
    """

    corpus: Path
    out: Path
    cache: Path
    budget: float
    only: tuple[str, ...]
    limit: int | None
    seed: int
    parameters: Mapping[str, Any]
    sets: Sequence[MeasuredSet]
    audio: Sequence[Path]


def add_parser(commands: Any) -> None:
    """Add the command to `python -m highlighter.training`."""
    parser = commands.add_parser("compare", help="train every architecture under one budget")
    add_options(parser)
    parser.add_argument("--budget", type=float, default=480.0, metavar="SECONDS")
    parser.add_argument("--only", action="append", metavar="NAME", help=f"of {', '.join(ALL)}")
    parser.set_defaults(run=run)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what comparing and ablating have in common."""
    parser.add_argument("--corpus", type=Path, required=True, help="folder of rendered songs")
    parser.add_argument("--out", type=Path, required=True, help="folder for what is made")
    parser.add_argument("--cache", type=Path, help="folder for examples (default: in --out)")
    parser.add_argument("--data", type=Path, help="folder of labelled songs to measure on")
    parser.add_argument("--rendered", type=Path, help="folder of the MIDI archive's songs as WAV")
    parser.add_argument("--params", type=Path, help="another params.yaml")
    parser.add_argument("--limit", type=int, help="recordings to learn from at most")
    parser.add_argument("--views", type=int, help="changed examples per recording")
    parser.add_argument("--seed", type=int, default=0)


def run(options: argparse.Namespace) -> int:
    """Compare as the command line asks; return the exit status."""
    table = compare(request_of(options, tuple(options.only or ALL)))
    print(table, end="")
    return 0


def request_of(options: argparse.Namespace, only: tuple[str, ...]) -> Request:
    """Return what the options ask for.

    Raises
    ------
    ArchitectureUnknownError
        One of the names is none.
    """
    unknown = [name for name in only if name not in ALL]
    if unknown:
        raise ArchitectureUnknownError(
            "There is no such architecture",
            which=", ".join(unknown),
            next_step=f"those that exist: {', '.join(ALL)}",
        )
    parameters = read_parameters(options.params) if options.params else read_parameters()
    if options.views is not None:
        parameters["examples"] = {**parameters.get("examples", {}), "views": options.views}
    cache = options.cache or options.out / "cache"
    sets = labelled_sets(options.data, cache, options.rendered) if options.data else []
    return Request(
        corpus=options.corpus,
        out=options.out,
        cache=cache,
        budget=options.budget,
        only=only,
        limit=options.limit,
        seed=options.seed,
        parameters=parameters,
        sets=sets,
        audio=_for_cost([path for one in sets for path in one.audio]),
    )


def _for_cost(audio: Sequence[Path]) -> tuple[Path, ...]:
    """Return a few songs, compressed ones first, since those are what listeners have."""
    return tuple(sorted(audio, key=lambda path: path.suffix.lower() == ".wav")[:_COST_FILES])


def compare(request: Request, progress: Progress = say) -> str:
    """Train and measure, write ``compare.md`` and ``compare.json``, return the text of the first.

    Architectures that `only` leaves out appear as an earlier run into the same folder left them.

    Parameters
    ----------
    request
        What is compared.
    progress
        Told a line now and then.
    """
    from highlighter.training.trial import run_trial

    _write_references([validation(request.corpus), *request.sets], request.out)
    shared = _SharedLessons(request, progress)
    text = ""
    for name in request.only:
        if name == BASELINE:
            cost = _cost(request, name, None, progress)
        else:
            outcome, network = run_trial(
                trial_of(request, name),
                request.corpus,
                shared,
                request.sets,
                request.out,
                progress,
            )
            cost = _cost(request, name, (outcome, network), progress)
            keep_scores(request.out, name, outcome.scores)
            keep_even(request.out, name, outcome.even)
        keep_cost(request.out, name, cost)
        text = told(request.out, request.budget)
        written(request.out / "compare.md", text)
        progress(text)
    return text


def trial_of(request: Request, name: str) -> Trial:
    """Return the training of one architecture."""
    from highlighter.training.trial import Trial

    return Trial(
        name=name,
        architecture=name,
        parameters=request.parameters,
        chances=chances_of(request.parameters.get("augment")),
        budget=request.budget,
        seed=request.seed,
        limit=request.limit,
    )


class _SharedLessons:
    """What all architectures learn from, made once, and only where one of them asks."""

    def __init__(self, request: Request, progress: Progress) -> None:
        self._request, self._progress = request, progress
        self._lessons: Lessons | None = None

    def __call__(self) -> Lessons:
        from highlighter.training.trial import lessons_of

        if self._lessons is None:
            request = self._request
            names = [name for name in request.only if name != BASELINE]
            inputs = sorted({one for name in names for one in build(name).inputs})
            trial = trial_of(request, names[0])
            self._lessons = lessons_of(trial, request.corpus, inputs, request.cache, self._progress)
        return self._lessons


def _cost(
    request: Request, name: str, trained: tuple[Outcome, Any] | None, progress: Progress
) -> Cost:
    """Return what an architecture takes; what cannot be measured stays unknown."""
    graph, cost = None, Cost()
    if trained is not None:
        from highlighter.training.graph import write_graph

        outcome, network = trained
        graph = outcome.folder / f"{name}.onnx"
        cost = Cost(
            parameters=outcome.parameters,
            onnx_bytes=write_graph(network, graph),
            passes=outcome.passes,
            trained_seconds=outcome.seconds,
        )
    if request.audio:
        try:
            spent = spent_in_a_fresh_process(graph, request.audio)
        except CostUnknownError as error:
            progress(str(error))
        else:
            cost = replace(cost, **asdict(spent))
    return cost


def _write_references(sets: Sequence[MeasuredSet], out: Path) -> None:
    found: dict[str, Scores] = {}
    even: Scores = {}
    for one in sets:
        songs = [song for song in map(read_recording, one.files) if song.choruses]
        even[one.name] = {song.name: even_baseline(song) for song in songs}
        for name, table in references(songs).items():
            found.setdefault(name, {})[one.name] = table
    keep_even(out, BASELINE, even)
    for name, scores in found.items():
        keep_scores(out, name, scores)

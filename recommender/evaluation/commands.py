"""What ``hooklist evaluate recommender --data DIR --out DIR`` runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from recommender.errors import EvaluationDataMissing
from recommender.evaluation import suite
from recommender.evaluation.answers import as_served, by_distance
from recommender.evaluation.data import EvaluationData, read_data
from recommender.evaluation.measure import Measured, Surroundings, chance_metrics, measure
from recommender.evaluation.neighbours import earlier_metrics
from recommender.evaluation.protocol import MIN_KNOWN, SEEDS, Case, draw_cases
from recommender.evaluation.report import Heading, SourceReport, write_report

COLLECTED_BY_GENRE = ("tidytuesday",)
"""Sources whose playlists were collected by genre: the column names the playlist, so blank it."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Report:
    """What an evaluation came to.

    Attributes
    ----------
    path
        ``report.md``; ``metrics.csv``, ``ratios.csv`` and the plots are beside it.
    sources
        What was measured, source by source.
    seconds
        How long it took.
    """

    path: Path
    sources: tuple[SourceReport, ...]
    seconds: float


def evaluate_recommender(
    data: Path | str,
    out: Path | str,
    *,
    draws: int = 1,
    seed: int = 0,
    sources: Sequence[str] | None = None,
    served: bool = False,
    tell: Tell = lambda step: None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Report:
    """Measure all rankings on the playlists of a folder, and write the report.

    Parameters
    ----------
    data
        A folder with ``tracks/tracks.csv.gz`` and ``playlists/playlists.jsonl``, or with these
        files directly in it.
    out
        The folder to write; made if it is not there.
    draws
        How often seeds are drawn per playlist.
    seed
        Of the random generator.
    sources
        Only playlists of these sources; all when None.
    served
        Whether to build a real catalogue too and ask it, in place of its formula; takes a minute
        or two more per table.
    tell
        Told what is being done.
    now
        The clock that dates the report.

    Raises
    ------
    EvaluationDataMissing
        There are no tracks or playlists, or no playlist is long enough.
    SourceUnreadable, SourceColumns, PlaylistsUnreadable
        A file cannot be used.
    """
    started = time.monotonic()
    tell("reading tracks and playlists")
    given = read_data(data)
    named = list(dict.fromkeys(playlist.source for playlist in given.playlists))
    asked = [name for name in named if sources is None or name in sources]
    cases = {name: draw_cases(given, name, draws=draws, seed=seed) for name in asked}
    cases = {name: found for name, found in cases.items() if found}
    if not cases:
        raise EvaluationDataMissing(
            "No playlist can be asked about",
            which=str(data),
            why=f"none has {MIN_KNOWN} tracks of the table",
            next_step="give playlists whose track ids are those of the table",
        )
    reports = []
    for genres in (True, False):
        table = given if genres else suite.without_genres(given)
        wanted = {
            name: found
            for name, found in cases.items()
            if not (genres and name in COLLECTED_BY_GENRE)
        }
        if wanted:
            tell("with genres" if genres else "genres blanked")
            reports += _measure_table(table, wanted, genres, served, tell)
    seconds = time.monotonic() - started
    heading = Heading(now().isoformat(timespec="seconds"), len(given), round(seconds), draws, seed)
    return Report(write_report(Path(out), heading, reports), tuple(reports), seconds)


def _measure_table(
    data: EvaluationData,
    cases: Mapping[str, Sequence[Case]],
    genres: bool,
    served: bool,
    tell: Tell,
) -> list[SourceReport]:
    ground = suite.Ground.of(data)
    around = Surroundings(ground.popularity, ground.features, data.artists.first())
    tell("fitting")
    fixed = suite.fixed_rankers(ground)
    learned = suite.Learned.of(ground)
    reports = {}
    for source, questions in cases.items():
        rankers = fixed | suite.learned_rankers(learned, questions)
        measured, shares = {}, {}
        for name, ranker in rankers.items():
            tell(f"{source}: {name}")
            measured[name] = measure(by_distance(ranker, len(data)), questions, around)
            shares[name] = earlier_metrics(ranker, questions, data)
        reports[source] = _source_report(source, genres, questions, measured, shares, len(data))
    if served:
        tell("building a catalogue to ask")
        for source, found in _served(data, cases, around).items():
            report = reports[source]
            reports[source] = replace(report, measured={**report.measured, suite.SERVED: found})
    return list(reports.values())


def _source_report(
    source: str,
    genres: bool,
    questions: Sequence[Case],
    measured: Mapping[str, Measured],
    shares: Mapping[str, Mapping[str, float]],
    tracks: int,
) -> SourceReport:
    open_chance = [chance_metrics(tracks - SEEDS, len(case.targets)) for case in questions]
    blind_chance = [
        chance_metrics(tracks - len(case.barred), len(targets))
        for case in questions
        if len(targets := case.blind_targets)
    ]
    chance = _means(open_chance) | {f"blind {k}": v for k, v in _means(blind_chance).items()}
    return SourceReport(
        source=source,
        genres=genres,
        playlists=len({case.playlist for case in questions}),
        questions=len(questions),
        measured=measured,
        chance=chance,
        shares=shares,
    )


def _means(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    names = chance_metrics(10, 1)
    return {name: float(np.mean([row[name] for row in rows] or [np.nan])) for name in names}


def _served(
    data: EvaluationData, cases: Mapping[str, Sequence[Case]], around: Surroundings
) -> dict[str, Measured]:
    from recommender.catalogue.build import build_catalogue
    from recommender.catalogue.sources import RowsSource
    from recommender.recommend import Recommender

    ids: list[str] = data.table.column("id").to_pylist()
    row_of = {track_id: row for row, track_id in enumerate(ids)}
    with TemporaryDirectory(prefix="hooklist-evaluate-") as folder:
        build_catalogue([RowsSource("evaluated", _rows(data))], Path(folder), space="learned")
        answer = as_served(Recommender.open(folder), ids, row_of)
        return {source: measure(answer, asked, around) for source, asked in cases.items()}


def _rows(data: EvaluationData) -> Any:
    for batch in data.table.to_batches(max_chunksize=20_000):
        yield from batch.to_pylist()

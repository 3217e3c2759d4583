"""The labelled tables that genres are evaluated on, where they are there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np

from recommender.catalogue.names import normalise_artist
from recommender.genres.comparing import Task
from recommender.genres.errors import GenreDataMissing, GenreOptions
from recommender.genres.hints import Hints, Lesson, joined, learn_hints
from recommender.genres.reading import read_blocks, read_table
from recommender.genres.table import GenreTable
from recommender.genres.training import lesson_of

SIX = ("hip-hop", "k-pop", "metal", "indian", "classical", "blues")
MANY = "genres/spotify_114_genres.csv"
GTZAN = "genres/gtzan_features_30_sec.csv"
TEN = "genres/music_genre.csv.zip"
TRACKS = "tracks/tracks.csv.gz"
LABELS = "tracks/genre_labels.csv.gz"
SAME_SOURCE = "kaggle114k_18k"
"""Labels of this source are the very answers that are asked for."""

FILES = {"six": MANY, "gtzan": GTZAN, "music-genre": TEN, "all-genres": MANY}
"""Names of the tables to measure on, in their order, and the file each is in."""

Tell = Callable[[str], None]


def read_tasks(
    data: Path, names: Sequence[str] | None, *, seed: int, tell: Tell
) -> tuple[list[Task], list[str]]:
    """Return the tasks whose tables are in the folder, and what is not there.

    Raises
    ------
    GenreOptions
        A name is unknown.
    GenreDataMissing
        None of the tables is there.
    """
    unknown = sorted(set(names or ()) - set(FILES))
    if unknown:
        raise GenreOptions(
            "There is no such table to evaluate on",
            which=", ".join(unknown),
            next_step="choose from " + ", ".join(FILES),
        )
    wanted = [name for name in FILES if names is None or name in names]
    absent = [f"{name}: {FILES[name]} is not there" for name in wanted
              if not (data / FILES[name]).is_file()]  # fmt: skip
    found = [name for name in wanted if (data / FILES[name]).is_file()]
    if not found:
        raise GenreDataMissing(
            "There is no labelled table to evaluate with",
            which=str(data),
            why="none of " + ", ".join(sorted(set(FILES.values()))) + " is there",
            next_step="name a folder that has one with --data",
        )
    tasks = []
    for name in found:
        tell(f"reading {FILES[name]}")
        tasks.append(_task(data, name, seed=seed, tell=tell))
    return tasks, absent


def _task(data: Path, name: str, *, seed: int, tell: Tell) -> Task:
    columns = {"six": "track_genre", "all-genres": "track_genre", "gtzan": "label",
               "music-genre": "music_genre"}  # fmt: skip
    table = read_table(data / FILES[name], label=columns[name], seed=seed)
    hints: Hints | None = None
    notes: list[str] = [*table.notes]
    if name == "gtzan":
        # Its file names begin with the answer.
        table = replace(table, titles=("",) * len(table), albums=("",) * len(table))
        notes += _repeated(table)
    if name == "six":
        chosen = [row for row, one in enumerate(table.labels) if one in SIX]
        others = [row for row, one in enumerate(table.labels) if one and one not in SIX]
        aside, table = table.take(others), table.take(chosen)
        hints, note = _hints(data, table, aside, seed=seed, tell=tell)
        notes.append(note)
    kept = [row for row, one in enumerate(table.labels) if one]
    table = table.take(kept)
    labels = tuple(sorted(set(table.labels)))
    place = {one: at for at, one in enumerate(labels)}
    truth = np.array([place[one] for one in table.labels], np.int64)
    return Task(name, table, truth, labels, hints, tuple(notes))


def _repeated(table: GenreTable) -> list[str]:
    rows = np.column_stack(list(table.numbers.values()))
    same = len(rows) - len(np.unique(rows, axis=0))
    return [
        "the table names no artists, so only the random split can be made; the collection is "
        f"known to repeat recordings and artists (Sturm 2013): {same} rows are copies of another"
    ]


def _hints(
    data: Path, table: GenreTable, aside: GenreTable, *, seed: int, tell: Tell
) -> tuple[Hints | None, str]:
    """Learn from all other labelled rows on which no artist of `table` is credited."""
    lessons = [lesson_of(aside)]
    if (data / TRACKS).is_file() and (data / LABELS).is_file():
        tell("reading other labelled tables for hints")
        lessons.append(_tracks_lesson(data))
    artists = {normalise_artist(name) for names in table.artists for name in names}
    known = joined(lessons).without_artists(artists)
    tell(f"learning hints from {len(known.labels)} rows")
    return (
        learn_hints(known, first=SIX, seed=seed),
        f"hints were learned from {len(known.labels)} rows of other tables, on none of which any "
        "artist of this table is credited",
    )


def _tracks_lesson(data: Path) -> Lesson:
    """Return the large table's rows with the labels that any source but the asked one gives."""
    import hooklist_genres

    def meant(text: str) -> set[str]:
        found = hooklist_genres.resolve_all(text)
        return {one.name for one in found} | {one.family for one in found}

    labels: dict[str, set[str]] = defaultdict(set)
    for track, genre, source in _cells(data / LABELS, ("track_id", "genre", "source")):
        if source != SAME_SOURCE:
            labels[track] |= meant(genre)
    for track, genres in _cells(data / TRACKS, ("track_id", "artist_genres")):
        for one in genres.strip("[]").replace("'", "").replace(",", ";").split(";"):
            if one.strip():
                labels[track] |= meant(one.strip())
    pieces = []
    for block in read_blocks(data / TRACKS):
        at = block.headers.index("track_id")
        ids = [str(cells[at]) for cells in block.cells]
        rows = [row for row, track in enumerate(ids) if labels.get(track)]
        pieces.append(
            Lesson(block.table.take(rows), tuple(tuple(sorted(labels[ids[row]])) for row in rows))
        )
    return joined(pieces)


def _cells(path: Path, names: Sequence[str]) -> list[tuple[str, ...]]:
    from recommender.genres.reading import open_table

    with ExitStack():
        headers, chunks = open_table(path)
        at = [list(headers).index(name) for name in names]
        return [tuple(str(row[i]) for i in at) for cells, _ in chunks for row in cells]

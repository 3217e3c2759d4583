"""What an evaluation is measured on: a table of tracks and playlists that people made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.catalogue.sources import TableSource
from recommender.catalogue.validate import arrow_schema, validate
from recommender.errors import EvaluationDataMissing
from recommender.human_playlists import HumanPlaylist, read_playlists
from recommender.space.artists import Artists

if TYPE_CHECKING:
    import pyarrow as pa

TRACK_FILES = ("tracks/tracks.csv.gz", "tracks.csv.gz", "tracks.csv", "tracks.parquet")
PLAYLIST_FILES = ("playlists/playlists.jsonl", "playlists.jsonl")

Rows = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class EvaluationData:
    """A table of tracks with the playlists whose tracks it has.

    Attributes
    ----------
    table
        Rows in the catalogue's stored schema, none merged: every id is a candidate of its own.
    artists
        Who made which row.
    playlists
        In the file's order.
    """

    table: pa.Table
    artists: Artists
    playlists: tuple[HumanPlaylist, ...]

    def __len__(self) -> int:
        return int(self.table.num_rows)


def read_data(folder: Path | str) -> EvaluationData:
    """Read the tracks and the playlists of a folder.

    Raises
    ------
    EvaluationDataMissing
        The folder has no table of tracks or no playlists under the names looked for.
    SourceUnreadable, SourceColumns
        The table cannot be read.
    PlaylistsUnreadable
        The playlists cannot be read; the error names the line.
    """
    folder = Path(folder)
    tracks = _first_of(folder, TRACK_FILES, "table of tracks")
    listed = _first_of(folder, PLAYLIST_FILES, "playlists")
    table = read_tracks(tracks)
    row_of = {track_id: row for row, track_id in enumerate(table.column("id").to_pylist())}
    return EvaluationData(
        table=table,
        artists=Artists.of(table.column("artists").to_pylist()),
        playlists=tuple(read_playlists(listed, row_of)),
    )


def read_tracks(path: Path) -> pa.Table:
    """Read a table into the stored schema, without merging rows; of equal ids the first stays."""
    import pyarrow as pa

    source = TableSource(path)
    pieces = [validate(chunk, source.name, source.licence).table for chunk in source.chunks()]
    table = pa.concat_tables(pieces) if pieces else arrow_schema().empty_table()
    ids = table.column("id").to_pylist()
    first: dict[str, int] = {}
    for row, track_id in enumerate(ids):
        first.setdefault(track_id, row)
    return table.combine_chunks() if len(first) == len(ids) else table.take(list(first.values()))


def _first_of(folder: Path, names: Sequence[str], what: str) -> Path:
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise EvaluationDataMissing(
        f"There is no {what} to evaluate with",
        which=str(folder),
        why="none of " + ", ".join(names) + " is there",
        next_step="name a folder that has them with --data",
    )

"""Sources in, one new version of the catalogue out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.catalogue.artefacts import build_lock, new_version, publish, unwritable
from recommender.catalogue.aside import tables_aside
from recommender.catalogue.gather import REJECTS, Progress, SourceCount, gather, refuse_nothing
from recommender.catalogue.genres import counts_by_source
from recommender.catalogue.merge import merge
from recommender.catalogue.sources import Source

if TYPE_CHECKING:
    import pyarrow as pa

    from recommender.genre_guess import GenreGuesser


@dataclass(frozen=True)
class BuildReport:
    """What a build did; ``accepted + merged + rejected == read``.

    Attributes
    ----------
    read, accepted, merged, rejected
        Rows: met in the sources, in the catalogue now, gone into another row, refused.
    renamed
        Rows whose id meant another track in an earlier source ("name:id" now).
    notes
        Single values left out of accepted rows, with how many.
    rejects
        The file that lists each refused row with its reason.
    sources
        The same per source.
    genres
        Rows by who says what their genre is: ``table``, ``tag``, ``model``, ``unknown``.
    version
        The version that is current now.
    path
        The catalogue's folder.
    """

    read: int
    accepted: int
    merged: int
    rejected: int
    renamed: int
    notes: dict[str, int]
    rejects: Path
    version: str
    path: Path
    sources: tuple[SourceCount, ...] = field(default=())
    genres: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            "read": self.read,
            "accepted": self.accepted,
            "merged": self.merged,
            "rejected": self.rejected,
            "renamed": self.renamed,
            "notes": self.notes,
            "rejects": str(self.rejects),
            "version": self.version,
            "path": str(self.path),
            "sources": [vars(source) for source in self.sources],
            "genres": self.genres,
        }


def build_catalogue(
    sources: Iterable[Source],
    out: Path | str,
    *,
    progress: Progress | None = None,
    space: str = "auto",
    playlists: Path | str | None = None,
    guesser: GenreGuesser | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> BuildReport:
    """Read sources, validate and merge their rows, and swap in a new version of the catalogue.

    Parameters
    ----------
    sources
        Read one after the other; where two rows are one track, the earlier row's values win.
    out
        The catalogue's folder; made if it is not there.
    progress
        Told how far the build is.
    space
        The form of the taste space: one of `recommender.space.SPACES`, or ``auto``, which learns
        from the catalogue where it is large enough.
    playlists
        A file of playlists that people made, ``{"tracks": [id…]}`` per line, for a form that learns
        from them; ids that the catalogue does not have are passed over.
    guesser
        Estimates the genre of rows that name none, where they come from a table with features; a
        row that names one is left as it is.
    now
        The clock that dates the version.

    Returns
    -------
    BuildReport
        Counts that add up, and where the refused rows are listed.

    Raises
    ------
    SourceUnreadable, SourceColumns
        A source cannot be read; nothing is swapped.
    CatalogueEmpty
        No row was usable; nothing is swapped, ``rejects.csv`` says why.
    CatalogueBusy
        Another build is writing the same folder.
    CatalogueUnwritable
        The folder cannot be written.
    PlaylistsUnreadable
        The playlists cannot be read; the error names the line.
    BadRequest
        There is no space of that name.
    """
    from recommender.space import check_space

    check_space(space)
    folder = Path(out)
    tell = progress or (lambda phase, rows: None)
    with build_lock(folder):
        try:
            with new_version(folder) as fresh:
                learning = _Learning(space, None if playlists is None else Path(playlists))
                return _build(list(sources), folder, fresh, tell, learning, guesser, now)
        except OSError as error:
            raise unwritable(folder, error) from error


@dataclass(frozen=True)
class _Learning:
    space: str
    playlists: Path | None


def _build(
    sources: Sequence[Source],
    out: Path,
    fresh: Path,
    tell: Progress,
    learning: _Learning,
    guesser: GenreGuesser | None,
    now: Callable[[], datetime],
) -> BuildReport:
    from recommender.index import build_index
    from recommender.space import fit_space

    gathered = gather(sources, out / REJECTS, tell, guesser)
    refuse_nothing(gathered, sources, out / REJECTS, kept="what was served before stays")
    tell("merge", gathered.table.num_rows)
    merged = merge(gathered.table, gathered.source_numbers, [source.name for source in sources])
    rows = merged.table.num_rows
    read, rejected = gathered.read, gathered.rejected
    gathered.table = merged.table.slice(0, 0)
    genres = counts_by_source(merged.table)
    tell("space", rows)
    listened = _playlists(merged.table, learning.playlists)
    with tables_aside(merged.table, fresh) as finish_tables:
        fitted = fit_space(merged.table, learning.space, listened, folder=fresh)
        files_facts = fitted.save(fresh)
        tell("index", rows)
        index_facts = build_index(fitted.vectors, fresh, metric=fitted.space.metric)
        tell("write", rows)
        finish_tables()
    facts = {
        "created": now().isoformat(timespec="seconds"),
        "counts": {"read": read, "accepted": rows, "merged": merged.merged, "rejected": rejected},
        "sources": [vars(count) for count in gathered.counts],
        "notes": dict(gathered.notes),
        "genres": genres,
        "space": files_facts,
        "index": index_facts,
    }
    version = publish(out, fresh, facts)
    return BuildReport(
        read=read,
        accepted=rows,
        merged=merged.merged,
        rejected=rejected,
        renamed=merged.renamed,
        notes=dict(gathered.notes),
        rejects=out / REJECTS,
        version=version,
        path=out,
        sources=tuple(gathered.counts),
        genres=genres,
    )


def _playlists(table: pa.Table, path: Path | None) -> list[np.ndarray[Any, np.dtype[np.int64]]]:
    from recommender.human_playlists import read_playlists

    if path is None:
        return []
    row_of: dict[str, int] = {}
    for row, aliases in enumerate(table.column("aliases").to_pylist()):
        row_of.update((alias, row) for alias in aliases or ())
    for name in ("spotify_id", "id"):
        row_of.update((one, row) for row, one in enumerate(table.column(name).to_pylist()) if one)
    return [playlist.rows for playlist in read_playlists(path, row_of)]

"""Rows added to a catalogue, or taken out, without fitting the space or building the index again.

A new version is written beside the old one and swapped in as a build's is. Its tables are written
anew, which takes seconds; the space and the main part of the index are the old files under a second
name. New rows are placed in the space as it is, and searched for beside the main part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.catalogue.artefacts import (
    VERSIONS,
    build_lock,
    corrupt,
    current_version,
    link_or_copy,
    new_version,
    publish,
    read_manifest,
    unwritable,
)
from recommender.catalogue.change import Change, Rows, absorbed, without
from recommender.catalogue.gather import (
    REJECTS,
    Gathered,
    Progress,
    SourceCount,
    gather,
    refuse_nothing,
)
from recommender.catalogue.genres import counts_by_source
from recommender.catalogue.keys import KeyIndex, load_array
from recommender.catalogue.sources import Source
from recommender.catalogue.tables import read_table, write_tables
from recommender.errors import CatalogueEmpty

if TYPE_CHECKING:
    from recommender.genre_guess import GenreGuesser

_SPACE = "space.npz"
_VECTORS = "vectors.npy"
_OF_A_VERSION = ("schema", "version", "files")


@dataclass(frozen=True)
class UpdateReport:
    """What an addition or a removal did; when rows are added, new + merged + rejected == read.

    Attributes
    ----------
    read, new, merged, rejected
        Rows: met in the sources, that came to the catalogue, gone into another row, refused.
    renamed
        Rows whose id meant another track ("name:id" now).
    removed
        Rows taken out because they were named.
    unknown
        Ids that were to be taken out and are not there.
    tracks
        Rows in the catalogue now.
    notes
        Single values left out of rows that came, with how many.
    rejects
        The file that lists each refused row with its reason, or None.
    sources
        Rows read and refused, by source.
    version
        The version that is current now; the same as before where nothing changed.
    since_build
        Rows added and removed since the space was fitted, all updates together.
    path
        The catalogue's folder.
    """

    tracks: int
    version: str
    since_build: dict[str, int]
    path: Path
    read: int = 0
    new: int = 0
    merged: int = 0
    rejected: int = 0
    renamed: int = 0
    removed: int = 0
    unknown: tuple[str, ...] = ()
    notes: dict[str, int] | None = None
    rejects: Path | None = None
    sources: tuple[SourceCount, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            **vars(self),
            "unknown": list(self.unknown),
            "notes": self.notes or {},
            "rejects": None if self.rejects is None else str(self.rejects),
            "sources": [vars(source) for source in self.sources],
            "path": str(self.path),
        }


def append_to_catalogue(
    sources: Iterable[Source],
    out: Path | str,
    *,
    progress: Progress | None = None,
    guesser: GenreGuesser | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> UpdateReport:
    """Add the rows of some sources to a catalogue.

    They are validated and merged as in a build: a row that is a recording the catalogue has fills
    what is unknown there. The space is not fitted again, so many additions are worth a build.

    Parameters
    ----------
    sources
        Read one after the other.
    out
        The catalogue's folder.
    progress
        Told how far it is; phases are "read", "merge", "space", "write".
    guesser
        Estimates genres as in a build, of the rows that are added.
    now
        The clock that dates the version.

    Raises
    ------
    SourceUnreadable, SourceColumns
        A source cannot be read; nothing is swapped.
    CatalogueEmpty
        No row was usable; nothing is swapped, ``rejects.csv`` says why.
    CatalogueMissing, CatalogueCorrupt, CatalogueBusy, CatalogueUnwritable
        The catalogue cannot be read, or not be written.
    """
    folder, given, tell = Path(out), list(sources), progress or (lambda phase, rows: None)
    current_version(folder)
    with build_lock(folder):
        try:
            version = _Version.open(folder)
            gathered = gather(given, folder / REJECTS, tell, guesser)
            refuse_nothing(gathered, given, folder / REJECTS, kept="the catalogue is as it was")
            tell("merge", gathered.table.num_rows)
            names = [source.name for source in given]
            change = absorbed(version.table(), version.folder, gathered, names)
            facts = version.facts_with(change, gathered, now)
            name = version.replace(change, facts, tell)
        except OSError as error:
            raise unwritable(folder, error) from error
    return UpdateReport(
        read=gathered.read,
        new=change.new,
        merged=change.merged,
        rejected=gathered.rejected,
        renamed=change.renamed,
        tracks=facts["counts"]["accepted"],
        notes=dict(gathered.notes),
        rejects=folder / REJECTS,
        sources=tuple(gathered.counts),
        version=name,
        since_build=facts["since_build"],
        path=folder,
    )


def remove_from_catalogue(
    ids: Iterable[str],
    out: Path | str,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> UpdateReport:
    """Take tracks out of a catalogue.

    Parameters
    ----------
    ids
        Their ids, Spotify ids, or ids merged into their rows. Those that are not there are told in
        the report, and the others are taken out.
    out
        The catalogue's folder.
    now
        The clock that dates the version.

    Raises
    ------
    CatalogueEmpty
        Nothing would be left.
    CatalogueMissing, CatalogueCorrupt, CatalogueBusy, CatalogueUnwritable
        The catalogue cannot be read, or not be written.
    """
    folder = Path(out)
    current_version(folder)
    with build_lock(folder):
        try:
            version = _Version.open(folder)
            table = version.table()
            rows, unknown = _rows_of(version.folder, table, list(dict.fromkeys(ids)))
            if len(rows) == table.num_rows:
                raise CatalogueEmpty(
                    "Nothing would be left of the catalogue",
                    which=str(folder),
                    why=f"all of its {len(rows)} tracks were named",
                    kept="what was served before stays",
                    next_step="build it from other sources, or delete its folder",
                )
            change = without(table, rows)
            facts = version.facts_with(change, None, now)
            name = version.replace(change, facts, lambda phase, rows: None)
        except OSError as error:
            raise unwritable(folder, error) from error
    return UpdateReport(
        removed=len(rows),
        unknown=unknown,
        tracks=facts["counts"]["accepted"],
        version=name,
        since_build=facts["since_build"],
        path=folder,
    )


def _rows_of(folder: Path, table: Any, ids: Sequence[str]) -> tuple[Rows, tuple[str, ...]]:
    """Return the rising rows with these ids, and the ids that no row has."""
    keys = KeyIndex.load(folder, "id")
    known, aliases = [table.column(name) for name in ("id", "spotify_id")], table.column("aliases")
    rows: set[int] = set()
    unknown = []
    for one in ids:
        for row in keys.find(one):
            if any(column[row].as_py() == one for column in known) or one in (
                aliases[row].as_py() or ()
            ):
                rows.add(row)
                break
        else:
            unknown.append(one)
    return np.array(sorted(rows), dtype=np.int64), tuple(unknown)


@dataclass(frozen=True)
class _Version:
    """The version that is current, under the catalogue's lock."""

    out: Path
    name: str
    manifest: dict[str, Any]

    @classmethod
    def open(cls, out: Path) -> _Version:
        name = current_version(out)
        return cls(out, name, read_manifest(out, name))

    @property
    def folder(self) -> Path:
        return self.out / VERSIONS / self.name

    def table(self) -> Any:
        return read_table(self.folder)

    def facts_with(
        self, change: Change, gathered: Gathered | None, now: Callable[[], datetime]
    ) -> dict[str, Any]:
        """Return what the next manifest says besides index and files."""
        facts = {name: fact for name, fact in self.manifest.items() if name not in _OF_A_VERSION}
        counts = {"removed": 0, **facts.get("counts", {})}
        since = {"added": 0, "removed": 0, **facts.get("since_build", {})}
        rows = int(counts["accepted"])
        counts["accepted"] = rows - len(change.gone) + change.table.num_rows
        if gathered is None:
            counts["removed"] += len(change.gone)
            since["removed"] += len(change.gone)
        else:
            counts["read"] += gathered.read
            counts["rejected"] += gathered.rejected
            # Two old rows may turn out to be one recording, by what a new one knows.
            counts["merged"] += gathered.table.num_rows - (counts["accepted"] - rows)
            since["added"] += change.table.num_rows
            facts["sources"] = [*facts.get("sources", ()), *(vars(c) for c in gathered.counts)]
        facts["created"] = now().isoformat(timespec="seconds")
        return {**facts, "counts": counts, "since_build": since}

    def replace(self, change: Change, facts: dict[str, Any], tell: Progress) -> str:
        """Write and publish the version that a change leads to; return its name."""
        import pyarrow as pa

        if change.empty:
            return self.name
        with new_version(self.out) as fresh:
            table = self.table()
            keep = np.ones(table.num_rows, dtype=bool)
            keep[change.gone] = False
            tell("space", change.table.num_rows)
            standing, index_facts = self._replace_vectors(change, table, keep, fresh)
            space_facts = {**self.manifest.get("space", {}), "placed": standing}
            whole = pa.concat_tables([table.filter(pa.array(keep)), change.table])
            tell("write", whole.num_rows)
            write_tables(whole, fresh)
            parts = {"space": space_facts, "index": index_facts}
            return publish(self.out, fresh, {**facts, **parts, "genres": counts_by_source(whole)})

    def _replace_vectors(
        self, change: Change, table: Any, keep: np.ndarray[Any, Any], fresh: Path
    ) -> tuple[int, dict[str, Any]]:
        """Write where the rows stand; return how many do, and the index's facts."""
        from recommender.catalogue.placing import place_added
        from recommender.index import open_index
        from recommender.space import load_space

        placed, vectors = self._array("placed.npy"), self._array(_VECTORS)
        space = load_space(self.folder / _SPACE)
        index = open_index(self.folder, vectors, self.manifest.get("index"))
        rows, added = place_added(space, change, table, placed, vectors)
        index.remove(np.flatnonzero(~keep[placed]))
        index.compact()
        index.add(added)
        number = np.cumsum(keep) - 1
        at_end = rows + int(np.count_nonzero(keep))
        next_placed = np.concatenate([number[placed[keep[placed]]], at_end])
        np.save(fresh / "placed.npy", next_placed.astype(np.int32), allow_pickle=False)
        np.save(fresh / _VECTORS, index.vectors, allow_pickle=False)
        link_or_copy(self.folder / _SPACE, fresh / _SPACE)
        return len(index), index.save(fresh)

    def _array(self, name: str) -> np.ndarray[Any, Any]:
        try:
            return load_array(self.folder / name)
        except (OSError, ValueError) as error:
            raise corrupt(self.folder / name, str(error)) from error

"""Several rows, one recording: found by id, by ISRC, or by name and length, and made one row.

Two rows become one only on evidence: the same id (or Spotify id); the same ISRC with agreeing
version and length; or, between two sources, the same artists, title, version and length while no
id contradicts. Two different Spotify ids are never merged by name: they are two things to save.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.catalogue.genres import most_trusted_genre
from recommender.catalogue.keys import hash_texts
from recommender.catalogue.names import artists_as_one, compare_versions, parse_title
from recommender.catalogue.validate import arrow_schema

if TYPE_CHECKING:
    import pyarrow as pa

SAME_ISRC_SECONDS = 3.0
"""Two lengths of one ISRC further apart than this are two recordings behind one code."""
SAME_NAME_SECONDS = 1.0
"""Two lengths of one name further apart than this are not surely one recording."""

_COMPARED_PER_KEY = 16
_HashArray = np.ndarray[Any, np.dtype[np.uint64]]


@dataclass(frozen=True)
class Merged:
    """What merging left.

    Attributes
    ----------
    table
        One row per recording, in the order in which each was first met.
    merged
        Rows that went into another.
    renamed
        Rows whose id meant another track in another source; they got the source's name before it.
    groups
        The rows that became one, by the first of them.
    first
        For each row of the table, the first given row that went into it.
    """

    table: pa.Table
    merged: int
    renamed: int
    groups: Mapping[int, Sequence[int]]
    first: np.ndarray[Any, np.dtype[np.int64]]


def merge(table: pa.Table, source_numbers: np.ndarray[Any, Any], names: Sequence[str]) -> Merged:
    """Make one row of the rows that are one recording.

    Parameters
    ----------
    table
        All rows that fit the schema, in the order of the sources.
    source_numbers
        For each row the number of its source.
    names
        The sources' names, by number.
    """
    import pyarrow as pa

    table = table.combine_chunks()
    table, renamed = _part_foreign_ids(table, source_numbers, names)
    groups = _Groups(table)
    for run in _runs(*_id_hashes(table)):
        for row in run[1:]:
            groups.join(run[0], row)
    for run in _runs(hash_texts(_texts(table, "isrc"))):
        groups.join_where(run, groups.same_isrc)
    if len(names) > 1:
        for run in _runs(_name_hashes(table)):
            groups.join_where(
                run, lambda a, b: source_numbers[a] != source_numbers[b] and groups.same_name(a, b)
            )
    members = groups.members()
    gone = sum(len(rows) - 1 for rows in members.values())
    if not gone:
        return Merged(table, 0, renamed, {}, np.arange(table.num_rows))
    in_groups = np.zeros(table.num_rows, dtype=bool)
    for rows in members.values():
        in_groups[rows] = True
    alone = np.flatnonzero(~in_groups)
    together = np.concatenate([np.array(rows) for rows in members.values()])
    values = iter(table.take(pa.array(together)).to_pylist())
    patched = [_fill([next(values) for _ in rows]) for rows in members.values()]
    patch = pa.Table.from_pylist(patched, schema=arrow_schema())
    first = np.concatenate([alone, [rows[0] for rows in members.values()]])
    order = np.argsort(first)
    whole = pa.concat_tables([table.take(pa.array(alone)), patch])
    return Merged(whole.take(pa.array(order)), gone, renamed, members, first[order])


def _texts(table: pa.Table, name: str) -> list[str]:
    values: list[str] = table.column(name).to_pylist()
    return values


def _id_hashes(table: pa.Table) -> tuple[_HashArray, np.ndarray[Any, Any]]:
    """Return the hashes of all ids by which a row is known, and the row of each."""
    rows = np.arange(table.num_rows)
    aliases = [
        (alias, row)
        for row, known in enumerate(table.column("aliases").to_pylist())
        for alias in known or ()
    ]
    hashes = [
        hash_texts(_texts(table, "id")),
        hash_texts(_texts(table, "spotify_id")),
        hash_texts(alias for alias, _ in aliases),
    ]
    of_aliases = np.array([row for _, row in aliases], dtype=np.int64)
    return np.concatenate(hashes), np.concatenate([rows, rows, of_aliases])


def _runs(hashes: _HashArray, rows: np.ndarray[Any, Any] | None = None) -> Iterator[list[int]]:
    """Yield the rows that share a hash, in order, for every hash that more than one row has."""
    if rows is None:
        rows = np.arange(len(hashes))
    known = hashes != 0
    hashes, rows = hashes[known], rows[known]
    order = np.lexsort((rows, hashes))
    hashes, rows = hashes[order], rows[order]
    cuts = np.flatnonzero(hashes[1:] != hashes[:-1]) + 1
    starts = np.concatenate([[0], cuts])
    ends = np.concatenate([cuts, [len(hashes)]])
    for start, end in zip(starts, ends, strict=True):
        if end - start > 1:
            run = list(dict.fromkeys(rows[start:end].tolist()))
            if len(run) > 1:
                yield run


def _part_foreign_ids(
    table: pa.Table, source_numbers: np.ndarray[Any, Any], names: Sequence[str]
) -> tuple[pa.Table, int]:
    """Tell apart equal ids of two sources that name different tracks ("135" here and there)."""
    import pyarrow as pa

    ids = _texts(table, "id")
    spotify_ids = _texts(table, "spotify_id")
    renamed = 0
    for run in _runs(hash_texts(ids)):
        first = run[0]
        for row in run[1:]:
            if source_numbers[row] == source_numbers[first] or spotify_ids[row] == ids[row]:
                continue
            if _contradict(table, first, row):
                ids[row] = f"{names[source_numbers[row]]}:{ids[row]}"
                renamed += 1
    if renamed:
        table = table.set_column(0, arrow_schema().field("id"), pa.array(ids, pa.string()))
    return table, renamed


def _contradict(table: pa.Table, left: int, right: int) -> bool:
    a, b = _identity(table, left), _identity(table, right)
    if a["spotify_id"] and b["spotify_id"]:
        return bool(a["spotify_id"] != b["spotify_id"])
    if not a["title"] or not b["title"]:
        # One table may hold the names and another the numbers of the same ids; but a bare number
        # is everybody's id.
        return str(a["id"]).isdecimal()
    if parse_title(a["title"]).base != parse_title(b["title"]).base:
        return True
    if not a["artists"] or not b["artists"]:
        return False
    return artists_as_one(a["artists"]) != artists_as_one(b["artists"])


_IDENTITY = ("id", "spotify_id", "isrc", "title", "artists", "album", "duration")


def _identity(table: pa.Table, row: int) -> dict[str, Any]:
    return {name: table.column(name)[row].as_py() for name in _IDENTITY}


def _name_hashes(table: pa.Table) -> _HashArray:
    keys = []
    credited: dict[tuple[str, ...], str] = {}
    rows = zip(
        _texts(table, "title"),
        table.column("artists").to_pylist(),
        table.column("duration").to_pylist(),
        strict=True,
    )
    for title, artists, duration in rows:
        if title and artists and duration is not None:
            names = tuple(artists)
            if names not in credited:
                credited[names] = artists_as_one(names)
            keys.append(f"{credited[names]}\x1f{parse_title(title).base}")
        else:
            keys.append("")
    return hash_texts(keys)


class _Groups:
    """Rows joined so far: union–find over the few rows that share a key."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table
        self._parent: dict[int, int] = {}
        self._known: dict[int, dict[str, Any]] = {}

    def root(self, row: int) -> int:
        while self._parent.get(row, row) != row:
            row = self._parent[row]
        return row

    def join(self, left: int, right: int) -> None:
        first, second = sorted((self.root(left), self.root(right)))
        if first == second:
            return
        a, b = self.known(first), self.known(second)
        for name, value in b.items():
            if a[name] in (None, "", []):
                a[name] = value
        self._parent.setdefault(first, first)
        self._parent[second] = first

    def join_where(self, run: Sequence[int], same: Any) -> None:
        """Join each row of a run to the first earlier one that is surely the same recording."""
        for at, row in enumerate(run[1:], start=1):
            for earlier in run[: min(at, _COMPARED_PER_KEY)]:
                if self.root(earlier) == self.root(row):
                    break
                if same(earlier, row):
                    self.join(earlier, row)
                    break

    def known(self, row: int) -> dict[str, Any]:
        """Return what is known of the row's whole group."""
        root = self.root(row)
        if root not in self._known:
            self._known[root] = _identity(self._table, root)
        return self._known[root]

    def same_isrc(self, left: int, right: int) -> bool:
        a, b = self.known(left), self.known(right)
        if not _close(a, b, SAME_ISRC_SECONDS, unknown=True):
            return False
        if not a["title"] or not b["title"]:
            return True
        ours, theirs = parse_title(a["title"]), parse_title(b["title"])
        return compare_versions(ours, theirs) in ("same", "remaster")

    def same_name(self, left: int, right: int) -> bool:
        a, b = self.known(left), self.known(right)
        for name in ("spotify_id", "isrc"):
            if a[name] and b[name] and a[name] != b[name]:
                return False
        if (
            a["album"]
            and b["album"]
            and parse_title(a["album"]).base != parse_title(b["album"]).base
        ):
            return False
        if not _close(a, b, SAME_NAME_SECONDS, unknown=False):
            return False
        return compare_versions(parse_title(a["title"]), parse_title(b["title"])) == "same"

    def members(self) -> dict[int, list[int]]:
        """Return each group's rows, the first one first."""
        groups: dict[int, list[int]] = {}
        for row in sorted(self._parent):
            groups.setdefault(self.root(row), []).append(row)
        return {root: rows for root, rows in groups.items() if len(rows) > 1}


def _close(a: Mapping[str, Any], b: Mapping[str, Any], seconds: float, *, unknown: bool) -> bool:
    if a["duration"] is None or b["duration"] is None:
        return unknown
    return bool(abs(a["duration"] - b["duration"]) <= seconds)


def _fill(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the first row with its unknown fields filled from the others, in their order.

    Of the genres the one that is believed most is taken, not the first.
    """
    result = dict(rows[0])
    aliases: dict[str, None] = {}
    for row in rows:
        for name, value in row.items():
            if result[name] in (None, "", []):
                result[name] = value
        for name in (row["id"], row["spotify_id"], *(row["aliases"] or ())):
            if name:
                aliases.setdefault(name)
    result |= most_trusted_genre(rows)
    own = {result["id"], result["spotify_id"]}
    result["aliases"] = [name for name in aliases if name not in own] or None
    return result

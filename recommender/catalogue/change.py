"""What new rows change in the rows that are there: which leave, which come, which vectors hold.

Row numbers belong to one version, so a row that changes leaves its place and comes again at the
end. Every other row keeps its order, and everything kept about it only has to be renumbered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.catalogue.keys import KeyIndex, hash_texts, song_key
from recommender.catalogue.match import parts_of_name
from recommender.catalogue.merge import merge
from recommender.catalogue.names import artists_as_one, normalise_artist, parse_title
from recommender.catalogue.schema import FEATURES

if TYPE_CHECKING:
    import pyarrow as pa

    from recommender.catalogue.gather import Gathered

Rows = np.ndarray[Any, np.dtype[np.int64]]

_PLACED_BY = ("title", "artists", "genre", *FEATURES)
"""What a row's vector may depend on."""


@dataclass(frozen=True)
class Change:
    """How a version becomes the next one.

    Attributes
    ----------
    gone
        Rising rows that leave.
    table
        The rows that come, in the stored schema.
    stood
        For each of these the row among `gone` whose vector still holds, or -1.
    new
        How many of these are of no row there was.
    merged
        New rows that went into another.
    renamed
        New rows whose id meant another track.
    """

    gone: Rows
    table: pa.Table = field(repr=False)
    stood: Rows
    new: int = 0
    merged: int = 0
    renamed: int = 0

    @property
    def empty(self) -> bool:
        """Whether nothing changes."""
        return not len(self.gone) and not self.table.num_rows


def absorbed(old: pa.Table, folder: Path, gathered: Gathered, names: Sequence[str]) -> Change:
    """Return what new rows change, by the rules of a build (`recommender.catalogue.merge`).

    Only those rows are compared that share an id, an ISRC or a song with a new one. A new row
    counts as being of the same source as those that have its source's name.

    Parameters
    ----------
    old
        The rows there are.
    folder
        Their version's folder, for its look-up keys.
    gathered
        The new rows.
    names
        Their sources' names, by number.
    """
    import pyarrow as pa

    near = _related(folder, gathered.table, [names[at] for at in gathered.source_numbers])
    touched = old.take(pa.array(near))
    numbers: dict[str, int] = {}
    sources = [*touched.column("source").to_pylist(), *(names[n] for n in gathered.source_numbers)]
    of_rows = np.array([numbers.setdefault(name, len(numbers)) for name in sources], np.int64)
    whole = pa.concat_tables([touched, gathered.table])
    merged = merge(whole, of_rows, list(numbers))
    before = len(near)
    place = {int(row): at for at, row in enumerate(merged.first)}
    gone: list[int] = []
    coming = [at for at, row in enumerate(merged.first) if row >= before]
    new = len(coming)
    stood = [-1] * new
    for first, rows in merged.groups.items():
        if first >= before:
            continue
        ours = [row for row in rows if row < before]
        is_now = merged.table.slice(place[first], 1).to_pylist()[0]
        was = touched.slice(first, 1).to_pylist()[0]
        if len(ours) == 1 and is_now == was:
            continue
        gone += [int(near[row]) for row in ours]
        coming.append(place[first])
        stood.append(int(near[first]) if _stands_as(is_now, was) else -1)
    return Change(
        gone=np.array(sorted(gone), dtype=np.int64),
        table=merged.table.take(pa.array(coming, pa.int64())),
        stood=np.array(stood, dtype=np.int64),
        new=new,
        merged=gathered.table.num_rows - new,
        renamed=merged.renamed,
    )


def without(old: pa.Table, rows: Rows) -> Change:
    """Return the change by which some rows leave."""
    return Change(np.unique(rows), old.slice(0, 0), np.zeros(0, dtype=np.int64))


def _stands_as(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(one[name] == other[name] for name in _PLACED_BY)


def _related(folder: Path, table: pa.Table, sources: Sequence[str]) -> Rows:
    """Return the rising rows that may be one recording with a new row."""
    ids, songs = [], []
    rows = zip(
        table.column("id").to_pylist(),
        table.column("spotify_id").to_pylist(),
        table.column("title").to_pylist(),
        table.column("artists").to_pylist(),
        sources,
        strict=True,
    )
    for own, spotify, title, artists, source in rows:
        # An id that met another's before is kept with its source's name before it.
        ids += [own, spotify, f"{source}:{own}"]
        if title and artists:
            base = parse_title(title).base
            spelt = {normalise_artist(name) for name in artists}
            spelt.add(artists_as_one(artists))
            spelt.add(normalise_artist(" & ".join(artists)))
            for name in artists:
                spelt.update(parts_of_name(name))
            songs += [song_key(name, base) for name in spelt]
    found = [
        KeyIndex.load(folder, "id").rows_of(hash_texts(ids)),
        KeyIndex.load(folder, "isrc").rows_of(hash_texts(table.column("isrc").to_pylist())),
        KeyIndex.load(folder, "song").rows_of(hash_texts(songs)),
    ]
    return np.unique(np.concatenate(found)).astype(np.int64)

"""The rows of a version on disk: written to be memory-mapped, and read back whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from recommender.catalogue.artefacts import corrupt
from recommender.catalogue.keys import KeyIndex, hash_texts, name_keys
from recommender.catalogue.names import normalise
from recommender.catalogue.validate import arrow_schema

if TYPE_CHECKING:
    import pyarrow as pa

TRACKS = "tracks.arrow"
ROWS_PER_BATCH = 262_144
"""Rows per piece of the stored table: bounds what a look-up has to touch."""

_AS_DICTIONARY = ("genre", "genre_source", "subgenre", "source", "licence")


def write_tables(table: pa.Table, folder: Path) -> None:
    """Write the rows (Arrow IPC, to be memory-mapped) and the look-up keys of a version."""
    import pyarrow as pa

    names = name_keys(table)
    names.by_song.save(folder, "song")
    np.save(folder / "songs.npy", names.songs, allow_pickle=False)
    np.save(folder / "artist_offsets.npy", names.artist_offsets, allow_pickle=False)
    np.save(folder / "artist_codes.npy", names.artist_codes, allow_pickle=False)
    _id_keys(table).save(folder, "id")
    rows = np.arange(table.num_rows)
    KeyIndex.of(hash_texts(table.column("isrc").to_pylist()), rows).save(folder, "isrc")

    stored = table.append_column("search_text", pa.array(_search_texts(table), pa.string()))
    for name in _AS_DICTIONARY:
        at = stored.schema.get_field_index(name)
        stored = stored.set_column(
            at, name, stored.column(name).combine_chunks().dictionary_encode()
        )
    write_rows(stored.combine_chunks(), folder / TRACKS)


def write_rows(table: pa.Table, path: Path) -> None:
    """Write rows as an Arrow IPC file, in pieces of `ROWS_PER_BATCH`."""
    import pyarrow as pa

    with (
        pa.OSFile(str(path), "wb") as sink,
        pa.ipc.new_file(sink, table.schema) as writer,
    ):
        writer.write_table(table, max_chunksize=ROWS_PER_BATCH)


def read_rows(path: Path) -> pa.Table:
    """Map the rows that `write_rows` wrote into memory."""
    import pyarrow as pa

    return pa.ipc.open_file(pa.memory_map(str(path), "r")).read_all()


def _id_keys(table: pa.Table) -> KeyIndex:
    ids = table.column("id").to_pylist()
    rows = list(range(len(ids)))
    texts = list(ids)
    for row, (own, spotify) in enumerate(
        zip(ids, table.column("spotify_id").to_pylist(), strict=True)
    ):
        if spotify and spotify != own:
            texts.append(spotify)
            rows.append(row)
    for row, aliases in enumerate(table.column("aliases").to_pylist()):
        for alias in aliases or ():
            texts.append(alias)
            rows.append(row)
    return KeyIndex.of(hash_texts(texts), np.array(rows))


def _search_texts(table: pa.Table) -> list[str]:
    artists: dict[str, str] = {}

    def spelt(artist: str) -> str:
        found = artists.get(artist)
        if found is None:
            found = artists[artist] = normalise(artist)
        return found

    return [
        f"{normalise(title)}\n" + "\n".join(map(spelt, names))
        for title, names in zip(
            table.column("title").to_pylist(), table.column("artists").to_pylist(), strict=True
        )
    ]


def read_table(folder: Path) -> pa.Table:
    """Return the rows of a version as they were given to `write_tables`.

    Raises
    ------
    CatalogueCorrupt
        The file is missing or damaged.
    """
    import pyarrow as pa

    schema = arrow_schema()
    try:
        stored = read_rows(folder / TRACKS)
        return stored.select(schema.names).cast(schema)
    except (pa.ArrowException, OSError, KeyError) as error:
        raise corrupt(folder / TRACKS, str(error)) from error

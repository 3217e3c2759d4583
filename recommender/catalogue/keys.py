"""Sorted hashes in place of dictionaries: a million look-up keys in a few megabytes, memory-mapped.

Each key is a 64-bit BLAKE2b digest (RFC 7693) beside its row's number. A look-up gives the rows
that may be meant; the reader compares the texts themselves, so a collision costs a comparison and
never a wrong answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.catalogue.names import normalise_artist, parse_title

if TYPE_CHECKING:
    import pyarrow as pa

HashArray = np.ndarray[Any, np.dtype[np.uint64]]
RowArray = np.ndarray[Any, np.dtype[np.int32]]


def hash_text(text: str) -> int:
    """Return a text's key; 0 stands for "no text" alone."""
    if not text:
        return 0
    encoded = text.encode("utf-8", "replace")
    return int.from_bytes(hashlib.blake2b(encoded, digest_size=8).digest(), "little")


def hash_texts(texts: Iterable[str]) -> HashArray:
    """Return the keys of many texts, shape (n,)."""
    blake = hashlib.blake2b
    digests = b"".join(
        blake(text.encode("utf-8", "replace"), digest_size=8).digest()
        if text
        else b"\0\0\0\0\0\0\0\0"
        for text in texts
    )
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


@dataclass(frozen=True)
class KeyIndex:
    """Keys in rising order, and the row of each.

    Attributes
    ----------
    hashes
        Shape (n,), sorted.
    rows
        Shape (n,), the row of each key.
    """

    hashes: HashArray
    rows: RowArray

    def find(self, text: str, limit: int = 1_000) -> list[int]:
        """Return the rows that may have this key, lowest first, at most `limit`."""
        if not text:
            return []
        key = np.uint64(hash_text(text))
        start = int(np.searchsorted(self.hashes, key, side="left"))
        end = int(np.searchsorted(self.hashes, key, side="right"))
        return [int(row) for row in self.rows[start : min(end, start + limit)]]

    def rows_of(self, hashes: HashArray) -> RowArray:
        """Return the rows that may have any of these keys, rising and each once."""
        wanted = np.unique(hashes[hashes != 0])
        starts = np.searchsorted(self.hashes, wanted, side="left")
        counts = np.searchsorted(self.hashes, wanted, side="right") - starts
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        return np.unique(self.rows[np.repeat(starts, counts) + within])

    @classmethod
    def of(cls, hashes: HashArray, rows: np.ndarray[Any, Any]) -> KeyIndex:
        """Sort keys; those of "no text" are left out."""
        known = hashes != 0
        hashes, rows = hashes[known], rows[known].astype(np.int32)
        order = np.lexsort((rows, hashes))
        return cls(np.ascontiguousarray(hashes[order]), np.ascontiguousarray(rows[order]))

    def save(self, folder: Path, name: str) -> list[str]:
        """Write the two arrays; return the files' names."""
        np.save(folder / f"{name}_hash.npy", self.hashes, allow_pickle=False)
        np.save(folder / f"{name}_row.npy", self.rows, allow_pickle=False)
        return [f"{name}_hash.npy", f"{name}_row.npy"]

    @classmethod
    def load(cls, folder: Path, name: str) -> KeyIndex:
        """Map the two arrays into memory."""
        return cls(
            load_array(folder / f"{name}_hash.npy"),
            load_array(folder / f"{name}_row.npy"),
        )


def load_array(path: Path) -> np.ndarray[Any, Any]:
    """Map a ``.npy`` file into memory, read-only.

    Raises
    ------
    OSError, ValueError
        The file is missing, cut short or no array.
    """
    # A plain view: numpy's memmap class makes every single look-up several times slower.
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


def song_key(artist: str, base: str) -> str:
    """Return what names a song: one normalised artist and the title without its version."""
    return f"{artist}\x1f{base}" if artist and base else ""


@dataclass(frozen=True)
class NameKeys:
    """What the rows' names amount to, as arrays.

    Attributes
    ----------
    songs
        Shape (n,): the song's key (first artist and title without version); 0 where unknown.
    artist_offsets, artist_codes
        Row r is credited to the artists ``artist_codes[artist_offsets[r]:artist_offsets[r + 1]]``;
        two spellings of one artist have one code.
    by_song
        Look-up by `song_key` of each credited artist.
    """

    songs: HashArray
    artist_offsets: RowArray
    artist_codes: RowArray
    by_song: KeyIndex


def name_keys(table: pa.Table) -> NameKeys:
    """Compute the name keys of a stored table's rows."""
    titles: list[str] = table.column("title").to_pylist()
    credits: list[Sequence[str]] = table.column("artists").to_pylist()
    codes: dict[str, int] = {}
    spelt: dict[str, str] = {}
    offsets, artist_codes = [0], []
    first_keys: list[str] = []
    other_keys: list[str] = []
    other_rows: list[int] = []
    for row, (title, artists) in enumerate(zip(titles, credits, strict=True)):
        names = []
        for artist in artists:
            name = spelt.get(artist)
            if name is None:
                name = spelt[artist] = normalise_artist(artist)
            names.append(name)
            artist_codes.append(codes.setdefault(name, len(codes)))
        offsets.append(len(artist_codes))
        base = parse_title(title).base if title else ""
        first_keys.append(song_key(names[0], base) if names else "")
        for name in names[1:]:
            other_keys.append(song_key(name, base))
            other_rows.append(row)
    songs = hash_texts(first_keys)
    rows = np.concatenate([np.arange(len(songs)), np.array(other_rows, dtype=np.int64)])
    return NameKeys(
        songs=songs,
        artist_offsets=np.array(offsets, dtype=np.int32),
        artist_codes=np.array(artist_codes, dtype=np.int32),
        by_song=KeyIndex.of(np.concatenate([songs, hash_texts(other_keys)]), rows),
    )

"""The catalogue as readers see it: columns mapped from disk, rows made when asked for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.catalogue.artefacts import (
    VERSIONS,
    corrupt,
    current_version,
    read_manifest,
)
from recommender.catalogue.decimals import short_decimals
from recommender.catalogue.keys import KeyIndex, load_array
from recommender.catalogue.match import ForeignTrack, Match, find_match
from recommender.catalogue.plain import flags, floats, indices, known, numbers
from recommender.catalogue.schema import FEATURES, Track
from recommender.catalogue.text_search import search_rows
from recommender.errors import CatalogueCorrupt

if TYPE_CHECKING:
    import pyarrow as pa

_OPEN_ATTEMPTS = 4
_NUMBERS = ("genre_confidence", "popularity")
_OTHERS = (
    "id", "spotify_id", "title", "artists", "album", "year", "explicit", "isrc", "genre",
    "genre_source", "subgenre", "source", "licence", "audio",
)  # fmt: skip
_PLAIN = [*_OTHERS, *_NUMBERS, *FEATURES]
_ITERATED_AT_ONCE = 4_096
_MAX_FOUND = 200
_MOST_KNOWN = 50_000
_SPELT_ALIKE = 4

Floats = np.ndarray[Any, np.dtype[np.float32]]


class Catalogue:
    """One version of the operator's tracks, read-only and safe to share between threads.

    Rows have numbers from 0 to ``len(catalogue) - 1`` that hold for this version only; ids are for
    keeping. Use `open_catalogue` to make one.

    Parameters
    ----------
    path
        The catalogue's folder.
    version
        Which version of it.
    manifest
        That version's manifest, already checked.
    """

    def __init__(self, path: Path, version: str, manifest: dict[str, Any]) -> None:
        import pyarrow as pa

        self.path = path
        self.version = version
        self.manifest = manifest
        self.folder = path / VERSIONS / version
        file = self.folder / "tracks.arrow"
        try:
            reader = pa.ipc.open_file(pa.memory_map(str(file), "r"))
            self._batches = [reader.get_batch(at) for at in range(reader.num_record_batches)]
            self._ids = KeyIndex.load(self.folder, "id")
            self._isrcs = KeyIndex.load(self.folder, "isrc")
            self._songs = KeyIndex.load(self.folder, "song")
            self.songs = self._array("songs.npy")
            self._artist_offsets = self._array("artist_offsets.npy")
            self._artist_codes = self._array("artist_codes.npy")
        except (pa.ArrowException, OSError, ValueError) as error:
            named = getattr(error, "filename", None)
            raise corrupt(Path(named) if named else file, str(error)) from error
        # A playlist names the same ids with each change of it; rows of a version never change.
        self._known: dict[str, int] = {}
        self._starts = [0]
        for batch in self._batches:
            self._starts.append(self._starts[-1] + batch.num_rows)
        if self._starts[-1] != len(self.songs):
            raise corrupt(file, "it has another number of rows than the keys beside it")

    def _array(self, name: str) -> np.ndarray[Any, Any]:
        try:
            return load_array(self.folder / name)
        except (OSError, ValueError) as error:
            raise corrupt(self.folder / name, str(error)) from error

    def __len__(self) -> int:
        return self._starts[-1]

    def __iter__(self) -> Iterator[Track]:
        for start in range(0, len(self), _ITERATED_AT_ONCE):
            yield from self.rows(range(start, min(start + _ITERATED_AT_ONCE, len(self))))

    def __contains__(self, track_id: object) -> bool:
        return isinstance(track_id, str) and self.row_of(track_id) is not None

    def rows(self, numbers: Iterable[int]) -> tuple[Track, ...]:
        """Return the tracks of some rows, in the order asked.

        Parameters
        ----------
        numbers
            Row numbers; a number may come twice.

        Raises
        ------
        IndexError
            A number is not one of this catalogue's rows.
        """
        wanted = np.fromiter((int(number) for number in numbers), dtype=np.int64)
        if len(wanted) == 0:
            return ()
        if wanted.min() < 0 or wanted.max() >= len(self):
            raise IndexError(f"rows go from 0 to {len(self) - 1}")
        tracks: list[Track | None] = [None] * len(wanted)
        pieces = np.searchsorted(self._starts, wanted, side="right") - 1
        for piece in np.unique(pieces):
            at = np.flatnonzero(pieces == piece)
            local = wanted[at] - self._starts[piece]
            for place, track in zip(at, _tracks(self._batches[piece], local), strict=True):
                tracks[place] = track
        return tuple(track for track in tracks if track is not None)

    def row(self, number: int) -> Track:
        """Return one row's track."""
        return self.rows([number])[0]

    def row_of(self, track_id: str) -> int | None:
        """Return the row with this id, Spotify id, or id merged into a row; None if unknown."""
        known = self._known.get(track_id)
        if known is not None:
            return known
        row = self._found_row(track_id)
        if row is not None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[track_id] = row
        return row

    def _found_row(self, track_id: str) -> int | None:
        for row in self._ids.find(track_id):
            batch, at = self._place(row)
            if track_id in (batch["id"][at].as_py(), batch["spotify_id"][at].as_py()):
                return row
            if track_id in (batch["aliases"][at].as_py() or ()):
                return row
        return None

    def get(self, track_id: str) -> Track | None:
        """Return the track with this id, Spotify id, or id merged into another row; else None."""
        row = self.row_of(track_id)
        return None if row is None else self.row(row)

    def by_isrc(self, isrc: str) -> tuple[int, ...]:
        """Return the rows with this ISRC (12 characters); several recordings may share one."""
        return tuple(row for row in self._isrcs.find(isrc) if self._value("isrc", row) == isrc)

    def by_song(self, song: str) -> tuple[int, ...]:
        """Return the rows that may be versions of a song, by `keys.song_key`."""
        return tuple(self._songs.find(song))

    def match(self, track: ForeignTrack) -> Match | None:
        """Find the row that is a foreign track: by id, ISRC, or name and length; None if none is.

        See `recommender.catalogue.match` for the rules; another version of the same song (live,
        remix, sped up …) is never returned.
        """
        return find_match(self, track)

    def search(self, text: str, limit: int = 10) -> tuple[Track, ...]:
        """Find tracks whose title or artist contains every word of `text`, best first.

        Of rows with the same title and artists only the best is given.

        Parameters
        ----------
        text
            Words or beginnings of words, in any order; only the first 8 words count.
        limit
            At most this many, 1–200.
        """
        limit = max(1, min(limit, _MAX_FOUND))
        rows = search_rows(self._batches, self._starts, text, limit * _SPELT_ALIKE)
        found: dict[str, int] = {}
        for row in rows:
            # One song released five times is one line; the first is the best of them.
            found.setdefault(self.text("search_text", int(row)), int(row))
        return self.rows(list(found.values())[:limit])

    def artists_of(self, row: int) -> tuple[int, ...]:
        """Return the codes of a row's credited artists; equal codes are one artist."""
        start, end = self._artist_offsets[row], self._artist_offsets[row + 1]
        return tuple(int(code) for code in self._artist_codes[start:end])

    def artist_credits(self) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Return who made what: row r's artists are ``codes[offsets[r]:offsets[r + 1]]``."""
        return self._artist_offsets, self._artist_codes

    def rows_by_artists(self, codes: Iterable[int]) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Return the rows credited to any of these artists, rising."""
        wanted = np.fromiter(codes, dtype=np.int32)
        if len(wanted) == 0:
            return np.zeros(0, dtype=np.int64)
        at = np.flatnonzero(np.isin(self._artist_codes, wanted))
        return np.unique(np.searchsorted(self._artist_offsets, at, side="right") - 1)

    def numbers(self, name: str, rows: Sequence[int] | None = None) -> Floats:
        """Return a numeric column as float32, NaN where unknown.

        Parameters
        ----------
        name
            ``year``, ``duration``, ``popularity`` or one of the features.
        rows
            Which rows, in this order; all when None.
        """
        if rows is None:
            return np.concatenate([floats(batch.column(name)) for batch in self._batches])
        return np.array(
            [np.nan if (v := self._value(name, row)) is None else v for row in rows],
            dtype=np.float32,
        )

    def titled(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Return for each row whether it has a title."""
        import pyarrow.compute as pc

        lengths = [pc.binary_length(batch.column("title")) for batch in self._batches]
        titled = [known(length) & (numbers(length) > 0) for length in lengths]
        return np.concatenate(titled) if titled else np.zeros(0, dtype=bool)

    def text(self, name: str, row: int) -> str:
        """Return one text of one row, without making the whole track."""
        return str(self._value(name, row) or "")

    def credits(self, row: int) -> tuple[str, ...]:
        """Return one row's artists' names, without making the whole track."""
        return tuple(self._value("artists", row) or ())

    def rows_where(self, name: str, values: Iterable[str]) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Return the rows whose text column equals one of some values, rising."""
        import pyarrow as pa
        import pyarrow.compute as pc

        wanted = pa.array(sorted(set(values)), pa.string())
        found = [
            np.flatnonzero(flags(pc.is_in(batch.column(name).cast(pa.string()), wanted))) + start
            for batch, start in zip(self._batches, self._starts, strict=False)
        ]
        return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)

    def stated(self, name: str) -> int:
        """Return how many rows have a text in a column; an empty one is none."""
        import pyarrow as pa
        import pyarrow.compute as pc

        texts = (batch.column(name).cast(pa.string()) for batch in self._batches)
        lengths = [pc.binary_length(column) for column in texts]
        return sum(pc.sum(pc.greater(length, 0)).as_py() or 0 for length in lengths)

    def column(self, name: str) -> tuple[pa.Array, ...]:
        """Return a stored column whole, as Arrow arrays whose rows follow one another."""
        return tuple(batch.column(name) for batch in self._batches)

    def _place(self, row: int) -> tuple[pa.RecordBatch, int]:
        piece = bisect_right(self._starts, row) - 1
        return self._batches[piece], row - self._starts[piece]

    def _value(self, name: str, row: int) -> Any:
        batch, at = self._place(row)
        return batch.column(name)[at].as_py()


def open_catalogue(path: Path | str, *, verify: bool = True) -> Catalogue:
    """Open the current version of a catalogue.

    Parameters
    ----------
    path
        The folder given to `build_catalogue`.
    verify
        Whether to compare every file's SHA-256 with the manifest; sizes are always compared.

    Raises
    ------
    CatalogueMissing
        There is no catalogue.
    CatalogueCorrupt
        A file of it is missing, cut short or changed; the error names the file.
    """
    folder = Path(path)
    for attempt in range(1, _OPEN_ATTEMPTS + 1):
        version = current_version(folder)
        try:
            return Catalogue(folder, version, read_manifest(folder, version, verify=verify))
        except CatalogueCorrupt:
            # Two builds may have come and gone since CURRENT was read, and pruned this version.
            if attempt == _OPEN_ATTEMPTS or current_version(folder) == version:
                raise
    raise AssertionError("unreachable")


def _tracks(batch: pa.RecordBatch, rows: np.ndarray[Any, Any]) -> Iterator[Track]:
    taken = batch.select(_PLAIN).take(indices(rows))
    decimals = _decimals([taken.column(name) for name in (*FEATURES, *_NUMBERS)])
    confidence, popularity = decimals[:, len(FEATURES) :].T.tolist()
    columns = (_listed(taken.column(name)) for name in _OTHERS)
    others = [dict(zip(_OTHERS, values, strict=True)) for values in zip(*columns, strict=True)]
    for at, values in enumerate(others):
        features = dict(zip(FEATURES, decimals[at].tolist(), strict=False))
        yield Track(
            id=values["id"],
            title=values["title"] or "",
            artists=tuple(values["artists"] or ()),
            album=values["album"] or "",
            year=values["year"],
            duration=features["duration"],
            explicit=values["explicit"],
            isrc=values["isrc"] or "",
            spotify_id=values["spotify_id"] or "",
            genre=values["genre"] or "",
            subgenre=values["subgenre"] or "",
            popularity=popularity[at],
            features=features,
            source=values["source"] or "",
            licence=values["licence"] or "",
            audio=values["audio"] or "",
            genre_source=values["genre_source"] or "",
            genre_confidence=confidence[at] or 0.0,
        )


def _decimals(columns: Sequence[pa.Array]) -> np.ndarray[Any, np.dtype[np.object_]]:
    """Return columns of numbers as they were written, shape (rows, columns), None where unknown."""
    values = [column.to_pylist() for column in columns]
    stored = np.array(values, dtype=np.float32).T
    decimals = short_decimals(stored).astype(object)
    decimals[np.isnan(stored)] = None
    return decimals


def _listed(column: pa.Array) -> list[Any]:
    import pyarrow as pa

    # Value by value, looking into a dictionary takes twenty times as long.
    plain = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
    values: list[Any] = plain.to_pylist()
    return values

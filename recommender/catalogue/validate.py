"""From raw cells to the schema: every row either fits or is refused with a reason."""

from __future__ import annotations

import hashlib
import os.path
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.catalogue.genres import stated_genres
from recommender.catalogue.names import normalise
from recommender.catalogue.plain import numbers
from recommender.catalogue.schema import (
    DURATION_RANGE,
    FEATURE_RANGES,
    POPULARITY_RANGE,
    STORED_FEATURES,
    TEXT_LIMITS,
    UNKNOWN_AT_OR_BELOW,
    YEAR_RANGE,
)
from recommender.catalogue.sources import RawChunk
from recommender.catalogue.values import (
    UNKNOWN,
    UNKNOWN_NAMES,
    clean_id,
    clean_text,
    parse_artists,
    parse_clock,
    parse_flag,
    parse_isrc,
    parse_key,
    parse_mode,
    parse_number,
    parse_time_signature,
    parse_year,
    spotify_id_of,
)

if TYPE_CHECKING:
    import pyarrow as pa

EXCERPT = 300
"""Characters of a refused row that ``rejects.csv`` keeps."""

_MAX_TEXT = 20_000
_FAILED_ANALYSIS = ("danceability", "speechiness", "valence")
_PARSERS: dict[str, Callable[[Any], float | None]] = {
    "key": parse_key,
    "mode": parse_mode,
    "time_signature": parse_time_signature,
}


@dataclass(frozen=True)
class Reject:
    """A row that was refused: where it stood, what it was, why."""

    source: str
    line: int
    id: str
    reason: str
    raw: str


@dataclass
class Verdict:
    """What became of one raw chunk.

    Attributes
    ----------
    table
        The rows that fit, in the schema of `arrow_schema`.
    rejects
        The rows that do not.
    notes
        Values left out of rows that fit: "tempo out of range" → how many.
    """

    table: pa.Table
    rejects: list[Reject]
    notes: Counter[str] = field(default_factory=Counter)


def arrow_schema() -> pa.Schema:
    """Return the stored table's columns and types; empty text is "unknown", numbers are null."""
    import pyarrow as pa

    text = pa.string()
    return pa.schema(
        [
            pa.field("id", text, nullable=False),
            pa.field("spotify_id", text),
            pa.field("title", text),
            pa.field("artists", pa.list_(text)),
            pa.field("album", text),
            pa.field("year", pa.int16()),
            pa.field("duration", pa.float32()),
            pa.field("explicit", pa.bool_()),
            pa.field("isrc", text),
            pa.field("genre", text),
            pa.field("genre_source", text),
            pa.field("genre_confidence", pa.float32()),
            pa.field("subgenre", text),
            pa.field("popularity", pa.float32()),
            *(pa.field(name, pa.float32()) for name in STORED_FEATURES),
            pa.field("source", text),
            pa.field("licence", text),
            pa.field("audio", text),
            pa.field("aliases", pa.list_(text)),
        ]
    )


def validate(chunk: RawChunk, source: str, licence: str) -> Verdict:
    """Judge a chunk of raw rows.

    Parameters
    ----------
    chunk
        Raw rows of one source.
    source, licence
        What rows get that name no source or licence of their own.

    Returns
    -------
    Verdict
        As many rows and rejects together as the chunk has rows and broken lines.
    """
    import pyarrow as pa

    rejects = [
        Reject(source, record.line, "", f"malformed line: {record.problem}", record.raw[:EXCERPT])
        for record in chunk.broken
    ]
    count = len(chunk.lines)
    notes: Counter[str] = Counter()
    columns = _Columns(chunk, count, notes)
    ids, spotify_ids, isrcs = _identities(columns, notes)
    titles = columns.texts("title", UNKNOWN_NAMES)
    artists = columns.parsed("artists", parse_artists, ())
    albums = columns.texts("album", UNKNOWN_NAMES)
    durations = _durations(columns, chunk.milliseconds)
    genres = stated_genres(
        columns.texts("genre"),
        columns.texts("genre_source"),
        columns.numbers("genre_confidence"),
        notes,
    )
    features = {name: _feature(columns, name, name in chunk.percent) for name in STORED_FEATURES}
    _forget_failed_analysis(features, notes)
    described = np.zeros(count, dtype=bool)
    for values in features.values():
        described |= ~np.isnan(values)

    fits = np.ones(count, dtype=bool)
    for row in range(count):
        reason = ""
        if not ids[row]:
            if not titles[row]:
                reason = "neither an id nor a title"
            else:
                ids[row] = _derived_id(titles[row], artists[row], albums[row], durations[row])
        elif len(ids[row]) > TEXT_LIMITS["id"]:
            reason = f"an id longer than {TEXT_LIMITS['id']} characters"
        elif not titles[row] and not described[row] and not genres.names[row]:
            reason = "nothing but an id: no title, no genre, no feature"
        if reason:
            fits[row] = False
            line = int(chunk.lines[row])
            rejects.append(Reject(source, line, ids[row][:EXCERPT], reason, _excerpt(chunk, row)))

    table = pa.table(
        {
            "id": ids,
            "spotify_id": spotify_ids,
            "title": titles,
            "artists": pa.array([list(names) for names in artists], pa.list_(pa.string())),
            "album": albums,
            "year": _years(columns),
            "duration": _nullable(durations),
            "explicit": columns.parsed("explicit", parse_flag, None),
            "isrc": isrcs,
            "genre": genres.names,
            "genre_source": genres.sources,
            "genre_confidence": genres.confidences,
            "subgenre": columns.texts("subgenre"),
            "popularity": _nullable(_popularity(columns)),
            **{name: _nullable(values) for name, values in features.items()},
            "source": [text or source for text in columns.texts("source")],
            "licence": [text or licence for text in columns.texts("licence")],
            "audio": _audio(columns, chunk.folder),
            "aliases": pa.nulls(count, pa.list_(pa.string())),
        },
        schema=arrow_schema(),
    )
    if not fits.all():
        table = table.filter(pa.array(fits))
    return Verdict(table, sorted(rejects, key=lambda reject: reject.line), notes)


class _Columns:
    """The chunk's columns with the few ways of reading one; a missing column is all unknown."""

    def __init__(self, chunk: RawChunk, count: int, notes: Counter[str]) -> None:
        self._chunk = chunk
        self._count = count
        self._notes = notes

    def raw(self, name: str) -> Sequence[Any] | None:
        return self._chunk.columns.get(name)

    def parsed(self, name: str, parse: Callable[[Any], Any], missing: Any) -> list[Any]:
        values = self.raw(name)
        return [missing] * self._count if values is None else _each_once(values, parse)

    def texts(self, name: str, unknown: frozenset[str] = UNKNOWN) -> list[str]:
        values = self.raw(name)
        if values is None:
            return [""] * self._count
        limit = TEXT_LIMITS[name]

        def cleaned(value: Any) -> str:
            if isinstance(value, str) and len(value) > _MAX_TEXT:
                value = value[:_MAX_TEXT]
            return clean_text(value, unknown)

        texts = _each_once(values, cleaned)
        for row, text in enumerate(texts):
            if len(text) > limit:
                self._notes[f"{name} cut to {limit} characters"] += 1
                texts[row] = text[:limit].rstrip()
        return texts

    def numbers(
        self, name: str, parse: Callable[[Any], float | None] = parse_number
    ) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return a column as float64, NaN where unknown; what is no number at all is noted."""
        values = self.raw(name)
        if values is None:
            return np.full(self._count, np.nan)
        if parse is parse_number:
            plain = _plain_numbers(values)
            if plain is not None:
                return plain
        found = np.full(self._count, np.nan)
        for row, (value, number) in enumerate(zip(values, _each_once(values, parse), strict=True)):
            if number is not None:
                found[row] = number
            elif value is not None and clean_text(value):
                self._notes[f"{name} not understood"] += 1
        return found

    def within(
        self, name: str, values: np.ndarray[Any, Any], low: float, high: float
    ) -> np.ndarray[Any, Any]:
        """Forget what lies outside a closed range, and note how often."""
        with np.errstate(invalid="ignore"):
            outside = (values < low) | (values > high)
        if outside.any():
            self._notes[f"{name} out of range"] += int(outside.sum())
            values[outside] = np.nan
        return values


def _each_once(values: Sequence[Any], parse: Callable[[Any], Any]) -> list[Any]:
    """Return each value parsed; a text that stands in many rows is parsed once."""
    known: dict[str, Any] = {}
    parsed = []
    for value in values:
        if value.__class__ is not str:
            parsed.append(parse(value))
        elif value in known:
            parsed.append(known[value])
        else:
            parsed.append(known.setdefault(value, parse(value)))
    return parsed


def _plain_numbers(values: Sequence[Any]) -> np.ndarray[Any, np.dtype[np.float64]] | None:
    """Return plainly written numbers, NaN where empty; None if anything else is among them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if all(value.__class__ is str for value in values):
        try:
            texts = pa.array(values, pa.string())
            filled = pc.if_else(pc.equal(texts, ""), "nan", texts)
            return numbers(pc.cast(filled, pa.float64())).copy()
        except (pa.ArrowException, UnicodeError):
            # Arrow reads fewer spellings than Python does.
            pass
    try:
        return np.array(
            [np.nan if value is None or value == "" else float(value) for value in values],
            dtype=np.float64,
        )
    except (TypeError, ValueError):
        return None


def _identities(columns: _Columns, notes: Counter[str]) -> tuple[list[str], list[str], list[str]]:
    ids: list[str] = columns.parsed("id", clean_id, "")
    spotify_ids = [spotify_id_of(text) for text in columns.parsed("spotify_id", clean_text, "")]
    isrcs: list[str] = columns.parsed("isrc", parse_isrc, "")
    given = columns.raw("isrc")
    if given is not None:
        bad = sum(
            1 for value, kept in zip(given, isrcs, strict=True) if not kept and clean_text(value)
        )
        if bad:
            notes["isrc not understood"] += bad
    for row, own in enumerate(ids):
        if not spotify_ids[row] and len(own) == 22:
            spotify_ids[row] = spotify_id_of(own)
        if not own:
            ids[row] = spotify_ids[row] or isrcs[row]
    return ids, spotify_ids, isrcs


def _derived_id(title: str, artists: Sequence[str], album: str, duration: float) -> str:
    """Make an id from what names the recording: the same words give the same id everywhere."""
    seconds = "" if np.isnan(duration) else str(round(duration))
    words = "\x1f".join((normalise(title), *map(normalise, artists), normalise(album), seconds))
    return "t-" + hashlib.blake2b(words.encode(), digest_size=8).hexdigest()


def _durations(columns: _Columns, milliseconds: bool) -> np.ndarray[Any, Any]:
    clocks = columns.raw("duration")
    if clocks is not None and any(isinstance(value, str) and ":" in value for value in clocks):
        seconds = np.array(
            [parse_clock(value) if ":" in str(value) else parse_number(value) for value in clocks],
            dtype=np.float64,
        )
    else:
        seconds = columns.numbers("duration")
        if milliseconds:
            seconds = seconds / 1000.0
    with np.errstate(invalid="ignore"):
        seconds[seconds <= 0] = np.nan
    return columns.within("duration", seconds, *DURATION_RANGE)


def _feature(columns: _Columns, name: str, percent: bool) -> np.ndarray[Any, Any]:
    values = columns.numbers(name, _PARSERS.get(name, parse_number))
    if percent:
        values = values / 100.0
    unknown_at = UNKNOWN_AT_OR_BELOW.get(name)
    if unknown_at is not None:
        with np.errstate(invalid="ignore"):
            values[values <= unknown_at] = np.nan
    return columns.within(name, values, *FEATURE_RANGES[name])


def _forget_failed_analysis(features: dict[str, np.ndarray[Any, Any]], notes: Counter[str]) -> None:
    """Forget the zeros that stand for a failed analysis.

    Where no beat was found the common tables write 0 for tempo, danceability, speechiness and
    valence at once; taken as numbers they would make silence and noise look alike.
    """
    failed = np.isnan(features["tempo"])
    for name in _FAILED_ANALYSIS:
        failed &= features[name] == 0
    if failed.any():
        notes["analysis failed at the source"] += int(failed.sum())
        for name in _FAILED_ANALYSIS:
            features[name][failed] = np.nan


def _popularity(columns: _Columns) -> np.ndarray[Any, Any]:
    values = columns.numbers("popularity")
    with np.errstate(invalid="ignore"):
        values[values < 0] = np.nan
    return columns.within("popularity", values, *POPULARITY_RANGE)


def _years(columns: _Columns) -> list[int | None]:
    years: list[int | None] = columns.parsed("year", parse_year, None)
    low, high = YEAR_RANGE
    return [year if year is not None and low <= year <= high else None for year in years]


def _audio(columns: _Columns, folder: str) -> list[str]:
    paths = columns.texts("audio", UNKNOWN)
    return [
        path
        if not path or path.startswith("demo:") or os.path.isabs(path)
        else os.path.join(folder, path)
        if folder
        else ""
        for path in paths
    ]


def _nullable(values: np.ndarray[Any, Any]) -> pa.Array:
    import pyarrow as pa

    return pa.array(values.astype(np.float32), mask=np.isnan(values))


def _excerpt(chunk: RawChunk, row: int) -> str:
    cells = (str(values[row]) for values in chunk.columns.values() if values[row] is not None)
    return " | ".join(cell for cell in cells if cell)[:EXCERPT]

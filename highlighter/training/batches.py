"""From the corpus of rendered songs to batches of equal length. numpy only."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from highlighter.analysis.hearing import TABLE_RATE
from highlighter.highlight.similarity import pool_factor
from highlighter.highlight.tokens import tokens_of
from highlighter.training.architectures.protocol import INPUTS
from highlighter.training.errors import CorpusMissingError, RecordingUnreadableError

Float32 = NDArray[np.float32]
FloatArray = NDArray[np.floating[Any]]

ONSETS_PER_ROW = 16
_FACTOR = 2
_START_SECONDS = 1.5
_OPTIONAL = ("mel10", "semitones")
_STEPS_OF_ROW = {"mel10": 2, "semitones": 1}
_COMPACT = np.float32(127.0)


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """The tables of one rendering, as the corpus holds them.

    Attributes
    ----------
    name, song, split
        Of the file; of the composition; `train` or `valid`.
    duration
        Seconds.
    bands
        (k, 40) log₁₀ of power, `TABLE_RATE` rows per second.
    chroma
        (k, 12).
    onsets
        (16 k,) onset strength.
    extra
        `mel10` (2 k, 64) and `semitones` (k, 84), log power, where they were asked for.
    target, weight
        (k,) how surely each row is chorus, 0 to 1; how much it counts.
    starts, ends
        Seconds at which choruses start and end.
    """

    name: str
    song: str
    split: str
    duration: float
    bands: FloatArray
    chroma: FloatArray
    onsets: FloatArray
    extra: dict[str, FloatArray]
    target: Float32
    weight: Float32
    starts: NDArray[np.float64]
    ends: NDArray[np.float64]

    @property
    def choruses(self) -> tuple[tuple[float, float], ...]:
        """Return pairs (start, end) in seconds."""
        pairs = zip(self.starts.tolist(), self.ends.tolist(), strict=False)
        return tuple((start, end) for start, end in pairs if end > start)


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One song as a network sees it, in few bytes.

    Attributes
    ----------
    name
        Of the recording.
    inputs
        By names of `INPUTS`: float16, or int8 of 127 times the value for square ones.
    target, weight, start
        (n,) float32: chorus 0 to 1, how much it counts, nearness to the start of a chorus 0 to 1.
    rate
        Tokens per second.
    duration
        Seconds.
    choruses
        Pairs (start, end), seconds; what scores are measured on.
    """

    name: str
    inputs: dict[str, NDArray[Any]]
    target: Float32
    weight: Float32
    start: Float32
    rate: float
    duration: float
    choruses: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Several examples, padded with zeros to the longest; see `protocol` for the shapes."""

    examples: tuple[Example, ...]
    inputs: dict[str, Float32]
    mask: Float32
    target: Float32
    weight: Float32
    start: Float32


def files_of(corpus: Path) -> list[Path]:
    """Return the corpus's recordings, in order of their names.

    Raises
    ------
    CorpusMissingError
        There are none.
    """
    found = sorted(corpus.glob("*.npz")) or sorted(corpus.glob("*/*.npz"))
    if not found:
        raise CorpusMissingError(
            "There are no rendered songs to learn from",
            which=str(corpus),
            next_step="python -m highlighter.training render makes them",
        )
    return found


def read_recording(path: Path, extra: Sequence[str] = ()) -> Recording:
    """Return one recording of the corpus.

    Parameters
    ----------
    path
        An ``.npz``.
    extra
        Which of `mel10` and `semitones` are wanted too.

    Raises
    ------
    RecordingUnreadableError
        A table is missing, or has not the shape it should have.
    """
    try:
        with np.load(path, allow_pickle=False) as held:
            bands, chroma = held["bands"], held["chroma"]
            rows = min(bands.shape[0], chroma.shape[0], held["target"].shape[0])
            onsets = np.zeros(rows * ONSETS_PER_ROW, dtype=held["onsets"].dtype)
            given = held["onsets"][: onsets.size]
            onsets[: given.size] = given
            recording = Recording(
                name=path.stem,
                song=str(held["song"]),
                split=str(held["split"]),
                duration=float(held["duration"]),
                bands=bands[:rows],
                chroma=chroma[:rows],
                onsets=onsets,
                extra={name: _fitted(held[name], rows * _STEPS_OF_ROW[name]) for name in extra},
                target=held["target"][:rows].astype(np.float32),
                weight=held["weight"][:rows].astype(np.float32),
                starts=np.asarray(held["starts"], dtype=np.float64),
                ends=np.asarray(held["ends"], dtype=np.float64),
            )
    except (OSError, KeyError, ValueError, IndexError, zipfile.BadZipFile) as error:
        raise RecordingUnreadableError(
            "A file of the corpus cannot be read",
            which=str(path),
            why=str(error),
            next_step="delete it and render again",
        ) from error
    if recording.bands.shape[1:] != (40,) or recording.chroma.shape[1:] != (12,) or rows < 8:
        raise RecordingUnreadableError(
            "A file of the corpus has tables of another shape",
            which=str(path),
            why=f"bands are {recording.bands.shape}, chroma is {recording.chroma.shape}",
            next_step="delete it and render again",
        )
    return recording


def _fitted(table: FloatArray, rows: int) -> FloatArray:
    """Return `rows` rows: cut, or the last one held."""
    if table.shape[0] >= rows:
        return table[:rows]
    return np.pad(table, ((0, rows - table.shape[0]), (0, 0)), mode="edge")


def extras_of(inputs: Sequence[str]) -> tuple[str, ...]:
    """Return which optional tables of a recording networks with these inputs need."""
    return tuple(name for name in _OPTIONAL if name in inputs)


def example_of(recording: Recording, inputs: Sequence[str]) -> Example:
    """Return a recording as networks with these inputs see it."""
    power = np.power(np.float32(10.0), recording.bands.astype(np.float32))
    chroma = recording.chroma.astype(np.float32)
    onsets = recording.onsets.astype(np.float32)
    seen = tokens_of(power, chroma, onsets, recording.duration)
    rows = seen.values.shape[0]
    if pool_factor(recording.bands.shape[0]) != _FACTOR:
        raise RecordingUnreadableError(
            "A song of the corpus is too long to learn from", which=recording.name
        )
    made: dict[str, NDArray[Any]] = {}
    for name in inputs:
        if name == "tokens":
            made[name] = seen.values.astype(np.float16)
        elif name == "relations":
            made[name] = np.round(seen.relations * _COMPACT).astype(np.int8)
        elif name == "tempogram":
            made[name] = tempogram(onsets, rows).astype(np.float16)
        elif name == "chroma":
            made[name] = chroma[: rows * 2].astype(np.float16)
        else:
            table = recording.bands if name == "bands" else recording.extra[name]
            made[name] = relative(_fitted(table, rows * INPUTS[name].steps)).astype(np.float16)
    return Example(
        name=recording.name,
        inputs=made,
        target=_paired(recording.target, rows),
        weight=_paired(recording.weight, rows),
        start=start_curve(recording.starts, rows, seen.rate),
        rate=seen.rate,
        duration=recording.duration,
        choruses=recording.choruses,
    )


def relative(table: FloatArray) -> Float32:
    """Return log power (k, d) less each column's mean, over the whole table's deviation."""
    values = np.nan_to_num(table.astype(np.float32), posinf=0.0, neginf=-8.0)
    values = values - values.mean(axis=0)
    scaled: Float32 = values / np.float32(max(0.3, float(values.std())))
    return np.clip(scaled, -6.0, 6.0)


def tempogram(onsets: Float32, rows: int) -> Float32:
    """Return (rows, 32): autocorrelation of onset strength over 6 s around each token.

    Lags are spaced evenly in their logarithm from 0.25 to 2 s (P. Grosche, M. Müller, F. Kurth,
    *Cyclic tempogram*, ICASSP 2010, without the folding of octaves).
    """
    rate = TABLE_RATE * ONSETS_PER_ROW
    step = ONSETS_PER_ROW * _FACTOR
    signal = np.zeros(rows * step, dtype=np.float64)
    given = onsets[: signal.size]
    signal[: given.size] = given - given.mean()
    half = round(3.0 * rate)
    centres = np.arange(rows) * step + step // 2

    def around(values: NDArray[np.float64]) -> NDArray[np.float64]:
        summed = np.concatenate([[0.0], np.cumsum(values)])
        low = np.clip(centres - half, 0, signal.size)
        high = np.clip(centres + half, 0, signal.size)
        result: NDArray[np.float64] = summed[high] - summed[low]
        return result

    energy = around(signal * signal) + 1e-6
    lags = np.round(rate * np.geomspace(0.25, 2.0, INPUTS["tempogram"].width)).astype(int)
    columns = []
    for lag in lags:
        shifted = np.zeros_like(signal)
        shifted[: max(0, signal.size - lag)] = signal[lag:]
        columns.append(around(signal * shifted) / energy)
    table: Float32 = np.stack(columns, axis=1).astype(np.float32)
    return np.clip(table, -1.0, 1.0)


def start_curve(starts: NDArray[np.float64], rows: int, rate: float) -> Float32:
    """Return (rows,): 1 at the start of each chorus, falling to .14 at 3 s from it."""
    places = (np.arange(rows) + 0.5) / rate
    if starts.size == 0:
        return np.zeros(rows, dtype=np.float32)
    distance = np.abs(places[:, None] - starts[None, :]).min(axis=1)
    curve: Float32 = np.exp(-0.5 * np.square(distance / _START_SECONDS)).astype(np.float32)
    return curve


def _paired(values: Float32, rows: int) -> Float32:
    mean: Float32 = values[: rows * _FACTOR].reshape(rows, _FACTOR).mean(axis=1)
    return mean


def batches(examples: Sequence[Example], size: int, seed: int | None = None) -> Iterator[Batch]:
    """Yield all examples once, those of about the same length together.

    Parameters
    ----------
    examples
        Of any lengths.
    size
        Examples per batch.
    seed
        Of the order; None: by length.
    """
    order = np.argsort([one.target.size for one in examples], kind="stable")
    groups = [order[first : first + size] for first in range(0, order.size, size)]
    if seed is not None:
        rng = np.random.default_rng(seed)
        lengths = np.array([one.target.size for one in examples])
        order = np.argsort(lengths * rng.uniform(0.93, 1.07, lengths.size), kind="stable")
        groups = [order[first : first + size] for first in range(0, order.size, size)]
        rng.shuffle(groups)
    for group in groups:
        yield batch_of([examples[index] for index in group])


def batch_of(examples: Sequence[Example]) -> Batch:
    """Return examples padded to the longest, as float32."""
    longest = max(one.target.size for one in examples)
    inputs = {name: _padded(examples, name, longest) for name in examples[0].inputs}
    tables = {}
    for name in ("target", "weight", "start"):
        table = np.zeros((len(examples), longest), dtype=np.float32)
        for row, one in enumerate(examples):
            table[row, : one.target.size] = getattr(one, name)
        tables[name] = table
    mask = np.zeros((len(examples), longest), dtype=np.float32)
    for row, one in enumerate(examples):
        mask[row, : one.target.size] = 1.0
    return Batch(tuple(examples), inputs, mask, tables["target"], tables["weight"], tables["start"])


def _padded(examples: Sequence[Example], name: str, longest: int) -> Float32:
    kind, count = INPUTS[name], len(examples)
    half = (longest + 1) // 2
    shape = {
        "": (count, longest * kind.steps, kind.width),
        "m": (count, kind.width, half, half),
    }[kind.square]
    table = np.zeros(shape, dtype=np.float32)
    for row, one in enumerate(examples):
        held = one.inputs[name]
        if kind.square:
            side = held.shape[-1]
            np.divide(held, _COMPACT, out=table[row, ..., :side, :side])
        else:
            table[row, : held.shape[0]] = held
    return table

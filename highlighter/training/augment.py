"""The same song again, changed as recordings differ: each change by name, switched in params.yaml.

The first six are those of the earlier system: shifts along time and frequency, pitch, tempo, masks
of time and of mel bands. They act on the tables of a recording, and tokens are computed after; so
what a change does to repetition and level is seen as well. Targets move along.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from highlighter.analysis.hearing import TABLE_RATE
from highlighter.training.batches import ONSETS_PER_ROW, FloatArray, Recording
from highlighter.training.errors import ParametersError

Rng = np.random.Generator
Places = NDArray[np.floating[Any]]
_STEPS = {"mel10": 2, "semitones": 1}
_SHORTEST_ROWS = round(60.0 * TABLE_RATE)


def shift_time(song: Recording, rng: Rng) -> Recording:
    """Move everything by up to 5 s; what leaves at one end is lost, the other is silent."""
    shift = int(rng.integers(-27, 28))
    places = np.arange(song.bands.shape[0], dtype=np.float64) - shift
    outside = (places < 0) | (places >= places.size)
    moved = taken(song, np.clip(places, 0, places.size - 1))
    return _silenced(moved, np.flatnonzero(outside))


def shift_frequency(song: Recording, rng: Rng) -> Recording:
    """Move the spectrum by up to two bands, and leave the pitch classes."""
    shift = float(rng.uniform(-2.0, 2.0))
    return _warped(song, lambda count: np.arange(float(count)) - shift * count / 40.0)


def pitch(song: Recording, rng: Rng) -> Recording:
    """Transpose by up to 11 semitones: pitch classes turn, the spectrum is stretched."""
    steps = int(rng.integers(-11, 12))
    # A voice keeps part of its formants, so the spectrum moves by less than the notes do.
    ratio = 2.0 ** (0.5 * steps / 12.0)
    moved = _warped(song, lambda count: _stretched_bands(count, ratio))
    extra = dict(moved.extra)
    if "semitones" in song.extra:
        extra["semitones"] = _read_columns(song.extra["semitones"], np.arange(84.0) - steps)
    return replace(moved, chroma=np.roll(song.chroma, steps, axis=1), extra=extra)


def tempo(song: Recording, rng: Rng) -> Recording:
    """Play at 0.75 to 1.25 of the speed."""
    speed = float(rng.uniform(0.75, 1.25))
    rows = song.bands.shape[0]
    return taken(song, np.arange(0.0, rows - 1.0, speed))


def mask_time(song: Recording, rng: Rng) -> Recording:
    """Replace one to four pieces of 1 to 5 s by what the track is like on the mean."""
    rows = song.bands.shape[0]
    for _ in range(int(rng.integers(1, 5))):
        length = round(float(rng.uniform(1.0, 5.0)) * TABLE_RATE)
        first = int(rng.integers(0, max(1, rows - length)))
        song = _averaged(song, np.arange(first, min(rows, first + length)))
    return song


def mask_mel(song: Recording, rng: Rng) -> Recording:
    """Hold one to five neighbouring mel bands at their mean."""
    count = int(rng.integers(1, 6))
    first = int(rng.integers(0, 40 - count))

    def held(table: FloatArray) -> FloatArray:
        share = table.shape[1] / 40.0
        columns = slice(round(first * share), max(1, round((first + count) * share)))
        copy = table.copy()
        copy[:, columns] = table[:, columns].astype(np.float32).mean(axis=0)
        return copy

    extra = {name: held(table) for name, table in song.extra.items()}
    return replace(song, bands=held(song.bands), extra=extra)


def gain(song: Recording, rng: Rng) -> Recording:
    """Play louder or softer by up to 12 dB; tokens must not change by it."""
    return _offset(song, lambda count: np.full(count, rng.uniform(-1.2, 1.2)))


def equaliser(song: Recording, rng: Rng) -> Recording:
    """Raise and lower the spectrum smoothly by up to 8 dB."""
    knots = rng.uniform(-0.8, 0.8, 5)
    return _offset(
        song, lambda count: np.interp(np.linspace(0.0, 4.0, count), np.arange(5.0), knots)
    )


def compress(song: Recording, rng: Rng) -> Recording:
    """Take 30 to 90 % of the differences of level away, as mastering does."""
    share = float(rng.uniform(0.3, 0.9))
    bands = song.bands.astype(np.float32)
    level = np.log10(np.power(10.0, bands).sum(axis=1) + 1e-8)
    width = 5
    smooth = np.convolve(np.pad(level, width // 2, mode="edge"), np.ones(width) / width, "valid")
    # What is nearly silent stays so: a limiter does not raise the gaps between songs.
    less = -share * np.maximum(smooth - np.median(smooth), -1.5)
    extra = {
        name: table + np.repeat(less, _STEPS[name])[: table.shape[0], None]
        for name, table in song.extra.items()
    }
    return replace(song, bands=bands + less[:, None], extra=extra)


def crop(song: Recording, rng: Rng) -> Recording:
    """Cut up to 30 % off the start, and up to 30 % off the end, so that place is no clue."""
    rows = song.bands.shape[0]
    first = round(rows * float(rng.uniform(0.0, 0.3)))
    last = rows - round(rows * float(rng.uniform(0.0, 0.3)))
    if last - first < _SHORTEST_ROWS:
        return song
    return taken(song, np.arange(first, last, dtype=np.float64))


def drop_repeat(song: Recording, rng: Rng) -> Recording:
    """Leave out one passage from one border of a chorus to the next, as edits for radio do."""
    rows = song.bands.shape[0]
    borders = np.unique(np.concatenate([[0.0], song.starts, song.ends, [song.duration]]))
    places = np.clip(np.round(borders * TABLE_RATE).astype(int), 0, rows)
    if places.size < 5:
        return song
    index = int(rng.integers(0, places.size - 1))
    first, last = int(places[index]), int(places[index + 1])
    kept = np.concatenate([np.arange(first), np.arange(last, rows)]).astype(np.float64)
    removed = song.target[first:last].sum()
    if kept.size < _SHORTEST_ROWS or removed > 0.6 * song.target.sum():
        return song
    return taken(song, kept)


Change = Callable[[Recording, Rng], Recording]

CHANGES: dict[str, Change] = {
    "crop": crop,
    "drop_repeat": drop_repeat,
    "shift_time": shift_time,
    "tempo": tempo,
    "pitch": pitch,
    "shift_frequency": shift_frequency,
    "compress": compress,
    "equaliser": equaliser,
    "gain": gain,
    "mask_time": mask_time,
    "mask_mel": mask_mel,
}
"""In the order in which they are made. `noise` needs a second song and comes before `gain`."""

NAMES = (*CHANGES, "noise")

USUAL: dict[str, float] = {
    "crop": 0.5,
    "drop_repeat": 0.3,
    "shift_time": 0.3,
    "tempo": 0.6,
    "pitch": 0.7,
    "shift_frequency": 0.4,
    "compress": 0.6,
    "equaliser": 0.7,
    "gain": 0.3,
    "mask_time": 0.5,
    "mask_mel": 0.5,
    "noise": 0.4,
}
"""How often each is made."""


def augmented(
    song: Recording,
    chances: Mapping[str, float],
    rng: Rng,
    other: Recording | None = None,
) -> Recording:
    """Return the song with some of the changes.

    Parameters
    ----------
    song
        Not changed itself.
    chances
        By names of `NAMES`: how often each is made, 0 to 1; 0 for what is not named.
    rng
        Decides what is made, and how much.
    other
        Another song, of which `noise` mixes in a little.

    Raises
    ------
    ParametersError
        There is no such change.
    """
    unknown = sorted(set(chances) - set(NAMES))
    if unknown:
        raise ParametersError(
            "There is no such augmentation",
            which=", ".join(unknown),
            next_step=f"those that exist: {', '.join(NAMES)}",
        )
    for name, change in CHANGES.items():
        if rng.random() < chances.get(name, 0.0):
            song = change(song, rng)
        if name == "equaliser" and other is not None and rng.random() < chances.get("noise", 0.0):
            song = mixed(song, other, rng)
    return song


def mixed(song: Recording, other: Recording, rng: Rng) -> Recording:
    """Return the song with another 10 to 30 dB below it, as a room or a bad cut adds."""
    below = float(rng.uniform(1.0, 3.0))
    rows = song.bands.shape[0]
    places = (np.arange(rows) + int(rng.integers(0, rows))) % other.bands.shape[0]

    def loudness(table: FloatArray) -> float:
        return float(np.log10(np.power(10.0, table.astype(np.float32)).sum(axis=1).mean() + 1e-8))

    lift = loudness(song.bands) - loudness(other.bands) - below

    def added(table: FloatArray, noise: FloatArray) -> FloatArray:
        both = np.power(10.0, table.astype(np.float32))
        both += np.power(10.0, noise.astype(np.float32) + lift)
        return np.log10(both + 1e-10)

    extra = dict(song.extra)
    for name, table in song.extra.items():
        if name in other.extra:
            step = _STEPS[name]
            fine = (np.arange(table.shape[0]) + step * int(places[0])) % other.extra[name].shape[0]
            extra[name] = added(table, other.extra[name][fine])
    share = 0.5 * 10.0 ** (-below / 2.0)
    chroma = song.chroma + np.float32(share) * other.chroma[places]
    return replace(song, bands=added(song.bands, other.bands[places]), chroma=chroma, extra=extra)


def taken(song: Recording, places: Places) -> Recording:
    """Return the song read at other rows.

    Parameters
    ----------
    song
        Of k rows.
    places
        (j,) rows of it, 0 to k − 1, in between where they are not whole; never falling.
    """
    rate = TABLE_RATE
    speed = float(np.median(np.diff(places))) if places.size > 1 else 1.0
    fine = places[:, None] + np.arange(ONSETS_PER_ROW) * (speed / ONSETS_PER_ROW)
    onset_rows = np.clip(
        np.round(fine * ONSETS_PER_ROW).astype(int).ravel(), 0, song.onsets.size - 1
    )
    extra = {}
    for name, table in song.extra.items():
        step = _STEPS[name]
        between = places[:, None] + np.arange(step) * (speed / step)
        extra[name] = _read_rows(table, between.ravel() * step)
    starts, ends = (_moved(times, places, rate) for times in (song.starts, song.ends))
    return replace(
        song,
        duration=places.size / rate,
        bands=_read_rows(song.bands, places),
        chroma=_read_rows(song.chroma, places),
        onsets=song.onsets[onset_rows],
        extra=extra,
        target=np.interp(places, np.arange(song.target.size), song.target).astype(np.float32),
        weight=np.interp(places, np.arange(song.weight.size), song.weight).astype(np.float32),
        starts=starts,
        ends=ends,
    )


def _moved(times: Places, places: Places, rate: float) -> NDArray[np.float64]:
    """Return where `times` are among `places`, in seconds, without those that are not there."""
    found = []
    for time in times:
        near = int(np.abs(places - time * rate).argmin())
        if abs(places[near] - time * rate) <= 2.0:
            found.append(near / rate)
    return np.asarray(found, dtype=np.float64)


def _read_rows(table: FloatArray, places: Places) -> FloatArray:
    low = np.clip(places.astype(int), 0, table.shape[0] - 1)
    high = np.minimum(low + 1, table.shape[0] - 1)
    part = np.clip(places - low, 0.0, 1.0).astype(np.float32)[:, None]
    values = table.astype(np.float32)
    return values[low] * (np.float32(1.0) - part) + values[high] * part


def _read_columns(table: FloatArray, places: Places) -> FloatArray:
    count = table.shape[1]
    return _read_rows(np.ascontiguousarray(table.T), np.clip(places, 0.0, count - 1.0)).T


def _warped(song: Recording, at: Callable[[int], Places]) -> Recording:
    extra = {
        name: _read_columns(table, at(table.shape[1])) if name == "mel10" else table
        for name, table in song.extra.items()
    }
    return replace(song, bands=_read_columns(song.bands, at(40)), extra=extra)


def _stretched_bands(count: int, ratio: float) -> Places:
    """Return the places among `count` mel bands up to 5.5 kHz to read, for frequencies × ratio."""
    highest = 2595.0 * np.log10(1.0 + 5512.5 / 700.0)
    mel = (np.arange(count) + 1.0) * (highest / (count + 1.0))
    hertz = 700.0 * (10.0 ** (mel / 2595.0) - 1.0) / ratio
    places: Places = 2595.0 * np.log10(1.0 + hertz / 700.0) * ((count + 1.0) / highest) - 1.0
    return places


def _offset(song: Recording, curve: Callable[[int], Places]) -> Recording:
    fixed = curve(40).astype(np.float32)
    extra = {}
    for name, table in song.extra.items():
        columns = np.linspace(0.0, 39.0, table.shape[1])
        extra[name] = table + np.interp(columns, np.arange(40.0), fixed).astype(np.float32)
    return replace(song, bands=song.bands.astype(np.float32) + fixed, extra=extra)


def _averaged(song: Recording, rows: NDArray[np.intp]) -> Recording:
    return _filled(song, rows, lambda table: table.astype(np.float32).mean(axis=0), 1.0)


def _silenced(song: Recording, rows: NDArray[np.intp]) -> Recording:
    silent = _filled(song, rows, lambda table: table.astype(np.float32).min(axis=0), 0.0)
    target, weight = song.target.copy(), song.weight.copy()
    target[rows], weight[rows] = 0.0, 1.0
    return replace(silent, target=target, weight=weight)


def _filled(
    song: Recording,
    rows: NDArray[np.intp],
    value: Callable[[FloatArray], FloatArray],
    onsets: float,
) -> Recording:
    def filled(table: FloatArray, step: int) -> FloatArray:
        copy = table.astype(np.float32)
        places = (rows[:, None] * step + np.arange(step)).ravel()
        copy[places[places < copy.shape[0]]] = value(table)
        return copy

    blows = song.onsets.astype(np.float32)
    places = (rows[:, None] * ONSETS_PER_ROW + np.arange(ONSETS_PER_ROW)).ravel()
    blows[places] = onsets * float(blows.mean())
    extra = {name: filled(table, _STEPS[name]) for name, table in song.extra.items()}
    return replace(
        song,
        bands=filled(song.bands, 1),
        chroma=filled(song.chroma, 1),
        onsets=blows,
        extra=extra,
    )


def chances_of(
    settings: Mapping[str, Any] | None, leave_out: Sequence[str] = ()
) -> dict[str, float]:
    """Return how often each change is made: `USUAL`, changed by `settings`, less `leave_out`."""
    chances = {**USUAL, **{name: float(value) for name, value in (settings or {}).items()}}
    return {name: 0.0 if name in leave_out else value for name, value in chances.items()}

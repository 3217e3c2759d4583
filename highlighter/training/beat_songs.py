"""Songs whose beats are known, for the beat network: rendered, then changed at every look.

A song is rendered once and kept as mel levels and pitch classes. At every look it is another: its
tempo is drawn anew from the whole range that people tap, so that tempo and style do not tell each
other; some bars lose a beat, so that there are bars of three; equaliser, band limits, noise and
fades keep the network from knowing the sound font.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from highlighter.audio.model import Float32
from highlighter.rhythm.features import features
from highlighter.rhythm.spectrum import BANDS, CHROMA_STRIDE, FRAME_RATE, spectrum_of

Float64 = NDArray[np.float64]

SECONDS = 85.0
CROP = 2048
"""Frames that are looked at together, 20 s."""

_SLOWEST, _FASTEST = 64.0, 195.0
_STRETCH = (0.7, 2.3)
_TARGET = ((-1, 0.35), (1, 0.35), (0, 1.0))
"""Rows around a beat, and what the network is asked for there."""


@dataclass(frozen=True, slots=True, eq=False)
class BeatSong:
    """A part of a rendered song.

    Attributes
    ----------
    levels, chroma
        As in `highlighter.rhythm.spectrum.Spectrum`.
    beats, downbeats
        Seconds.
    """

    levels: Float32
    chroma: Float32
    beats: Float64
    downbeats: Float64


def make(source: Path, out: Path, instruments: Path, songs: int) -> None:
    """Render so many songs of POP909 into ``out/NNN.npz``; those that are there stay.

    Parameters
    ----------
    source
        The data set's folder.
    out
        Where to; made where it is missing.
    instruments
        Folder of recorded instruments, as `render` keeps them.
    songs
        How many.
    """
    from highlighter.training.plan import draw_plan
    from highlighter.training.pop909 import read_songbook, song_names
    from highlighter.training.render import record, truth
    from highlighter.training.sampler import Bank
    from highlighter.training.song_errors import SongError
    from highlighter.training.synthesiser import RATE

    out.mkdir(parents=True, exist_ok=True)
    names, bank = song_names(source), Bank(instruments)
    for place in np.random.default_rng(5).permutation(len(names))[:songs]:
        name = names[place]
        if (out / f"{name}.npz").exists():
            continue
        random = np.random.default_rng([77, 9, *name.encode()])
        try:
            plan = draw_plan(read_songbook(source, name), random)
            sound = record(plan, bank, random)
        except SongError as error:
            print(f"{name}: {error}", flush=True)
            continue
        known = truth(plan)
        first = float(random.uniform(3.0, max(4.0, sound.size / RATE - SECONDS - 10.0)))
        heard = spectrum_of(sound[int(first * RATE) : int((first + SECONDS) * RATE)])
        np.savez(
            out / f"{name}.npz",
            levels=heard.levels.astype(np.float16),
            chroma=heard.chroma.astype(np.float16),
            beats=known.beats - first,
            downs=known.downbeats - first,
        )
        print(name, flush=True)


def read(path: Path) -> BeatSong:
    """Return a song that `make` wrote."""
    with np.load(path, allow_pickle=False) as stored:
        return BeatSong(
            stored["levels"].astype(np.float32),
            stored["chroma"].astype(np.float32),
            stored["beats"].astype(np.float64),
            stored["downs"].astype(np.float64),
        )


def look(song: BeatSong, random: np.random.Generator | None) -> tuple[Float32, Float32]:
    """Return (`CROP`, width) features and (2, `CROP` / 2) targets of a part of a song.

    Parameters
    ----------
    song
        The song.
    random
        What draws the part and its changes; None looks at the beginning, unchanged.
    """
    rows, beats, downbeats = np.arange(song.levels.shape[0]), song.beats, song.downbeats
    factor, first = 1.0, 0
    if random is not None:
        if random.random() < 0.15:
            rows, beats, downbeats = _in_three(song, int(random.integers(1, 4)))
        if random.random() < 0.8:
            tempo = 60.0 / float(np.median(np.diff(beats)))
            wanted = 2.0 ** random.uniform(np.log2(_SLOWEST), np.log2(_FASTEST))
            factor = float(np.clip(wanted / tempo, *_STRETCH))
        first = int(random.integers(0, max(1, rows.size - int(CROP * factor) - 2)))
    at = np.clip(first + np.arange(CROP) * factor, 0, rows.size - 1)
    here, part = at.astype(np.int64), (at % 1.0)[:, None].astype(np.float32)
    after = rows[np.minimum(here + 1, rows.size - 1)]
    levels = song.levels[rows[here]] * (1.0 - part) + song.levels[after] * part
    slow = np.minimum(rows[here][::CHROMA_STRIDE] // CHROMA_STRIDE, song.chroma.shape[0] - 1)
    if random is not None:
        levels = _another_recording(levels, random)
    seen = features(levels.astype(np.float32), song.chroma[slow])
    target = np.zeros((2, CROP // 2), dtype=np.float32)
    for row, times in enumerate((beats, downbeats)):
        places = np.round((times * FRAME_RATE - first) / factor / 2.0).astype(np.int64)
        for away, height in _TARGET:
            inside = places + away
            inside = inside[(inside >= 0) & (inside < CROP // 2)]
            target[row, inside] = np.maximum(target[row, inside], np.float32(height))
    return seen, target


def _in_three(song: BeatSong, dropped: int) -> tuple[NDArray[np.int64], Float64, Float64]:
    """Return rows, beats and downbeats without one beat of each bar."""
    count = song.levels.shape[0]
    first = np.isin(np.round(song.beats, 3), np.round(song.downbeats, 3))
    last = np.maximum.accumulate(np.where(first, np.arange(first.size), -9))
    number = np.arange(first.size) - last
    keep = np.ones(count, dtype=bool)
    for beat in np.flatnonzero(number[:-1] == dropped):
        low, high = np.round(song.beats[beat : beat + 2] * FRAME_RATE).astype(np.int64)
        keep[max(0, low) : max(0, high)] = False
    moved = np.concatenate([[0], np.cumsum(keep)])

    def there(times: Float64) -> Float64:
        inside = times[(times > 0.0) & (times < count / FRAME_RATE)]
        rows = np.clip(np.round(inside * FRAME_RATE).astype(np.int64), 0, count)
        return np.asarray(moved[rows] / FRAME_RATE, dtype=np.float64)

    return np.flatnonzero(keep), there(song.beats[number != dropped]), there(song.downbeats)


def _another_recording(levels: Float32, random: np.random.Generator) -> Float32:
    bands = np.arange(BANDS)
    curve = np.interp(bands, np.linspace(0, BANDS - 1, 6), random.normal(0.0, 0.5, 6))
    levels = levels + curve.astype(np.float32)
    if random.random() < 0.3:
        cut = int(random.integers(36, BANDS))
        levels[:, cut:] -= np.linspace(0.0, 4.0, BANDS - cut) + random.uniform(0.0, 1.0)
    if random.random() < 0.25:
        levels[:, : int(random.integers(1, 10))] -= np.float32(random.uniform(0.5, 3.0))
    if random.random() < 0.2:
        floor = np.quantile(levels.max(axis=1), 0.95) - random.uniform(1.6, 4.0)
        slope = np.linspace(random.uniform(-0.5, 0.8), random.uniform(-1.0, 0.5), BANDS)
        hiss = 0.17 * random.standard_normal(levels.shape, dtype=np.float32)
        noise = (floor + slope).astype(np.float32) + hiss
        mixed = np.logaddexp(levels * np.log(10.0), noise * np.log(10.0)) / np.log(10.0)
        levels = mixed.astype(np.float32)
    if random.random() < 0.3:
        fader = np.interp(np.arange(CROP), np.linspace(0, CROP, 8), random.normal(0.0, 0.25, 8))
        levels = levels + fader[:, None].astype(np.float32)
    return levels


def main() -> None:
    """Render songs."""
    parser = argparse.ArgumentParser(description="Render songs of POP909 for the beat network.")
    parser.add_argument("--pop909", type=Path, required=True, metavar="DIR")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--songs", type=int, default=110, metavar="N")
    options = parser.parse_args()
    make(options.pop909, options.out, options.out / ".instruments", options.songs)


if __name__ == "__main__":
    main()

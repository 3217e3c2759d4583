"""How right beats, downbeats and phrases of fragments are, how sure, and what they cost.

``./run python benchmarks/beats.py --audio DIR --beats DIR [--choruses FILE] [--highlights FILE]
[--songs N] [--librosa] [--midi DIR]``

`--audio` holds recordings, `--beats` a table ``t;beat`` per recording (seconds; 1 where a bar
begins). Of each song three fragments are heard, 30 s and 10 s on either side, and judged within the
30 s: the highlight (a line ``{"file", "start"}`` each, as `hooklist highlight --json` prints them),
and the first two choruses. Where recordings were rendered from MIDI that was aligned to other
recordings, `--midi` moves each fragment's truth by up to 0.1 s to where most notes begin.

Printed: F (70 ms) of beats and downbeats; the share of fragments with F of 0.95 and more, and the
same where half and double the tempo count as well (AMLt-like); the longest unbroken run of right
beats (CMLc-like); how often a phrase begins within a beat of a chorus's start, and how often at
bars taken at random; the same for `librosa.beat`; a table of confidences; seconds of processor time
for 35 s of sound.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from highlighter.audio import decode
from highlighter.rhythm import FragmentRhythm, rhythm_of

Float64 = NDArray[np.float64]

RATE = 44_100
CORE, AROUND = 30.0, 10.0
WITHIN = 0.07
RIGHT, BARS_RIGHT = 0.95, 0.9
LEVELS = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95)


@dataclass(frozen=True)
class Fragment:
    """A part of a song, what is true of it, and where it lies."""

    name: str
    kind: str
    path: Path
    start: float
    core: tuple[float, float]
    beats: Float64
    downbeats: Float64
    chorus: float | None


@dataclass(frozen=True)
class Score:
    """How right an answer was; each 0 to 1."""

    beats: float
    downbeats: float
    any_level: float
    run: float


def f_measure(found: Float64, true: Float64) -> float:
    """Return F of two rising series, each matched at most once."""
    hits = first = second = 0
    while first < found.size and second < true.size:
        away = found[first] - true[second]
        if abs(away) <= WITHIN:
            hits, first, second = hits + 1, first + 1, second + 1
        elif away < 0:
            first += 1
        else:
            second += 1
    return 2.0 * hits / max(1, found.size + true.size)


def longest_run(found: Float64, true: Float64) -> float:
    """Return the share of true beats in the longest run found without a gap or an extra."""
    best = now = 0
    last = -1
    for moment in true:
        near = np.flatnonzero(np.abs(found - moment) <= WITHIN)
        if near.size == 1 and (now == 0 or near[0] == last + 1):
            now, last = now + 1, int(near[0])
        else:
            now, last = int(near.size == 1), int(near[0]) if near.size else -1
        best = max(best, now)
    return best / max(1, true.size)


def score(
    fragment: Fragment, beats: Sequence[float] | Float64, downbeats: Sequence[float] | Float64
) -> Score:
    """Judge beats and downbeats, in seconds from the fragment's start, within its core."""
    low, high = fragment.core

    def core(times: Sequence[float] | Float64) -> Float64:
        values = np.asarray(times, dtype=np.float64)
        return values[(values >= low) & (values < high)]

    true, found = fragment.beats, core(beats)
    double = np.sort(np.concatenate([true, 0.5 * (true[1:] + true[:-1])]))
    levels = [f_measure(found, core(level)) for level in (true, true[::2], true[1::2], double)]
    return Score(
        levels[0],
        f_measure(core(downbeats), core(fragment.downbeats)),
        max(levels),
        longest_run(found, core(true)),
    )


def fragments_of(options: argparse.Namespace) -> list[Fragment]:
    """Return the fragments to be heard."""
    highlights = {}
    if options.highlights:
        for line in options.highlights.read_text("utf-8").splitlines():
            row = json.loads(line)
            highlights[Path(row["file"]).stem] = float(row.get("start", 0.0))
    choruses = json.loads(options.choruses.read_text("utf-8")) if options.choruses else {}
    found = []
    for path in sorted(options.audio.iterdir())[: options.songs]:
        table = options.beats / f"{path.stem}.csv"
        if not table.is_file():
            continue
        with table.open(encoding="utf-8") as file:
            rows = list(csv.reader(file, delimiter=";"))[1:]
        times = np.array([float(row[0]) for row in rows])
        first = np.array([row[1].strip() == "1" for row in rows])
        notes = _notes(options.midi / f"{path.stem}.mid") if options.midi else None
        starts = {"highlight": highlights[path.stem]} if path.stem in highlights else {}
        for number, chorus in enumerate(choruses.get(path.stem, [])[:2]):
            starts[f"chorus {number + 1}"] = float(chorus[0])
        for kind, start in starts.items():
            begin = max(0.0, start - AROUND)
            moved = times - begin
            core = (start - begin, start - begin + CORE)
            if notes is not None:
                moved = moved + _late(moved, notes - begin, core)
            chorus = start - begin if kind != "highlight" else None
            found.append(Fragment(path.stem, kind, path, begin, core, moved, moved[first], chorus))
    return found


def _notes(path: Path) -> Float64:
    from highlighter.training.midi import read_midi

    song = read_midi(path)
    tempos = np.array(song.tempos, dtype=np.float64)
    passed = np.concatenate([[0.0], np.cumsum(np.diff(tempos[:, 0]) * tempos[:-1, 1])])
    ticks = np.sort([note.start for track in song.tracks for note in track.notes])
    place = np.searchsorted(tempos[:, 0], ticks, side="right") - 1
    seconds = passed[place] + (ticks - tempos[place, 0]) * tempos[place, 1]
    return np.asarray(seconds / song.division / 1e6, dtype=np.float64)


def _late(beats: Float64, notes: Float64, core: tuple[float, float]) -> float:
    inside = beats[(beats >= core[0]) & (beats < core[1])]
    moves = np.arange(-0.1, 0.1001, 0.005)
    counts = [
        (
            np.searchsorted(notes, inside + move + 0.02)
            - np.searchsorted(notes, inside + move - 0.02)
        ).sum()
        for move in moves
    ]
    return float(moves[int(np.argmax(counts))])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--audio", type=Path, required=True)
    parser.add_argument("--beats", type=Path, required=True)
    parser.add_argument("--choruses", type=Path)
    parser.add_argument("--highlights", type=Path)
    parser.add_argument("--midi", type=Path)
    parser.add_argument("--songs", type=int)
    parser.add_argument("--librosa", action="store_true")
    options = parser.parse_args()
    heard, scores, peers, spent, peer_spent = [], [], [], 0.0, 0.0
    fragments = fragments_of(options)
    for fragment in fragments:
        length = fragment.core[1] + AROUND
        sound = decode(fragment.path, start=fragment.start, duration=length, sample_rate=RATE)
        began = time.process_time()
        rhythm = rhythm_of(sound.samples, RATE)
        spent += (time.process_time() - began) * 35.0 / sound.duration
        heard.append(rhythm)
        scores.append(score(fragment, rhythm.beats, rhythm.downbeats))
        if options.librosa:
            began = time.process_time()
            beats = _librosa(sound.samples.mean(axis=1))
            peer_spent += (time.process_time() - began) * 35.0 / sound.duration
            peers.append(score(fragment, beats, beats[::4]))
    for kind in sorted({fragment.kind for fragment in fragments}):
        chosen = [n for n, fragment in enumerate(fragments) if fragment.kind == kind]
        _row(f"ours, {kind}", [scores[n] for n in chosen])
        if peers:
            _row(f"librosa, {kind}", [peers[n] for n in chosen])
    _row("ours, all", scores)
    if peers:
        _row("librosa, all", peers)
    _confidences(heard, scores)
    _phrases(fragments, heard)
    print(f"seconds of processor time for 35 s: {spent / len(fragments):.3f}", end="")
    print(f", librosa {peer_spent / len(fragments):.3f}" if peers else "")


def _librosa(mono: NDArray[np.float32]) -> Float64:
    import librosa

    low = librosa.resample(mono, orig_sr=RATE, target_sr=22_050)
    _, beats = librosa.beat.beat_track(y=low, sr=22_050, units="time")
    return np.asarray(beats, dtype=np.float64)


def _row(name: str, scores: list[Score]) -> None:
    beats, bars, levels, runs = (
        np.array([getattr(one, field) for one in scores])
        for field in ("beats", "downbeats", "any_level", "run")
    )
    print(
        f"{name:22s} n {len(scores):3d}  F {beats.mean():.3f}  right {np.mean(beats >= RIGHT):.3f}"
        f"  right at any level {np.mean(levels >= RIGHT):.3f}  run {runs.mean():.3f}"
        f"  downbeat F {bars.mean():.3f}  bars right {np.mean(bars >= BARS_RIGHT):.3f}"
    )


def _confidences(heard: list[FragmentRhythm], scores: list[Score]) -> None:
    tables = {
        "confidence": [one.beats >= RIGHT for one in scores],
        "pulse_confidence": [one.any_level >= RIGHT for one in scores],
        "downbeat_confidence": [one.downbeats >= BARS_RIGHT for one in scores],
    }
    for name, right in tables.items():
        values = np.array([getattr(rhythm, name) for rhythm in heard])
        cells = []
        for level in LEVELS:
            above = values >= level
            share = np.mean(np.array(right)[above]) if above.any() else float("nan")
            cells.append(f"≥ {level}: {above.mean():.2f} of all, {share:.3f} right")
        print(f"{name}: " + "; ".join(cells))


def _phrases(fragments: list[Fragment], heard: list[FragmentRhythm]) -> None:
    hits, chances, sure = [], [], []
    for fragment, rhythm in zip(fragments, heard, strict=True):
        if fragment.chorus is None or not rhythm.phrases or rhythm.bpm is None:
            continue
        within = 60.0 / rhythm.bpm + WITHIN
        hits.append(np.abs(np.array(rhythm.phrases) - fragment.chorus).min() <= within)
        near = np.abs(np.array(rhythm.downbeats) - fragment.chorus).min() <= within
        chances.append(near * len(rhythm.phrases) / len(rhythm.downbeats))
        sure.append(rhythm.phrase_confidence)
    if not hits:
        return
    order = np.argsort(sure)[len(sure) // 2 :]
    print(
        f"a phrase within a beat of a chorus's start: {np.mean(hits):.3f} of {len(hits)}, "
        f"by chance {np.mean(chances):.3f}; in the surer half {np.mean(np.array(hits)[order]):.3f}"
    )


if __name__ == "__main__":
    main()

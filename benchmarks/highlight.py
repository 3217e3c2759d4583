"""How fast, how large and how good highlights are.

    python benchmarks/highlight.py FOLDER [--labels FILE.json] [--seconds 30]

Prints processor and wall seconds per song, the peak memory of the process that did it, and, where a
labels file ({file name: {"chorus": [[start, end], …]}}) names choruses, how well they are met, next
to answers that need no listening. P: share of the clip inside a chorus; hit50: songs with P ≥ 0.5;
IoU with the best chorus; st3: starts within 3 s of a chorus. Choruses less than 2 s apart are one.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

ENDINGS = {".mp3", ".flac", ".wav", ".ogg", ".opus", ".m4a", ".aac", ".aiff"}
RESAMPLES = 10_000

Spans = list[tuple[float, float]]


def merged(chorus: list[list[float]]) -> Spans:
    spans: Spans = []
    for start, end in sorted((float(first), float(last)) for first, last in chorus):
        if spans and start - spans[-1][1] < 2.0:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans


def scores(start: float, seconds: float, spans: Spans) -> tuple[float, float, float, float]:
    end = start + seconds
    overlaps = [max(0.0, min(end, last) - max(start, first)) for first, last in spans]
    inside = sum(overlaps) / seconds
    ratios = [
        overlap / (max(end, last) - min(start, first))
        for overlap, (first, last) in zip(overlaps, spans, strict=True)
    ]
    near = any(abs(start - first) <= 3.0 for first, _ in spans)
    return inside, float(inside >= 0.5), max(ratios), float(near)


def best_start(duration: float, seconds: float, spans: Spans) -> float:
    places = np.arange(0.0, max(0.1, duration - seconds), 0.25)
    return float(max(places, key=lambda place: scores(place, seconds, spans)[0]))


def table(songs: list[tuple[float, float, Spans]], seconds: float) -> None:
    """Print the scores of `songs`, each (duration, our start, choruses)."""
    rng = np.random.default_rng(0)
    rows: dict[str, Callable[[float, float, Spans], float]] = {
        "middle": lambda duration, ours, spans: (duration - seconds) / 2.0,
        "at 45 s": lambda duration, ours, spans: min(45.0, duration - seconds),
        "80 % of the slack": lambda duration, ours, spans: 0.8 * (duration - seconds),
        "best possible": lambda duration, ours, spans: best_start(duration, seconds, spans),
        "hooklist": lambda duration, ours, spans: ours,
    }
    chance = np.mean(
        [
            [scores(rng.uniform(0.0, song[0] - seconds), seconds, song[2]) for song in songs]
            for _ in range(100)
        ],
        axis=0,
    )
    print(f"\n{len(songs)} labelled songs\n{'':20}     P  hit50    IoU    st3")
    print(f"{'random (100 times)':20}" + "".join(f"{value:7.3f}" for value in chance.mean(axis=0)))
    found = chance
    for name, place in rows.items():
        found = np.array([scores(place(*song), seconds, song[2]) for song in songs])
        print(f"{name:20}" + "".join(f"{value:7.3f}" for value in found.mean(axis=0)))
    gain = (found - chance)[:, 0]
    drawn = gain[rng.integers(0, gain.size, (RESAMPLES, gain.size))].mean(axis=1)
    low, high = np.percentile(drawn, [2.5, 97.5])
    print(f"P above random: {gain.mean():+.3f}, 95 % interval {low:+.3f} … {high:+.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--labels", type=Path, help="default: songs.json in the folder, if there")
    parser.add_argument("--seconds", type=float, default=30.0)
    options = parser.parse_args()
    begun = time.perf_counter()
    from highlighter.study import study

    print(f"import: {time.perf_counter() - begun:.2f} s")
    path = options.labels or options.folder / "songs.json"
    labels = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    labelled: list[tuple[float, float, Spans]] = []
    sound, wall, used = 0.0, 0.0, 0.0
    files = sorted(file for file in options.folder.iterdir() if file.suffix.lower() in ENDINGS)
    for file in files:
        before, processor = time.perf_counter(), time.process_time()
        analysis, highlight = study(file, options.seconds)
        took, busy = time.perf_counter() - before, time.process_time() - processor
        sound, wall, used = sound + analysis.duration, wall + took, used + busy
        print(
            f"{busy:6.2f} s  {analysis.duration:6.1f} s long  {highlight.start:7.2f}"
            f"  {highlight.strategy:10} {highlight.confidence:.2f}  {file.name}"
        )
        spans = merged(labels.get(file.name, labels.get(file.stem, {})).get("chorus", []))
        if spans and analysis.duration > options.seconds:
            labelled.append((analysis.duration, highlight.start, spans))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    print(
        f"\n{len(files)} files, {sound / 60.0:.1f} minutes: {used:.2f} s of processor, {wall:.2f} s"
        f" of clock; {used / sound * 240.0:.3f} s of processor per 4 minutes; peak {peak:.0f} MB"
    )
    if labelled:
        table(labelled, options.seconds)


if __name__ == "__main__":
    main()

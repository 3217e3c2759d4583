"""How building, opening and recommending grow with the catalogue, from 10,000 to 1,000,000 rows.

``./run python benchmarks/growth.py TABLE --out DIR [--sizes N,N…] [--space auto] [--requests 200]``

TABLE is a real one (``.csv.gz``). Smaller sizes take rows spread evenly over it. Larger ones repeat
its rows under other ids, titles, artists and albums, with every feature moved by up to 3 %, so that
no row merges with another and each copy's artists are their own. Each size is built by one process,
and served by another: seconds and peak resident megabytes of the build (the table lies ready as
CSV), seconds to open, resident megabytes while serving, of which anonymous ones, and milliseconds
to recommend 30 tracks for five random seeds (median, 95th percentile, worst). One thread. ``cpu``
is processor time: what the same would take on a machine with nothing else to do. At last 1,000 rows
are added and 100 removed without a build.

Writes ``growth.csv`` and three plots into DIR, and prints a JSON object per size. The tables and
catalogues go into a temporary folder (``TMPDIR``) and away again: 1.5 GB for the largest.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

ADDED = 1_000
SIZES = "10000,30000,100000,237380,500000,1000000"
MOVED = 0.03
OWN = ("track_id", "name", "artist")
FEATURES = (
    "danceability", "energy", "loudness", "speechiness", "acousticness", "instrumentalness",
    "liveness", "valence", "tempo", "duration_ms",
)  # fmt: skip


def write_table(table: Path, size: int, path: Path) -> int:
    """Write a table of `size` rows; return how many there are."""
    with gzip.open(table, "rt", encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream)
        header = next(reader)
        rows = list(reader)
    named = [header.index(name) for name in OWN]
    numbers = [header.index(name) for name in FEATURES if name in header]
    random = np.random.default_rng(11)
    if size <= len(rows):
        rows = [rows[at] for at in np.linspace(0, len(rows) - 1, size).astype(int)]
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(header)
        writer.writerows(rows)
        left, copy = size - len(rows), 0
        while left > 0:
            copy += 1
            factors = 1.0 + MOVED * (2.0 * random.random((len(rows), len(numbers))) - 1.0)
            for row, factor in zip(rows[:left], factors.tolist(), strict=False):
                other = list(row)
                for at in named:
                    other[at] = f"{row[at]} {copy}" if row[at] else ""
                for at, by in zip(numbers, factor, strict=True):
                    if row[at]:
                        other[at] = f"{float(row[at]) * by:.6g}"
                writer.writerow(other)
            left -= len(rows[:left])
    return size


def resident_mb() -> dict[str, int]:
    """Return what this process holds: in all, and of that what is no mapped file."""
    found = {}
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name in ("Rss", "Anonymous"):
            found[name] = round(int(rest.split()[0]) * 1024 / 1e6)
    return {"resident_mb": found["Rss"], "anonymous_mb": found["Anonymous"]}


def _worked() -> float:
    """Return processor seconds so far, those of processes that ended included."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def build(table: Path, out: Path, space: str) -> dict[str, Any]:
    from recommender import TableSource, build_catalogue

    phases: dict[str, float] = {"read": 0.0}
    began, worked = time.perf_counter(), _worked()
    report = build_catalogue(
        [TableSource(table)],
        out,
        space=space,
        progress=lambda phase, rows: phases.setdefault(phase, time.perf_counter() - began),
    )
    seconds = time.perf_counter() - began
    ends = [*list(phases.values())[1:], seconds]
    folder = out / "versions" / report.version
    return {
        "rows": report.accepted,
        "build_s": round(seconds, 1),
        "build_cpu_s": round(_worked() - worked, 1),
        # The second process writes while this one fits: both at their highest is a bound.
        "build_peak_mb": round(
            sum(
                resource.getrusage(who).ru_maxrss
                for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
            )
            * 1024
            / 1e6
        ),
        "phases_s": {
            phase: round(end - start, 1)
            for (phase, start), end in zip(phases.items(), ends, strict=True)
        },
        "artefacts_mb": round(sum(path.stat().st_size for path in folder.iterdir()) / 1e6),
    }


def serve(out: Path, requests: int) -> dict[str, Any]:
    from recommender import Recommender

    began = time.perf_counter()
    recommender = Recommender.open(out)
    opened = time.perf_counter() - began
    catalogue = recommender.catalogue
    random = np.random.default_rng(7)
    asked = [
        [catalogue.text("id", int(row)) for row in random.integers(0, len(catalogue), 5)]
        for _ in range(requests + 5)
    ]
    seconds, busy, short = [], [], 0
    for number, seeds in enumerate(asked):
        began, worked = time.perf_counter(), time.thread_time()
        playlist = recommender.recommend(seeds)
        if number >= 5:
            seconds.append(time.perf_counter() - began)
            busy.append(time.thread_time() - worked)
            short += len(playlist.tracks) < 30
        elif number == 0:
            first = time.perf_counter() - began
    p50, p95 = (round(1e3 * float(np.percentile(seconds, at)), 1) for at in (50, 95))
    index = recommender.catalogue.manifest.get("index", {})
    return {
        "open_s": round(opened, 2),
        "first_ms": round(1e3 * first),
        **resident_mb(),
        "recommend_p50_ms": p50,
        "recommend_p95_ms": p95,
        "recommend_max_ms": round(1e3 * max(seconds), 1),
        "recommend_cpu_p95_ms": round(1e3 * float(np.percentile(busy, 95)), 1),
        "short_lists": short,
        "index": index.get("kind"),
        "recall_at_30": index.get("recall_at_30"),
    }


def update(out: Path) -> dict[str, Any]:
    from recommender import RowsSource, append_to_catalogue, open_catalogue, remove_from_catalogue

    catalogue = open_catalogue(out, verify=False)
    step = max(1, len(catalogue) // ADDED)
    known = list(catalogue.rows(range(0, len(catalogue), step)))[:ADDED]
    rows = [
        {**track.to_row(), "id": f"new {track.id}", "spotify_id": "", "isrc": "",
         "title": f"{track.title} (New)"}
        for track in known
    ]  # fmt: skip
    began, worked = time.perf_counter(), time.process_time()
    append_to_catalogue([RowsSource("new", rows)], out)
    added, busy = time.perf_counter() - began, time.process_time() - worked
    began = time.perf_counter()
    remove_from_catalogue([track.id for track in known[: ADDED // 10]], out)
    return {
        "add_1000_s": round(added, 1),
        "add_1000_cpu_s": round(busy, 1),
        "remove_100_s": round(time.perf_counter() - began, 1),
        "update_peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6),
    }


def alone(*arguments: object) -> dict[str, Any]:
    """Run one stage in a process of its own on one thread; return what it prints."""
    root = str(Path(__file__).resolve().parents[1])
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    done = subprocess.run(
        [sys.executable, __file__, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, **threads, "PYTHONPATH": root},
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def plot(found: list[dict[str, Any]], out: Path) -> None:
    from recommender.evaluation.svg import Curve, curves

    rows = [one["rows"] / 1e3 for one in found]

    def draw(name: str, title: str, columns: dict[str, str]) -> None:
        lines = [Curve(label, rows, [one[at] for one in found]) for at, label in columns.items()]
        (out / name).write_text(curves(title, "thousand rows", lines), encoding="utf-8")

    draw("growth-build.svg", "Seconds to build", {"build_s": "build, one core"})
    draw(
        "growth-memory.svg",
        "Resident megabytes",
        {"build_peak_mb": "build, peak", "resident_mb": "serving", "anonymous_mb": "… not mapped"},
    )
    draw(
        "growth-recommend.svg",
        "Milliseconds to recommend 30 tracks",
        {"recommend_p95_ms": "95th percentile", "recommend_p50_ms": "median"},
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sizes", default=SIZES)
    parser.add_argument("--space", default="auto")
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--stage", choices=["build", "serve", "update"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.stage == "build":
        print(json.dumps(build(given.table, given.out, given.space)))
        return
    if given.stage == "update":
        print(json.dumps(update(given.out)))
        return
    if given.stage == "serve":
        print(json.dumps(serve(given.out, given.requests)))
        return
    given.out.mkdir(parents=True, exist_ok=True)
    found = []
    for size in map(int, given.sizes.split(",")):
        with tempfile.TemporaryDirectory() as temporary:
            table, catalogue = Path(temporary) / "table.csv", Path(temporary) / "catalogue"
            write_table(given.table, size, table)
            shared = ("--out", catalogue, "--space", given.space, "--requests", given.requests)
            one = alone(table, *shared, "--stage", "build")
            table.unlink()
            one |= alone(table, *shared, "--stage", "serve")
            one |= alone(table, *shared, "--stage", "update")
        print(json.dumps(one), flush=True)
        found.append(one)
    columns = [name for name in found[0] if name != "phases_s"]
    with (given.out / "growth.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(found)
    plot(found, given.out)


if __name__ == "__main__":
    main()

"""Time, memory and levels of trailers made from audio files.

    ./run python benchmarks/trailer.py FILES… [--seconds 12] [--tracks 20] [--total 150] [--cases …]

Runs, each in a process of its own, on one core: all files with nothing known of them
(``unknown``); the same with what was heard before known (``known``); as many tracks as ``--tracks``
in ``--total`` seconds, known (``twenty``); and, as the web does for a playlist of 30, short
fragments (``web``). ``fresh`` is ``twenty`` from files never seen, on two cores, as the worker does
it: two child processes hear the files, then one renders; its time is wall time from the first file
to the trailer. Files are taken again and again until there are enough. ``live s`` is the wall time
from the start of the render until three seconds of it can be heard. Levels are measured with
pyloudnorm and a four-times resampled signal, which the product does not use.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from itertools import cycle, islice, pairwise
from pathlib import Path
from typing import Any

CASES = ("unknown", "known", "twenty", "web", "fresh")
LIVE_BYTES = 3 * 24_000


def heard(file: Path, call: Callable[..., Any] = lambda function, *given: function(*given)) -> Any:
    """Return a track with all that is found out about it; `call` runs what listens."""
    from highlighter.study import study
    from highlighter.trailer import TrailerTrack, hear

    analysis, highlight = call(study, str(file))
    track = TrailerTrack(
        file,
        start=highlight.start,
        end=highlight.end,
        tempo=analysis.bpm,
        key=analysis.pitch_class,
        mode=analysis.mode,
    )
    return replace(track, material=call(hear, track))


@contextmanager
def first_sound(live: Path) -> Iterator[list[float]]:
    """Give a list that has, in the end, the seconds until three seconds could be heard."""
    begun, found, done = time.perf_counter(), [math.inf], threading.Event()

    def watch() -> None:
        while not done.wait(0.005):
            with suppress(OSError):
                if live.stat().st_size >= LIVE_BYTES:
                    found[0] = time.perf_counter() - begun
                    return

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        done.set()
        thread.join()


def fresh(files: list[Path], out: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Make one trailer of files never seen, in child processes, as the worker does."""
    from highlighter.sandbox import run_isolated
    from highlighter.trailer import make_trailer

    live = out.with_suffix(".live")
    begun = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        call = partial(run_isolated, timeout=300.0)
        tracks = list(pool.map(lambda file: heard(file, call), files))
    hearing = time.perf_counter() - begun
    with first_sound(live) as waited:
        trailer = run_isolated(
            make_trailer,
            tracks,
            out,
            total_seconds=options.total,
            order=options.order,
            mixing=options.mixing == "on",
            live=live,
            timeout=300.0,
        )
    wall = time.perf_counter() - begun
    return {
        "case": options.case,
        "tracks": len(trailer.chapters),
        "skipped": len(trailer.skipped),
        "seconds": options.seconds,
        "duration": round(trailer.duration, 2),
        "cpu_s": math.nan,
        "wall_s": round(wall, 2),
        "live_s": round(waited[0], 2),
        "peak_mb": math.nan,
        "limited": round(trailer.limited, 4),
        "kinds": dict(Counter(one.transition for one in trailer.chapters[1:])),
        "edges": [(one.start, one.end) for one in trailer.chapters],
        "stages": {"hearing": round(hearing, 2), "render": round(wall - hearing, 2)},
        "file": str(out),
    }


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Make one trailer in this process and return what it took."""
    from highlighter.trailer import TrailerTrack, make_trailer

    files: list[Path] = options.files
    seconds = options.seconds
    if options.case == "web":
        files = list(islice(cycle(files), 30))
        seconds = 5.0
    if options.case in ("twenty", "fresh"):
        files = list(islice(cycle(files), options.tracks))
    out = options.out / f"{options.case}{options.ending}"
    if options.case == "fresh":
        return fresh(files, out, options)
    known = {}
    if options.case != "unknown":
        for file in dict.fromkeys(files):
            known[file] = heard(file)
    tracks = [known.get(file) or TrailerTrack(file) for file in files]
    stages: dict[str, float] = {}
    last = ["", time.perf_counter()]

    def progress(done: int, total: int, stage: str) -> None:
        now = time.perf_counter()
        if last[0]:
            stages[str(last[0])] = stages.get(str(last[0]), 0.0) + now - float(last[1])
        last[:] = [stage, now]

    live = options.out / f"{options.case}.live"
    begun = time.process_time(), time.perf_counter()
    with first_sound(live) as waited:
        trailer = make_trailer(
            tracks,
            out,
            seconds_per_track=seconds,
            total_seconds=options.total if options.case == "twenty" else None,
            order=options.order,
            mixing=options.mixing == "on",
            live=live,
            progress=progress,
        )
    spent = time.process_time() - begun[0], time.perf_counter() - begun[1]
    return {
        "case": options.case,
        "tracks": len(trailer.chapters),
        "skipped": len(trailer.skipped),
        "seconds": seconds,
        "duration": round(trailer.duration, 2),
        "cpu_s": round(spent[0], 2),
        "wall_s": round(spent[1], 2),
        "live_s": round(waited[0], 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "limited": round(trailer.limited, 4),
        "kinds": dict(Counter(one.transition for one in trailer.chapters[1:])),
        "edges": [(one.start, one.end) for one in trailer.chapters],
        "stages": {name: round(value, 2) for name, value in stages.items()},
        "file": str(out),
    }


def judge(file: Path, edges: list[tuple[float, float]]) -> tuple[float, float, float]:
    """Return loudness, true peak and the largest step between chapters, heard independently."""
    import av
    import numpy as np
    import pyloudnorm
    import soxr

    with av.open(str(file)) as container:
        rate = container.streams.audio[0].rate
        resampler = av.AudioResampler(format="fltp", layout="stereo")
        parts = [
            piece.to_ndarray()
            for frame in container.decode(audio=0)
            for piece in resampler.resample(frame)
        ]
    samples = np.concatenate(parts, axis=1).T
    fine = soxr.resample(samples, rate, 4 * rate, "VHQ")
    meter = pyloudnorm.Meter(rate)
    levels = [
        float(meter.integrated_loudness(samples[round(start * rate) : round(end * rate)]))
        for start, end in edges
    ]
    return (
        float(meter.integrated_loudness(samples)),
        20.0 * math.log10(float(np.abs(fine).max())),
        max((abs(after - before) for before, after in pairwise(levels)), default=0.0),
    )


def on_one_core() -> None:
    """Keep this process to one core."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--order", choices=["keep", "flow"], default="flow")
    parser.add_argument("--ending", choices=[".mp3", ".opus", ".m4a"], default=".mp3")
    parser.add_argument("--tracks", type=int, default=20)
    parser.add_argument("--total", type=float, default=150.0)
    parser.add_argument("--mixing", choices=["on", "off"], default="on")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--out", type=Path)
    parser.add_argument("--case", choices=CASES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        print(json.dumps(measure(options)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        out = options.out or Path(folder)
        out.mkdir(parents=True, exist_ok=True)
        print(
            "case     tracks  trailer s   cpu s  wall s  live s  peak MB    LUFS   dBTP  LU step"
            "  limited  transitions, stages"
        )
        for case in options.cases:
            command = [sys.executable, __file__, *sys.argv[1:], "--case", case, "--out", str(out)]
            one_core = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
            done = subprocess.run(
                command,
                check=True,
                stdout=subprocess.PIPE,
                text=True,
                env=os.environ | one_core,
                preexec_fn=None if case == "fresh" else on_one_core,
            )
            row = json.loads(done.stdout)
            lufs, peak, step = judge(Path(row["file"]), row["edges"])
            print(
                f"{row['case']:8} {row['tracks']:6d} {row['duration']:10.1f} {row['cpu_s']:7.2f}"
                f" {row['wall_s']:7.2f} {row['live_s']:7.2f} {row['peak_mb']:8.0f} {lufs:7.2f}"
                f" {peak:6.2f} {step:8.2f} {row['limited']:8.2%}  {row['kinds']} {row['stages']}",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""A trailer of ours beside Audio-Highlight's method: whole processes, seconds and memory, one run.

    ./run python benchmarks/audio_highlight.py FILES… [--tracks 20] [--seconds 7.5] [--rounds 3]

Each way is a process of its own on one core, started anew each time, and both are given the same
highlights: only order, joins and writing are compared.

* ``hooklist``: beats looked for around each highlight, planned, mixed, mastered, written as MP3;
* ``hooklist, known``: the same with what the worker keeps of each track;
* ``sigmoid``: the method as it was described, in the library it was described with: each file
  loaded whole by librosa, its tempo by `librosa.beat`, sorted, joined along a sigmoid over five
  seconds, written as WAV;
* ``sigmoid, known``: the tempi known already, so that it only mixes and writes.

librosa is a development dependency; without it the third is left out. Printed: the median over the
rounds, and each as a multiple of ``hooklist``.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path
from typing import Any

WAYS = ("hooklist", "hooklist, known", "sigmoid", "sigmoid, known")


def learn(files: list[Path], seconds: float) -> list[Any]:
    """Return what is known of each file, as the evaluation learns it."""
    from highlighter.evaluation.trailers.learning import Known, learn
    from highlighter.evaluation.trailers.pool import PoolTrack

    found = {file: learn(str(file), "", seconds) for file in dict.fromkeys(files)}
    return [Known(PoolTrack(file, "files"), "", found[file]) for file in files]


def make(way: str, order: Path, out: Path) -> None:
    """Make one trailer in this process."""
    from dataclasses import replace

    from highlighter.sandbox.codec import unpack

    known, seconds = unpack(order.read_bytes(), trusted=True)
    if way.startswith("hooklist"):
        from highlighter.trailer import make_trailer

        tracks = [one.learnt.track for one in known]
        if way == "hooklist":
            tracks = [replace(track, material=None) for track in tracks]
        make_trailer(tracks, out / "ours.mp3", seconds_per_track=seconds, order="flow")
        return
    import soundfile

    from highlighter.evaluation.trailers.peers import render_peer, sigmoid_mixture

    if way == "sigmoid":
        known = [replace(one, learnt=replace(one.learnt, bpm=_tempo(one))) for one in known]
    mixture = sigmoid_mixture(known, seconds)
    sound = render_peer(mixture, [one.pool.path for one in known])
    soundfile.write(out / "sigmoid.wav", sound, 44_100)


def _tempo(known: Any) -> float:
    import librosa

    samples, rate = librosa.load(known.pool.path)
    tempo, _ = librosa.beat.beat_track(y=samples, sr=rate)
    return float(tempo if not hasattr(tempo, "__len__") else tempo[0])


def measure(way: str, order: Path, out: Path) -> tuple[float, float, float]:
    """Return seconds of clock and of processor, and megabytes at the peak, of one process."""
    environment = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, __file__, "--way", way, "--order", str(order), "--out", str(out)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        preexec_fn=lambda: os.sched_setaffinity(0, {max(os.sched_getaffinity(0))}),
    )
    wall = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, float(json.loads(done.stdout)["peak_mb"])


def _peak_mb() -> float:
    """Return the most memory that this program held; getrusage also counts who started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return float(line.split()[1]) / 1024


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--tracks", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=7.5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--order", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        make(options.way, options.order, options.out)
        print(json.dumps({"peak_mb": _peak_mb()}))
        return 0
    if not options.files:
        parser.error("name some audio files")
    ways = list(WAYS)
    try:
        import librosa  # noqa: F401
    except ImportError:
        ways.remove("sigmoid")
        print("librosa is not installed: the method is only measured with known tempi")
    from highlighter.sandbox.codec import pack

    files = list(islice(cycle(options.files), options.tracks))
    with tempfile.TemporaryDirectory() as folder:
        order = Path(folder) / "order"
        order.write_bytes(pack((learn(files, options.seconds), options.seconds)))
        rounds = [
            {way: measure(way, order, Path(folder)) for way in ways} for _ in range(options.rounds)
        ]
    middle = {
        way: [statistics.median(one[way][figure] for one in rounds) for figure in range(3)]
        for way in ways
    }
    print(f"{len(files)} tracks of {options.seconds:g} s, median of {options.rounds} rounds")
    print(f"{'':18} {'clock s':>9} {'cpu s':>9} {'peak MB':>9}   as multiples of hooklist")
    for way, figures in middle.items():
        ratios = [value / base for value, base in zip(figures, middle["hooklist"], strict=True)]
        told = " ".join(f"{value:9.2f}" for value in figures)
        print(f"{way:18} {told}   " + " ".join(f"{ratio:5.2f}" for ratio in ratios))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""How fast and how large finding highlights is, by format, for very long sound, and beside a peer.

    python benchmarks/highlight.py SONGS… [--repeat 5]
    python benchmarks/highlight.py SONGS… --formats
    python benchmarks/highlight.py SONGS… --hours 3
    python benchmarks/highlight.py SONGS… --peer pychorus --peer-python PEER/bin/python

SONGS are files or folders of them. Without more, every song is asked for its highlight, in one
process after a first round that is not counted, and the best of the rounds stands for it. Formats
are made from the first song, repeated to four minutes. A peer answers for the same files in a
process of its own, one thread each, caches warm: it has run once before anything is counted. Last
comes the command, which hears as many files at once as there are cores.

Seconds of processor are what compares on a machine that has other work: songs/s are of one core.
How well highlights meet choruses is what `hooklist evaluate highlights` tells.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PEERS = Path(__file__).parent / "peers"
ENDINGS = {".mp3", ".flac", ".wav", ".ogg", ".opus", ".m4a", ".aac", ".aiff"}
FOUR_MINUTES = 240.0
RATE = 44_100
FORMATS: tuple[tuple[str, str, int], ...] = (  # name, codec, kbit/s; those without are lossless
    ("mp3 128", "libmp3lame", 128),
    ("mp3 192", "libmp3lame", 192),
    ("mp3 320", "libmp3lame", 320),
    ("flac", "", 0),
    ("wav", "", 0),
    ("ogg", "", 0),
    ("opus", "libopus", 128),
    ("m4a", "aac", 160),
)
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)


@dataclass(frozen=True)
class Run:
    """What one process did: its lines, and the seconds of clock and of processor it took in all."""

    lines: list[dict[str, Any]]
    clock: float
    processor: float

    @property
    def peak_mb(self) -> float:
        """Megabytes."""
        return max(float(line["peak_mb"]) for line in self.lines)


def run(script: str, files: Sequence[Path], python: str = sys.executable, *more: str) -> Run:
    """Return what a script of `peers` answers for files, in a fresh process with one thread."""
    with tempfile.TemporaryFile("w+") as complaints:
        begun = time.perf_counter()
        process = subprocess.Popen(
            [python, str(PEERS / script), *more, *map(str, files)],
            stdout=subprocess.PIPE,
            stderr=complaints,
            env=os.environ | ONE_THREAD,
            text=True,
        )
        assert process.stdout is not None
        lines = [json.loads(line) for line in process.stdout]
        _, status, used = os.wait4(process.pid, 0)
        clock = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        complaints.seek(0)
        said = complaints.read()[-500:]
    if process.returncode or len(lines) != len(files):
        raise SystemExit(f"{script} ended with {process.returncode}, {len(lines)} answers: {said}")
    return Run(lines, clock, used.ru_utime + used.ru_stime)


def best(lines: list[dict[str, Any]], songs: int) -> list[float]:
    """Return the least processor seconds of each of `songs` over rounds, but for the first."""
    return [
        min(float(line["processor"]) for line in lines[place::songs][1:]) for place in range(songs)
    ]


def songs_in(paths: list[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        inside = sorted(path.iterdir()) if path.is_dir() else [path]
        found += [file for file in inside if file.suffix.lower() in ENDINGS]
    return found


def length(path: Path) -> float:
    from highlighter.audio import probe

    return probe(path).duration


def each_song(files: list[Path], rounds: int) -> None:
    """Print what each song takes, for its highlight and for all that is told of a file."""
    seconds = [length(file) for file in files]
    print(f"{'s (cpu)':>8} {'all (cpu)':>9} {'length s':>9} {'start s':>8}  strategy")
    light = run("hooklist_peer.py", files * (rounds + 1))
    whole = run("hooklist_peer.py", files * (rounds + 1), sys.executable, "--study")
    ours, study = best(light.lines, len(files)), best(whole.lines, len(files))
    for file, line, took, more, long in zip(files, light.lines, ours, study, seconds, strict=False):
        print(
            f"{took:8.3f} {more:9.3f} {long:9.1f} {line['start']:8.2f}  {line['strategy']:10}"
            f" {file.name}"
        )
    of_all: list[tuple[str, list[float], Run]] = [("highlight", ours, light), ("all", study, whole)]
    for name, each, process in of_all:
        rate = sum(each) / sum(seconds) * FOUR_MINUTES
        print(
            f"{name}: {len(files)} songs of {sum(seconds) / 60:.1f} minutes,"
            f" {len(files) / sum(each):.2f} songs/s; per 4 minutes {rate:.3f} s of processor,"
            f" {1 / rate:.2f} songs/s; peak {process.peak_mb:.0f} MB"
        )


def four_minutes(source: Path) -> Any:
    """Return (n, 2) samples: a song, repeated or cut to four minutes."""
    import numpy as np

    from highlighter.audio import decode

    samples = decode(source, sample_rate=RATE).samples[:, :2]
    size = round(FOUR_MINUTES * RATE)
    samples = np.tile(samples, (-(-size // samples.shape[0]), 1))[:size]
    return samples if samples.shape[1] == 2 else np.repeat(samples, 2, axis=1)


def encode(path: Path, samples: Any, codec: str, kbits: int, **options: str) -> None:
    """Write samples with one of FFmpeg's encoders, or with libsndfile's where none is named."""
    import av
    import numpy as np
    import soundfile

    size = samples.shape[0]
    if not codec:
        with soundfile.SoundFile(path, "w", RATE, 2) as file:
            for first in range(0, size, 1 << 16):
                file.write(samples[first : first + (1 << 16)])
        return
    with av.open(str(path), "w", options=options) as container:
        stream: Any = container.add_stream(codec, rate=48_000 if codec == "libopus" else RATE)
        stream.layout, stream.bit_rate = "stereo", kbits * 1000
        for first in range(0, size, 4096):
            block = np.ascontiguousarray(samples[first : first + 4096].T)
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = RATE, first
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)


def encoded(source: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield four minutes of a song in each format, by its name."""
    samples = four_minutes(source)
    for name, codec, kbits in FORMATS:
        path = folder / f"song-{kbits}.{name.split()[0]}"
        encode(path, samples, codec, kbits)
        yield name, path


def formats(source: Path, rounds: int) -> None:
    """Print what four minutes take in each format, and a fresh process's first answer."""
    print(
        f"{'format':8} {'s (cpu)':>8} {'songs/s':>8} {'all (cpu)':>9} {'decode':>7}"
        f" {'first answer s (cpu)':>21} {'peak MB':>8}"
    )
    with tempfile.TemporaryDirectory() as folder:
        for name, path in encoded(source, Path(folder)):
            light = run("hooklist_peer.py", [path] * (rounds + 1))
            whole = run("hooklist_peer.py", [path] * 3, sys.executable, "--study")
            fresh = [run("hooklist_peer.py", [path]) for _ in range(3)]
            (took,), (study,) = best(light.lines, 1), best(whole.lines, 1)
            clock = min(one.clock for one in fresh)
            processor = min(one.processor for one in fresh)
            first = f"{clock:.2f} ({processor:.2f})"
            print(
                f"{name:8} {took:8.3f} {1 / took:8.2f} {study:9.3f} {decoding(path):7.3f}"
                f" {first:>21} {light.peak_mb:8.0f}",
                flush=True,
            )


def decoding(path: Path) -> float:
    """Return the least of three times to decode a file and do nothing with it."""
    from highlighter.audio import AudioStream

    took = []
    for _ in range(3):
        begun = time.process_time()
        with AudioStream(path) as stream:
            for _block in stream.blocks():
                pass
        took.append(time.process_time() - begun)
    return min(took)


def long_sound(source: Path, hours: float) -> None:
    """Print what hours of a song take as MP3 and as FLAC, each in a process of its own."""
    import soundfile

    samples = four_minutes(source)
    times = int(hours * 3600 / (FOUR_MINUTES + 0.1))  # an encoder adds up to a tenth to each
    with tempfile.TemporaryDirectory() as folder:
        once, mp3, flac = (Path(folder) / name for name in ("once.mp3", "long.mp3", "long.flac"))
        # Without headers, MP3s behind each other are one.
        encode(once, samples, "libmp3lame", 192, write_xing="0", id3v2_version="0")
        with mp3.open("wb") as file:
            for _ in range(times):
                file.write(once.read_bytes())
        with soundfile.SoundFile(flac, "w", RATE, 2) as sound:
            for _ in range(times):
                for first in range(0, samples.shape[0], 1 << 16):
                    sound.write(samples[first : first + (1 << 16)])
        del samples
        for path in (mp3, flac):
            long = run("hooklist_peer.py", [path])
            (line,) = long.lines
            print(
                f"{hours:g} h of {path.suffix[1:]}: {long.processor:.1f} s of processor,"
                f" {long.clock:.1f} s of clock, peak {long.peak_mb:.0f} MB;"
                f" {line['strategy']} at {line['start']:.1f} s",
                flush=True,
            )


@dataclass(frozen=True)
class Side:
    """Seconds a song, (of processor, of clock): in fresh processes, in one process, and again."""

    fresh: tuple[float, float]
    whole: tuple[float, float]
    again: tuple[float, float]
    peak_mb: float
    answered: int

    def cells(self) -> tuple[tuple[float, float], ...]:
        """Return the three pairs."""
        return self.fresh, self.whole, self.again


def side(script: str, files: list[Path], python: str) -> Side:
    """Return what a script of `peers` takes for files."""
    fresh = [run(script, [file], python) for file in files[:3]]
    whole = run(script, files, python)
    again = run(script, files * 2, python).lines[len(files) :]
    mean = statistics.mean
    return Side(
        (mean(one.processor for one in fresh), mean(one.clock for one in fresh)),
        (whole.processor / len(files), whole.clock / len(files)),
        (
            mean(float(line["processor"]) for line in again),
            mean(float(line["seconds"]) for line in again),
        ),
        whole.peak_mb,
        sum(line["start"] is not None for line in whole.lines),
    )


def beside(files: list[Path], name: str, python: str) -> None:
    """Print both side by side, and what the command does on all cores."""
    run(f"{name}_peer.py", files[:1], python)  # numba compiles, once per machine
    ours = side("hooklist_peer.py", files, sys.executable)
    theirs = side(f"{name}_peer.py", files, python)
    minutes = sum(length(file) for file in files) / 60.0
    print(f"\n{len(files)} songs, {minutes:.1f} minutes; seconds a song, of processor (of clock)")
    cases = ("fresh process each", "one process for all", "heard once before")
    print(f"{'':10}" + "".join(f"{case:>22}" for case in cases) + f"{'peak MB':>10}{'answers':>9}")
    for who, one in (("hooklist", ours), (name, theirs)):
        cells = "".join(f"{f'{busy:.3f} ({clock:.2f})':>22}" for busy, clock in one.cells())
        print(f"{who:10}{cells}{one.peak_mb:10.0f}{one.answered:9d}")
    ratios = [
        (their[0] / our[0], their[1] / our[1])
        for our, their in zip(ours.cells(), theirs.cells(), strict=True)
    ]
    cells = "".join(f"{f'{busy:.1f} ({clock:.1f})':>22}" for busy, clock in ratios)
    print(f"{'ratio':10}{cells}{theirs.peak_mb / ours.peak_mb:10.1f}")
    clock, peak = command(files)
    print(
        f"hooklist highlight, {os.cpu_count()} cores: {clock / len(files):.3f} s of clock a song,"
        f" {theirs.whole[1] * len(files) / clock:.1f} times as many songs/s as {name};"
        f" {peak:.0f} MB in all its processes, {theirs.peak_mb / peak:.1f} times less"
    )


def command(files: list[Path]) -> tuple[float, float]:
    """Return the clock seconds and the peak megabytes of `hooklist highlight`, children too."""
    begun, peak = time.perf_counter(), 0.0
    process = subprocess.Popen(
        [sys.executable, "-m", "webapp.cli", "highlight", "--json", *map(str, files)],
        stdout=subprocess.DEVNULL,
        env=os.environ | ONE_THREAD,
    )
    while process.poll() is None:
        peak = max(peak, resident_mb(process.pid))
        time.sleep(0.02)
    return time.perf_counter() - begun, peak


def resident_mb(process: int) -> float:
    """Return what a process and its children hold, what they share counted in each."""
    total = 0.0
    for one in [process, *children_of(process)]:
        try:
            pages = int(Path(f"/proc/{one}/statm").read_text(encoding="ascii").split()[1])
        except OSError:
            continue  # it has ended meanwhile
        total += pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)
    return total


def children_of(process: int) -> list[int]:
    found: list[int] = []
    for listed in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            found += map(int, listed.read_text(encoding="ascii").split())
        except OSError:
            continue
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("songs", nargs="+", type=Path, metavar="SONGS")
    parser.add_argument("--repeat", type=int, default=5, help="rounds that count (default 5)")
    parser.add_argument("--formats", action="store_true")
    parser.add_argument("--hours", type=float)
    parser.add_argument("--peer", choices=["pychorus"])
    parser.add_argument("--peer-python", default=sys.executable, metavar="INTERPRETER")
    options = parser.parse_args()
    files = songs_in(options.songs)
    if not files:
        raise SystemExit("there is no song to listen to")
    if options.formats:
        formats(files[0], options.repeat)
    if options.hours:
        long_sound(files[0], options.hours)
    if options.peer:
        beside(files, options.peer, options.peer_python)
    if not (options.formats or options.hours or options.peer):
        each_song(files, options.repeat)


if __name__ == "__main__":
    main()

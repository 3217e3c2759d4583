"""What a track of the generated library costs: seconds, megabytes, and bytes on disk, by genre.

Run: ``python benchmarks/generated_music.py [TRACKS_PER_GENRE]``. Times are of one process; peak
memory is that of the process so far, after the first genre practically that of the largest track.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

from standin import music


def main() -> None:
    each = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    folder = Path(tempfile.mkdtemp(prefix="generated-music-"))
    print("genre           tracks  length s   render s (cpu)   with FLAC s   FLAC MB   peak MB")
    total = cpu_total = worst = 0.0
    count = 0
    for genre in music.GENRES:
        tracks = [spec for spec in music.library() if spec.genre == genre][:each]
        wall = cpu = whole = size = 0.0
        for spec in tracks:
            start, cpu_start = time.perf_counter(), time.process_time()
            music.render(spec.id)
            took = time.perf_counter() - start
            wall += took
            cpu += time.process_time() - cpu_start
            worst = max(worst, took)
            start = time.perf_counter()
            path = music.cached_audio(spec.id, folder)
            whole += time.perf_counter() - start
            size += path.stat().st_size / 1e6
            path.unlink()
        number = len(tracks)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        length = sum(spec.duration for spec in tracks) / number
        print(
            f"{genre:15} {number:6} {length:9.1f} {wall / number:9.2f} ({cpu / number:4.2f})"
            f" {whole / number:12.2f} {size / number:9.1f} {peak:9.0f}"
        )
        total, cpu_total, count = total + wall, cpu_total + cpu, count + number
    print(
        f"mean {total / count:.2f} s a track (cpu {cpu_total / count:.2f}), slowest {worst:.2f} s"
    )
    folder.rmdir()


if __name__ == "__main__":
    main()

"""Music of known truth for `hooklist evaluate trailer --music DIR`: the generated library, in part.

    ./run python benchmarks/trailer_music.py DIR [--each 3] [--full house,pop,rock] [--most 11]

    ./run python benchmarks/trailer_music.py DIR --clicks 24

Renders `--each` tracks of every genre, and `--most` of those named by `--full` (so that playlists
of one genre can be drawn), and writes ``truth.json`` beside them: genre, key and beats of each, as
the library was composed. What is rendered already is not rendered again. About a second per track.
With `--clicks`, that many tracks of 40 s of clicks over a chord instead: 75 to 160 beats a minute,
each beat scattered by 3 ms, a deeper one on every fourth.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from standin import music


def write_clicks(folder: Path, count: int) -> int:
    """Write tracks of clicks and what is true of them."""
    import numpy as np
    import soundfile

    rate, length = 44_100, 40.0
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(20261121)
    said = {}
    for number in range(count):
        tempo = float(rng.uniform(75.0, 160.0))
        t = np.arange(round(length * rate)) / rate
        tones = 220.0 * 2.0 ** (rng.integers(0, 12) / 12.0) * np.array([1.0, 1.26, 1.5])
        signal = 0.03 * np.sin(2 * np.pi * tones[:, None] * t).sum(axis=0)
        beats = np.arange(0.3, length - 0.3, 60.0 / tempo)
        beats += rng.normal(0.0, 0.003, beats.size)
        decay = np.exp(-np.arange(round(0.08 * rate)) / (0.012 * rate))
        thump = np.sin(2 * np.pi * 60.0 * np.arange(decay.size) / rate)
        for place, first in enumerate(np.round(beats * rate).astype(int)):
            click = 0.3 * rng.standard_normal(decay.size) + 0.5 * thump * (place % 4 == 0)
            signal[first : first + decay.size] += decay * click
        name = f"clicks-{number:02d}.flac"
        soundfile.write(folder / name, np.clip(signal, -0.99, 0.99), rate)
        said[name] = {"genre": "clicks", "tempo": tempo, "beats": beats.round(6).tolist()}
    (folder / "truth.json").write_text(json.dumps(said), encoding="utf-8")
    print(f"{count} tracks and {folder / 'truth.json'}")
    return 0


def main() -> int:
    """Render, and write what is true."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--each", type=int, default=3)
    parser.add_argument("--full", default="house,pop,rock")
    parser.add_argument("--most", type=int, default=11)
    parser.add_argument("--clicks", type=int, default=0)
    options = parser.parse_args()
    if options.clicks:
        return write_clicks(options.folder, options.clicks)
    full = {name.strip() for name in options.full.split(",")}
    options.folder.mkdir(parents=True, exist_ok=True)
    taken: Counter[str] = Counter()
    said = {}
    for spec in music.library():
        if taken[spec.genre] >= (options.most if spec.genre in full else options.each):
            continue
        taken[spec.genre] += 1
        path = music.cached_audio(spec.id, options.folder)
        truth = music.truth(spec.id)
        said[path.name] = {
            "title": spec.title,
            "artists": list(spec.artists),
            "genre": spec.genre,
            "key": truth.key,
            "tempo": truth.tempo,
            "beats": list(truth.beats),
            "downbeats": list(truth.downbeats),
        }
        print(f"{len(said)} {path.name} {spec.genre}", file=sys.stderr)
    written = options.folder / "truth.json"
    written.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    print(f"{len(said)} tracks and {written}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

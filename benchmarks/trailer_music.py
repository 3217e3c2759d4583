"""Music of known truth for `hooklist evaluate trailer --music DIR`: the generated library, in part.

    ./run python benchmarks/trailer_music.py DIR [--each 3] [--full house,pop,rock] [--most 11]

Renders `--each` tracks of every genre, and `--most` of those named by `--full` (so that playlists
of one genre can be drawn), and writes ``truth.json`` beside them: genre, key and beats of each, as
the library was composed. What is rendered already is not rendered again. About a second per track.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from standin import music


def main() -> int:
    """Render, and write what is true."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--each", type=int, default=3)
    parser.add_argument("--full", default="house,pop,rock")
    parser.add_argument("--most", type=int, default=11)
    options = parser.parse_args()
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

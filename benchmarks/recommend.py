"""How long a recommendation takes, and what serving keeps in memory.

``./run python benchmarks/recommend.py CATALOGUE [--requests 300] [--seeds 5] [--length 30]``

Prints seconds to open, milliseconds per request (median, 95th percentile, slowest) on one thread
with random seeds, and resident megabytes before and after serving. With ``--playlists FILE.jsonl``
(``{"source", "tracks": [id…]}`` per line) instead the recall of held-out tracks for several weights
of the seeds' centre: 5 random tracks of a playlist are the seeds, the others are to be found among
the first 500; "blind" leaves out all tracks by the seeds' artists, among answers and among targets.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def percentiles(seconds: list[float]) -> dict[str, float]:
    return {
        "p50_ms": round(1e3 * float(np.percentile(seconds, 50)), 2),
        "p95_ms": round(1e3 * float(np.percentile(seconds, 95)), 2),
        "max_ms": round(1e3 * max(seconds), 2),
    }


def recall(path: Path, file: Path, source: str) -> dict[str, dict[str, float]]:
    from recommender import Recommender
    from recommender.candidates import distances, gather, representatives

    recommender = Recommender.open(path)
    catalogue = recommender.catalogue
    random = np.random.default_rng(0)
    cases = []
    for line in file.open(encoding="utf-8"):
        playlist = json.loads(line)
        known = dict.fromkeys(map(catalogue.row_of, playlist["tracks"]))
        rows = [row for row in known if row is not None]
        if playlist["source"] == source and len(rows) >= 15:
            random.shuffle(rows)
            cases.append((rows[:5], set(rows[5:])))
    table = {}
    for weight in (0.0, 0.25, 0.5, 0.75, 1.0):
        found, blind = [], []
        for seeds, targets in cases:
            _, vectors = recommender.vectors_of(seeds)
            centre = vectors.mean(axis=0, keepdims=True)
            asked = representatives(vectors)
            positions = gather(recommender.index, np.concatenate([centre, asked]), 4_000)
            near = recommender.vectors[positions]
            apart = weight * distances(near, centre)[:, 0]
            apart += (1.0 - weight) * distances(near, asked).min(axis=1)
            rows = recommender.placed[positions[np.argsort(apart, kind="stable")]]
            rows = rows[~np.isin(rows, seeds)]
            found.append(len(set(rows[:500].tolist()) & targets) / len(targets))
            codes = {code for seed in seeds for code in catalogue.artists_of(seed)}
            theirs = catalogue.rows_by_artists(codes)
            others = targets - set(theirs.tolist())
            if others:
                answers = set(rows[~np.isin(rows, theirs)][:500].tolist())
                blind.append(len(answers & others) / len(others))
        table[f"centre weight {weight}"] = {
            "recall@500": round(float(np.mean(found)), 4),
            "blind recall@500": round(float(np.mean(blind)), 4),
            "standard error": round(float(np.std(found) / len(found) ** 0.5), 4),
        }
    return {"playlists": {"count": len(cases)}, **table}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalogue", type=Path)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--length", type=int, default=30)
    parser.add_argument("--playlists", type=Path)
    parser.add_argument("--source", default="listeners")
    given = parser.parse_args()
    if given.playlists:
        print(json.dumps(recall(given.catalogue, given.playlists, given.source), indent=1))
        return

    started = time.perf_counter()
    from recommender import Recommender
    from recommender.wishes import Wishes

    recommender = Recommender.open(given.catalogue)
    opened = time.perf_counter() - started
    at_open = resident_mb()

    catalogue = recommender.catalogue
    random = np.random.default_rng(7)
    requests = [
        [track.id for track in catalogue.rows(random.integers(0, len(catalogue), given.seeds))]
        for _ in range(given.requests)
    ]
    words = [track.title.split(" ")[0] for track in catalogue.rows(range(0, 5_000, 50))]
    wishes = Wishes(length=given.length)
    recommender.recommend(requests[0], wishes)
    seconds, searches, short = [], [], 0
    for seeds in requests:
        begun = time.perf_counter()
        playlist = recommender.recommend(seeds, wishes)
        seconds.append(time.perf_counter() - begun)
        short += len(playlist.tracks) < given.length
    for word in words:
        begun = time.perf_counter()
        catalogue.search(word, 10)
        searches.append(time.perf_counter() - begun)
    print(
        json.dumps(
            {
                "rows": len(catalogue),
                "dimensions": recommender.space.dimensions,
                "open_s": round(opened, 2),
                "recommend": percentiles(seconds),
                "text_search": percentiles(searches),
                "short_playlists": short,
                "resident_mb_open": round(at_open),
                "resident_mb_served": round(resident_mb()),
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()

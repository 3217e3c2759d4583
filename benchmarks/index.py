"""Our indexes beside other libraries', at equal recall, on the vectors of a built catalogue.

``./run python benchmarks/index.py CATALOGUE [--peers PYTHON] [--queries 400] [--only NAME,NAME]``

Each engine runs in a process of its own on one thread: seconds to build, megabytes the process grew
by while building and holds at most, and milliseconds per query for 30 neighbours (median and 95th
percentile, one query at a time); ``cpu`` is processor time, for machines that do other things, too.
Those that search approximately look further and further until
their recall@30 against exact search is .98; half of the queries are vectors of the catalogue, half
are means of five random ones. ``scikit-learn`` is the brute-force Manhattan search of an earlier
system; it is exact in another distance, so its recall is its own. For ours there are also
requests as the recommender makes them: six queries at once for 256 neighbours, and the same with a
tenth and a half of the catalogue let through.

The others are no dependencies: ``--peers`` names the Python of an environment that has them
(``python -m venv PEERS && PEERS/bin/pip install scikit-learn voyager hnswlib usearch numpy``).
What is not installed there is left out, and said.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

K = 30
RECALL = 0.98
OURS = ("flat", "ivf")
PEERS = ("scikit-learn", "voyager", "hnswlib", "usearch")
EFFORTS = (16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
CONNECTIONS = 16
BUILD_EFFORT = 128

Search = Callable[[np.ndarray, int], np.ndarray]


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def milliseconds(search: Callable[[np.ndarray], Any], queries: list[np.ndarray]) -> dict[str, Any]:
    for query in queries[:5]:
        search(query)
    seconds, busy = [], []
    for query in queries:
        begun, worked = time.perf_counter(), time.thread_time()
        search(query)
        seconds.append(time.perf_counter() - begun)
        busy.append(time.thread_time() - worked)
    p50, p95 = (round(1e3 * float(np.percentile(seconds, at)), 3) for at in (50, 95))
    cpu = round(1e3 * float(np.percentile(busy, 95)), 3)
    return {"p50_ms": p50, "p95_ms": p95, "cpu_p95_ms": cpu}


def recall(found: np.ndarray, truth: np.ndarray) -> float:
    hits = [np.isin(right, left).mean() for left, right in zip(found, truth, strict=True)]
    return round(float(np.mean(hits)), 4)


def ours(name: str, vectors: np.ndarray, folder: Path) -> tuple[Any, dict[str, Any]]:
    from recommender.index import build_index, open_index

    facts = build_index(vectors, folder, kind=name)
    return open_index(folder, vectors, facts), facts


def peer(name: str, vectors: np.ndarray) -> Callable[[int], Search]:
    """Build another library's index; return what gives its search for an effort."""
    count, dimensions = vectors.shape
    if name == "scikit-learn":
        from sklearn.neighbors import NearestNeighbors

        brute = NearestNeighbors(algorithm="brute", metric="manhattan", n_jobs=1).fit(vectors)
        return lambda effort: lambda q, k: brute.kneighbors(q, k, return_distance=False)
    if name == "voyager":
        import voyager

        voyage = voyager.Index(
            voyager.Space.Euclidean, dimensions, M=CONNECTIONS, ef_construction=BUILD_EFFORT
        )
        voyage.add_items(vectors, num_threads=1)
        return lambda effort: (
            lambda q, k: voyage.query(q, k, num_threads=1, query_ef=max(effort, k))[0]
        )
    if name == "hnswlib":
        import hnswlib

        graph = hnswlib.Index("l2", dimensions)
        graph.init_index(count, M=CONNECTIONS, ef_construction=BUILD_EFFORT)
        graph.set_num_threads(1)
        graph.add_items(vectors, num_threads=1)

        def with_effort(effort: int) -> Search:
            graph.set_ef(max(effort, K))
            return lambda q, k: graph.knn_query(q, k, num_threads=1)[0]

        return with_effort
    from usearch.index import Index

    small = Index(
        ndim=dimensions,
        metric="l2sq",
        dtype="f32",
        connectivity=CONNECTIONS,
        expansion_add=BUILD_EFFORT,
    )
    small.add(np.arange(count), vectors, threads=1)

    def expanded(effort: int) -> Search:
        small.expansion_search = max(effort, K)
        return lambda q, k: np.atleast_2d(small.search(q, k, threads=1).keys)

    return expanded


def measure(name: str, folder: Path) -> dict[str, Any]:
    vectors = np.load(folder / "vectors.npy")
    queries, truth = np.load(folder / "queries.npy"), np.load(folder / "truth.npy")
    single = [queries[at : at + 1] for at in range(len(queries))]
    # Libraries load before the clock starts: what is measured is the index.
    result: dict[str, Any] = {"engine": name}
    if name in OURS:
        import recommender.index  # noqa: F401

        before, began, worked = resident_mb(), time.perf_counter(), time.process_time()
        index, facts = ours(name, vectors, folder)
        result["build_s"] = round(time.perf_counter() - began, 2)
        result["build_cpu_s"] = round(time.process_time() - worked, 2)
        result["grew_mb"] = round(resident_mb() - before, 1)
        result["recall"] = recall(index.search(queries, K)[1], truth)
        result |= milliseconds(lambda q: index.search(q, K), single)
        if "recall_at_30" in facts:
            result["measured_at_build"] = facts["recall_at_30"]
        random = np.random.default_rng(3)
        requests = [queries[random.permutation(len(queries))[:6]] for _ in range(100)]
        result["request"] = milliseconds(lambda q: index.search(q, 256), requests)
        for share in (0.1, 0.5):
            allowed = random.random(len(vectors)) < share

            def filtered(q: np.ndarray, allowed: np.ndarray = allowed) -> Any:
                return index.search(q, 256, allowed)

            result[f"request_of_{share}"] = milliseconds(filtered, requests)
    else:
        before, began, worked = resident_mb(), time.perf_counter(), time.process_time()
        search_for = peer(name, vectors)
        result["build_s"] = round(time.perf_counter() - began, 2)
        result["build_cpu_s"] = round(time.process_time() - worked, 2)
        result["grew_mb"] = round(resident_mb() - before, 1)
        efforts = EFFORTS if name != "scikit-learn" else EFFORTS[:1]
        some = len(queries) if name != "scikit-learn" else 40
        for effort in efforts:
            search = search_for(effort)
            result["effort"] = effort
            result["recall"] = recall(
                np.concatenate([search(query, K) for query in single[:some]]), truth[:some]
            )
            if result["recall"] >= RECALL or name == "scikit-learn":
                break
        if name == "scikit-learn":
            result["recall"] = 1.0
        result |= milliseconds(lambda q: search(q, K), single[:some])
    result["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6)
    return result


def prepare(catalogue: Path, folder: Path, count: int) -> int:
    """Lay the vectors, the queries and the exact answers ready for all engines."""
    from recommender.index import FlatIndex

    version = (catalogue / "CURRENT").read_text().strip()
    vectors = np.load(catalogue / "versions" / version / "vectors.npy")
    random = np.random.default_rng(1)
    half = count // 2
    mixed = vectors[random.integers(0, len(vectors), (count - half, 5))].mean(axis=1)
    queries = np.concatenate([vectors[random.integers(0, len(vectors), half)], mixed])
    queries = queries[random.permutation(count)].astype(np.float32)
    np.save(folder / "vectors.npy", vectors)
    np.save(folder / "queries.npy", queries)
    np.save(folder / "truth.npy", FlatIndex(vectors).search(queries, K)[1])
    return len(vectors)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalogue", type=Path)
    parser.add_argument("--peers", type=Path, metavar="PYTHON")
    parser.add_argument("--queries", type=int, default=400)
    parser.add_argument("--only", default=",".join([*OURS, *PEERS]))
    parser.add_argument("--engine", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.engine:
        print(json.dumps(measure(given.engine, given.catalogue)))
        return
    root = str(Path(__file__).resolve().parents[1])
    alone = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    environment = {**os.environ, **alone, "PYTHONPATH": root}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        rows = prepare(given.catalogue, folder, given.queries)
        print(json.dumps({"vectors": rows, "queries": given.queries, "neighbours": K}), flush=True)
        for name in given.only.split(","):
            python = sys.executable if name in OURS else str(given.peers or sys.executable)
            command = [python, __file__, str(folder), "--engine", name]
            done = subprocess.run(command, capture_output=True, text=True, env=environment)
            if done.returncode:
                why = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
                print(json.dumps({"engine": name, "left_out": why}), flush=True)
            else:
                print(done.stdout.strip(), flush=True)


if __name__ == "__main__":
    main()

"""How many jobs per second the job table hands out and takes back, durably.

    ./run python benchmarks/jobs.py                    SQLite, and a private PostgreSQL if installed
    ./run python benchmarks/jobs.py --url postgresql://…/name      another, empty database

Each job is claimed, and finished in a transaction of its own, with the settings Hooklist runs with
(SQLite: synchronous=FULL; PostgreSQL: fsync on). The private PostgreSQL needs the development set.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import threading
import time
from pathlib import Path

from webapp.jobs import Jobs
from webapp.store import migrate, open_engine


def rates(url: str, count: int, threads: int) -> tuple[float, float, float]:
    """Return jobs enqueued per second, claimed and finished per second, and the p95 in ms."""
    engine = open_engine(url, connections=threads + 2)
    migrate(engine)
    jobs = Jobs(engine)
    begun = time.perf_counter()
    for number in range(count):
        jobs.enqueue("benchmark", {"n": number}, user_id=None)
    enqueued = count / (time.perf_counter() - begun)
    taken: list[float] = []

    def work() -> None:
        table = Jobs(engine)
        while True:
            before = time.perf_counter()
            job = table.claim("benchmark", ["benchmark"])
            if job is None:
                return
            table.finish(job, {"n": job.payload["n"]})
            taken.append(time.perf_counter() - before)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    begun = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    finished = len(taken) / (time.perf_counter() - begun)
    if len(taken) != count or jobs.counts().get("done", 0) < count:
        raise SystemExit(f"{count} jobs were enqueued, {len(taken)} were done")
    engine.dispose()
    return enqueued, finished, statistics.quantiles(taken, n=20)[-1] * 1000


def report(name: str, url: str, options: argparse.Namespace) -> None:
    for threads in options.threads:
        enqueued, finished, p95 = rates(url, options.jobs, threads)
        print(
            f"| {name} | {threads} | {enqueued:.0f} | {finished:.0f} | {p95:.1f} |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", help="only this database; its jobs of kind benchmark are done")
    parser.add_argument("--jobs", type=int, default=1000, help="jobs per row (default 1000)")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 4])
    options = parser.parse_args()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {options.jobs} jobs a row")
    print("| database | threads | enqueue/s | claim + finish/s | p95 ms |")
    print("|---|---|---|---|---|")
    if options.url:
        report("given", options.url, options)
        return
    with tempfile.TemporaryDirectory() as folder:
        report("SQLite", f"sqlite:///{Path(folder)}/jobs.db", options)
    try:
        from tests.webapp.store.servers import postgres_binaries, postgres_server
    except ImportError:
        print("(PostgreSQL left out: the development set is not installed)")
        return
    if postgres_binaries() is None:
        print("(PostgreSQL left out: there is no server on this machine)")
        return
    with postgres_server(("-c", "listen_addresses=")) as url:
        report("PostgreSQL", url, options)


if __name__ == "__main__":
    main()

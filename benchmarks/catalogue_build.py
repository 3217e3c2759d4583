"""How long building a catalogue takes, and how much memory at its peak.

``./run python benchmarks/catalogue_build.py TABLE… [--out DIR] [--copies N]``

Prints the counts, seconds per phase, peak resident megabytes and the artefacts' size. ``--copies``
reads the tables N times over under other ids, to see how both grow.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from recommender import TableSource, build_catalogue
from recommender.catalogue.sources import RawChunk


@dataclass(frozen=True)
class Renamed:
    """A table whose ids and titles get a suffix, so that no row merges with the original."""

    table: TableSource
    copy: int

    @property
    def name(self) -> str:
        """Return the table's name with the copy's number."""
        return f"{self.table.name}-{self.copy}"

    @property
    def licence(self) -> str:
        """Return the table's licence."""
        return self.table.licence

    def chunks(self) -> Iterator[RawChunk]:
        """Yield the table's rows under other ids."""
        for chunk in self.table.chunks():
            columns = dict(chunk.columns)
            for column in ("id", "title"):
                if column in columns:
                    columns[column] = [f"{value} {self.copy}" for value in columns[column]]
            yield replace(chunk, columns=columns)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tables", type=Path, nargs="+")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--copies", type=int, default=1)
    given = parser.parse_args()
    tables = [TableSource(path) for path in given.tables]
    sources = [*tables, *(Renamed(t, n) for n in range(1, given.copies) for t in tables)]
    reached: dict[str, float] = {}
    started = time.perf_counter()

    def progress(phase: str, rows: int) -> None:
        reached.setdefault(phase, time.perf_counter() - started)

    with tempfile.TemporaryDirectory() as temporary:
        out = given.out or Path(temporary) / "catalogue"
        report = build_catalogue(sources, out, progress=progress)
        seconds = time.perf_counter() - started
        folder = out / "versions" / report.version
        size = sum(path.stat().st_size for path in folder.iterdir())
    print(
        json.dumps(
            {
                "read": report.read,
                "accepted": report.accepted,
                "merged": report.merged,
                "rejected": report.rejected,
                "seconds": round(seconds, 1),
                "phase_began_at_s": {phase: round(at, 1) for phase, at in reached.items()},
                "peak_resident_mb": round(
                    resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
                ),
                "artefacts_mb": round(size / 1e6, 1),
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()

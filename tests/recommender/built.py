"""Small catalogues, built and counted."""

from __future__ import annotations

import csv
from pathlib import Path

from recommender import build_catalogue, open_catalogue

ID_A = "4uLU6hMCjMI75M1A2tKUQC"
ID_B = "0VjIjW4GlUZAMYd2vXMi3b"


def row(**values):
    return {"id": "a", "title": "A", "artists": ["X"], "duration": 200.0, "energy": 0.5} | values


def built(tmp_path: Path, *sources):
    out = tmp_path / "catalogue"
    report = build_catalogue(sources, out)
    assert report.accepted + report.merged + report.rejected == report.read
    assert len(open_catalogue(out)) == report.accepted
    with report.rejects.open(encoding="utf-8", newline="") as stream:
        rejects = list(csv.DictReader(stream))
    assert len(rejects) == report.rejected
    return report, open_catalogue(out), rejects

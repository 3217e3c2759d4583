"""Which index a catalogue gets, and how it is opened again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from recommender.catalogue.artefacts import corrupt
from recommender.index.flat import FlatIndex
from recommender.index.ivf import CODES, IvfIndex, Tuning
from recommender.index.protocol import Floats, Index, Metric, Moved, checked_vectors
from recommender.index.segments import MOVED, REMOVED

Kind = Literal["auto", "flat", "ivf"]

IVF_FROM = 50_000
"""Vectors from which ``auto`` takes the inverted file; measured by ``benchmarks/index.py``."""

_MANIFEST = "manifest.json"


def build_index(
    vectors: Floats, folder: Path, *, kind: Kind = "auto", metric: Metric = "l2"
) -> dict[str, Any]:
    """Build the index of some vectors and write what it needs besides them.

    Parameters
    ----------
    vectors
        Shape (n, d), float32, C order.
    folder
        Where the files go.
    kind
        ``flat``, ``ivf``, or ``auto``: by how many vectors there are. Of none an ``ivf`` cannot be
        built; it becomes a ``flat``.
    metric
        ``l1`` is only served by ``flat``.

    Returns
    -------
    dict
        Facts to be kept, for `open_index`. An ``ivf`` has its recall among them, measured against
        exact search (`recommender.index.tune`).

    Raises
    ------
    ValueError
        The vectors are of the wrong kind, or no such index can be built of them.
    """
    checked_vectors(vectors)
    if kind == "auto":
        kind = "ivf" if metric == "l2" and len(vectors) >= IVF_FROM else "flat"
    if kind == "ivf" and not vectors.size:
        kind = "flat"
    if kind == "flat":
        return FlatIndex(vectors, metric=metric).save(folder)
    if kind != "ivf" or metric != "l2":
        raise ValueError(f"there is no index {kind!r} with metric {metric!r}")
    from recommender.index.tune import tuned

    measured = tuned(vectors, folder)
    return {
        "kind": "ivf",
        "metric": "l2",
        "main": len(vectors),
        "removed": 0,
        "moved": 0,
        **measured,
    }


def open_index(folder: Path, vectors: Floats, facts: Mapping[str, Any] | str | None) -> Index:
    """Open the index that `build_index` built or an index's `save` wrote.

    Parameters
    ----------
    folder
        Where its files are.
    vectors
        Shape (capacity, d): those it was built of and those added since.
    facts
        What `build_index` or `save` returned. None, and the ``"flat"`` that older catalogues have
        there, is a flat index of all vectors.

    Raises
    ------
    CatalogueCorrupt
        The facts make no sense, or a file is missing or damaged.
    """
    if facts is None or facts == "flat":
        return FlatIndex(vectors)
    try:
        if isinstance(facts, str):
            raise ValueError(f"there is no index {facts!r}")
        kind, metric = facts["kind"], _metric(facts["metric"])
        removed = _positions(folder / REMOVED, int(facts["removed"]))
        if kind == "flat":
            return FlatIndex(vectors, removed=removed, metric=metric)
        if kind != "ivf":
            raise ValueError(f"there is no index {kind!r}")
        tuning = Tuning(
            probes=tuple((int(k), int(lists)) for k, lists in facts["probes"]),
            depth=float(facts["depth"]),
            widen=float(facts["widen"]),
        )
        return IvfIndex(
            vectors,
            codes=folder / CODES,
            tuning=tuning,
            facts=dict(facts),
            main=int(facts["main"]),
            removed=removed,
            moved=_positions(folder / MOVED, int(facts["moved"])),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise corrupt(folder / _MANIFEST, f"its index cannot be opened: {error}") from error


def _metric(name: Any) -> Metric:
    if name == "l1":
        return "l1"
    if name != "l2":
        raise ValueError(f"there is no metric {name!r}")
    return "l2"


def _positions(path: Path, count: int) -> Moved | None:
    if not count:
        return None
    try:
        positions: Moved = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise corrupt(path, str(error)) from error
    if positions.shape != (count,) or positions.dtype != np.int32:
        raise corrupt(path, "it does not hold the positions that the manifest tells of")
    return positions

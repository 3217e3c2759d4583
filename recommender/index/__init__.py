"""Nearest neighbours: one protocol, so that another engine can take FAISS's place.

``flat``
    Compares with every vector; exact.
``ivf``
    An inverted file with 8-bit codes, re-ranked by the vectors themselves; for large catalogues.
"""

from __future__ import annotations

from recommender.index.choose import build_index, open_index
from recommender.index.flat import FlatIndex
from recommender.index.ivf import IvfIndex
from recommender.index.protocol import Allowed, Floats, Index, Metric, Positions

__all__ = [
    "Allowed",
    "FlatIndex",
    "Floats",
    "Index",
    "IvfIndex",
    "Metric",
    "Positions",
    "build_index",
    "open_index",
]

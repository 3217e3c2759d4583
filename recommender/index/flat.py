"""The exact index: compares with every vector."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np

from recommender.index.exact import nearest
from recommender.index.protocol import Allowed, Floats, Positions
from recommender.index.segments import SegmentedIndex, State, search_exactly

_OVERFETCHED = 512


class FlatIndex(SegmentedIndex):
    """Exact search over vectors that stay where they are, memory-mapped or not.

    With a filter only the vectors that pass are compared. Parameters are those of
    `SegmentedIndex`; every metric is served.
    """

    kind: ClassVar[str] = "flat"

    def _search_main(
        self, state: State, queries: Floats, k: int, passing: Allowed | None
    ) -> tuple[Floats, Positions]:
        vectors = state.main
        if passing is None:
            return nearest(queries, vectors, min(k, len(vectors)), self._metric)
        barred = len(passing) - int(np.count_nonzero(passing))
        if 0 < barred <= min(_OVERFETCHED, len(vectors) - k):
            # Asking for as many more as are barred, and leaving those out, copies nothing.
            found, at = nearest(queries, vectors, k + barred, self._metric)
            order = np.argsort(~passing[at], axis=1, kind="stable")[:, :k]
            return np.take_along_axis(found, order, axis=1), np.take_along_axis(at, order, axis=1)
        return search_exactly(queries, vectors, k, self._metric, passing)

    def compact(self) -> Positions:
        """Give what is left positions from 0 on; see `Index.compact`."""
        kept = super().compact()
        with self._writing:
            # There is no main segment apart from the vectors that could be told where they are.
            self._state = replace(self._state, moved=None)
        return kept

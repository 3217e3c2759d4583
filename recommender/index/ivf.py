"""The index for large catalogues: an inverted file of 8-bit codes, re-ranked by the vectors.

Sivic and Zisserman, "Video Google", ICCV 2003 (the inverted file); Jégou, Douze, Schmid, "Product
quantization for nearest neighbor search", IEEE TPAMI 33(1), 2011 (IVF with codes and re-ranking);
the codes here are scalar, one byte a dimension, searched by FAISS on one thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from recommender.catalogue.artefacts import corrupt, link_or_copy
from recommender.index.exact import ordered
from recommender.index.protocol import Allowed, Floats, Moved, Positions
from recommender.index.segments import SegmentedIndex, State, search_exactly

CODES = "index_ivf.faiss"
"""The file of the inverted lists."""

_SECONDS_PER_PROBED = 12e-9
_SECONDS_PER_COMPARED = 4.5e-9
_SECONDS_PER_GATHERED = 50e-9
_RERANKED_AT_ONCE = 32
_BARRED_AT_MOST = 256


@dataclass(frozen=True)
class Tuning:
    """How far to look, measured at the build (`recommender.index.tune`).

    Attributes
    ----------
    probes
        For some numbers of neighbours, rising, how many lists to probe. More neighbours than the
        last are searched for exactly.
    depth
        How many times more candidates than asked are re-ranked by their vectors.
    widen
        How many vectors that pass a filter are met before the search ends, against those met
        without one; never are fewer lists probed than without one.
    """

    probes: tuple[tuple[int, int], ...]
    depth: float
    widen: float

    def lists_for(self, k: int) -> int | None:
        """Return how many lists to probe for `k` neighbours; None to search exactly instead."""
        for upto, lists in self.probes:
            if k <= upto:
                return lists
        return None

    def candidates_for(self, k: int) -> int:
        """Return how many candidates to re-rank for `k` neighbours."""
        return int(np.ceil(k * self.depth)) + 16


class IvfIndex(SegmentedIndex):
    """Approximate search with measured recall; exact where that costs less.

    With a filter so many lists are probed that they hold as many vectors that pass as a search
    without one would meet. Where few pass, these are compared one by one, which is exact.

    Parameters
    ----------
    vectors, main, removed, moved
        As in `SegmentedIndex`; Euclidean distance only.
    codes
        The file that `recommender.index.tune` made of the main segment.
    tuning
        How far to look.
    facts
        What was measured at the build, to be kept with the index.

    Raises
    ------
    CatalogueCorrupt
        The file cannot be read or is not of these vectors.
    """

    kind: ClassVar[str] = "ivf"

    def __init__(
        self,
        vectors: Floats,
        *,
        codes: Path,
        tuning: Tuning,
        facts: dict[str, Any],
        main: int | None = None,
        removed: Positions | Moved | None = None,
        moved: Moved | None = None,
    ) -> None:
        import faiss

        super().__init__(vectors, main=main, removed=removed, moved=moved)
        self._faiss: Any = faiss
        self._codes = codes
        self._tuning = tuning
        self._facts = facts
        try:
            # This flag leaves the lists where they are, mapped, without the prefetching threads
            # that the older flag for mapped lists starts at every search.
            self._lists: Any = faiss.read_index(str(codes), faiss.IO_FLAG_MMAP_IFC)
        except (RuntimeError, OSError) as error:
            raise corrupt(codes, "it is not an index") from error
        lists: Any = self._lists
        if type(lists) is not faiss.IndexIVFScalarQuantizer or (lists.d, lists.ntotal) != (
            self.dimensions,
            len(self._state.main if moved is None else moved),
        ):
            raise corrupt(codes, "it is not the index of the vectors beside it")
        self._by_list, self._list_starts = self._read_lists()
        centres = lists.quantizer.reconstruct_n(0, lists.nlist)
        self._centres = np.ascontiguousarray(centres.T)
        self._half_norms = (centres * centres).sum(axis=1) / 2.0

    def _read_lists(self) -> tuple[np.ndarray[Any, Any], Positions]:
        """Return the positions list after list, and where each list starts."""
        inverted = self._lists.invlists
        sizes = [inverted.list_size(one) for one in range(self._lists.nlist)]
        starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        by_list = np.empty(int(starts[-1]), dtype=np.int32)
        for one, size in enumerate(sizes):
            if size:
                ids = self._faiss.rev_swig_ptr(inverted.get_ids(one), size)
                by_list[starts[one] : starts[one + 1]] = ids
        total = self._lists.ntotal
        if len(by_list) != total or (total and not 0 <= by_list.min() <= by_list.max() < total):
            raise corrupt(self._codes, "it names vectors that are not there")
        return by_list, starts

    @property
    def lists(self) -> int:
        """How many lists there are."""
        return int(self._lists.nlist)

    def retune(self, tuning: Tuning) -> None:
        """Look as far as `tuning` says from now on; to measure with."""
        self._tuning = tuning

    def _search_main(
        self, state: State, queries: Floats, k: int, passing: Allowed | None
    ) -> tuple[Floats, Positions]:
        count = len(state.main) if passing is None else int(np.count_nonzero(passing))
        lists = self._tuning.lists_for(min(k, count))
        if not count or lists is None or self._exact_is_cheaper(state, len(queries), lists, count):
            return search_exactly(queries, state.main, k, self._metric, passing)
        return self._probe(state, queries, min(k, count), lists, passing)

    def _exact_is_cheaper(self, state: State, queries: int, lists: int, count: int) -> bool:
        """Compare what probing and comparing cost, by what each vector met costs in either."""
        size = len(state.main)
        met = lists * size / self.lists
        compared = count * queries * _SECONDS_PER_COMPARED
        if count < size:
            met = min(size, met * self._tuning.widen * size / count)
            compared += count * _SECONDS_PER_GATHERED
        return bool(compared <= met * queries * _SECONDS_PER_PROBED)

    def probe(
        self, queries: Floats, k: int, lists: int, passing: Allowed | None = None
    ) -> tuple[Floats, Positions]:
        """Return the `k` nearest of the main segment that are met in so many lists, or more.

        Parameters
        ----------
        queries
            Shape (q, d), float32.
        k
            From 1 to the number that pass.
        lists
            Lists to probe without a filter; with one, to meet as many vectors that pass.
        passing
            Shape (main,), the positions that may come; all when None.
        """
        return self._probe(self._state, queries, k, lists, passing)

    def _probe(
        self, state: State, queries: Floats, k: int, lists: int, passing: Allowed | None
    ) -> tuple[Floats, Positions]:
        depth = min(self._tuning.candidates_for(k), self._lists.ntotal)
        spare = 0 if passing is None else _spare(passing, depth)
        if passing is None or spare is not None:
            most = min(depth + (spare or 0), self._lists.ntotal)
            candidates = self._candidates(state, queries, most, lists)
        if passing is not None and spare is not None:
            candidates[(candidates < 0) | ~passing[candidates]] = -1
            poor = np.flatnonzero((candidates >= 0).sum(axis=1) < depth)
            if len(poor):
                candidates[poor] = -1
                filtered = self._candidates(state, queries[poor], depth, lists, passing)
                candidates[poor, :depth] = filtered
        elif passing is not None:
            candidates = self._candidates(state, queries, depth, lists, passing)
        found, at = _reranked(queries, state.main, candidates, k)
        short = np.flatnonzero(at[:, -1] < 0) if at.shape[1] == k else np.arange(len(queries))
        if len(short) == len(queries):
            return search_exactly(queries, state.main, k, self._metric, passing)
        if len(short):
            # The nearest lists held too few: only comparing with all finds what was asked.
            found[short], at[short] = search_exactly(
                queries[short], state.main, k, self._metric, passing
            )
        return found, at

    def _candidates(
        self, state: State, queries: Floats, depth: int, lists: int, passing: Allowed | None = None
    ) -> Positions:
        """Return the nearest by their codes, shape (q, depth), -1 where there are no more."""
        self._faiss.omp_set_num_threads(1)
        if passing is None:
            asked = self._faiss.SearchParametersIVF(nprobe=lists)
        else:
            # What has gone from the main segment is at -1, where nothing passes.
            flags = passing if state.moved is None else np.append(passing, False)[state.moved]
            lists = self._lists_to_meet(queries, lists, flags)
            selector = self._faiss.IDSelectorBitmap(np.packbits(flags, bitorder="little"))
            asked = self._faiss.SearchParametersIVF(nprobe=lists, sel=selector)
        found: Positions = self._lists.search(queries, depth, params=asked)[1]
        if state.moved is None:
            return found
        return np.where(found < 0, -1, state.moved[found]).astype(np.int64)

    def _lists_to_meet(self, queries: Floats, lists: int, passing: Allowed) -> int:
        """Return how many lists each query must probe to meet enough that passes."""
        starts = self._list_starts
        filled = np.flatnonzero(starts[1:] > starts[:-1])
        per_list = np.zeros(self.lists, dtype=np.int64)
        flags = passing[self._by_list].view(np.uint8)
        per_list[filled] = np.add.reduceat(flags, starts[filled], dtype=np.int32)
        wanted = lists * len(passing) / self.lists * self._tuning.widen
        order = np.argsort(self._half_norms - queries @ self._centres, axis=1)
        met = np.cumsum(per_list[order], axis=1)
        needed = (met < wanted).sum(axis=1) + 1
        return int(np.clip(needed.max(), lists, self.lists))

    def save(self, folder: Path) -> dict[str, Any]:
        """Write what `open_index` needs besides the vectors; see `Index.save`."""
        link_or_copy(self._codes, folder / CODES)
        return {**self._facts, **super().save(folder)}


def _spare(passing: Allowed, depth: int) -> int | None:
    """Return how many more candidates make up for those that do not pass; None if too few do.

    Where nearly all pass, to search without the filter and to leave out what does not pass takes
    half the time.
    """
    barred = len(passing) - int(np.count_nonzero(passing))
    if barred <= _BARRED_AT_MOST:
        return barred
    return depth // 2 if barred * 10 <= len(passing) else None


def _reranked(
    queries: Floats, vectors: Floats, candidates: Positions, k: int
) -> tuple[Floats, Positions]:
    """Sort candidates by the distance of their vectors; those of position -1 come last."""
    distances = np.empty(candidates.shape, dtype=np.float32)
    for start in range(0, len(queries), _RERANKED_AT_ONCE):
        some = slice(start, start + _RERANKED_AT_ONCE)
        apart = vectors[candidates[some]]
        apart -= queries[some, None, :]
        distances[some] = np.sqrt(np.einsum("qcd,qcd->qc", apart, apart))
    distances[candidates < 0] = np.inf
    return ordered(distances, candidates, k)

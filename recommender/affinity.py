"""How likely a track is wanted because the seeds' artists made it.

A list that began with all tracks of the seeds' artists would be hard to beat where artists have a
dozen tracks in the catalogue, and useless where one has six hundred: each single track of a
prolific artist is wanted less often. On listeners' playlists the share of a seed artist's tracks
that the playlist has falls from 4–5 % for artists with about ten tracks to 0.5 % beyond 250
(docs/evaluation.md). Nearness follows that: less by the logarithm of what the artist has here,
more for an artist of several seeds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

USUAL_TRACKS = 30
"""An artist with so many tracks in the catalogue counts as nearer by just the affinity."""

PER_LOG_TRACKS = 0.2
"""Share of the affinity lost per natural logarithm of more tracks."""

PER_SEED = 0.4
"""Share of the affinity won per further seed of the artist, for two at most."""

LEAST, MOST = 0.1, 2.5

Rows = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class Nearness:
    """The tracks of some seeds' artists.

    Attributes
    ----------
    rows
        Rising, each once; the seeds are among them.
    shares
        By how many affinities each is nearer.
    artists
        Which of the seeds' artists each is there for.
    """

    rows: Rows
    shares: Floats
    artists: Rows


class ArtistAffinity:
    """Finds the tracks of the seeds' artists.

    Parameters
    ----------
    offsets, codes
        Row r's artists are ``codes[offsets[r]:offsets[r + 1]]``.
    """

    def __init__(self, offsets: np.ndarray[Any, Any], codes: np.ndarray[Any, Any]) -> None:
        rows = np.repeat(np.arange(len(offsets) - 1, dtype=np.int32), np.diff(offsets))
        order = np.argsort(codes, kind="stable")
        self._offsets, self._codes = offsets, codes
        self._rows = rows[order]
        count = int(codes.max()) + 1 if len(codes) else 0
        self._starts = np.searchsorted(codes[order], np.arange(count + 1)).astype(np.int32)

    def nearness(self, seeds: Sequence[int] | Rows) -> Nearness:
        """Return the rows by any of the seeds' artists; one by several counts for the nearest."""
        credited = [
            sorted(set(self._codes[self._offsets[r] : self._offsets[r + 1]].tolist()))
            for r in seeds
        ]
        seen = Counter(code for codes in credited for code in codes)
        if not seen:
            none = np.zeros(0, dtype=np.int64)
            return Nearness(none, np.zeros(0, dtype=np.float32), none)
        artists = np.array(sorted(seen), dtype=np.int64)
        counts = np.array([seen[code] for code in artists.tolist()])
        starts, ends = self._starts[artists], self._starts[artists + 1]
        tracks = ends - starts
        pieces = zip(starts.tolist(), ends.tolist(), strict=True)
        rows = np.concatenate([self._rows[start:end] for start, end in pieces])
        shares = np.repeat(self.shares(tracks, counts), tracks)
        order = np.lexsort((-shares, rows))
        rows = rows[order]
        first = np.ones(len(rows), dtype=bool)
        np.not_equal(rows[1:], rows[:-1], out=first[1:])
        chosen = order[first]
        return Nearness(
            rows[first].astype(np.int64), shares[chosen], np.repeat(artists, tracks)[chosen]
        )

    def rows_of(self, artists: Iterable[int]) -> Rows:
        """Return the rows credited to any of some artists, rising, each once."""
        pieces = [self._rows[self._starts[a] : self._starts[a + 1]] for a in artists]
        if not pieces:
            return np.zeros(0, dtype=np.int64)
        return np.unique(np.concatenate(pieces)).astype(np.int64)

    @staticmethod
    def shares(tracks: np.ndarray[Any, Any], seeds: np.ndarray[Any, Any]) -> Floats:
        """Return by how many affinities artists' tracks are nearer.

        Parameters
        ----------
        tracks
            How many the catalogue has of each artist, at least 1.
        seeds
            How many of the seeds are by each, at least 1.
        """
        prolific = PER_LOG_TRACKS * np.log(tracks / USUAL_TRACKS)
        insistent = PER_SEED * np.minimum(seeds - 1, 2)
        shares: Floats = np.clip(1.0 + insistent - prolific, LEAST, MOST).astype(np.float32)
        return shares


def surplus(groups: np.ndarray[Any, Any], quota: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return which entries come after the first `quota` of their group; group -1 has no limit."""
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    starts = np.searchsorted(ordered, ordered, side="left")
    late = np.empty(len(groups), dtype=bool)
    late[order] = (np.arange(len(groups)) - starts >= quota) & (ordered >= 0)
    return late

"""Playlists drawn by chance: across all sources, within each, and of one genre."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice

import numpy as np

from highlighter.evaluation.trailers.learning import Known

TRACKS = 10
"""Of a playlist."""

ACROSS = "all sources"


@dataclass(frozen=True, slots=True)
class Playlist:
    """Tracks in the order in which they were drawn.

    Attributes
    ----------
    number
        From 0.
    kind
        `ACROSS`, the name of a source, or ``genre: …``.
    tracks
        As drawn, none twice.
    """

    number: int
    kind: str
    tracks: tuple[Known, ...]


def draw_playlists(
    pool: Sequence[Known], count: int, seed: int, tracks: int = TRACKS
) -> tuple[Playlist, ...]:
    """Return playlists; every second is drawn from everything, the others in turn from one group.

    Parameters
    ----------
    pool
        What can be heard.
    count
        Of playlists.
    seed
        The same seed and pool give the same playlists, and a larger count only adds some.
    tracks
        Of each; fewer where the whole pool has fewer. Groups with fewer are not drawn from.
    """
    everything = list(range(len(pool)))
    tracks = min(tracks, len(everything))
    groups: list[tuple[str, list[int]]] = []
    for source in sorted({one.pool.source for one in pool}):
        members = [i for i in everything if pool[i].pool.source == source]
        groups.append((source, members))
    genres = Counter(one.pool.genre.casefold() for one in pool if one.pool.genre)
    for genre in sorted(genres):
        members = [i for i in everything if pool[i].pool.genre.casefold() == genre]
        # A source of one genre is a group already.
        if all(set(members) != set(other) for _, other in groups):
            groups.append((f"genre: {genre}", members))
    groups = [(name, members) for name, members in groups if len(members) >= tracks]
    kinds = [part for group in groups for part in ((ACROSS, everything), group)]
    found = []
    for number, (name, members) in enumerate(islice(cycle(kinds or [(ACROSS, everything)]), count)):
        rng = np.random.default_rng([seed, number])
        drawn = rng.choice(members, size=tracks, replace=False)
        found.append(Playlist(number, name, tuple(pool[int(i)] for i in drawn)))
    return tuple(found)

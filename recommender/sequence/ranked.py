"""The bare ranking in playing order: no song twice, no artist too often or too close."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass

from recommender.sequence.model import WINDOW, Spacing


@dataclass(frozen=True)
class Sequenced:
    """Rows in playing order, and whether there were as many as asked."""

    rows: tuple[int, ...]
    complete: bool


def sequence(
    ranked: Iterable[int],
    length: int,
    spacing: Spacing,
    artists: Callable[[int], Sequence[int]],
    identity: Callable[[int], Collection[Hashable]],
    taken: Collection[Hashable] = (),
) -> Sequenced:
    """Pick rows for each place in turn: the best one that may stand there.

    A row that may not stand here yet waits and is first in line again; so the order stays the
    rank's, bent only as far as the rules need.

    Parameters
    ----------
    ranked
        Row numbers, best first.
    length
        How many are wanted.
    spacing
        The rule for artists; a row without artists is bound by none.
    artists
        A row's artists, the first one first.
    identity
        What makes two rows the same song; sharing one value is enough.
    taken
        Identities that may not come at all (those of the seeds).
    """
    chosen: list[int] = []
    used = set(taken)
    places: dict[int, list[int]] = {}
    waiting: dict[int, deque[tuple[int, int]]] = {}
    supply = enumerate(ranked)

    def may_stand(row: int) -> bool:
        here = len(chosen)
        for artist in artists(row):
            past = places.get(artist)
            if not past:
                continue
            if here - past[-1] <= spacing.gap:
                return False
            if spacing.cap is not None:
                recent = sum(1 for place in past[-spacing.cap :] if here - place < WINDOW)
                if recent >= spacing.cap:
                    return False
        return True

    def next_waiting() -> int | None:
        best: tuple[int, int] | None = None
        for queue in waiting.values():
            while queue and not used.isdisjoint(identity(queue[0][1])):
                queue.popleft()
            if queue and (best is None or queue[0] < best) and may_stand(queue[0][1]):
                best = queue[0]
        if best is None:
            return None
        waiting[artists(best[1])[0]].popleft()
        return best[1]

    while len(chosen) < length:
        row = next_waiting() if waiting else None
        while row is None:
            rank, candidate = next(supply, (-1, -1))
            if rank < 0:
                return Sequenced(tuple(chosen), False)
            if not used.isdisjoint(identity(candidate)):
                continue
            if may_stand(candidate):
                row = candidate
            else:
                first = artists(candidate)[0]
                waiting.setdefault(first, deque()).append((rank, candidate))
        for artist in artists(row):
            places.setdefault(artist, []).append(len(chosen))
        used.update(identity(row))
        chosen.append(row)
    return Sequenced(tuple(chosen), True)

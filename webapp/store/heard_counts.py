"""How often each second of a piece of audio was heard, skipped and replayed, by everybody."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

from sqlalchemy import Connection, Engine, RowMapping, delete, func, select, update

from webapp.store.clock import Clock
from webapp.store.engine import once_more, reading, writing
from webapp.store.schema import HEARD_COUNT

Kind: TypeAlias = Literal["heard", "skipped", "replayed"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Span: TypeAlias = tuple[int, int]
"""Whole seconds of a track, the first and the one behind the last."""

MOST_SECONDS = 3 * 60 * 60
"""Seconds of a track that are counted; what is said of later ones is dropped."""
MOST_COUNT = 1_000
"""When a second was counted so often, all counts of its track are halved: their proportions stay,
new listeners weigh more than old ones, and a row stays small."""

_KEYS_PER_QUERY = 500


@dataclass(frozen=True, slots=True)
class HeardCount:
    """What became of the seconds of one piece of audio that listeners were offered.

    Attributes
    ----------
    content_key
        Of the audio's bytes, such as their SHA-256.
    heard, skipped, replayed
        Counts from second 0 on, all equally long. A listener to whom a second was offered has
        either heard or skipped it; who hears it once more has replayed it.
    updated_at
        Seconds since the epoch.
    """

    content_key: str
    heard: tuple[int, ...]
    skipped: tuple[int, ...]
    replayed: tuple[int, ...]
    updated_at: float


class HeardCounts:
    """The counts. No user is in them.

    Parameters
    ----------
    engine
        From `webapp.store.open_engine`.
    clock
        Seconds since the epoch.
    """

    def __init__(self, engine: Engine, clock: Clock = time.time) -> None:
        self._engine = engine
        self._clock = clock

    def add(self, spans: Mapping[str, Mapping[Kind, Sequence[Span]]]) -> None:
        """Count one more for each second of each span, all or nothing; several may do so at once.

        Parameters
        ----------
        spans
            By content key and kind. What lies beyond `MOST_SECONDS` or before 0 is dropped.
        """
        if not spans:
            return

        def add() -> None:
            with writing(self._engine) as connection:
                # Always in one order, so that two writers cannot wait for each other.
                for content_key in sorted(spans):
                    self._add(connection, content_key, spans[content_key])

        once_more(add, which="what was heard")

    def get(self, content_key: str) -> HeardCount | None:
        """Return the counts of a piece of audio, or None if nobody was offered it yet."""
        return self.get_many([content_key]).get(content_key)

    def get_many(self, content_keys: Iterable[str]) -> dict[str, HeardCount]:
        """Return the counts there are, by content key."""
        keys = list(dict.fromkeys(content_keys))
        found: dict[str, HeardCount] = {}
        with reading(self._engine) as connection:
            for start in range(0, len(keys), _KEYS_PER_QUERY):
                some = HEARD_COUNT.c.content_key.in_(keys[start : start + _KEYS_PER_QUERY])
                for row in connection.execute(select(HEARD_COUNT).where(some)).mappings():
                    found[row["content_key"]] = _count(row)
        return found

    def each(self, page: int = 200) -> Iterator[HeardCount]:
        """Yield all counts by content key, read page by page."""
        last = ""
        while True:
            query = (
                select(HEARD_COUNT)
                .where(HEARD_COUNT.c.content_key > last)
                .order_by(HEARD_COUNT.c.content_key)
                .limit(page)
            )
            with reading(self._engine) as connection:
                rows = connection.execute(query).mappings().all()
            yield from map(_count, rows)
            if len(rows) < page:
                return
            last = rows[-1]["content_key"]

    def totals(self) -> dict[Kind, int]:
        """Return how many seconds were heard, skipped and replayed of all audio together."""
        sums = [func.coalesce(func.sum(HEARD_COUNT.c[kind]), 0) for kind in KINDS]
        with reading(self._engine) as connection:
            row = connection.execute(select(*sums)).one()
        return {kind: int(total) for kind, total in zip(KINDS, row, strict=True)}

    def delete(self, content_key: str) -> bool:
        """Forget what was counted of a piece of audio; return whether there was anything."""
        gone = delete(HEARD_COUNT).where(HEARD_COUNT.c.content_key == content_key)
        with writing(self._engine) as connection:
            return connection.execute(gone).rowcount > 0

    def delete_all(self) -> int:
        """Forget all counts; return of how many pieces of audio."""
        with writing(self._engine) as connection:
            return connection.execute(delete(HEARD_COUNT)).rowcount

    def _add(
        self, connection: Connection, content_key: str, spans: Mapping[Kind, Sequence[Span]]
    ) -> None:
        mine = HEARD_COUNT.c.content_key == content_key
        locked = select(HEARD_COUNT.c.counts).where(mine).with_for_update()
        kept = connection.execute(locked).scalar()
        counts = _counted(kept or {}, spans)
        now = self._clock()
        values: dict[str, Any] = {
            "counts": counts,
            **{kind: sum(counts[kind]) for kind in KINDS},
            "updated_at": now,
        }
        if kept is not None:
            connection.execute(update(HEARD_COUNT).where(mine).values(values))
        elif counts["heard"]:
            row = {"content_key": content_key, "created_at": now, **values}
            connection.execute(HEARD_COUNT.insert().values(row))


def _counted(
    kept: Mapping[str, Sequence[int]], spans: Mapping[Kind, Sequence[Span]]
) -> dict[Kind, list[int]]:
    """Return the counts with one more for each second of each span."""
    inside = {
        kind: [(max(0, first), min(end, MOST_SECONDS)) for first, end in spans.get(kind, ())]
        for kind in KINDS
    }
    ends = [end for some in inside.values() for first, end in some if end > first]
    length = max([len(kept.get("heard", ())), *ends])
    counts: dict[Kind, list[int]] = {}
    for kind in KINDS:
        row = list(kept.get(kind, ()))
        row += [0] * (length - len(row))
        for first, end in inside[kind]:
            for second in range(first, end):
                row[second] += 1
        counts[kind] = row
    if any(count > MOST_COUNT for row in counts.values() for count in row):
        return {kind: [count // 2 for count in row] for kind, row in counts.items()}
    return counts


def _count(row: RowMapping) -> HeardCount:
    counts = row["counts"]
    heard, skipped, replayed = (tuple(int(count) for count in counts[kind]) for kind in KINDS)
    return HeardCount(row["content_key"], heard, skipped, replayed, row["updated_at"])

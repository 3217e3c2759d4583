"""Ratings of highlights and trailers, 1 to 5, each user's own."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from sqlalchemy import Engine, RowMapping, delete, func, select, update

from webapp.store.clock import Clock
from webapp.store.engine import once_more, reading, writing
from webapp.store.schema import RATING, USER

RatingKind: TypeAlias = Literal["highlight", "trailer"]

_KEYS_PER_QUERY = 500


@dataclass(frozen=True, slots=True)
class Rating:
    """How good a user finds a highlight or a trailer.

    Attributes
    ----------
    user_id
        Whose.
    kind
        ``highlight`` or ``trailer``.
    subject
        Content key of a highlight's audio; name of a trailer's file.
    value
        1 (bad) to 5 (excellent).
    place
        Second at which the highlight began when it was rated; 0 of a trailer.
    strategy
        How the highlight was found; empty of a trailer.
    variants
        Variant of each experiment the playlist took part in.
    created_at, updated_at
        Seconds since the epoch.
    """

    user_id: str
    kind: RatingKind
    subject: str
    value: int
    place: float
    strategy: str
    variants: dict[str, str]
    created_at: float
    updated_at: float


@dataclass(frozen=True, slots=True)
class Opinion:
    """A rating without its user, for figures.

    Attributes
    ----------
    rater
        Numbers those who rate, 0, 1, …; another number for the same person next time.
    kind, value, strategy, variants
        As of `Rating`.
    """

    rater: int
    kind: RatingKind
    value: int
    strategy: str
    variants: dict[str, str]


class Ratings:
    """The ratings.

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

    def of(self, user_id: str, kind: RatingKind, subjects: Iterable[str]) -> dict[str, Rating]:
        """Return the user's ratings of these, by subject."""
        keys = list(dict.fromkeys(subjects))
        found: dict[str, Rating] = {}
        with reading(self._engine) as connection:
            for start in range(0, len(keys), _KEYS_PER_QUERY):
                query = select(RATING).where(
                    RATING.c.user_id == user_id,
                    RATING.c.kind == kind,
                    RATING.c.subject.in_(keys[start : start + _KEYS_PER_QUERY]),
                )
                for row in connection.execute(query).mappings():
                    found[row["subject"]] = _rating(row)
        return found

    def put(
        self,
        user_id: str,
        kind: RatingKind,
        subject: str,
        value: int,
        *,
        place: float = 0.0,
        strategy: str = "",
        variants: Mapping[str, str] | None = None,
    ) -> None:
        """Write a rating down, instead of an earlier one of the same."""
        mine = (RATING.c.user_id == user_id) & (RATING.c.kind == kind)
        mine = mine & (RATING.c.subject == subject)

        def put() -> None:
            now = self._clock()
            values: dict[str, Any] = {
                "value": value,
                "place": place,
                "strategy": strategy,
                "variants": dict(variants or {}),
                "updated_at": now,
            }
            with writing(self._engine) as connection:
                if connection.execute(update(RATING).where(mine).values(values)).rowcount:
                    return
                row = {"user_id": user_id, "kind": kind, "subject": subject, "created_at": now}
                connection.execute(RATING.insert().values({**row, **values}))

        once_more(put, which=kind)

    def delete(self, user_id: str, kind: RatingKind, subject: str) -> bool:
        """Take a rating back; return whether there was one."""
        gone = delete(RATING).where(
            RATING.c.user_id == user_id, RATING.c.kind == kind, RATING.c.subject == subject
        )
        with writing(self._engine) as connection:
            return connection.execute(gone).rowcount > 0

    def opinions(self) -> tuple[Opinion, ...]:
        """Return all ratings of users who share what they hear, without saying whose they are."""
        query = (
            select(
                func.dense_rank().over(order_by=RATING.c.user_id).label("rater"),
                RATING.c.kind,
                RATING.c.value,
                RATING.c.strategy,
                RATING.c.variants,
            )
            .join(USER, USER.c.id == RATING.c.user_id)
            .where(USER.c.shares_listening.is_(True))
            .order_by(RATING.c.user_id, RATING.c.kind, RATING.c.subject)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return tuple(
            Opinion(row.rater - 1, row.kind, row.value, row.strategy, row.variants) for row in rows
        )

    def delete_all(self) -> int:
        """Forget all ratings; return how many."""
        with writing(self._engine) as connection:
            return connection.execute(delete(RATING)).rowcount


def _rating(row: RowMapping) -> Rating:
    return Rating(**row)

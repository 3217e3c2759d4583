"""What happened, under a visit's pseudonym that no user is joined with; and how many users came."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, delete, func, select, union, update

from webapp.store.clock import Clock
from webapp.store.engine import once_more, reading, writing
from webapp.store.schema import LISTENER_EVENT, SESSION, USER, USER_COUNT
from webapp.store.values import new_id

DAY = 24 * 3600.0
PERIODS: Mapping[str, float] = {"in_day": DAY, "in_week": 7 * DAY, "in_month": 30 * DAY}


@dataclass(frozen=True, slots=True)
class ListenerEvent:
    """One thing that happened once in a visit.

    Attributes
    ----------
    day
        Days since the epoch, UTC: no time of day is kept.
    visit
        Pseudonym of the visit, 32 random hex digits.
    kind
        What happened.
    playlist, subject
        Opaque names of the playlist and the track, which hold inside of this visit alone; or empty.
    strategy
        How the highlight was found, or empty.
    variants
        Variant of each experiment the playlist takes part in.
    """

    day: int
    visit: str
    kind: str
    playlist: str = ""
    subject: str = ""
    strategy: str = ""
    variants: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UserCount:
    """How many users were seen in the day, the week and the month before the end of a day."""

    day: int
    in_day: int
    in_week: int
    in_month: int


class ListenerEvents:
    """The events.

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

    def today(self) -> int:
        """Return the day of now."""
        return int(self._clock() // DAY)

    def add(self, events: Iterable[ListenerEvent]) -> None:
        """Write down what has not happened in its visit before; the rest is passed over."""
        new = list(events)
        if not new:
            return

        def add() -> None:
            with writing(self._engine) as connection:
                for event in new:
                    same = [
                        LISTENER_EVENT.c[name] == getattr(event, name)
                        for name in ("visit", "kind", "playlist", "subject")
                    ]
                    known = select(LISTENER_EVENT.c.id).where(*same)
                    if connection.execute(known).first() is None:
                        values = {name: getattr(event, name) for name in ListenerEvent.__slots__}
                        connection.execute(LISTENER_EVENT.insert().values(id=new_id(), **values))

        once_more(add, which="what happened")

    def each(self) -> Iterator[ListenerEvent]:
        """Yield all events, visit by visit."""
        columns = [LISTENER_EVENT.c[name] for name in ListenerEvent.__slots__]
        query = select(*columns).order_by(LISTENER_EVENT.c.visit, LISTENER_EVENT.c.id)
        with reading(self._engine) as connection:
            for row in connection.execute(query).mappings():
                yield ListenerEvent(**row)

    def purge(self, days: int) -> int:
        """Forget what happened more than `days` days ago; return how many events."""
        gone = delete(LISTENER_EVENT).where(LISTENER_EVENT.c.day < self.today() - days)
        with writing(self._engine) as connection:
            return connection.execute(gone).rowcount

    def delete_all(self) -> int:
        """Forget all events; return how many."""
        with writing(self._engine) as connection:
            return connection.execute(delete(LISTENER_EVENT)).rowcount

    def users_now(self) -> UserCount:
        """Return how many users were seen in the last 24 hours, 7 and 30 days."""
        now = self._clock()
        seen = union(
            select(USER.c.id, USER.c.last_seen.label("seen")),
            select(SESSION.c.user_id, SESSION.c.last_seen).where(SESSION.c.user_id.is_not(None)),
        ).subquery()
        counts: dict[str, Any] = {}
        with reading(self._engine) as connection:
            for name, seconds in PERIODS.items():
                query = select(func.count(func.distinct(seen.c.id))).where(
                    seen.c.seen >= now - seconds
                )
                counts[name] = connection.execute(query).scalar_one()
        return UserCount(self.today(), **counts)

    def count_users(self) -> None:
        """Write today's numbers of users down, the largest of the day; no id is in them."""
        now = self.users_now()

        def count() -> None:
            with writing(self._engine) as connection:
                mine = USER_COUNT.c.day == now.day
                before = connection.execute(select(USER_COUNT).where(mine)).mappings().first()
                values = {name: getattr(now, name) for name in PERIODS}
                if before is None:
                    connection.execute(USER_COUNT.insert().values(day=now.day, **values))
                    return
                most = {name: max(count, before[name]) for name, count in values.items()}
                connection.execute(update(USER_COUNT).where(mine).values(most))

        once_more(count, which="users of a day")

    def user_counts(self, limit: int = 60) -> tuple[UserCount, ...]:
        """Return the numbers of users of the last days that were counted, the latest first."""
        query = select(USER_COUNT).order_by(USER_COUNT.c.day.desc()).limit(limit)
        with reading(self._engine) as connection:
            return tuple(UserCount(**row) for row in connection.execute(query).mappings())

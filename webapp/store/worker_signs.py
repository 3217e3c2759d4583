"""Signs of life of the workers, also of those that have nothing to do."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, delete, select, update

from webapp.store.clock import DAY, MINUTE, Clock
from webapp.store.engine import once_more, reading, writing
from webapp.store.schema import META

PREFIX = "worker:"
SIGN_SECONDS = 15.0
ALIVE_SECONDS = MINUTE
"""Nobody's job is taken by these: that is decided by the jobs' own leases."""


@dataclass(frozen=True, slots=True)
class WorkerSign:
    """A worker.

    Attributes
    ----------
    id
        Host, process and four digits.
    kinds
        The jobs it does.
    seen
        Its last sign, seconds since the epoch.
    alive
        Whether that is less than a minute ago.
    """

    id: str
    kinds: tuple[str, ...]
    seen: float
    alive: bool


class WorkerSigns:
    """Who works.

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

    def give(self, worker_id: str, kinds: Sequence[str]) -> None:
        """Write down that a worker is there."""
        name = (PREFIX + worker_id)[:120]
        values = {"value": {"kinds": sorted(kinds)}, "updated_at": self._clock()}

        def put() -> None:
            with writing(self._engine) as connection:
                changed = update(META).where(META.c.name == name).values(values)
                if connection.execute(changed).rowcount == 0:
                    connection.execute(META.insert().values(name=name, **values))

        once_more(put, which=name)

    def leave(self, worker_id: str) -> None:
        """Forget a worker that ends as it should."""
        name = (PREFIX + worker_id)[:120]
        with writing(self._engine) as connection:
            connection.execute(delete(META).where(META.c.name == name))

    def list(self) -> tuple[WorkerSign, ...]:
        """Return the workers seen within a day, the last seen first."""
        now = self._clock()
        query = (
            select(META)
            .where(META.c.name.startswith(PREFIX), META.c.updated_at > now - DAY)
            .order_by(META.c.updated_at.desc(), META.c.name)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return tuple(
            WorkerSign(
                row.name.removeprefix(PREFIX),
                tuple(str(kind) for kind in row.value.get("kinds", ())),
                row.updated_at,
                row.updated_at > now - ALIVE_SECONDS,
            )
            for row in rows
        )

    def purge(self) -> int:
        """Forget workers that were not seen for a day; return how many."""
        old = delete(META).where(
            META.c.name.startswith(PREFIX), META.c.updated_at < self._clock() - DAY
        )
        with writing(self._engine) as connection:
            return connection.execute(old).rowcount

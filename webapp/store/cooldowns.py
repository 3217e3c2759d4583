"""Cooldowns: until when something outside must be left alone. They survive a restart."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import Engine, RowMapping, delete, or_, select, update

from webapp.store.clock import CLOCK_SLACK, Clock
from webapp.store.engine import once_more, reading, writing
from webapp.store.schema import COOLDOWN
from webapp.store.values import plain_text


@dataclass(frozen=True, slots=True)
class Cooldown:
    """One thing that must be left alone.

    Attributes
    ----------
    name
        What, such as ``spotify`` or ``spotify:search``.
    set_at, until
        Seconds since the epoch.
    reason
        A stable code, such as ``rate_limited`` or ``quota_exceeded``.
    """

    name: str
    set_at: float
    until: float
    reason: str


class Cooldowns:
    """The cooldowns.

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

    def set(self, name: str, until: float, reason: str) -> Cooldown:
        """Leave `name` alone until `until`; one that lasts longer already stays.

        Returns
        -------
        Cooldown
            The one that counts now.
        """
        return once_more(lambda: self._set(name, until, plain_text(reason)), which=name)

    def get(self, name: str) -> Cooldown | None:
        """Return the cooldown if it still lasts, else None."""
        with reading(self._engine) as connection:
            row = connection.execute(select(COOLDOWN).where(COOLDOWN.c.name == name))
            found = row.mappings().first()
        if found is None or not _lasts(found, self._clock()):
            return None
        return Cooldown(**found)

    def list(self) -> tuple[Cooldown, ...]:
        """Return all that still last, the one that ends first first."""
        now = self._clock()
        query = select(COOLDOWN).order_by(COOLDOWN.c.until, COOLDOWN.c.name)
        with reading(self._engine) as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(Cooldown(**row) for row in rows if _lasts(row, now))

    def clear(self, name: str) -> bool:
        """End a cooldown; return whether there was one."""
        with writing(self._engine) as connection:
            gone = connection.execute(delete(COOLDOWN).where(COOLDOWN.c.name == name))
        return gone.rowcount > 0

    def purge(self) -> int:
        """Remove those that have ended; return how many."""
        now = self._clock()
        ended = or_(COOLDOWN.c.until <= now, COOLDOWN.c.set_at > now + CLOCK_SLACK)
        with writing(self._engine) as connection:
            return connection.execute(delete(COOLDOWN).where(ended)).rowcount

    def _set(self, name: str, until: float, reason: str) -> Cooldown:
        now = self._clock()
        wanted = Cooldown(name, now, until, reason)
        with writing(self._engine) as connection:
            query = select(COOLDOWN).where(COOLDOWN.c.name == name).with_for_update()
            row = connection.execute(query).mappings().first()
            values = {"set_at": now, "until": until, "reason": reason}
            if row is None:
                connection.execute(COOLDOWN.insert().values(name=name, **values))
            elif row["until"] >= until and _lasts(row, now):
                return Cooldown(**row)
            else:
                connection.execute(update(COOLDOWN).where(COOLDOWN.c.name == name).values(values))
        return wanted


def _lasts(row: RowMapping, now: float) -> bool:
    # One set in the future shows that the clock has gone back since: it must not last the longer
    # for it.
    return bool(row["until"] > now and row["set_at"] <= now + CLOCK_SLACK)

"""Small values of the whole installation, by name."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import Engine, delete, select, update

from webapp.store.clock import Clock
from webapp.store.engine import once_more, reading, writing
from webapp.store.schema import META


class Meta:
    """Names and plain values.

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

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value, or `default` if there is none."""
        with reading(self._engine) as connection:
            row = connection.execute(select(META.c.value).where(META.c.name == name)).first()
        return default if row is None else row.value

    def set(self, name: str, value: Any) -> None:
        """Keep `value`, plain data but None, under `name` (at most 120 characters)."""
        values = {"value": value, "updated_at": self._clock()}

        def put() -> None:
            with writing(self._engine) as connection:
                changed = update(META).where(META.c.name == name).values(values)
                if connection.execute(changed).rowcount == 0:
                    connection.execute(META.insert().values(name=name, **values))

        once_more(put, which=name)

    def delete(self, name: str) -> bool:
        """Forget the value; return whether there was one."""
        with writing(self._engine) as connection:
            return connection.execute(delete(META).where(META.c.name == name)).rowcount > 0

"""What somebody is choosing and has not asked for yet: it survives the end of a session."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, bindparam, select, update

from webapp.store.clock import Clock
from webapp.store.engine import once_more, reading, writing
from webapp.store.schema import DRAFT

# Asked with almost each request: putting a statement together takes longer than asking it.
_OF_USER = select(DRAFT.c.data).where(DRAFT.c.user_id == bindparam("user"))


class Drafts:
    """One draft per user: plain values by name.

    It belongs to the account and not to a session, so that a login that ends in the middle of the
    work, or another browser, finds it as it was left.

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

    def get(self, user_id: str) -> dict[str, Any]:
        """Return the draft; empty if there is none. A copy: change it through `change`."""
        with reading(self._engine) as connection:
            row = connection.execute(_OF_USER, {"user": user_id}).first()
        return dict(row.data) if row is not None else {}

    def change(self, user_id: str, name: str, change: Callable[[Any], Any]) -> dict[str, Any]:
        """Replace the value of `name` by ``change(value)`` with nobody in between.

        Parameters
        ----------
        user_id
            Whose draft.
        name
            Of the value; None is given to `change` where there is none yet.
        change
            Returns plain data.

        Returns
        -------
        The whole draft as it is now.

        Raises
        ------
        ValueUnstorable
            If the draft would be too large, or is no plain data.
        StoreConflict
            If the user has been deleted meanwhile.
        """

        def step() -> dict[str, Any]:
            with writing(self._engine) as connection:
                mine = select(DRAFT.c.data).where(DRAFT.c.user_id == user_id).with_for_update()
                row = connection.execute(mine).first()
                data = dict(row.data) if row is not None else {}
                data[name] = change(data.get(name))
                values = {"data": data, "updated_at": self._clock()}
                if row is None:
                    connection.execute(DRAFT.insert().values(user_id=user_id, **values))
                else:
                    where = DRAFT.c.user_id == user_id
                    connection.execute(update(DRAFT).where(where).values(values))
                return data

        return once_more(step, which="draft")

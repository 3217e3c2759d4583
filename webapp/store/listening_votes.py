"""Votes of the blind listening test: one of each voter on each pair. No user is in them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sqlalchemy import Engine, RowMapping, delete, select, update

from webapp.store.clock import Clock
from webapp.store.engine import once_more, reading, writing
from webapp.store.schema import LISTENING_VOTE
from webapp.store.values import plain_text

Choice: TypeAlias = Literal["a", "b", "none"]

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class ListeningVote:
    """What somebody found better.

    Attributes
    ----------
    test
        Names the set of pairs, by its content.
    voter
        Random; of one browser's session.
    pair
        Id in the set.
    choice
        ``a`` or ``b`` as the set has them (not as they were shown), or ``none``.
    reason
        In the voter's words; may be empty.
    created_at, updated_at
        Seconds since the epoch.
    """

    test: str
    voter: str
    pair: str
    choice: Choice
    reason: str
    created_at: float
    updated_at: float


class ListeningVotes:
    """The votes.

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

    def put(self, test: str, voter: str, pair: str, choice: Choice, reason: str = "") -> None:
        """Write a vote down, instead of an earlier one of the same voter on the same pair."""
        mine = (LISTENING_VOTE.c.test == test) & (LISTENING_VOTE.c.voter == voter)
        mine = mine & (LISTENING_VOTE.c.pair == pair)
        values = {"choice": choice, "reason": plain_text(reason, LONGEST_REASON)}

        def put() -> None:
            now = self._clock()
            changed = update(LISTENING_VOTE).where(mine).values(updated_at=now, **values)
            with writing(self._engine) as connection:
                if connection.execute(changed).rowcount:
                    return
                row = {"test": test, "voter": voter, "pair": pair, **values}
                connection.execute(
                    LISTENING_VOTE.insert().values(created_at=now, updated_at=now, **row)
                )

        once_more(put, which=pair)

    def of_voter(self, test: str, voter: str) -> dict[str, ListeningVote]:
        """Return the votes of one voter, by pair."""
        query = select(LISTENING_VOTE).where(
            LISTENING_VOTE.c.test == test, LISTENING_VOTE.c.voter == voter
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).mappings().all()
        return {row["pair"]: _vote(row) for row in rows}

    def of_test(self, test: str | None = None) -> tuple[ListeningVote, ...]:
        """Return the votes on a set of pairs, the first given first; on all sets if None."""
        query = select(LISTENING_VOTE).order_by(
            LISTENING_VOTE.c.created_at, LISTENING_VOTE.c.voter, LISTENING_VOTE.c.pair
        )
        if test is not None:
            query = query.where(LISTENING_VOTE.c.test == test)
        with reading(self._engine) as connection:
            return tuple(_vote(row) for row in connection.execute(query).mappings())

    def delete_all(self) -> int:
        """Forget all votes; return how many."""
        with writing(self._engine) as connection:
            return connection.execute(delete(LISTENING_VOTE)).rowcount


def _vote(row: RowMapping) -> ListeningVote:
    return ListeningVote(**row)

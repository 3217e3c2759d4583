"""Messages to the operator. Nobody's account is kept with them."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import Engine, RowMapping, delete, func, select, update

from webapp.store.clock import Clock
from webapp.store.engine import reading, writing
from webapp.store.errors import FeedbackFull
from webapp.store.schema import FEEDBACK_MESSAGE
from webapp.store.values import new_id, plain_text

MOST_MESSAGES = 5_000
"""Messages that are kept; beyond that no further one is taken until the operator deletes some."""
LONGEST_TEXT = 4_000
LONGEST_PAGE = 300
LONGEST_CONTACT = 200


@dataclass(frozen=True, slots=True)
class FeedbackMessage:
    """A message.

    Attributes
    ----------
    id
        32 hex digits.
    topic
        What it is about.
    text
        What was written, at most `LONGEST_TEXT` characters.
    page
        What its writer was doing, in their words; may be empty.
    contact
        How its writer can be reached, in their words; may be empty.
    created_at
        Seconds since the epoch.
    read_at
        When the operator marked it as read, or None.
    """

    id: str
    topic: str
    text: str
    page: str
    contact: str
    created_at: float
    read_at: float | None


class FeedbackMessages:
    """The messages.

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

    def add(self, topic: str, text: str, *, page: str = "", contact: str = "") -> FeedbackMessage:
        """Keep a message.

        Raises
        ------
        FeedbackFull
            If `MOST_MESSAGES` are kept already.
        """
        message = FeedbackMessage(
            id=new_id(),
            topic=topic,
            text=plain_text(text, LONGEST_TEXT),
            page=plain_text(page, LONGEST_PAGE),
            contact=plain_text(contact, LONGEST_CONTACT),
            created_at=self._clock(),
            read_at=None,
        )
        count = select(func.count()).select_from(FEEDBACK_MESSAGE)
        with writing(self._engine) as connection:
            if connection.execute(count).scalar_one() >= MOST_MESSAGES:
                raise FeedbackFull(
                    "The message was not kept",
                    why=f"{MOST_MESSAGES} messages wait for the operator already",
                    next_step="tell the operator in another way, or try again later",
                )
            values = {name: getattr(message, name) for name in FeedbackMessage.__slots__}
            connection.execute(FEEDBACK_MESSAGE.insert().values(values))
        return message

    def list(self, *, limit: int = 50, offset: int = 0) -> tuple[FeedbackMessage, ...]:
        """Return messages, those not read first, then the newest first."""
        query = (
            select(FEEDBACK_MESSAGE)
            .order_by(
                FEEDBACK_MESSAGE.c.read_at.is_not(None),
                FEEDBACK_MESSAGE.c.created_at.desc(),
                FEEDBACK_MESSAGE.c.id,
            )
            .limit(limit)
            .offset(offset)
        )
        with reading(self._engine) as connection:
            return tuple(_message(row) for row in connection.execute(query).mappings())

    def unread(self) -> int:
        """Return how many have not been read."""
        query = select(func.count()).where(FEEDBACK_MESSAGE.c.read_at.is_(None))
        with reading(self._engine) as connection:
            return int(connection.execute(query).scalar_one())

    def mark(self, message_id: str, *, read: bool) -> bool:
        """Mark a message as read, or as not read; return whether there is one."""
        mine = FEEDBACK_MESSAGE.c.id == message_id
        changed = update(FEEDBACK_MESSAGE).where(mine)
        with writing(self._engine) as connection:
            values = {"read_at": self._clock() if read else None}
            return connection.execute(changed.values(values)).rowcount > 0

    def delete(self, message_id: str) -> bool:
        """Delete a message; return whether there was one."""
        gone = delete(FEEDBACK_MESSAGE).where(FEEDBACK_MESSAGE.c.id == message_id)
        with writing(self._engine) as connection:
            return connection.execute(gone).rowcount > 0

    def purge(self, days: int) -> int:
        """Delete what is older than so many days; return how many messages."""
        before = self._clock() - days * 24 * 3600.0
        gone = delete(FEEDBACK_MESSAGE).where(FEEDBACK_MESSAGE.c.created_at < before)
        with writing(self._engine) as connection:
            return connection.execute(gone).rowcount

    def delete_all(self) -> int:
        """Delete all messages; return how many."""
        with writing(self._engine) as connection:
            return connection.execute(delete(FEEDBACK_MESSAGE)).rowcount


def _message(row: RowMapping) -> FeedbackMessage:
    return FeedbackMessage(**row)

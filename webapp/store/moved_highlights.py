"""Highlights that listeners have moved: each user's own, by the content of the audio."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, RowMapping, delete, select, update

from webapp.store.clock import Clock
from webapp.store.engine import once_more, reading, writing
from webapp.store.schema import MOVED_HIGHLIGHT, USER

MOST_PER_USER = 5_000
"""Beyond so many, a user's oldest one goes."""

_KEYS_PER_QUERY = 500


@dataclass(frozen=True, slots=True)
class MovedHighlight:
    """Where a listener wants to hear a track.

    Attributes
    ----------
    user_id
        Whose.
    content_key
        Of the audio's bytes.
    start, end
        Seconds of the track.
    version
        Goes up with each move.
    created_at, updated_at
        Seconds since the epoch.
    """

    user_id: str
    content_key: str
    start: float
    end: float
    version: int
    created_at: float
    updated_at: float


class MovedHighlights:
    """The moved highlights.

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

    def get(self, user_id: str, content_key: str) -> MovedHighlight | None:
        """Return where the user wants to hear this audio, or None if that was never said."""
        return self.get_many(user_id, [content_key]).get(content_key)

    def get_many(self, user_id: str, content_keys: Iterable[str]) -> dict[str, MovedHighlight]:
        """Return the user's own among these, by content key."""
        keys = list(dict.fromkeys(content_keys))
        found: dict[str, MovedHighlight] = {}
        with reading(self._engine) as connection:
            for start in range(0, len(keys), _KEYS_PER_QUERY):
                query = select(MOVED_HIGHLIGHT).where(
                    MOVED_HIGHLIGHT.c.user_id == user_id,
                    MOVED_HIGHLIGHT.c.content_key.in_(keys[start : start + _KEYS_PER_QUERY]),
                )
                for row in connection.execute(query).mappings():
                    found[row["content_key"]] = _moved(row)
        return found

    def choices(
        self, content_keys: Iterable[str] | None = None
    ) -> dict[str, tuple[tuple[float, float], ...]]:
        """Return what listeners chose, by content key, without who did.

        Parameters
        ----------
        content_keys
            Of which audio; None for all.

        Returns
        -------
        dict
            Start and end in seconds of each choice of a user who shares what they hear.
        """
        # Where somebody hears Spotify's own sound is theirs alone: nothing is learnt from it.
        sharing = USER.c.shares_listening.is_(True) & ~MOVED_HIGHLIGHT.c.content_key.startswith(
            "spotify:"
        )
        query = (
            select(MOVED_HIGHLIGHT.c.content_key, MOVED_HIGHLIGHT.c.start, MOVED_HIGHLIGHT.c.end)
            .join(USER, USER.c.id == MOVED_HIGHLIGHT.c.user_id)
            .where(sharing)
            .order_by(MOVED_HIGHLIGHT.c.content_key, MOVED_HIGHLIGHT.c.start)
        )
        chosen: dict[str, list[tuple[float, float]]] = {}
        with reading(self._engine) as connection:
            if content_keys is None:
                parts = [query]
            else:
                keys = list(dict.fromkeys(content_keys))
                parts = [
                    query.where(
                        MOVED_HIGHLIGHT.c.content_key.in_(keys[start : start + _KEYS_PER_QUERY])
                    )
                    for start in range(0, len(keys), _KEYS_PER_QUERY)
                ]
            for part in parts:
                for key, start, end in connection.execute(part):
                    chosen.setdefault(key, []).append((start, end))
        return {key: tuple(spans) for key, spans in chosen.items()}

    def put(
        self,
        user_id: str,
        content_key: str,
        start: float,
        end: float,
        connection: Connection | None = None,
    ) -> MovedHighlight:
        """Keep where the user wants to hear this audio."""

        def put() -> MovedHighlight:
            with writing(self._engine, connection) as inside:
                return self._put(inside, user_id, content_key, start, end)

        # Inside a transaction of others a broken constraint cannot be repeated.
        return put() if connection is not None else once_more(put, which=content_key)

    def delete(self, user_id: str, content_key: str, connection: Connection | None = None) -> bool:
        """Forget it; return whether there was one."""
        gone = delete(MOVED_HIGHLIGHT).where(
            MOVED_HIGHLIGHT.c.user_id == user_id, MOVED_HIGHLIGHT.c.content_key == content_key
        )
        with writing(self._engine, connection) as inside:
            return inside.execute(gone).rowcount > 0

    def _put(
        self, connection: Connection, user_id: str, content_key: str, start: float, end: float
    ) -> MovedHighlight:
        now = self._clock()
        mine = MOVED_HIGHLIGHT.c.user_id == user_id
        changed = (
            update(MOVED_HIGHLIGHT)
            .where(mine, MOVED_HIGHLIGHT.c.content_key == content_key)
            .values(start=start, end=end, version=MOVED_HIGHLIGHT.c.version + 1, updated_at=now)
            .returning(MOVED_HIGHLIGHT)
        )
        row = connection.execute(changed).mappings().first()
        if row is not None:
            return _moved(row)
        made = MovedHighlight(user_id, content_key, start, end, 1, now, now)
        values = {name: getattr(made, name) for name in MovedHighlight.__slots__}
        connection.execute(MOVED_HIGHLIGHT.insert().values(values))
        self._drop_oldest(connection, user_id)
        return made

    def _drop_oldest(self, connection: Connection, user_id: str) -> None:
        mine = MOVED_HIGHLIGHT.c.user_id == user_id
        beyond = (
            select(MOVED_HIGHLIGHT.c.content_key)
            .where(mine)
            .order_by(MOVED_HIGHLIGHT.c.updated_at.desc(), MOVED_HIGHLIGHT.c.content_key)
            .offset(MOST_PER_USER)
            .limit(_KEYS_PER_QUERY)
        )
        keys = connection.execute(beyond).scalars().all()
        if keys:
            gone = mine & MOVED_HIGHLIGHT.c.content_key.in_(keys)
            connection.execute(delete(MOVED_HIGHLIGHT).where(gone))


def _moved(row: RowMapping) -> MovedHighlight:
    return MovedHighlight(**row)

"""What was found out about audio, by its content: a file is analysed once, wherever it lies."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    delete,
    exists,
    func,
    select,
    tuple_,
    update,
)

from webapp.store.clock import Clock
from webapp.store.engine import once_more, reading, writing
from webapp.store.schema import TRACK_STUDY, UPLOAD

_KEYS_PER_QUERY = 500


@dataclass(frozen=True, slots=True)
class TrackStudy:
    """What is known of one piece of audio.

    Attributes
    ----------
    content_key
        Of the audio's bytes, such as their SHA-256; at most 128 characters.
    method
        How it was found out, with its version and options, such as ``1/30s``: another method is
        another row.
    analysis, highlight
        Plain data, or None if not found out yet.
    created_at, updated_at
        Seconds since the epoch.
    uploaded
        Whether only uploads have ever asked for it.
    """

    content_key: str
    method: str
    analysis: dict[str, Any] | None
    highlight: dict[str, Any] | None
    created_at: float
    updated_at: float
    uploaded: bool


class TrackStudies:
    """The studies.

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

    def get(self, content_key: str, method: str) -> TrackStudy | None:
        """Return the study, or None if there is none."""
        return self.get_many([content_key], method).get(content_key)

    def get_many(self, content_keys: Iterable[str], method: str) -> dict[str, TrackStudy]:
        """Return the studies there are, by content key."""
        keys = list(dict.fromkeys(content_keys))
        found: dict[str, TrackStudy] = {}
        with reading(self._engine) as connection:
            for start in range(0, len(keys), _KEYS_PER_QUERY):
                query = select(TRACK_STUDY).where(
                    TRACK_STUDY.c.method == method,
                    TRACK_STUDY.c.content_key.in_(keys[start : start + _KEYS_PER_QUERY]),
                )
                for row in connection.execute(query).mappings():
                    found[row["content_key"]] = _study(row)
        return found

    def highlights(self, content_keys: Iterable[str], method: str) -> dict[str, dict[str, Any]]:
        """Return the highlights there are, by content key, without the analyses, which are long."""
        keys = list(dict.fromkeys(content_keys))
        found: dict[str, dict[str, Any]] = {}
        with reading(self._engine) as connection:
            for start in range(0, len(keys), _KEYS_PER_QUERY):
                query = select(TRACK_STUDY.c.content_key, TRACK_STUDY.c.highlight).where(
                    TRACK_STUDY.c.method == method,
                    TRACK_STUDY.c.content_key.in_(keys[start : start + _KEYS_PER_QUERY]),
                )
                for key, highlight in connection.execute(query):
                    if highlight is not None:
                        found[key] = highlight
        return found

    def put(
        self,
        content_key: str,
        method: str,
        *,
        analysis: Mapping[str, Any] | None = None,
        highlight: Mapping[str, Any] | None = None,
        uploaded: bool = False,
        connection: Connection | None = None,
    ) -> TrackStudy:
        """Keep what was found out; a part that is left out stays as it was.

        Parameters
        ----------
        content_key, method
            What it is kept under.
        analysis, highlight
            Plain data.
        uploaded
            Whether it is of an upload. Once something else has asked for it, it stays.
        connection
            An open transaction to take part in.

        Raises
        ------
        ValueUnstorable
            If a part is no plain data (NaN counts) or larger than 2,000,000 characters of JSON.
        """
        parts = {
            name: dict(value)
            for name, value in (("analysis", analysis), ("highlight", highlight))
            if value is not None
        }

        def put() -> TrackStudy:
            with writing(self._engine, connection) as inside:
                return self._put(inside, content_key, method, parts, uploaded=uploaded)

        # Inside a transaction of others a broken constraint cannot be repeated.
        return put() if connection is not None else once_more(put, which=content_key)

    def delete(self, content_key: str) -> int:
        """Forget all studies of this audio; return how many."""
        gone = delete(TRACK_STUDY).where(TRACK_STUDY.c.content_key == content_key)
        with writing(self._engine) as connection:
            return connection.execute(gone).rowcount

    def claim(self, content_key: str, method: str) -> None:
        """Note that something other than uploads needs a study, so that it stays."""
        claimed = (
            update(TRACK_STUDY)
            .where(TRACK_STUDY.c.content_key == content_key, TRACK_STUDY.c.method == method)
            .values(uploaded=False)
        )
        with writing(self._engine) as connection:
            connection.execute(claimed)

    def thin_uploaded(self, most: int) -> int:
        """Forget the oldest studies of uploads alone, where there are more than `most`.

        Those of files that are here now stay, however many they are: they have their own bounds.

        Parameters
        ----------
        most
            Studies; a tenth less stays where there were more.

        Returns
        -------
        int
            How many were forgotten.
        """
        here = exists().where(UPLOAD.c.content_key == TRACK_STUDY.c.content_key)
        return self._thin(TRACK_STUDY.c.uploaded, most, but_not=here)

    def thin(self, prefix: str, most: int) -> int:
        """Forget the oldest studies of methods that begin alike, where there are more than `most`.

        Parameters
        ----------
        prefix
            Of the methods.
        most
            Studies; a tenth less stays where there were more, so that it is not done every time.

        Returns
        -------
        int
            How many were forgotten.
        """
        alike = TRACK_STUDY.c.method.startswith(prefix, autoescape=True)
        return self._thin(alike, most)

    def _thin(
        self,
        kind: ColumnElement[bool],
        most: int,
        *,
        but_not: ColumnElement[bool] | None = None,
    ) -> int:
        count = select(func.count()).select_from(TRACK_STUDY).where(kind)
        with reading(self._engine) as connection:
            there: int = connection.execute(count).scalar_one()
        if there <= most:
            return 0
        key = (TRACK_STUDY.c.content_key, TRACK_STUDY.c.method)
        oldest = select(*key).where(kind).order_by(TRACK_STUDY.c.updated_at)
        if but_not is not None:
            oldest = oldest.where(~but_not)
        gone = oldest.limit(there - most + most // 10)
        with writing(self._engine) as connection:
            return connection.execute(delete(TRACK_STUDY).where(tuple_(*key).in_(gone))).rowcount

    def _put(
        self,
        connection: Connection,
        content_key: str,
        method: str,
        parts: dict[str, Any],
        *,
        uploaded: bool,
    ) -> TrackStudy:
        now = self._clock()
        claimed = {} if uploaded else {"uploaded": False}
        changed = (
            update(TRACK_STUDY)
            .where(TRACK_STUDY.c.content_key == content_key, TRACK_STUDY.c.method == method)
            .values(updated_at=now, **parts, **claimed)
            .returning(TRACK_STUDY)
        )
        row = connection.execute(changed).mappings().first()
        if row is None:
            inserted = (
                TRACK_STUDY.insert()
                .values(
                    content_key=content_key,
                    method=method,
                    created_at=now,
                    updated_at=now,
                    uploaded=uploaded,
                    **parts,
                )
                .returning(TRACK_STUDY)
            )
            row = connection.execute(inserted).mappings().one()
        return _study(row)


def _study(row: RowMapping) -> TrackStudy:
    return TrackStudy(**row)

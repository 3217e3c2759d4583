"""What goes into columns: JSON that is the same in every database, ids, and text that fits."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from webapp.store.errors import ValueUnstorable


def new_id() -> str:
    """Return 128 random bits as 32 hex digits, so that ids can neither be guessed nor counted."""
    return secrets.token_hex(16)


def digest(secret: str) -> str:
    """Return the SHA-256 of `secret` as hex: how ids that open something are kept."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def plain_text(text: str | None, longest: int = 500) -> str:
    """Return `text` as every database can hold it: no NUL, no lone surrogate, at most `longest`."""
    return _whole((text or "").replace("\x00", ""))[:longest]


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def to_json(value: Any, *, largest: int | None = None, which: str = "") -> str:
    """Return `value` as ASCII JSON.

    Parameters
    ----------
    value
        Plain data: dict with str keys, list, tuple, str, int, finite float, bool, None.
    largest
        Characters it may have.
    which
        Named in the error.

    Raises
    ------
    ValueUnstorable
        If it is no plain data, holds NaN or infinity, or is too large.
    """
    try:
        # ASCII escapes carry NUL and lone surrogates through databases that refuse them in text.
        text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueUnstorable(
            "A value could not be stored", which=which, why=f"it is not plain JSON ({error})"
        ) from error
    if largest is not None and len(text) > largest:
        raise ValueUnstorable(
            "A value could not be stored",
            which=which,
            why=f"it has {len(text)} characters of JSON, {largest} are allowed",
        )
    return text


class Words(TypeDecorator[str]):
    """Text, of at most so many characters where a length is given.

    What no database can hold (NUL, lone surrogates) is replaced on the way in, so that an id of
    that kind, which may come from any request, is simply not found.
    """

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace what cannot be held."""
        return None if value is None else _whole(value.replace("\x00", "\ufffd"))


class Json(TypeDecorator[Any]):
    """Plain data as JSON text, bounded in size.

    A text column rather than the databases' own JSON types, because those differ in what they
    accept (PostgreSQL's jsonb refuses NUL, SQLite accepts NaN) and in the order of keys.
    """

    impl = Text
    cache_ok = True

    def __init__(self, largest: int = 1_000_000) -> None:
        super().__init__()
        self.largest = largest

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Encode; None is SQL NULL."""
        return None if value is None else to_json(value, largest=self.largest)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Decode; SQL NULL is None."""
        return None if value is None else json.loads(value)

"""Identifiers that look like Spotify's, made from names."""

from __future__ import annotations

import hashlib
import re

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
ID_PATTERN = re.compile(r"[0-9A-Za-z]{22}")


def stable_number(*parts: object) -> int:
    """Return a 256-bit number that depends on nothing but `parts`."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest(), "big")


def base62(*parts: object, length: int = 22) -> str:
    """Return a stable base-62 identifier of `length` characters for `parts`."""
    number = stable_number(*parts)
    letters = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        letters.append(ALPHABET[digit])
    return "".join(letters)


def is_id(text: str) -> bool:
    """Tell whether `text` has the form of a Spotify id: 22 base-62 characters."""
    return ID_PATTERN.fullmatch(text) is not None

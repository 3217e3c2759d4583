"""One cell at a time: texts, numbers, names and ids as the common tables write them."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from recommender.catalogue.schema import ARTIST_LIMIT, ARTISTS_LIMIT

UNKNOWN = frozenset(
    {"", "?", "-", "--", "na", "n/a", "nan", "nat", "none", "null", "empty_field", "undefined"}
    | {"<na>", "\\n"}
)
"""Cells that say "not known", in lower case."""

# "None", "Null" and "?" are songs and artists too: in a name only these mean nothing.
UNKNOWN_NAMES = frozenset({"", "nan", "empty_field", "<na>", "\\n"})

_SPOTIFY_ID = re.compile(r"[0-9A-Za-z]{22}")
_SPOTIFY_LINK = re.compile(
    r"^(?:spotify:track:|https?://(?:open|api)\.spotify\.com/(?:[\w-]+/)*tracks?/)([0-9A-Za-z]{22})\b"
)
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:\.\d+)?)")
_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)")
_WHOLE_FLOAT = re.compile(r"(-?\d+)\.0+")
_KEYS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11, "h": 11}


def clean_text(value: Any, unknown: frozenset[str] = UNKNOWN) -> str:
    """Return a cell as text: control characters out, white space single, "not known" empty."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else _text_of(value)
    if not text.isprintable():
        text = "".join(_printable(character) for character in text)
    text = " ".join(text.split())
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return "" if len(text) < 12 and text.lower() in unknown else text


def _text_of(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(value)
    return str(value)


def _printable(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cs" or category == "Co":
        return "\ufffd"
    if category in ("Cc", "Zl", "Zp", "Zs"):
        return " "
    # Joiners shape Indic, Persian and emoji; the other format characters only hide or reorder text.
    if category in ("Cf", "Cn"):
        return character if character in "\u200c\u200d" else ""
    return character


def parse_number(value: Any) -> float | None:
    """Return a cell as a finite number; None when it is unknown or no number.

    One comma is a decimal comma ("-5,201"); several part thousands ("1,234,567").
    """
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, (int, float)):
        return float(value) if math.isfinite(value) else None
    if value is None:
        return None
    text = str(value).strip()
    try:
        number = float(text)
    except ValueError:
        text = text.rstrip("%").strip()
        text = text.replace(",", "." if text.count(",") == 1 and "." not in text else "")
        try:
            number = float(text)
        except ValueError:
            return None
    return number if math.isfinite(number) else None


def parse_key(value: Any) -> float | None:
    """Return a pitch class 0–11 from a number or a name ("A#", "Db", "F♯ minor"), or None."""
    number = parse_number(value)
    if number is not None or value is None:
        return number
    text = str(value).strip().lower().replace("♯", "#").replace("♭", "b")
    if not text or text[0] not in _KEYS or (len(text) > 1 and text[1] not in "#b m"):
        return None
    sign = {"#": 1, "b": -1}.get(text[1:2], 0)
    return float((_KEYS[text[0]] + sign) % 12)


def parse_mode(value: Any) -> float | None:
    """Return 1 for major and 0 for minor, from a number or a word, or None."""
    number = parse_number(value)
    if number is not None or value is None:
        return number
    text = str(value).strip().lower()
    if text in ("major", "maj", "dur"):
        return 1.0
    return 0.0 if text in ("minor", "min", "moll") else None


def parse_time_signature(value: Any) -> float | None:
    """Return the beats per bar from 4, "4" or "4/4", or None."""
    if isinstance(value, str) and "/" in value:
        value = value.split("/", 1)[0]
    return parse_number(value)


def parse_clock(value: Any) -> float | None:
    """Return seconds from "3:45" or "1:02:03", or None."""
    found = _CLOCK.fullmatch(str(value).strip()) if isinstance(value, str) else None
    if not found:
        return None
    hours, minutes, seconds = found.groups()
    return 3600.0 * float(hours or 0) + 60.0 * float(minutes) + float(seconds)


def parse_year(value: Any) -> int | None:
    """Return the year in a date of any common form, or None."""
    if hasattr(value, "year"):
        return int(value.year)
    number = value if isinstance(value, (int, float)) else None
    text = str(int(number)) if number is not None and math.isfinite(number) else str(value or "")
    found = _YEAR.search(text)
    return int(found.group(1)) if found else None


def parse_flag(value: Any) -> bool | None:
    """Return a yes or no in any common spelling, or None."""
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower() if value is not None else ""
    if text in ("true", "1", "1.0", "yes", "y", "t", "explicit"):
        return True
    return False if text in ("false", "0", "0.0", "no", "n", "f", "clean", "notexplicit") else None


def parse_isrc(value: Any) -> str:
    """Return an ISRC (ISO 3901) without its hyphens, or empty when it is none."""
    text = clean_text(value).upper().replace("-", "").replace(" ", "")
    return text if _ISRC.fullmatch(text) else ""


def spotify_id_of(text: str) -> str:
    """Return the 22 characters of a Spotify track id, URI or link, or empty."""
    if len(text) == 22 and _SPOTIFY_ID.fullmatch(text):
        return text
    found = _SPOTIFY_LINK.match(text)
    return found.group(1) if found else ""


def clean_id(value: Any) -> str:
    """Return an id as text: ``32894.0`` is ``32894``, a Spotify URI or link is its id."""
    text = clean_text(value)
    whole = _WHOLE_FLOAT.fullmatch(text)
    if whole:
        return whole.group(1)
    return spotify_id_of(text) or text


_FEATURING = re.compile(r"\s+(?:feat\.?|ft\.?|featuring)\s+", re.IGNORECASE)
_QUOTED = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)\"""")


def parse_artists(value: Any) -> tuple[str, ...]:
    """Return artists' names from a list, a written list or a joined text.

    Understood are real sequences, JSON and Python lists as text (``['A', "B's"]``), names joined
    by ``;`` or by ``, ``, and "A feat. B". A comma does not part a name whose end says that it
    is one: "Tyler, The Creator", "Earth, Wind & Fire".
    """
    if value is None:
        return ()
    if isinstance(value, (list, tuple)):
        names: Sequence[str] = [str(name) for name in value if name is not None]
    else:
        text = clean_text(value, UNKNOWN_NAMES)
        if text.startswith("[") and text.endswith("]"):
            names = _written_list(text)
        elif ";" in text:
            names = text.split(";")
        else:
            names = _split_commas(text) if ", " in text else [text]
    kept: dict[str, None] = {}
    for name in names:
        for part in _FEATURING.split(name):
            cleaned = clean_text(part, UNKNOWN_NAMES)[:ARTIST_LIMIT].strip(" ,;")
            if cleaned:
                kept.setdefault(cleaned)
    return tuple(kept)[:ARTISTS_LIMIT]


def _written_list(text: str) -> list[str]:
    try:
        loaded = json.loads(text)
        if isinstance(loaded, list):
            return [str(name) for name in loaded]
    except ValueError:
        pass
    found = [single or double for single, double in _QUOTED.findall(text)]
    if not found:
        return [text] if len(text) > 2 else []
    return [re.sub(r"\\(.)", r"\1", name) for name in found]


def _split_commas(text: str) -> list[str]:
    parts = text.split(", ")
    last = parts[-1].lower()
    if last.startswith(("the ", "jr", "inc")) or " & " in last or " and " in last:
        return [text]
    return parts

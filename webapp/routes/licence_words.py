"""Licences as pages name them, with the way to their deed where there is one."""

from __future__ import annotations

import re
from dataclasses import dataclass

DEEDS = "https://creativecommons.org"

_CODE = re.compile(
    r"(?<![a-z0-9])(?P<named>cc[\s_()-]*|licenses/)?(?P<code>by(?:[\s_-]+(?:nc|nd|sa))*)(?![a-z])"
    r"(?:[\s_/-]*v?(?P<version>[1-4]\.[05]))?(?:[\s_/-]+(?P<place>[a-z]{2})(?![a-z]))?"
)
_BARE = re.compile(r"(?:cc|creative\s*commons)[\s:_()-]*by\W*\Z")
_ZERO = re.compile(r"(?<![a-z0-9])cc[\s_-]*(?:0|zero)(?![a-z])|publicdomain/zero")
_MARK = re.compile(r"public[\s_-]*domain(?:[\s_-]*mark)?|publicdomain/mark")
_CC = re.compile(r"(?<![a-z0-9])cc(?![a-z])|creative\s*commons|creativecommons\.org")
_DENIED = re.compile(
    r"(?<![a-z])(?:not|no|never|non|isn['’]?t)[\s:_-]+(?:(?:in|under|of|an?|the|licen[cs]ed)[\s:_-]+)*\Z"
)
_PARTS = ("nc", "nd", "sa")
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence.

    Parameters
    ----------
    name
        For people.
    url
        Of its deed, or empty where it is none that is known here.
    """

    name: str
    url: str


def licence_words(text: str) -> Licence | None:
    """Return a licence as it is named, or None for an empty text.

    Only Creative Commons' own deeds are linked to, by addresses that are made here.

    >>> licence_words("CC BY-NC-SA 3.0")
    Licence(name='CC BY-NC-SA 3.0', url='https://creativecommons.org/licenses/by-nc-sa/3.0/')
    >>> licence_words("http://creativecommons.org/licenses/by-nd/4.0/").name
    'CC BY-ND 4.0'
    >>> licence_words("This is not in the public domain").url
    ''
    >>> licence_words("All rights reserved. Sung by Ada, not under Creative Commons").url
    ''
    """
    plain = text.strip()
    if not plain:
        return None
    low = plain.casefold()
    if _said(_ZERO, low):
        return Licence("CC0 1.0", f"{DEEDS}/publicdomain/zero/1.0/")
    found = next((one for one in _CODE.finditer(low) if _is_code(one, low)), None)
    if found is not None and _CC.search(low):
        said = re.split(r"[\s_-]+", found["code"])
        code = "-".join(["by", *(part for part in _PARTS if part in said)])
        version = found["version"]
        name = f"CC {code.upper()}" + (f" {version}" if version else "")
        # Which version it is decides what it says; without one there is no deed to point at.
        url = f"{DEEDS}/licenses/{code}/{version}/" if version else ""
        return Licence(name, url)
    if _said(_MARK, low):
        return Licence(plain[:_LONGEST], f"{DEEDS}/publicdomain/mark/1.0/")
    return Licence(plain[:_LONGEST] + ("…" if len(plain) > _LONGEST else ""), "")


def _said(pattern: re.Pattern[str], text: str) -> bool:
    return any(not _DENIED.search(text, 0, one.start()) for one in pattern.finditer(text))


def _is_code(found: re.Match[str], text: str) -> bool:
    """Whether a licence is meant, and neither the word "by" of a sentence nor what it is not."""
    if _DENIED.search(text, 0, found.start()):
        return False
    more = found["named"] or found["version"] or found["code"] != "by"
    return bool(more or _BARE.search(text))

"""Where to go after the login: only ever to a page of this site."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

# One leading slash, then only characters that every browser reads as a path and a query:
# no backslash (browsers read it as a slash), no control character, no second slash in front.
_PATH = re.compile(r"/(?:[A-Za-z0-9._~!$&'()*+,;=:@?-][A-Za-z0-9._~!$&'()*+,;=:@?/%-]*)?\Z")
LONGEST = 500


def safe_next(wanted: str | None, otherwise: str = "/seeds") -> str:
    """Return `wanted` if it is a path of this site, else `otherwise`.

    >>> safe_next("/p/1?tab=a"), safe_next("//evil.example"), safe_next("https://evil.example")
    ('/p/1?tab=a', '/seeds', '/seeds')
    """
    if not wanted or len(wanted) > LONGEST or not _PATH.match(wanted):
        return otherwise
    parts = urlsplit(wanted)
    if parts.scheme or parts.netloc or "%0" in wanted or "%5c" in wanted.lower():
        return otherwise
    return wanted

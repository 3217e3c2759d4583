"""What Hooklist asks the user for, and no more: the why of each is in ``docs/spotify.md``."""

from __future__ import annotations

from collections.abc import Iterable

LOGIN_SCOPES = frozenset(
    {
        "playlist-read-private",
        "user-library-read",
        "user-read-recently-played",
        "user-top-read",
    }
)
"""Reading what seeds are picked from."""

SAVE_PRIVATE = "playlist-modify-private"
SAVE_PUBLIC = "playlist-modify-public"

KNOWN_SCOPES = LOGIN_SCOPES | {SAVE_PRIVATE, SAVE_PUBLIC}


def save_scopes(*, public: bool) -> frozenset[str]:
    """Return what saving needs; the public one only if somebody wants a public playlist."""
    return frozenset({SAVE_PRIVATE, SAVE_PUBLIC}) if public else frozenset({SAVE_PRIVATE})


def missing_scopes(granted: Iterable[str], needed: Iterable[str]) -> tuple[str, ...]:
    """Return what is needed and not granted, in alphabetical order."""
    return tuple(sorted(set(needed) - set(granted)))

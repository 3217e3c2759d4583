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

PLAY_SCOPES = frozenset({"streaming", "user-modify-playback-state", "user-read-playback-state"})
"""Playing in the browser with Spotify's own player, for Premium."""

COVER = "ugc-image-upload"
"""Giving a playlist of the user's a picture."""

KNOWN_SCOPES = LOGIN_SCOPES | PLAY_SCOPES | {SAVE_PRIVATE, SAVE_PUBLIC, COVER}


def save_scopes(*, public: bool, cover: bool = False) -> frozenset[str]:
    """Return what saving needs; for public playlists and covers only where they are wanted."""
    wanted = {SAVE_PRIVATE: True, SAVE_PUBLIC: public, COVER: cover}
    return frozenset(scope for scope, needed in wanted.items() if needed)


def missing_scopes(granted: Iterable[str], needed: Iterable[str]) -> tuple[str, ...]:
    """Return what is needed and not granted, in alphabetical order."""
    return tuple(sorted(set(needed) - set(granted)))

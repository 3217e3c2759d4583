"""Spotify: the login and the gateway. Nothing else of Hooklist talks to Spotify (a test holds it).

Names are imported when first used, because spotipy and requests cost a tenth of a second.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from webapp.spotify.config import SpotifyConfig as SpotifyConfig
    from webapp.spotify.connections import Connection as Connection
    from webapp.spotify.gateway import Gateway as Gateway
    from webapp.spotify.gateway import UserSpotify as UserSpotify
    from webapp.spotify.oauth import LoggedIn as LoggedIn
    from webapp.spotify.oauth import OAuth as OAuth
    from webapp.spotify.objects import Page as Page
    from webapp.spotify.objects import Profile as Profile
    from webapp.spotify.objects import SpotifyPlaylist as SpotifyPlaylist
    from webapp.spotify.objects import SpotifyTrack as SpotifyTrack
    from webapp.spotify.scopes import LOGIN_SCOPES as LOGIN_SCOPES
    from webapp.spotify.scopes import save_scopes as save_scopes

_HOMES = {
    "Connection": "connections",
    "Gateway": "gateway",
    "LOGIN_SCOPES": "scopes",
    "LoggedIn": "oauth",
    "OAuth": "oauth",
    "Page": "objects",
    "Profile": "objects",
    "SpotifyConfig": "config",
    "SpotifyPlaylist": "objects",
    "SpotifyTrack": "objects",
    "UserSpotify": "gateway",
    "save_scopes": "scopes",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)

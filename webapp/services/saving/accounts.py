"""What saving needs of Spotify."""

from __future__ import annotations

from typing import Protocol

from webapp.services.saving.recipe import Playlists
from webapp.spotify.connections import Connection
from webapp.spotify.objects import Page, SpotifyTrack


class Account(Playlists, Protocol):
    """What is needed of Spotify: `webapp.spotify.UserSpotify`."""

    def search(self, query: str) -> Page[SpotifyTrack]:
        """Find tracks."""

    def track(self, track_id: str) -> SpotifyTrack:
        """Return one track."""

    def upload_cover(self, playlist_id: str, jpeg: bytes) -> None:
        """Give a playlist a picture."""


class SpotifyUsers(Protocol):
    """The gateway: `webapp.spotify.Gateway`."""

    def for_user(self, user_id: str) -> Account:
        """Return Spotify as a user sees it."""

    def connection(self, user_id: str) -> Connection | None:
        """Return how the user is connected."""

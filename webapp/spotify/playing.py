"""Playing on the user's own Spotify, for Premium: whole tracks, unaltered, one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from webapp.spotify.scopes import PLAY_SCOPES
from webapp.spotify.web_api import Call
from webapp.spotify.writing import UserWriting, track_uris


class UserPlaying(UserWriting):
    """Starts playback for one user, on a device of theirs."""

    def play(self, device_id: str, uris: Sequence[str], position_ms: int = 0) -> None:
        """Play tracks on a device, the first from `position_ms` (``PUT /me/player/play``).

        One call for the whole list: what comes after it, the player in the browser does by itself.

        Raises
        ------
        SpotifyPremiumNeeded
            If the account has no Premium.
        SpotifyNotFound
            If Spotify does not know the device (yet).
        SpotifyRefused
            If `uris` are no tracks, or more than fit into one call.
        """
        body = {"uris": track_uris(uris), "position_ms": max(0, int(position_ms))}
        self._ask(
            Call(
                "Spotify did not start to play",
                lambda client: client._put("me/player/play", payload=body, device_id=device_id),
                needs=tuple(sorted(PLAY_SCOPES)),
                repeatable=False,
            )
        )

"""Read-only links to a playlist: made by its owner, good until revoked, known to nobody else.

A token is a message authentication code of a random number under the installation's secret key
(HMAC-SHA-256, RFC 2104): 256 bits that cannot be guessed. The database has the number and the
token's hash, so whoever reads it has no link; the owner's page makes the same token again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from webapp.errors import ShareUnknown
from webapp.store.values import digest, new_id

if TYPE_CHECKING:
    from webapp.store import Playlist, SharedLinks

TOKEN = re.compile(r"[0-9A-Za-z_-]{43}\Z")
_PURPOSE = b"hooklist shared link\n"


@dataclass(frozen=True, slots=True)
class Shared:
    """How a playlist is shared.

    Attributes
    ----------
    state
        ``never``, ``shared``, or ``revoked``.
    token
        Of the link that works. Empty without one, and where the secret key it was made with is
        gone: then the link still works, but only a new one can be shown.
    since
        Seconds since the epoch: when it was shared, or revoked.
    """

    state: Literal["never", "shared", "revoked"]
    token: str = ""
    since: float | None = None


class Sharing:
    """Makes, finds and ends links.

    Parameters
    ----------
    links
        The store.
    keys
        Secret keys of the installation, the one to make new links with first.
    """

    def __init__(self, links: SharedLinks, keys: Sequence[str]) -> None:
        self._links = links
        self._keys = tuple(keys)

    def share(self, user_id: str, playlist_id: str, *, anew: bool = False) -> Shared:
        """Make a link; one that works is kept unless a new one is wanted, which ends it.

        Raises
        ------
        PlaylistUnknown
            If there is no such playlist, or it is another user's.
        """
        nonce = new_id()
        token = token_of(self._keys[0], nonce)
        self._links.put(playlist_id, user_id, nonce=nonce, token_hash=digest(token), anew=anew)
        return self.state(user_id, playlist_id)

    def revoke(self, user_id: str, playlist_id: str) -> None:
        """End the link of a playlist at once."""
        self._links.revoke(playlist_id, user_id)

    def state(self, user_id: str, playlist_id: str) -> Shared:
        """Return how a playlist is shared."""
        link = self._links.of_playlist(playlist_id, user_id)
        if link is None:
            return Shared("never")
        if link.token_hash is None:
            return Shared("revoked", since=link.revoked_at)
        tokens = (token_of(key, link.nonce) for key in self._keys)
        token = next((one for one in tokens if digest(one) == link.token_hash), "")
        return Shared("shared", token, link.created_at)

    def open(self, token: str) -> Playlist:
        """Return the playlist that a link opens.

        Raises
        ------
        ShareUnknown
            If none does; nobody can tell why.
        """
        playlist = self._links.playlist(digest(token)) if TOKEN.match(token) else None
        if playlist is None or playlist.state != "ready":
            raise ShareUnknown(
                "This link opens nothing",
                why="it was revoked, its playlist was deleted, or it was not copied completely",
                next_step="ask whoever sent it for a new one",
            )
        return playlist


def token_of(key: str, nonce: str) -> str:
    """Return the token that a number gives under a key: 43 letters, digits, ``-`` and ``_``."""
    code = hmac.new(key.encode(), _PURPOSE + nonce.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(code).decode("ascii").rstrip("=")

"""What can go wrong with Spotify, each kind told apart, because each has another way out."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from hooklist_errors import HooklistError


class SpotifyError(HooklistError):
    """Spotify could not do what was asked, for a reason that none of the others tells.

    Attributes
    ----------
    retry_after
        Seconds after which asking again makes sense; None if waiting does not help.
    until
        The same as a moment, seconds since the epoch.
    """

    code: ClassVar[str] = "spotify.failed"

    def __init__(
        self,
        what: str,
        *,
        retry_after: float | None = None,
        until: float | None = None,
        **more: Any,
    ) -> None:
        super().__init__(what, **more)
        self.retry_after = retry_after
        self.until = until
        if retry_after is not None:
            self.details.setdefault("retry_after", round(retry_after, 1))
        if until is not None:
            self.details.setdefault("until", until)


class SpotifyUnavailable(SpotifyError):
    """Spotify does not answer, or answers that it cannot: temporary, never a logout."""

    code: ClassVar[str] = "spotify.unavailable"


class SpotifyTimeout(SpotifyUnavailable):
    """The answer was not complete within the time one call may take."""

    code: ClassVar[str] = "spotify.timeout"


class SpotifyUnreadable(SpotifyUnavailable):
    """The answer is not what the Web API promises: not JSON, too large, or a redirect."""

    code: ClassVar[str] = "spotify.unreadable"


class SpotifyRateLimited(SpotifyError):
    """Too many requests within Spotify's rolling 30 seconds."""

    code: ClassVar[str] = "spotify.rate_limited"


class SpotifyQuotaExceeded(SpotifyError):
    """The developer account has used up its quota; this lasts for hours."""

    code: ClassVar[str] = "spotify.quota"


class SpotifyBudgetSpent(SpotifyError):
    """Hooklist's own budget, kept below Spotify's limits, is used up for the moment."""

    code: ClassVar[str] = "spotify.budget"


class SpotifyReconnect(SpotifyError):
    """The connection to the account has ended; only a login makes a new one."""

    code: ClassVar[str] = "spotify.reconnect"


class SpotifyScopeMissing(SpotifyError):
    """The user has not agreed to what this needs.

    Attributes
    ----------
    scopes
        What has to be asked for.
    """

    code: ClassVar[str] = "spotify.scope"

    def __init__(self, what: str, *, scopes: tuple[str, ...] = (), **more: Any) -> None:
        super().__init__(what, **more)
        self.scopes = scopes
        self.details["scopes"] = list(scopes)


class SpotifyUserNotAllowed(SpotifyError):
    """The account is not on the list of users of the Spotify app."""

    code: ClassVar[str] = "spotify.not_allowed_user"


class SpotifyOwnerNeedsPremium(SpotifyError):
    """The owner of the Spotify app has no Premium subscription, so the app is stopped."""

    code: ClassVar[str] = "spotify.owner_premium"


class SpotifyPremiumNeeded(SpotifyError):
    """Spotify plays in other programs for accounts with Premium only."""

    code: ClassVar[str] = "spotify.premium"


class SpotifyForeignPlaylist(SpotifyError):
    """The playlist belongs to somebody else; Spotify shows its contents to nobody else."""

    code: ClassVar[str] = "spotify.foreign_playlist"


class SpotifyForbidden(SpotifyError):
    """Spotify refuses, and does not say why in a way we know."""

    code: ClassVar[str] = "spotify.forbidden"


class SpotifyNotFound(SpotifyError):
    """Spotify does not have it."""

    code: ClassVar[str] = "spotify.not_found"


class SpotifyRefused(SpotifyError):
    """Spotify says the request itself is wrong."""

    code: ClassVar[str] = "spotify.refused"


class SpotifyAppInvalid(SpotifyError):
    """Spotify does not know this client id, secret or redirect address."""

    code: ClassVar[str] = "spotify.app"


def tally_name(error: HooklistError) -> str:
    """Return what a failure is counted as: its code, and what the accounts service called it.

    >>> tally_name(SpotifyAppInvalid("No", details={"oauth": "invalid_client"}))
    'spotify.app:invalid_client'
    """
    told = error.details.get("oauth")
    plain = isinstance(told, str) and re.fullmatch(r"[a-z_]{1,40}", told)
    return f"{error.code}:{told}" if plain else error.code


class LoginDenied(HooklistError):
    """The user pressed Cancel on Spotify's page."""

    code: ClassVar[str] = "login.denied"


class LoginFailed(HooklistError):
    """Spotify ended the login without saying yes or no."""

    code: ClassVar[str] = "login.failed"

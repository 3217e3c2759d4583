"""What an answer other than success means."""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from webapp.spotify.errors import (
    SpotifyError,
    SpotifyForbidden,
    SpotifyForeignPlaylist,
    SpotifyNotFound,
    SpotifyOwnerNeedsPremium,
    SpotifyPremiumNeeded,
    SpotifyQuotaExceeded,
    SpotifyRateLimited,
    SpotifyRefused,
    SpotifyScopeMissing,
    SpotifyUnavailable,
    SpotifyUserNotAllowed,
)

LONGEST_RETRY = 7 * 86_400.0
"""Seconds; a longer Retry-After is a mistake of somebody's."""

_WITHOUT_RETRY_AFTER = {"rate": 5.0, "quota": 3600.0}


def refusal(
    status: int,
    message: str,
    reason: str,
    headers: Mapping[str, str],
    *,
    what: str,
    needs: tuple[str, ...] = (),
    playlist: str = "",
    now: float | None = None,
) -> SpotifyError:
    """Return the failure that an answer stands for.

    Parameters
    ----------
    status, message, reason
        As sent.
    headers
        For Retry-After.
    what
        What was to be done, as the start of a sentence.
    needs
        Scopes it needs, for the error that says which are missing.
    playlist
        The playlist whose contents were asked for, if so: its 403 means that it is somebody else's.
    now
        Seconds since the epoch.
    """
    now = time.time() if now is None else now
    if status == 429:
        return _too_many(reason, headers, what, now)
    if status == 403:
        return _forbidden(message, what, needs, playlist)
    if status == 404:
        return SpotifyNotFound(
            what, which=playlist, why="Spotify does not have it", next_step="choose another"
        )
    if status >= 500:
        return SpotifyUnavailable(
            what,
            why=f"Spotify has trouble of its own (HTTP {status})",
            next_step="try again in a minute",
            retry_after=retry_after(headers, now) or 15.0,
        )
    return SpotifyRefused(
        what,
        why=f"Spotify refused it (HTTP {status}{': ' if message else ''}{message[:200]})",
        next_step="if it stays so, tell the operator",
    )


def _too_many(reason: str, headers: Mapping[str, str], what: str, now: float) -> SpotifyError:
    quota = reason.upper() == "QUOTA_EXCEEDED"
    told = retry_after(headers, now)
    wait = _WITHOUT_RETRY_AFTER["quota" if quota else "rate"] if told is None else told
    return too_many(what, wait, now + wait, quota=quota)


def too_many(what: str, wait: float, until: float, *, quota: bool) -> SpotifyError:
    """Return the failure of a request that Spotify does not want before `until`."""
    kind = SpotifyQuotaExceeded if quota else SpotifyRateLimited
    why = (
        "the daily quota of this installation's Spotify account is used up"
        if quota
        else "Spotify asks for a pause"
    )
    return kind(
        what,
        why=why,
        next_step=f"it can go on at {moment(until)}",
        retry_after=max(0.0, wait),
        until=until,
    )


def moment(until: float) -> str:
    """Return a moment as text in UTC, for logs and plain clients; pages use ``error.until``."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(until))


def _forbidden(message: str, what: str, needs: tuple[str, ...], playlist: str) -> SpotifyError:
    told = message.lower()
    if "registered" in told:
        return SpotifyUserNotAllowed(
            what,
            why="this Spotify account is not on the user list of this installation's Spotify app",
            next_step="ask the operator to add its name and e-mail address under User Management "
            "in the Spotify dashboard (five accounts at most)",
        )
    if "premium" in told and "owner" in told:
        return SpotifyOwnerNeedsPremium(
            what,
            why="Spotify has stopped this installation's app because its owner has no Premium",
            next_step="the operator renews Premium; it can take hours until Spotify notices",
        )
    if "premium" in told:
        return SpotifyPremiumNeeded(
            what,
            why="Spotify plays in other programs for accounts with Premium only",
            next_step="listen with Spotify's own player, which each track links to",
        )
    if "scope" in told:
        return SpotifyScopeMissing(
            what,
            why="you have not agreed to this yet",
            next_step="log in again and agree",
            scopes=needs,
        )
    if playlist:
        return SpotifyForeignPlaylist(
            what,
            which=playlist,
            why="Spotify shows a playlist's tracks only to its owner and to collaborators",
            next_step="copy its tracks into a playlist of your own, or choose another",
        )
    return SpotifyForbidden(
        what,
        why=f"Spotify refused it{': ' if message else ''}{message[:200]}",
        next_step="if it stays so, tell the operator",
    )


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds that ``Retry-After`` asks for (RFC 9110 §10.2.3), or None."""
    told = (headers.get("Retry-After") or "").strip()
    if told.isascii() and told.isdigit() and len(told) < 12:
        return min(float(told), LONGEST_RETRY)
    try:
        wait = parsedate_to_datetime(told).timestamp() - now
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max(0.0, wait), LONGEST_RETRY)

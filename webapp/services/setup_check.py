"""Whether the Spotify app is set up as it must be, and how to mend what is not.

Two sources: what was really seen in the last two days (counts by error code, without anybody's
name), and three questions to Spotify when somebody asks for them. What neither can tell is said
to be unknown rather than good.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from hooklist_errors import HooklistError
from webapp.i18n import _
from webapp.settings import LOOPBACK_HOSTS, Settings
from webapp.spotify import Gateway, OAuth
from webapp.spotify.errors import (
    SpotifyAppInvalid,
    SpotifyBudgetSpent,
    SpotifyOwnerNeedsPremium,
    SpotifyQuotaExceeded,
    SpotifyRateLimited,
    SpotifyReconnect,
    SpotifyScopeMissing,
    SpotifyUnavailable,
    SpotifyUserNotAllowed,
)
from webapp.spotify.scopes import LOGIN_SCOPES
from webapp.store.tallies import Tallies, Tally

State: TypeAlias = Literal["good", "unknown", "warn", "bad"]

ENOUGH_LOGINS = 3
"""Logins that nobody came back from, until that is told: one may have closed the page."""

LEFT_FOR = 600.0
"""Seconds after which a login that has not come back will not (codes live so long)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found out about one point.

    Attributes
    ----------
    name
        Stable.
    title
        What was looked at, in words.
    state
        ``bad`` stops people, ``warn`` may, ``unknown`` was not seen and not asked, ``good``.
    sentence
        What was found.
    mend
        What to do; empty where there is nothing.
    """

    name: str
    title: str
    state: State
    sentence: str
    mend: str = ""

    @property
    def wrong(self) -> bool:
        """Whether something has to be mended before people can use this installation."""
        return self.state == "bad"


class SetupCheck:
    """The check.

    Parameters
    ----------
    settings
        What the operator has set.
    oauth, gateway
        The ways to Spotify: asked only by `ask`, within their own bounds and budget.
    tallies
        What was seen.
    clock
        Seconds since the epoch.
    """

    def __init__(
        self,
        settings: Settings,
        oauth: OAuth,
        gateway: Gateway,
        tallies: Tallies,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._oauth = oauth
        self._gateway = gateway
        self._tallies = tallies
        self._clock = clock

    def seen(self, user_id: str | None = None) -> tuple[Finding, ...]:
        """Return what the settings and the last two days tell; Spotify is not asked.

        Parameters
        ----------
        user_id
            Whose permissions to look at; None for nobody's.
        """
        seen = self._tallies.recent()
        return (
            self._address(),
            self._app(seen),
            self._registered(seen),
            self._premium(seen),
            self._people(seen),
            self._scopes(seen, user_id),
            self._pace(),
        )

    def ask(self, user_id: str | None = None) -> tuple[Finding, ...]:
        """Ask Spotify, too: about the app, its redirect address, and as `user_id` who that is.

        Three requests at most, each within the usual bounds; the last within the usual budget. What
        Spotify answers takes the place of what was seen earlier.
        """
        asked = [self._ask_app(), self._ask_redirect()]
        if user_id is not None:
            asked.append(self._ask_web_api(user_id))
        found = {finding.name: finding for finding in self.seen(user_id)}
        for finding in asked:
            if finding is not None:
                found[finding.name] = finding
        return tuple(found.values())

    # -- what is known without asking ----------------------------------------------------------

    def _address(self) -> Finding:
        title = _("Redirect address in the settings")
        uri, own = self._settings.redirect_uri, f"{self._settings.base_url}/callback"
        host = urlsplit(uri).hostname or ""
        if host == "localhost":
            return Finding(
                "address", title, "bad",
                _("%(uri)s: Spotify refuses localhost.", uri=uri),
                _("Set HOOKLIST_BASE_URL to http://127.0.0.1 and the port, and register that."),
            )  # fmt: skip
        if not uri.startswith("https://") and host not in LOOPBACK_HOSTS:
            return Finding(
                "address", title, "bad",
                _("%(uri)s: Spotify takes https only, except on this machine.", uri=uri),
                _("Put a proxy with TLS in front and set HOOKLIST_BASE_URL to its address."),
            )  # fmt: skip
        if uri != own:
            return Finding(
                "address", title, "warn",
                _("Spotify leads to %(uri)s, but this server answers at %(own)s.",
                  uri=uri, own=own),
                _("Unset HOOKLIST_SPOTIFY_REDIRECT_URI, unless something leads on from there."),
            )  # fmt: skip
        return Finding("address", title, "good", uri)

    def _app(self, seen: Mapping[str, Tally]) -> Finding:
        refused = _latest(seen, "spotify.app:invalid_client", "spotify.app:unauthorized_client",
                          "spotify.app:refused", "spotify.app")  # fmt: skip
        if refused is None:
            done = seen.get("login.done")
            if done is not None:
                return Finding(
                    "app", self._app_title(), "good", _("Spotify knows them: logins have worked.")
                )
            return Finding("app", self._app_title(), "unknown", _("Nobody has logged in lately."))
        if _mended(refused, seen.get("login.done")):
            return Finding(
                "app", self._app_title(), "good",
                _("Spotify refused them before the last login; since then it has worked."),
            )  # fmt: skip
        return self._wrong_app(refused.count)

    def _registered(self, seen: Mapping[str, Tally]) -> Finding:
        title = self._registered_title()
        refused, done = seen.get("spotify.app:redirect_uri"), seen.get("login.done")
        if refused is not None and not _mended(refused, done):
            return self._wrong_redirect(_("Spotify knows another redirect address."))
        begun, back = seen.get("login.begun"), seen.get("login.back")
        lost = begun.count - (back.count if back else 0) if begun else 0
        waited = begun is not None and self._clock() - begun.last > LEFT_FOR
        if back is None and begun is not None and lost >= ENOUGH_LOGINS and waited:
            return self._wrong_redirect(
                _("%(count)s logins were begun, and nobody came back from Spotify's page. If that "
                  "page says “INVALID_CLIENT”, this is why.", count=lost),
                state="warn",
            )  # fmt: skip
        if back is not None:
            return Finding("redirect", title, "good", _("Spotify leads back to this server."))
        return Finding("redirect", title, "unknown", _("Nobody has come back from Spotify lately."))

    def _premium(self, seen: Mapping[str, Tally]) -> Finding:
        title = _("Premium of the app's owner")
        refused = seen.get("spotify.owner_premium")
        if refused is None or _mended(refused, seen.get("login.done")):
            state: State = "good" if "login.done" in seen else "unknown"
            return Finding("premium", title, state, _("Spotify has not complained."))
        return self._no_premium()

    def _people(self, seen: Mapping[str, Tally]) -> Finding:
        title = _("People on the app's list")
        refused = seen.get("spotify.not_allowed_user")
        if refused is None:
            state: State = "good" if "login.done" in seen else "unknown"
            return Finding("people", title, state, _("Spotify has turned nobody away."))
        return Finding(
            "people", title, "warn",
            _("Spotify has turned away people whom the app does not list (%(count)s times).",
              count=refused.count),
            self._list_people(),
        )  # fmt: skip

    def _scopes(self, seen: Mapping[str, Tally], user_id: str | None) -> Finding:
        title = _("Permissions")
        if user_id is not None and self._gateway.connection(user_id) is not None:
            missing = self._gateway.missing_scopes(user_id, LOGIN_SCOPES)
            if missing:
                return Finding(
                    "scopes", title, "warn",
                    _("You have not allowed: %(scopes)s.", scopes=", ".join(missing)),
                    _("Log in again and agree."),
                )  # fmt: skip
        refused = seen.get("spotify.scope")
        if refused is not None:
            return Finding(
                "scopes", title, "warn",
                _("Something was tried without permission (%(count)s times); whoever tried it was "
                  "led to Spotify's page.", count=refused.count),
                _("Nothing, unless it happens again and again: then Spotify has renamed a scope."),
            )  # fmt: skip
        state: State = "good" if user_id is not None else "unknown"
        return Finding("scopes", title, state, _("Nothing was refused for want of permission."))

    def _pace(self) -> Finding:
        title = _("Requests to Spotify")
        pace = self._gateway.pace()
        if pace.cooldown is not None:
            quota = pace.cooldown.reason == SpotifyQuotaExceeded.code
            return Finding(
                "pace", title, "bad" if quota else "warn",
                _("The daily quota of the developer account is used up.") if quota
                else _("Spotify has asked for a pause."),
                _("Wait. Other programs with the same client id share the quota: give each its "
                  "own."),
            )  # fmt: skip
        if pace.stopped > 0:
            return Finding(
                "pace", title, "warn",
                _("Spotify failed several times in a row; it is left alone for half a minute."),
                _("Wait; if it lasts, look at Spotify's status page and this machine's network."),
            )  # fmt: skip
        return Finding("pace", title, "good", _("Within the limits."))

    # -- asking --------------------------------------------------------------------------------

    def _ask_app(self) -> Finding | None:
        try:
            refused = self._oauth.check_app()
        except HooklistError as error:
            return self._no_answer("app", self._app_title(), error)
        if refused:
            return self._wrong_app(1)
        return Finding("app", self._app_title(), "good", _("Spotify knows them: just asked."))

    def _ask_redirect(self) -> Finding | None:
        try:
            refused = self._oauth.check_redirect()
        except HooklistError as error:
            return self._no_answer("redirect", self._registered_title(), error)
        if "redirect" in refused.lower():
            return self._wrong_redirect(_("Spotify says: “%(words)s”.", words=refused))
        if refused:
            return self._wrong_app(1)
        # That it is not refused proves little: Spotify may look at it only after the login.
        return None

    def _ask_web_api(self, user_id: str) -> Finding:
        title = _("The Web API, asked as you")
        try:
            self._gateway.probe(user_id)
        except SpotifyOwnerNeedsPremium:
            return self._no_premium()
        except SpotifyUserNotAllowed:
            return Finding(
                "people", _("People on the app's list"), "bad",
                _("Spotify turns your own account away: the app does not list it."),
                self._list_people(),
            )  # fmt: skip
        except SpotifyAppInvalid:
            return self._wrong_app(1)
        except (SpotifyReconnect, SpotifyScopeMissing) as error:
            return Finding("web_api", title, "warn", f"{error.what}: {error.why}.",
                           _("Log in again and agree."))  # fmt: skip
        except (SpotifyRateLimited, SpotifyQuotaExceeded, SpotifyBudgetSpent):
            return self._pace()
        except HooklistError as error:
            return self._no_answer("web_api", title, error)
        return Finding("web_api", title, "good", _("It answers."))

    # -- words ---------------------------------------------------------------------------------

    def _app_title(self) -> str:
        with_secret = bool(self._settings.spotify_client_secret.get_secret_value())
        return _("Client id and secret") if with_secret else _("Client id")

    def _registered_title(self) -> str:
        return _("Redirect address at Spotify")

    def _wrong_app(self, count: int) -> Finding:
        return Finding(
            "app", self._app_title(), "bad",
            _("Spotify does not know them (told %(count)s times).", count=count),
            _("In the Spotify dashboard open the app's settings, copy the client id, and the "
              "secret if you use one, into HOOKLIST_SPOTIFY_CLIENT_ID and "
              "HOOKLIST_SPOTIFY_CLIENT_SECRET, and start again."),
        )  # fmt: skip

    def _wrong_redirect(self, sentence: str, state: State = "bad") -> Finding:
        return Finding(
            "redirect", self._registered_title(), state, sentence,
            _("In the Spotify dashboard, under Redirect URIs, add exactly %(uri)s, letter by "
              "letter, with no slash at the end, and save.", uri=self._settings.redirect_uri),
        )  # fmt: skip

    def _no_premium(self) -> Finding:
        return Finding(
            "premium", _("Premium of the app's owner"), "bad",
            _("Spotify has stopped the app, because its owner has no Premium."),
            _("The owner of the app renews Premium; it can take hours until Spotify notices."),
        )  # fmt: skip

    def _list_people(self) -> str:
        return _(
            "In the Spotify dashboard, under User Management, add name and e-mail address of each "
            "person (five at most)."
        )

    def _no_answer(self, name: str, title: str, error: HooklistError) -> Finding:
        temporary = isinstance(error, SpotifyUnavailable | SpotifyRateLimited)
        return Finding(
            name, title, "warn" if temporary else "bad",
            _("Spotify could not be asked: %(why)s.", why=error.why or error.what),
            _("Try again in a minute; if it lasts, look at this machine's way to the internet."),
        )  # fmt: skip


def _latest(seen: Mapping[str, Tally], *names: str) -> Tally | None:
    found = [seen[name] for name in names if name in seen]
    return max(found, key=lambda tally: tally.last, default=None)


def _mended(failure: Tally, success: Tally | None) -> bool:
    return success is not None and success.last > failure.last

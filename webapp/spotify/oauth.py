"""Logging in with Spotify: authorisation code with PKCE S256 (RFC 6749, 7636, 9700).

State and verifier are made per login, kept by us, bound to the browser's session, and used once.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

from hooklist_errors import HooklistError
from webapp.spotify.accounts import Accounts, Granted
from webapp.spotify.caller import CooldownStore, check_cooldown
from webapp.spotify.config import SpotifyConfig, config_from
from webapp.spotify.connections import Connections, TokenStore
from webapp.spotify.deadline import Deadline
from webapp.spotify.errors import LoginDenied, LoginFailed, tally_name
from webapp.spotify.objects import Profile, Reader
from webapp.spotify.scopes import KNOWN_SCOPES, LOGIN_SCOPES
from webapp.spotify.transport import Transport
from webapp.spotify.web_api import Call, TokenRefused, WebApi
from webapp.store.logins import Login
from webapp.store.tokens import Token
from webapp.store.users import User

if TYPE_CHECKING:
    from webapp.settings import Settings

_LONGEST = 2048
_REFUSED_PAGE = re.compile(r"(?:INVALID_CLIENT|Invalid (?:client|redirect URI))[A-Za-z :_]{0,60}")


class LoginStore(Protocol):
    """Logins under way: `webapp.store.Logins`."""

    def start(self, session_id: str, *, verifier: str, next: str = ...) -> str:
        """Begin one; return its state."""

    def finish(self, state: str, session_id: str) -> Login:
        """Use it up."""


class UserStore(Protocol):
    """Users: `webapp.store.Users`."""

    def upsert(self, spotify_account_id: str, display_name: str | None = ...) -> User:
        """Return the user of an account."""


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A login that worked.

    Attributes
    ----------
    user
        Ours.
    next
        A path of this site.
    scopes
        What the user agreed to.
    """

    user: User
    next: str
    scopes: frozenset[str]


class OAuth:
    """The login in its two halves, and the connections that it makes.

    Parameters
    ----------
    settings
        Which app, and the redirect address.
    users, logins, tokens
        The store.
    cooldowns
        Until when Spotify wants to be left alone; nobody can log in before that.
    clock
        Seconds since the epoch.
    tally
        Told of logins that begin (``login.begun``), come back (``login.back``) and work
        (``login.done``), and the code of those that fail.

    Attributes
    ----------
    config
        What the settings say.
    transport
        The way out.
    connections
        A good access token for every user who is logged in.
    """

    def __init__(
        self,
        settings: Settings | SpotifyConfig,
        *,
        users: UserStore,
        logins: LoginStore,
        tokens: TokenStore,
        cooldowns: CooldownStore | None = None,
        clock: Callable[[], float] = time.time,
        tally: Callable[[str], None] | None = None,
    ) -> None:
        self._tally = tally or (lambda _name: None)
        self.config = config_from(settings)
        self.transport = Transport(self.config)
        self._endpoint = Accounts(self.config, self.transport, clock)
        self.connections = Connections(tokens, self._endpoint, clock)
        self._users = users
        self._logins = logins
        self._tokens = tokens
        self._cooldowns = cooldowns
        self._clock = clock

    def start_login(
        self,
        session_id: str,
        *,
        scopes: Iterable[str] = (),
        next: str = "/seeds",
        user_id: str | None = None,
        ask_again: bool = False,
    ) -> str:
        """Begin a login and return the address of Spotify's page to send the browser to.

        Parameters
        ----------
        session_id
            Of the browser; only there can the login be completed.
        scopes
            What is wanted beside reading seeds, such as `save_scopes`.
        next
            Where to go afterwards; anything but a path of this site becomes ``/seeds``.
        user_id
            Who is logged in already: what they agreed to before is asked for again, because a new
            agreement replaces the old one.
        ask_again
            Show Spotify's page even if the user has agreed before.

        Raises
        ------
        SessionUnknown
            If the session has ended.
        """
        # Here, because the security package imports what imports us.
        from webapp.security.next_page import safe_next

        wanted = set(LOGIN_SCOPES) | set(scopes)
        held = self._tokens.get(user_id) if user_id else None
        if held is not None:
            wanted |= held.scopes & KNOWN_SCOPES
        verifier = secrets.token_urlsafe(64)
        state = self._logins.start(session_id, verifier=verifier, next=safe_next(next))
        question = {
            "client_id": self.config.client_id,
            "response_type": "code",
            "redirect_uri": self.config.redirect_uri,
            "scope": " ".join(sorted(wanted)),
            "state": state,
            "code_challenge_method": "S256",
            "code_challenge": challenge_of(verifier),
        }
        if ask_again:
            question["show_dialog"] = "true"
        self._tally("login.begun")
        return f"{self.config.accounts_url}/authorize?{urlencode(question)}"

    def finish_login(self, session_id: str, query: Mapping[str, str]) -> LoggedIn:
        """Complete a login with what Spotify sent the browser back with.

        Nothing is kept unless Spotify also answers who the user is: an account that is not allowed
        gets tokens too, but every call is refused.

        Parameters
        ----------
        session_id
            Of the browser that came back.
        query
            The parameters of the redirect address.

        Raises
        ------
        LoginStateInvalid
            If the state is missing, used, too old or another browser's. Spotify is not asked.
        LoginDenied
            If the user pressed Cancel.
        LoginFailed
            If Spotify reports another error, or no longer accepts the code.
        SpotifyError
            If Spotify cannot be asked, or refuses the account.
        """
        login = self._logins.finish(_one(query, "state"), session_id)
        self._tally("login.back")
        try:
            done = self._finish(login, query)
        except HooklistError as error:
            self._tally(tally_name(error))
            raise
        self._tally("login.done")
        return done

    def check_app(self) -> str:
        """Return how Spotify refuses this app, empty if it does not; asks once.

        See `webapp.spotify.accounts.Accounts.check_client`.
        """
        return self._endpoint.check_client(Deadline(self.config.deadline))

    def check_redirect(self) -> str:
        """Return what Spotify's page says against the redirect address without a login, or ""."""
        question = {
            "client_id": self.config.client_id,
            "response_type": "code",
            "redirect_uri": self.config.redirect_uri,
            "code_challenge_method": "S256",
            "code_challenge": challenge_of(secrets.token_urlsafe(64)),
        }
        url = f"{self.config.accounts_url}/authorize?{urlencode(question)}"
        seen = self.transport.session(Deadline(self.config.deadline)).look(url)
        found = _REFUSED_PAGE.search(seen.text) if seen.status >= 400 else None
        return found.group(0) if found else ""

    def _finish(self, login: Login, query: Mapping[str, str]) -> LoggedIn:
        if self._cooldowns is not None:
            check_cooldown(self._cooldowns, "You are not logged in", self._clock())
        error = _one(query, "error")
        if error == "access_denied":
            raise LoginDenied(
                "You are not logged in",
                why="access to your Spotify account was not granted",
                next_step="log in again if that was a mistake",
                details={"next": login.next},
            )
        code = _one(query, "code")
        if error or not code:
            raise LoginFailed(
                "The login could not be completed",
                why=f"Spotify reports {error[:60]!r}" if error else "Spotify sent no code",
                next_step="log in again",
            )
        deadline = Deadline(self.config.deadline)
        granted = self._endpoint.exchange(code, login.verifier, deadline)
        profile = self._profile(granted.access_token, deadline)
        return self._keep(granted, profile, login)

    def _profile(self, access_token: str, deadline: Deadline) -> Profile:
        call = Call("Your profile could not be read", lambda client: client.me())
        try:
            sent = WebApi(self.config, self.transport, self._clock).ask(
                access_token, call, deadline
            )
        except TokenRefused:
            raise LoginFailed(
                "The login could not be completed",
                why="Spotify refuses the token it has just given",
                next_step="log in again",
            ) from None
        return Reader(self.config).profile(sent)

    def _keep(self, granted: Granted, profile: Profile, login: Login) -> LoggedIn:
        # Not told means as asked for (RFC 6749 §5.1); if that is wrong, the Web API will say so.
        scopes = KNOWN_SCOPES if granted.scopes is None else granted.scopes
        user = self._users.upsert(profile.account, profile.name)
        token = Token(
            access_token=granted.access_token,
            refresh_token=granted.refresh_token,
            scopes=scopes,
            authorized_at=self._clock(),
            expires_at=granted.expires_at,
        )
        # Not beside a refresh of the old token, whose end would overwrite the new one.
        with self._tokens.refreshing(user.id):
            self._tokens.put(user.id, token)
        return LoggedIn(user, login.next, scopes)


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a PKCE verifier (RFC 7636 §4.2)."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _one(query: Mapping[str, Any], name: str) -> str:
    value = query.get(name)
    return value if isinstance(value, str) and len(value) <= _LONGEST else ""

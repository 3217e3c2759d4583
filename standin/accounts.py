"""The accounts service: asking for consent, handing out tokens."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from standin.grants import ACCESS_SECONDS, Access, Refresh, challenge_of, same
from standin.pages.consent import SCOPES, consent_page, refusal_page
from standin.people import PEOPLE
from standin.wire import Request, Response, empty_response, first_values, json_response
from standin.world import World

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_LOOPBACK = ("127.0.0.1", "::1")


@dataclass(frozen=True)
class Client:
    """The registered app.

    Attributes
    ----------
    secret
        None for a public client, which must use PKCE.
    redirect_uris
        Compared exactly, except that a loopback address without a port stands for any port.
    """

    id: str
    secret: str | None
    redirect_uris: tuple[str, ...]

    def accepts(self, redirect_uri: str) -> bool:
        """Tell whether `redirect_uri` is registered."""
        return any(_same_redirect(registered, redirect_uri) for registered in self.redirect_uris)


def _same_redirect(registered: str, given: str) -> bool:
    if registered == given:
        return True
    try:
        known, asked = urlsplit(registered), urlsplit(given)
        dynamic = known.hostname in _LOOPBACK and known.port is None and asked.port is not None
    except ValueError:
        return False
    port_added = f"{known.netloc}:{asked.port}"
    return dynamic and given == registered.replace(known.netloc, port_added, 1)


def redirect_uri_fault(uri: str) -> str:
    """Say why Spotify would not let `uri` be registered; empty if it would."""
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "it is no address"
    if parts.fragment:
        return "it must not have a fragment"
    if parts.scheme == "https" and host:
        return ""
    if host == "localhost":
        return "localhost is not allowed: use http://127.0.0.1"
    if parts.scheme != "http" or host not in _LOOPBACK:
        return "it must be https, or http on 127.0.0.1 or [::1]"
    return ""


class OAuthError(Exception):
    """An error of the token endpoint (RFC 6749 §5.2)."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.response = json_response(
            {"error": error, "error_description": description}, status, *_UNCACHED
        )


_UNCACHED = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))


class Accounts:
    """Answers ``/authorize`` and ``/api/token``."""

    def __init__(self, world: World, client: Client) -> None:
        self._world = world
        self._client = client

    # -- consent -----------------------------------------------------------------------------

    def authorize(self, request: Request) -> Response:
        """Show the consent page (GET) or act on its answer (POST)."""
        asked = first_values(request.query_string)
        refused = self._refuse(asked)
        if refused is not None:
            return refused
        fault = self._fault(asked)
        if fault:
            return _redirect(asked, error=fault)
        scopes = tuple(sorted(set(asked.get("scope", "").split())))
        if request.method != "POST":
            return self._ask(request, asked, scopes)
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return refusal_page("The answer came from another site.", "Start the login again.")
        form = {**asked, **request.form()}
        if form.get("decision") == "deny":
            return _redirect(asked, error="access_denied")
        known = {person.key for person in PEOPLE}
        if form.get("decision") != "allow" or form.get("person") not in known:
            return refusal_page("The answer is incomplete.", "Choose a person, then Allow or Deny.")
        with self._world.lock:
            code = self._world.grants.issue_code(
                self._client.id,
                asked["redirect_uri"],
                asked.get("code_challenge", ""),
                form["person"],
                scopes,
            )
        return _redirect(asked, code=code)

    def _ask(self, request: Request, asked: dict[str, str], scopes: tuple[str, ...]) -> Response:
        known = {person.key for person in PEOPLE}
        hint = asked.get("person") or asked.get("login_hint") or ""
        return consent_page(
            self._client.id,
            asked["redirect_uri"],
            scopes,
            f"/authorize?{request.query_string}",
            hint if hint in known else PEOPLE[0].key,
        )

    def _refuse(self, asked: dict[str, str]) -> Response | None:
        # Never redirect to an address that is not the app's: that would make an open redirector.
        if asked.get("client_id") != self._client.id:
            return refusal_page(
                "INVALID_CLIENT: Invalid client", "The app's client_id is not registered here."
            )
        if not self._client.accepts(asked.get("redirect_uri", "")):
            return refusal_page(
                "INVALID_CLIENT: Invalid redirect URI",
                "The redirect_uri must equal a registered one, letter by letter.",
            )
        return None

    def _fault(self, asked: dict[str, str]) -> str:
        if asked.get("response_type") != "code":
            return "unsupported_response_type"
        challenge = asked.get("code_challenge", "")
        if not challenge and (self._client.secret is None or "code_challenge_method" in asked):
            return "invalid_request"
        if challenge and (
            asked.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge)
        ):
            return "invalid_request"
        if any(scope not in SCOPES for scope in asked.get("scope", "").split()):
            return "invalid_scope"
        return ""

    # -- tokens ------------------------------------------------------------------------------

    def token(self, request: Request) -> Response:
        """Exchange a code or a refresh token for an access token."""
        form = request.form()
        try:
            with self._world.lock:
                kind = form.get("grant_type", "")
                if kind == "authorization_code":
                    return self._exchange(request, form)
                if kind == "refresh_token":
                    return self._refresh(request, form)
        except OAuthError as error:
            return error.response
        return OAuthError(
            "unsupported_grant_type",
            "grant_type must be authorization_code or refresh_token",
        ).response

    def _exchange(self, request: Request, form: dict[str, str]) -> Response:
        proven = self._authenticate(request, form)
        code = self._world.grants.take_code(form.get("code", ""))
        if code is None:
            raise OAuthError("invalid_grant", "Invalid authorization code")
        if code.redirect_uri != form.get("redirect_uri"):
            raise OAuthError("invalid_grant", "Invalid redirect URI")
        if code.challenge:
            _check_verifier(form.get("code_verifier", ""), code.challenge)
        elif not proven:
            raise OAuthError("invalid_client", "Invalid client")
        access, refresh = self._world.grants.open_session(code)
        return _tokens(access, refresh)

    def _refresh(self, request: Request, form: dict[str, str]) -> Response:
        self._authenticate(request, form)
        given = form.get("refresh_token", "")
        if not given:
            raise OAuthError("invalid_request", "refresh_token must be supplied")
        verdict, refresh = self._world.grants.judge_refresh(given, self._client.id)
        if refresh is None:
            raise OAuthError("invalid_grant", _WHY[verdict])
        switches = self._world.switches
        if switches.rotate_refresh_token:
            refresh = self._world.grants.rotate(refresh)
        access = self._world.grants.issue_access(refresh)
        omit = switches.omit_refresh_token and not switches.rotate_refresh_token
        return _tokens(access, None if omit else refresh)

    def _authenticate(self, request: Request, form: dict[str, str]) -> bool:
        """Tell whether the client proved its secret; a public one only names itself."""
        header = request.headers.get("authorization", "")
        if not header:
            if form.get("client_id") != self._client.id:
                raise OAuthError("invalid_client", "Invalid client")
            return False
        name, secret = _basic(header)
        if name != self._client.id:
            raise OAuthError("invalid_client", "Invalid client")
        if self._client.secret is None or not same(secret, self._client.secret):
            raise OAuthError("invalid_client", "Invalid client secret")
        return True


_WHY = {
    "unknown": "Invalid refresh token",
    "revoked": "Refresh token revoked",
    "expired": "Refresh token expired",
}


def _redirect(asked: dict[str, str], **answer: str) -> Response:
    target = asked["redirect_uri"]
    if "state" in asked:
        answer["state"] = asked["state"]
    joint = "&" if urlsplit(target).query else "?"
    return empty_response(303, ("Location", f"{target}{joint}{urlencode(answer)}"), *_UNCACHED)


def _basic(header: str) -> tuple[str, str]:
    scheme, _, value = header.partition(" ")
    try:
        name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise OAuthError("invalid_client", "Invalid client") from error
    if scheme.lower() != "basic":
        raise OAuthError("invalid_client", "Invalid client")
    return name, secret


def _check_verifier(verifier: str, challenge: str) -> None:
    if not verifier:
        raise OAuthError("invalid_request", "code_verifier required")
    if not _VERIFIER.fullmatch(verifier):
        raise OAuthError("invalid_request", "code_verifier must be 43 to 128 characters")
    if not same(challenge_of(verifier), challenge):
        raise OAuthError("invalid_grant", "code_verifier was incorrect")


def _tokens(access: Access, refresh: Refresh | None) -> Response:
    answer: dict[str, str | int] = {
        "access_token": access.value,
        "token_type": "Bearer",
        "expires_in": ACCESS_SECONDS,
        "scope": " ".join(access.scopes),
    }
    if refresh is not None:
        answer["refresh_token"] = refresh.value
    return json_response(answer, 200, *_UNCACHED)

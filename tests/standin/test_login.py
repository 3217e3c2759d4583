"""The consent page and the authorisation code."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from standin.errors import OptionInvalid, StandinRefused
from standin.grants import challenge_of
from standin.harness import Standin

# RFC 7636, appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
CALLBACK = "http://127.0.0.1:5001/callback"


def question(spotify: Standin, **changes: str | None) -> str:
    asked: dict[str, str | None] = {
        "client_id": spotify.client_id,
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "scope": "user-top-read playlist-modify-private",
        "state": "s t&te/ü",
        "code_challenge_method": "S256",
        "code_challenge": CHALLENGE,
        **changes,
    }
    return f"{spotify.url}/authorize?" + urlencode(
        {k: v for k, v in asked.items() if v is not None}
    )


def answer_of(callback: str) -> dict[str, str]:
    return {k: v[0] for k, v in parse_qs(urlsplit(callback).query).items()}


def exchange(spotify: Standin, code: str, **changes: str | None) -> requests.Response:
    form: dict[str, str | None] = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "client_id": spotify.client_id,
        "code_verifier": VERIFIER,
        **changes,
    }
    return requests.post(f"{spotify.url}/api/token", data=form, timeout=5)


def test_the_challenge_is_that_of_the_standard() -> None:
    assert challenge_of(VERIFIER) == CHALLENGE


def test_allowing_goes_back_with_a_code_and_the_state_untouched(spotify: Standin) -> None:
    callback = spotify.login(question(spotify), "second")
    assert callback.startswith(CALLBACK + "?")
    answer = answer_of(callback)
    assert set(answer) == {"code", "state"}
    assert answer["state"] == "s t&te/ü"


def test_denying_goes_back_with_access_denied_and_the_state(spotify: Standin) -> None:
    callback = spotify.login(question(spotify), "rich", allow=False)
    assert answer_of(callback) == {"error": "access_denied", "state": "s t&te/ü"}
    assert spotify.tokens() == []


def test_a_login_without_state_is_answered_without_state(spotify: Standin) -> None:
    assert set(answer_of(spotify.login(question(spotify, state=None), "rich"))) == {"code"}


def test_the_page_names_scopes_in_words_and_all_people(spotify: Standin) -> None:
    page = requests.get(question(spotify), timeout=5)
    assert page.status_code == 200
    assert "See your favourite artists and tracks" in page.text
    assert "Create and change your private playlists" in page.text
    assert re.findall(r'name="person" value="(\w+)"', page.text) == [
        "rich", "second", "empty", "free", "outsider", "hostile",
    ]  # fmt: skip
    assert "This is not Spotify" in page.text


def test_the_page_chooses_the_hinted_person(spotify: Standin) -> None:
    for name in ("person", "login_hint"):
        page = requests.get(question(spotify, **{name: "free"}), timeout=5).text
        assert re.findall(r'value="(\w+)" required checked', page) == ["free"]


def test_the_page_has_a_strict_policy_that_lets_the_form_lead_back_to_the_app(
    spotify: Standin,
) -> None:
    page = requests.get(question(spotify), timeout=5)
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "form-action 'self' http://127.0.0.1:5001;" in policy
    assert not re.search(r"<script|<style|<[^>]*\s(style|on\w+)=", page.text)


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "somebody-else"},
        {"client_id": None},
        {"redirect_uri": "http://127.0.0.1:5001/callback/"},
        {"redirect_uri": "http://127.0.0.1:5001/Callback"},
        {"redirect_uri": "http://127.0.0.1.evil.example/callback"},
        {"redirect_uri": "http://127.0.0.1:80@evil.example/callback"},
        {"redirect_uri": "http://localhost:5001/callback"},
        {"redirect_uri": "https://127.0.0.1:5001/callback"},
        {"redirect_uri": None},
    ],
)
def test_a_foreign_client_or_redirect_uri_is_refused_on_the_spot(
    spotify: Standin, changes: dict[str, str | None]
) -> None:
    page = requests.get(question(spotify, **changes), timeout=5, allow_redirects=False)
    assert page.status_code == 400
    assert "INVALID_CLIENT" in page.text
    with pytest.raises(StandinRefused) as refusal:
        spotify.login(question(spotify, **changes), "rich")
    assert refusal.value.status == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"scope": "user-top-read everything"}, "invalid_scope"),
    ],
)
def test_a_faulty_question_goes_back_with_its_error(
    spotify: Standin, changes: dict[str, str | None], error: str
) -> None:
    answer = answer_of(spotify.login(question(spotify, **changes), "rich"))
    assert answer == {"error": error, "state": "s t&te/ü"}


def test_an_answer_from_another_site_grants_nothing(spotify: Standin) -> None:
    page = requests.post(
        question(spotify),
        data={"person": "rich", "decision": "allow"},
        headers={"Sec-Fetch-Site": "cross-site"},
        timeout=5,
        allow_redirects=False,
    )
    assert page.status_code == 400
    assert spotify.tokens() == []


def test_a_person_must_be_chosen(spotify: Standin) -> None:
    with pytest.raises(StandinRefused, match="incomplete"):
        spotify.login(question(spotify), "nobody")


def test_a_code_buys_tokens_with_the_granted_scopes(spotify: Standin) -> None:
    code = answer_of(spotify.login(question(spotify), "rich"))["code"]
    answer = exchange(spotify, code)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    token = answer.json()
    assert token["token_type"] == "Bearer"
    assert token["expires_in"] == 3600
    assert token["scope"] == "playlist-modify-private user-top-read"
    assert {token["access_token"], token["refresh_token"], code} <= set(spotify.tokens())


def test_a_code_works_once(spotify: Standin) -> None:
    code = answer_of(spotify.login(question(spotify), "rich"))["code"]
    assert exchange(spotify, code).status_code == 200
    again = exchange(spotify, code)
    assert again.status_code == 400
    assert again.json() == {
        "error": "invalid_grant",
        "error_description": "Invalid authorization code",
    }


def test_a_code_is_short_lived(spotify: Standin) -> None:
    code = answer_of(spotify.login(question(spotify), "rich"))["code"]
    spotify.advance(601)
    assert exchange(spotify, code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": VERIFIER[:-1] + "x"}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_request"),
        ({"code_verifier": "tooshort"}, "invalid_request"),
        ({"code_verifier": "a" * 129}, "invalid_request"),
        ({"redirect_uri": "http://127.0.0.1:5002/callback"}, "invalid_grant"),
        ({"client_id": "somebody-else"}, "invalid_client"),
        ({"client_id": None}, "invalid_client"),
        ({"code": "made-up"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": None}, "unsupported_grant_type"),
    ],
)
def test_an_exchange_that_differs_from_the_question_gets_no_token(
    spotify: Standin, changes: dict[str, str | None], error: str
) -> None:
    code = answer_of(spotify.login(question(spotify), "rich"))["code"]
    answer = exchange(spotify, **{"code": code, **changes})  # type: ignore[arg-type]
    assert answer.status_code == 400
    assert answer.json()["error"] == error
    assert "error_description" in answer.json()


def test_a_client_with_a_secret_may_use_basic_and_must_know_it() -> None:
    with Standin.thread(client_secret="hush", redirect_uris=[CALLBACK]) as spotify:
        plain = question(spotify, code_challenge=None, code_challenge_method=None)

        def ask(secret: str | None) -> requests.Response:
            code = answer_of(spotify.login(plain, "rich"))["code"]
            form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
            auth = (spotify.client_id, secret) if secret else None
            if not secret:
                form["client_id"] = spotify.client_id
            return requests.post(f"{spotify.url}/api/token", data=form, auth=auth, timeout=5)

        assert ask("hush").status_code == 200
        assert ask("wrong").json()["error"] == "invalid_client"
        assert ask(None).json() == {
            "error": "invalid_client",
            "error_description": "Invalid client",
        }


def test_redirect_uris_that_spotify_refuses_cannot_be_registered() -> None:
    for uri in (
        "http://localhost:8000/cb",
        "http://example.org/cb",
        "ftp://127.0.0.1/",
        "nonsense",
    ):
        with pytest.raises(OptionInvalid, match=re.escape(uri)):
            Standin.thread(redirect_uris=[uri])
    with Standin.thread(redirect_uris=["https://music.example.org/cb"]) as spotify:
        callback = spotify.login(
            question(spotify, redirect_uri="https://music.example.org/cb"), "rich"
        )
        assert callback.startswith("https://music.example.org/cb?code=")

"""The set-up check finds what is wrong at Spotify, and says how to mend it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from standin.harness import Standin
from webapp.cli import main
from webapp.services.setup_check import Finding


def by_name(findings: tuple[Finding, ...]) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings}


def user_of(site: Any) -> str:
    from sqlalchemy import text

    with site.services.engine.connect() as connection:
        return str(connection.execute(text('SELECT id FROM "user"')).scalar_one())


def asked(site: Any, user_id: str | None = None) -> dict[str, Finding]:
    return by_name(site.services.setup_check.ask(user_id))


def test_before_anybody_came_nothing_is_claimed(site: Any) -> None:
    found = by_name(site.services.setup_check.seen())
    assert found["address"].state == "good"
    assert {found[name].state for name in ("app", "redirect", "premium", "people")} == {"unknown"}
    assert site.spotify.hits() == 0


def test_a_login_that_worked_proves_the_set_up(site: Any) -> None:
    site.browser().log_in("rich")
    found = by_name(site.services.setup_check.seen(user_of(site)))
    assert {finding.state for finding in found.values()} == {"good"}


def test_asking_takes_three_requests_and_tells_that_all_is_well(site: Any) -> None:
    site.browser().log_in("rich")
    site.spotify.forget_requests()
    found = asked(site, user_of(site))
    assert {finding.state for finding in found.values()} == {"good"}
    assert found["web_api"].sentence == "It answers."
    assert site.spotify.hits() - site.spotify.hits("*", "/_control/*") == 3


def test_a_wrong_client_id_is_told(make_site: Callable[..., Any]) -> None:
    finding = asked(make_site(spotify_client_id="typed-wrongly"))["app"]
    assert finding.wrong
    assert "HOOKLIST_SPOTIFY_CLIENT_ID" in finding.mend


@pytest.fixture(scope="module")
def with_secret() -> Iterator[Standin]:
    uris = ["https://hooklist.test/callback"]
    with Standin.thread(client_secret="right", redirect_uris=uris) as standin:
        yield standin


@pytest.mark.parametrize(("secret", "state"), [("right", "good"), ("wrong", "bad")])
def test_a_wrong_client_secret_is_told(
    make_site: Callable[..., Any], with_secret: Standin, secret: str, state: str
) -> None:
    site = make_site(
        spotify_client_id=with_secret.client_id,
        spotify_client_secret=secret,
        spotify_accounts_url=with_secret.url,
        spotify_api_url=with_secret.api_url,
    )
    finding = asked(site)["app"]
    assert (finding.title, finding.state) == ("Client id and secret", state)


def test_a_redirect_address_that_spotify_does_not_know_is_told_with_the_right_one(
    make_site: Callable[..., Any],
) -> None:
    site = make_site(spotify_redirect_uri="https://hooklist.test/callback/")
    found = asked(site)
    assert found["redirect"].wrong
    assert "INVALID_CLIENT" in found["redirect"].sentence
    assert "https://hooklist.test/callback/" in found["redirect"].mend
    assert found["address"].state == "warn"


def test_logins_that_nobody_comes_back_from_point_to_the_redirect_address(
    make_site: Callable[..., Any],
) -> None:
    site = make_site()
    now = site.services.clock()
    for _ in range(3):
        site.browser().get("/login")
    check = site.services.setup_check
    assert by_name(check.seen())["redirect"].state == "unknown"
    check._clock = lambda: now + 700
    finding = by_name(check.seen())["redirect"]
    assert finding.state == "warn"
    assert finding.sentence.startswith("3 logins were begun")
    site.browser().log_in("rich")
    assert by_name(check.seen())["redirect"].state == "good"


def test_a_token_endpoint_that_names_the_redirect_address_is_understood(site: Any) -> None:
    error = {"error": "invalid_grant", "error_description": "Invalid redirect URI"}
    site.spotify.fault("POST", "/api/token", status=400, json=error)
    visitor = site.browser()
    answer = visitor.log_in("rich")
    assert answer.status_code == 500
    assert "not set up correctly" in answer.get_data(as_text=True)
    assert by_name(site.services.setup_check.seen())["redirect"].wrong


def test_what_was_wrong_before_the_last_login_counts_as_mended(site: Any) -> None:
    site.spotify.fault("POST", "/api/token", status=400, json={"error": "invalid_client"})
    site.browser().log_in("rich")
    finding = by_name(site.services.setup_check.seen())["app"]
    assert finding.wrong
    assert "told 1 times" in finding.sentence
    site.browser().log_in("rich")
    finding = by_name(site.services.setup_check.seen())["app"]
    assert (finding.state, finding.mend) == ("good", "")


def test_an_owner_without_premium_is_told(site: Any) -> None:
    visitor = site.browser()
    visitor.log_in("rich")
    site.spotify.switch(owner_premium=False)
    visitor.get("/seeds?tab=liked")
    assert by_name(site.services.setup_check.seen())["premium"].wrong
    finding = asked(site, user_of(site))["premium"]
    assert finding.wrong
    assert "hours" in finding.mend


def test_people_who_are_not_on_the_list_are_told_without_their_names(site: Any) -> None:
    site.browser().log_in("outsider")
    finding = by_name(site.services.setup_check.seen())["people"]
    assert finding.state == "warn"
    assert "(1 times)" in finding.sentence
    assert "User Management" in finding.mend
    assert "outsider" not in json.dumps(finding.sentence + finding.mend)


def test_an_operator_who_is_not_on_the_list_is_told(site: Any) -> None:
    site.browser().log_in("rich")
    text = "User not registered in the Developer Dashboard"
    site.spotify.fault("GET", "/v1/me/", status=403, text=text)
    assert asked(site, user_of(site))["people"].wrong


def test_a_missing_permission_is_told(site: Any) -> None:
    site.browser().log_in("rich")
    user_id = user_of(site)
    token = site.services.tokens.get(user_id)
    from dataclasses import replace

    less = token.scopes - {"user-top-read"}
    site.services.tokens.put(user_id, replace(token, scopes=less))
    finding = by_name(site.services.setup_check.seen(user_id))["scopes"]
    assert finding.state == "warn"
    assert "user-top-read" in finding.sentence


@pytest.mark.parametrize(("reason", "state"), [("QUOTA_EXCEEDED", "bad"), (None, "warn")])
def test_a_pause_is_told_and_nothing_more_is_asked(
    site: Any, reason: str | None, state: str
) -> None:
    site.browser().log_in("rich")
    more = {"reason": reason} if reason else {}
    site.spotify.fault("GET", "/v1/me/", status=429, retry_after=3600, **more)
    assert asked(site, user_of(site))["pace"].state == state
    site.spotify.forget_requests()
    assert asked(site, user_of(site))["pace"].state == state
    assert site.spotify.hits("GET", "/v1/*") == 0


def test_a_spotify_that_does_not_answer_is_no_verdict_on_the_app(site: Any) -> None:
    site.spotify.fault("*", "/api/token", status=503)
    finding = asked(site)["app"]
    assert finding.state == "warn"
    assert "could not be asked" in finding.sentence


@pytest.mark.parametrize(
    ("settings", "state"),
    [
        ({"base_url": "http://localhost:8000"}, "bad"),
        ({"spotify_redirect_uri": "http://hooklist.test/callback"}, "bad"),
        ({"spotify_redirect_uri": "https://other.test/callback"}, "warn"),
        ({"base_url": "http://127.0.0.1:8000"}, "good"),
    ],
)
def test_an_address_that_spotify_would_refuse_is_found_without_asking(
    make_site: Callable[..., Any], settings: dict[str, str], state: str
) -> None:
    found = by_name(make_site(**settings).services.setup_check.seen())
    assert found["address"].state == state


@pytest.fixture
def environment(
    monkeypatch: pytest.MonkeyPatch, make_site: Callable[..., Any], spotify: Standin
) -> Callable[..., Any]:
    """Return a function that gives `hooklist check` the settings of a site."""

    def give(**settings: Any) -> Any:
        site = make_site(**settings)
        used = site.services.settings
        for name, value in {
            "BASE_URL": used.base_url,
            "DATA_DIR": str(used.data_dir),
            "CATALOGUE_DIR": str(used.catalogue_path),
            "SECRET_KEY": used.secret_keys[0],
            "SPOTIFY_CLIENT_ID": used.spotify_client_id,
            "SPOTIFY_ACCOUNTS_URL": spotify.url,
            "SPOTIFY_API_URL": spotify.api_url,
            "OPERATORS": " ".join(used.operators),
        }.items():
            monkeypatch.setenv(f"HOOKLIST_{name}", value)
        return site

    return give


def test_the_command_tells_the_same_and_ends_with_success(
    environment: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    site = environment()
    site.browser().log_in("rich")
    account = site.services.users.get(user_of(site)).spotify_account_id
    environment(operators=[account])
    assert main(["check", "--json"]) == 0
    told = {one["name"]: one["state"] for one in json.loads(capsys.readouterr().out)}
    assert told["web_api"] == told["app"] == told["catalogue"] == told["database"] == "good"
    assert told["workers"] == "unknown"


def test_the_command_ends_with_failure_where_something_must_be_mended(
    environment: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    environment(spotify_client_id="typed-wrongly")
    assert main(["check"]) == 1
    out = capsys.readouterr().out
    assert "MEND  Client id: Spotify does not know them" in out
    assert "dashboard" in out


def test_the_command_asks_nothing_when_told_so(
    environment: Callable[..., Any], spotify: Standin, capsys: pytest.CaptureFixture[str]
) -> None:
    environment(spotify_client_id="typed-wrongly", catalogue_dir="/nowhere")
    assert main(["check", "--offline"]) == 1
    out = capsys.readouterr().out
    assert "MEND  Catalogue: /nowhere" in out
    assert "   ?  Client id" in out
    assert spotify.hits("*", "/api/*") == 0

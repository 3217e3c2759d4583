"""Logging in through the stand-in's real pages, and everything that may go wrong on the way."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest


def token_requests(site: Any) -> int:
    return int(site.spotify.hits("POST", "/api/token"))


def test_a_login_leads_to_the_seeds_of_the_one_who_logged_in(site: Any) -> None:
    visitor = site.browser()
    answer = visitor.log_in("rich")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/seeds")
    assert "Robin Rich" in visitor.get("/account").get_data(as_text=True)


def test_a_login_leads_back_to_where_it_was_needed(site: Any) -> None:
    assert site.browser().log_in("rich", next="/history").headers["Location"] == "/history"


def test_the_redirect_address_comes_from_the_settings_whatever_host_is_claimed(site: Any) -> None:
    answer = site.browser().get("/login", headers={"X-Forwarded-Host": "evil.example"})
    asked = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert asked["redirect_uri"] == ["https://hooklist.test/callback"]


@pytest.mark.parametrize("path", ["/", "/login", "/nothing", "/api/v1/seeds"])
def test_a_host_name_that_is_not_ours_is_refused(site: Any, path: str) -> None:
    answer = site.browser().client.get(path, base_url="https://evil.example")
    assert answer.status_code == 400
    assert "evil.example" not in answer.get_data(as_text=True)
    assert "evil.example" not in str(answer.headers)


@pytest.mark.parametrize("query", ["", "code=x", "state=", "state=guess&code=x", "state=a&state=b"])
def test_a_callback_with_a_missing_or_unknown_state_is_refused(site: Any, query: str) -> None:
    visitor = site.browser()
    visitor.get("/login")
    before = token_requests(site)
    assert visitor.get(f"/callback?{query}").status_code == 400
    assert token_requests(site) == before


def test_a_callback_of_another_browser_is_refused_and_does_no_harm(site: Any) -> None:
    mine, other = site.browser(), site.browser()
    callback = mine.answered(mine.get("/login").headers["Location"], "rich")
    other.get("/login")
    before = token_requests(site)
    assert other.get(callback).status_code == 400
    assert site.browser().get(callback).status_code == 400
    assert token_requests(site) == before
    assert mine.get(callback).status_code == 303


def test_a_callback_works_once(site: Any) -> None:
    visitor = site.browser()
    callback = visitor.answered(visitor.get("/login").headers["Location"], "rich")
    assert visitor.get(callback).status_code == 303
    before = token_requests(site)
    assert visitor.get(callback).status_code == 400
    assert token_requests(site) == before


def test_somebody_who_says_no_reads_that_nothing_happened(site: Any) -> None:
    visitor = site.browser()
    callback = visitor.answered(visitor.get("/login").headers["Location"], "rich", allow=False)
    answer = visitor.get(callback)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 403
    assert "not granted" in page
    assert "Log in with Spotify" in page
    assert visitor.get("/seeds").status_code == 401


def test_somebody_who_is_not_on_the_apps_list_is_told_so(site: Any) -> None:
    visitor = site.browser()
    answer = visitor.log_in("outsider")
    assert answer.status_code == 403
    assert "list" in answer.get_data(as_text=True)
    assert visitor.get("/seeds").status_code == 401


def test_the_session_gets_a_new_id_with_the_login_and_the_old_one_is_dead(site: Any) -> None:
    visitor = site.browser()
    asked = visitor.get("/login")
    before = visitor.cookie()
    visitor.get(visitor.answered(asked.headers["Location"], "rich"))
    assert visitor.cookie() not in {"", before}
    thief = site.browser()
    thief.client.set_cookie("__Host-sid", before, domain="hooklist.test", secure=True)
    assert thief.get("/seeds").status_code == 401


def test_a_logout_ends_the_session_here_and_in_the_browser(site: Any) -> None:
    visitor = site.browser("rich")
    kept = visitor.cookie()
    answer = visitor.post("/logout")
    assert answer.status_code == 303
    assert '"cache"' in answer.headers["Clear-Site-Data"]
    assert visitor.cookie() == ""
    thief = site.browser()
    thief.client.set_cookie("__Host-sid", kept, domain="hooklist.test", secure=True)
    assert thief.get("/seeds").status_code == 401


def test_what_one_left_in_a_browser_is_not_shown_to_the_next(site: Any) -> None:
    visitor = site.browser("rich")
    visitor.add(1)
    visitor.log_in("second")
    assert visitor.get("/api/v1/seeds").get_json()["seeds"] == []
    assert "Sasha Second" in visitor.get("/account").get_data(as_text=True)


def test_logging_in_again_keeps_the_basket(site: Any) -> None:
    visitor = site.browser("rich")
    visitor.add(1)
    visitor.log_in("rich")
    assert len(visitor.get("/api/v1/seeds").get_json()["seeds"]) == 1


def test_another_session_can_be_ended_from_the_account(site: Any) -> None:
    here, there = site.browser("rich"), site.browser("rich")
    handles = re.findall(
        r'name="handle" value="(\w+)"', here.get("/account").get_data(as_text=True)
    )
    assert len(handles) == 1  # the own one is ended by logging out
    here.post("/account/sessions/end", {"handle": handles[0]})
    assert here.get("/seeds").status_code == 200
    assert there.get("/seeds").status_code == 401


def test_nobody_can_end_the_session_of_somebody_else(site: Any) -> None:
    mine, other = site.browser("rich"), site.browser("second")
    handle = site.services.sessions.load(mine.cookie()).handle
    other.post("/account/sessions/end", {"handle": handle})
    assert mine.get("/seeds").status_code == 200


def test_no_secret_of_spotifys_reaches_the_browser(site: Any) -> None:
    visitor = site.browser()
    answers = [visitor.log_in("rich")]
    answers += [visitor.get(path) for path in ("/", "/seeds", "/account", "/api/v1/seeds")]
    said = "".join(f"{answer.headers}{answer.get_data(as_text=True)}" for answer in answers)
    secrets = site.spotify.tokens()
    assert len(secrets) >= 3
    assert [secret for secret in secrets if secret in said] == []


def test_a_database_that_is_away_is_told_as_such(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from webapp.store.errors import StoreUnavailable

    visitor = site.browser("rich")

    def away(*_: object) -> None:
        raise StoreUnavailable("The database does not answer", next_step="try again in a minute")

    monkeypatch.setattr(type(site.services.sessions), "load", away)
    answer = visitor.get("/seeds")
    assert answer.status_code == 503
    assert "Try again in a minute." in answer.get_data(as_text=True)
    assert visitor.cookie() != ""

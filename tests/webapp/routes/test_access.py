"""Who may see and change what, for every route there is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.routing import Rule

from webapp.routes.access import PUBLIC

SAFE = {"GET", "HEAD", "OPTIONS"}


def rules(site: Any) -> Iterator[Rule]:
    return site.app.url_map.iter_rules()


def address(site: Any, rule: Rule, value: str = "f" * 32) -> str:
    with site.app.test_request_context(base_url="https://hooklist.test"):
        return str(
            site.app.url_map.bind("hooklist.test").build(
                rule.endpoint,
                dict.fromkeys(rule.arguments, value),
                method=next(iter(rule.methods - SAFE), "GET"),
            )
        )


def test_every_route_that_is_not_public_asks_for_a_login(site: Any) -> None:
    stranger = site.browser()
    open_to_strangers = []
    for rule in rules(site):
        if rule.endpoint in PUBLIC or "GET" not in rule.methods:
            continue
        answer = stranger.get(address(site, rule))
        if answer.status_code != 401:
            open_to_strangers.append(f"{rule} answers {answer.status_code}")
    assert open_to_strangers == []


def test_the_list_of_public_pages_names_only_routes_that_are_there(site: Any) -> None:
    assert {rule.endpoint for rule in rules(site)} >= PUBLIC


def test_a_public_page_shows_itself_to_strangers(site: Any) -> None:
    stranger = site.browser()
    for path in ("/", "/privacy", "/healthz"):
        assert stranger.get(path).status_code == 200


def unsafe(site: Any) -> list[tuple[str, str]]:
    return [
        (method, address(site, rule))
        for rule in rules(site)
        for method in sorted(rule.methods - SAFE)
    ]


def test_nothing_is_changed_without_the_secret_of_the_session(site: Any) -> None:
    visitor = site.browser("rich")
    assert len(unsafe(site)) >= 10
    for method, path in unsafe(site):
        answer = visitor.send(method, path, data={"csrf_token": "wrong"})
        assert (method, path, answer.status_code) == (method, path, 400)
        assert "reload" in answer.get_data(as_text=True).lower()


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://hooklist.test"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://hooklist.test.evil.example"},
        {},
    ],
)
def test_nothing_is_changed_for_a_page_of_another_site(site: Any, headers: dict[str, str]) -> None:
    visitor = site.browser("rich")
    secret = visitor.secret()
    for method, path in unsafe(site):
        answer = visitor.client.open(
            path,
            method=method,
            base_url="https://hooklist.test",
            data={"csrf_token": secret},
            headers=headers,
        )
        assert (method, path, answer.status_code) == (method, path, 403)


def test_an_older_browser_is_known_by_its_origin(site: Any) -> None:
    visitor = site.browser("rich")
    answer = visitor.client.post(
        "/logout",
        base_url="https://hooklist.test",
        data={"csrf_token": visitor.secret()},
        headers={"Origin": "https://hooklist.test"},
    )
    assert answer.status_code == 303


def fingerprint(site: Any) -> str:
    with site.services.engine.connect() as connection:
        tables = connection.execute(
            text("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        ).scalars()
        rows = [
            (name, sorted(map(repr, connection.execute(text(f'SELECT * FROM "{name}"')))))
            for name in tables
        ]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def test_looking_at_pages_changes_nothing(site: Any) -> None:
    visitor = site.browser("rich")
    visitor.add(1)
    playlist = visitor.make()
    visitor.get("/seeds")  # the profile is asked for once
    before = fingerprint(site)
    looked = 0
    for rule in rules(site):
        if "GET" in rule.methods and rule.endpoint not in {"login.begin", "login.callback"}:
            visitor.get(address(site, rule, playlist))
            looked += 1
    assert looked > 10
    assert fingerprint(site) == before


def test_another_users_things_are_not_found(site: Any) -> None:
    owner, other = site.browser("rich"), site.browser("second")
    owner.add(1)
    answer = owner.post("/make", {"length": "10", "idempotency_key": "a" * 32})
    job = answer.headers["Location"].removeprefix("/jobs/")
    site.work()
    playlist = owner.get(f"/jobs/{job}").headers["Location"].removeprefix("/p/")
    assert owner.get(f"/p/{playlist}").status_code == 200
    for visitor, status in ((other, 404), (site.browser(), 401)):
        for path in (
            f"/p/{playlist}",
            f"/audio/{playlist}/trailer",
            f"/jobs/{job}",
            f"/api/v1/jobs/{job}",
            f"/api/v1/playlists/{playlist}",
        ):
            assert (path, visitor.get(path).status_code) == (path, status)
    for path in (f"/p/{playlist}/delete", f"/p/{playlist}/save", f"/p/{playlist}/trailer"):
        assert (path, other.post(path, {"name": "mine now"}).status_code) == (path, 404)
    for path in (f"/jobs/{job}/cancel", f"/jobs/{job}/retry"):
        assert (path, other.post(path).status_code) == (path, 404)
    assert (
        other.call("POST", f"/api/v1/playlists/{playlist}/save", {"name": "x"}).status_code == 404
    )
    assert owner.get(f"/p/{playlist}").status_code == 200
    assert playlist not in other.get("/history").get_data(as_text=True)


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/"), ("PUT", "/seeds"), ("DELETE", "/history"), ("TRACE", "/")]
)
def test_a_method_that_is_not_meant_is_told_which_ones_are(
    site: Any, method: str, path: str
) -> None:
    visitor = site.browser("rich")
    answer = visitor.send(method, path, headers={"X-CSRFToken": visitor.secret()})
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_an_error_is_json_for_scripts_and_a_page_for_people(
    make_site: Callable[..., Any],
) -> None:
    stranger = make_site().browser()
    answer = stranger.get("/api/v1/seeds")
    assert answer.status_code == 401
    assert answer.get_json()["error"]["code"] == "login.needed"
    page = stranger.get("/seeds").get_data(as_text=True)
    assert "Please log in" in page
    assert 'href="/login?next=/seeds"' in page

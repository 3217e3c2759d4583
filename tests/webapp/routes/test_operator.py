"""The operator's pages: who sees them, and what they tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


def operator_paths(site: Any) -> list[str]:
    return sorted(
        str(rule.rule)
        for rule in site.app.url_map.iter_rules()
        if rule.rule.startswith("/operator") and not rule.arguments and "GET" in rule.methods
    )


def account(site: Any, person: str) -> str:
    """Return the Spotify id of one of the stand-in's people."""
    visitor = site.browser(person)
    assert visitor.get("/history").status_code == 200
    users = [site.services.users.get(session.user_id) for session in _sessions(site)]
    return str(users[-1].spotify_account_id)


def _sessions(site: Any) -> list[Any]:
    from sqlalchemy import select

    from webapp.store.schema import SESSION

    with site.services.engine.connect() as connection:
        return list(connection.execute(select(SESSION.c.user_id).order_by(SESSION.c.created_at)))


def test_the_operators_pages_are_there_for_operators_and_for_nobody_else(
    make_site: Callable[..., Any],
) -> None:
    plain = make_site()
    name = account(plain, "rich")
    paths = operator_paths(plain)
    assert "/operator" in paths
    for path in paths:
        assert (path, plain.browser("rich").get(path).status_code) == (path, 404)
        assert (path, plain.browser().get(path).status_code) == (path, 401)
    site = make_site(operators=[name])
    operator, other = site.browser("rich"), site.browser("second")
    for path in paths:
        assert (path, operator.get(path).status_code) == (path, 200)
        assert (path, other.get(path).status_code) == (path, 404)


def test_in_the_demo_everybody_is_an_operator(make_site: Callable[..., Any]) -> None:
    site = make_site(demo=True)
    assert site.browser("second").get("/operator").status_code == 200


@pytest.mark.parametrize("given", ["one two", ["one", "two"]])
def test_operators_are_named_by_their_spotify_ids(given: object) -> None:
    from webapp.settings import load_settings

    assert load_settings(operators=given).operators == ["one", "two"]


def test_the_navigation_names_the_pages_that_there_are(make_site: Callable[..., Any]) -> None:
    site = make_site(demo=True)
    page = site.browser("rich").get("/operator").get_data(as_text=True)
    for path in operator_paths(site):
        assert f'href="{path}"' in page
    assert 'href="/operator" aria-current="page"' in page

"""One person cannot use up what all share, and is told when to come back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from webapp.security import rate_limits

Lower = Callable[[str], None]


@pytest.fixture
def lower(monkeypatch: pytest.MonkeyPatch) -> Lower:
    """Lower the limit of an endpoint to three."""

    def lowered(endpoint: str) -> None:
        limit = replace(rate_limits.LIMITS[endpoint], most=3)
        monkeypatch.setitem(rate_limits.LIMITS, endpoint, limit)

    return lowered


def test_searching_too_often_is_refused_until_the_window_ends(site: Any, lower: Lower) -> None:
    lower("api.search")
    ada = site.browser("rich")
    answers = [ada.get("/api/v1/search?q=a") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].get_json()["error"]["code"] == "request.too_many"
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60


def test_one_user_s_limit_is_not_another_s(site: Any, lower: Lower) -> None:
    lower("api.search")
    ada, bob = site.browser("rich"), site.browser("second")
    for _ in range(4):
        ada.get("/api/v1/search?q=a")
    assert bob.get("/api/v1/search?q=a").status_code == 200


def test_a_stranger_s_address_is_counted_whatever_it_claims_to_be(site: Any, lower: Lower) -> None:
    lower("login.begin")
    stranger = site.browser()
    codes = [
        stranger.get("/login", headers={"X-Forwarded-For": f"10.0.0.{number}"}).status_code
        for number in range(4)
    ]
    assert codes == [302, 302, 302, 429]


def test_static_files_and_health_are_never_counted(site: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(rate_limits, "PAGES", replace(rate_limits.PAGES, most=1))
    ada = site.browser("rich")
    assert {ada.get("/healthz").status_code for _ in range(5)} == {200}
    assert [ada.get("/history").status_code for _ in range(2)][-1] == 429


def test_every_limited_endpoint_exists(site: Any) -> None:
    known = {rule.endpoint for rule in site.app.url_map.iter_rules()}
    assert set(rate_limits.LIMITS) <= known

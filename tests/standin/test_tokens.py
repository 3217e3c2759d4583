"""How tokens age, are refreshed, and die."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from standin.clock import months_later
from standin.harness import Standin

DAY = 86_400
HALF_YEAR = 184 * DAY  # no six calendar months are longer


def refresh(spotify: Standin, token: str, client: str | None = None) -> requests.Response:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": token,
        "client_id": client or spotify.client_id,
    }
    return requests.post(f"{spotify.url}/api/token", data=form, timeout=5)


def me(spotify: Standin, token: str | None) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    return requests.get(f"{spotify.api_url}/me", headers=headers, timeout=5)


def test_an_access_token_lives_an_hour(spotify: Standin) -> None:
    token = spotify.grant("rich")["access_token"]
    spotify.advance(3590)
    assert me(spotify, token).status_code == 200
    spotify.advance(20)
    expired = me(spotify, token)
    assert expired.status_code == 401
    assert expired.json() == {
        "error": {"status": 401, "message": "Missing/invalid/expired access token"}
    }
    assert expired.headers["WWW-Authenticate"] == 'Bearer realm="spotify", error="invalid_token"'


def test_a_missing_token_is_told_apart_only_by_the_header(spotify: Standin) -> None:
    missing = me(spotify, None)
    assert missing.status_code == 401
    assert missing.json()["error"]["message"] == "Missing/invalid/expired access token"
    assert missing.headers["WWW-Authenticate"] == 'Bearer realm="spotify", error="missing_token"'


def test_refreshing_gives_a_new_access_token_and_keeps_the_old_alive(spotify: Standin) -> None:
    first = spotify.grant("rich", "user-top-read")
    answer = refresh(spotify, first["refresh_token"])
    assert answer.status_code == 200
    second = answer.json()
    assert second["access_token"] != first["access_token"]
    assert second["refresh_token"] == first["refresh_token"]
    assert second["scope"] == "user-top-read"
    assert me(spotify, first["access_token"]).status_code == 200
    assert me(spotify, second["access_token"]).status_code == 200


def test_the_refresh_token_can_be_left_out_of_the_answer(spotify: Standin) -> None:
    first = spotify.grant("rich")
    spotify.switch(omit_refresh_token=True)
    assert "refresh_token" not in refresh(spotify, first["refresh_token"]).json()
    assert refresh(spotify, first["refresh_token"]).status_code == 200


def test_a_rotated_refresh_token_replaces_the_old_one(spotify: Standin) -> None:
    first = spotify.grant("rich")
    spotify.switch(rotate_refresh_token=True)
    second = refresh(spotify, first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    loser = refresh(spotify, first["refresh_token"])
    assert (loser.status_code, loser.json()["error"]) == (400, "invalid_grant")
    assert refresh(spotify, second["refresh_token"]).status_code == 200


def test_of_eight_simultaneous_refreshes_with_rotation_one_wins(spotify: Standin) -> None:
    token = spotify.grant("rich")["refresh_token"]
    spotify.switch(rotate_refresh_token=True)
    with ThreadPoolExecutor(8) as pool:
        found = sorted(r.status_code for r in pool.map(refresh, [spotify] * 8, [token] * 8))
    assert found == [200] + [400] * 7


@pytest.mark.parametrize("rotate", [False, True])
def test_a_refresh_token_dies_six_months_after_the_consent_however_often_it_is_used(
    spotify: Standin, rotate: bool
) -> None:
    token = spotify.grant("rich")["refresh_token"]
    spotify.switch(rotate_refresh_token=rotate)
    for _ in range(6):
        spotify.advance(30 * DAY)
        token = refresh(spotify, token).json()["refresh_token"]
    spotify.advance(HALF_YEAR - 180 * DAY)
    dead = refresh(spotify, token)
    assert dead.status_code == 400
    assert dead.json() == {
        "error": "invalid_grant",
        "error_description": "Refresh token expired",
    }


def test_six_months_are_counted_by_the_calendar() -> None:
    august_31 = 1_788_134_400.0  # 2026-08-31 00:00 UTC
    assert months_later(august_31, 6) == august_31 + 181 * DAY  # 2027-02-28


def test_revoking_ends_every_token_of_that_person_only(spotify: Standin) -> None:
    rich, second = spotify.grant("rich"), spotify.grant("second")
    assert spotify.revoke("rich") == 2
    assert me(spotify, rich["access_token"]).status_code == 401
    assert refresh(spotify, rich["refresh_token"]).json() == {
        "error": "invalid_grant",
        "error_description": "Refresh token revoked",
    }
    assert me(spotify, second["access_token"]).status_code == 200
    assert me(spotify, spotify.grant("rich")["access_token"]).status_code == 200


def test_expiring_ends_access_but_not_refreshing(spotify: Standin) -> None:
    token = spotify.grant("rich")
    assert spotify.expire("rich") == 1
    assert me(spotify, token["access_token"]).status_code == 401
    fresh = refresh(spotify, token["refresh_token"]).json()
    assert me(spotify, fresh["access_token"]).status_code == 200


def test_another_client_cannot_use_a_refresh_token(spotify: Standin) -> None:
    token = spotify.grant("rich")["refresh_token"]
    assert refresh(spotify, token, client="other").json()["error"] == "invalid_client"
    assert refresh(spotify, "made-up").json()["error"] == "invalid_grant"
    assert refresh(spotify, "").json()["error"] == "invalid_request"


def test_a_person_who_is_not_allow_listed_logs_in_and_is_then_refused_in_plain_text(
    spotify: Standin,
) -> None:
    refused = me(spotify, spotify.grant("outsider")["access_token"])
    assert refused.status_code == 403
    assert refused.headers["Content-Type"].startswith("text/plain")
    assert refused.text == "User not registered in the Developer Dashboard"


def test_an_owner_without_premium_stops_every_call_but_not_the_token_endpoint(
    spotify: Standin,
) -> None:
    token = spotify.grant("rich")
    spotify.switch(owner_premium=False)
    refused = me(spotify, token["access_token"])
    assert refused.status_code == 403
    assert "Active premium subscription required" in refused.json()["error"]["message"]
    assert refresh(spotify, token["refresh_token"]).status_code == 200


def test_basic_is_no_bearer(spotify: Standin) -> None:
    answer = requests.get(f"{spotify.api_url}/me", auth=("a", "b"), timeout=5)
    assert answer.status_code == 400

"""One test per known defect of spotipy's defaults, numbered as ``docs/spotify.md`` lists them."""

from __future__ import annotations

import builtins
import logging
import os
import socket
import threading
import time
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.webapp.spotify.world import World, query_of
from webapp.spotify.errors import (
    SpotifyAppInvalid,
    SpotifyOwnerNeedsPremium,
    SpotifyQuotaExceeded,
    SpotifyRateLimited,
    SpotifyReconnect,
    SpotifyUnavailable,
    SpotifyUnreadable,
    SpotifyUserNotAllowed,
)
from webapp.spotify.quiet_logs import without_secrets
from webapp.store.errors import LoginStateInvalid


@pytest.fixture
def in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_guard_01_no_cache_file_is_shared_by_users(world: World, in_empty_folder: Path) -> None:
    rich, second = world.user("rich"), world.user("second")
    world.spotify.expire()
    assert rich.me().name == "Robin Rich"
    assert second.me().name == "Sasha Second"
    assert os.listdir(in_empty_folder) == []


def test_guard_02_every_key_of_the_cache_names_its_user(world: World) -> None:
    keys: list[str] = []
    keep = world.ephemeral.set

    def record(key: str, value: Any, *, ttl: float) -> bool:
        keys.append(key)
        assert ttl > 0
        return keep(key, value, ttl=ttl)

    world.ephemeral.set = record  # type: ignore[method-assign]
    rich, second = world.log_in("rich"), world.log_in("second")
    for user_id in (rich, second):
        world.gateway.for_user(user_id).top_tracks()
        world.gateway.for_user(user_id).playlists()
    assert len(keys) == 6
    assert {key.split(":")[1] for key in keys} == {rich, second}
    tokens = world.spotify.tokens()
    assert not [key for key in keys for token in tokens if token in key]


def test_guard_02_the_answers_of_two_users_never_mix(world: World) -> None:
    users = {name: world.user(name) for name in ("rich", "second", "empty")}
    seen: dict[str, set[tuple[str, ...]]] = {name: set() for name in users}

    def look(name: str) -> None:
        for _ in range(8):
            seen[name].add(tuple(track.id for track in users[name].top_tracks().items))

    threads = [threading.Thread(target=look, args=(name,)) for name in users for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert [len(answers) for answers in seen.values()] == [1, 1, 1]
    assert len(set.union(*seen.values())) == 3
    assert seen["empty"] == {()}


def test_guard_03_no_token_is_kept_but_encrypted_in_the_store(world: World) -> None:
    world.user("rich").top_tracks()
    kept = b"".join(path.read_bytes() for path in world.database.parent.glob("hooklist.db*"))
    tokens = world.spotify.tokens()
    assert tokens
    assert not [token for token in tokens if token.encode() in kept]


def test_guard_04_a_second_login_uses_its_own_code_and_not_what_is_cached(world: World) -> None:
    session = world.new_session()
    first = world.come_back(session, world.spotify.login(world.oauth.start_login(session), "rich"))
    second = world.come_back(
        session, world.spotify.login(world.oauth.start_login(session), "second")
    )
    assert first.user.id != second.user.id
    assert world.gateway.for_user(second.user.id).me().name == "Sasha Second"


def test_guard_04_after_a_revoked_token_one_can_log_in_again(world: World) -> None:
    user_id = world.log_in("rich")
    world.spotify.revoke("rich")
    with pytest.raises(SpotifyReconnect):
        world.gateway.for_user(user_id).top_tracks()
    assert world.log_in("rich") == user_id
    assert world.gateway.for_user(user_id).top_tracks().items


def test_guard_05_without_a_token_nothing_is_asked_of_a_person_at_a_console(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("spotipy wanted to talk to somebody at the console")

    monkeypatch.setattr(builtins, "input", never)
    monkeypatch.setattr(webbrowser, "open", never)
    user = world.users.upsert("never logged in", "Nobody")
    with pytest.raises(SpotifyReconnect):
        world.gateway.for_user(user.id).top_tracks()
    assert world.spotify.hits() == 0


def test_guard_06_the_scopes_kept_are_those_granted_not_those_asked_for(world: World) -> None:
    session = world.new_session()
    url = world.oauth.start_login(session, scopes=["playlist-modify-private"])
    narrowed = url.replace("playlist-modify-private+", "")
    assert narrowed != url
    done = world.come_back(session, world.spotify.login(narrowed, "rich"))
    assert "playlist-modify-private" not in done.scopes
    assert world.gateway.missing_scopes(done.user.id, ["playlist-modify-private"]) == (
        "playlist-modify-private",
    )


def test_guard_07_the_state_is_checked_and_used_once(world: World) -> None:
    session = world.new_session()
    callback = world.spotify.login(world.oauth.start_login(session), "rich")
    wrong = {**query_of(callback), "state": "0" * 43}
    with pytest.raises(LoginStateInvalid):
        world.oauth.finish_login(session, wrong)
    assert world.come_back(session, callback).scopes
    with pytest.raises(LoginStateInvalid):
        world.come_back(session, callback)
    assert world.spotify.hits("POST", "/api/token") == 1


def test_guard_08_the_verifier_is_found_again_by_another_process(world: World) -> None:
    session = world.new_session()
    callback = world.spotify.login(world.oauth.start_login(session), "rich")
    other = world.another()
    assert other.come_back(session, callback).user.display_name == "Robin Rich"
    other.close()


def test_guard_09_a_long_retry_after_blocks_nobody(world: World) -> None:
    user = world.user()
    world.spotify.rate_limit("GET", "/v1/me/top/tracks", retry_after=86_400)
    begun = time.monotonic()
    with pytest.raises(SpotifyRateLimited) as told:
        user.top_tracks()
    assert time.monotonic() - begun < 1
    assert told.value.until == pytest.approx(world.clock() + 86_400, abs=5)


def test_guard_09_a_short_retry_after_is_waited_for(world: World) -> None:
    user = world.user()
    world.spotify.rate_limit("GET", "/v1/me/top/tracks", retry_after=2)
    begun = time.monotonic()
    assert user.top_tracks().items
    # Two pauses would be four seconds; a busy machine may add to one.
    assert 1.9 < time.monotonic() - begun < 3.8


def test_guard_10_each_failure_keeps_its_status_reason_and_retry_after(world: World) -> None:
    user = world.user()
    world.spotify.fault("GET", "/v1/me/top/tracks", status=503, count=None)
    with pytest.raises(SpotifyUnavailable, match="503"):
        user.top_tracks()
    world.spotify.clear_faults()
    world.spotify.quota("GET", "/v1/me/top/tracks", retry_after=48_925)
    with pytest.raises(SpotifyQuotaExceeded) as told:
        user.top_tracks("short_term")
    assert told.value.retry_after == 48_925


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_guard_11_a_write_is_never_repeated_by_itself(world: World, status: int) -> None:
    user = world.user()
    world.spotify.fault(
        "POST", "/v1/me/playlists", status=status, apply=True, count=None, retry_after=1
    )
    with pytest.raises((SpotifyUnavailable, SpotifyRateLimited)):
        user.create_playlist("Once")
    assert world.spotify.hits("POST", "/v1/me/playlists") == 1
    assert [p["name"] for p in world.spotify.playlists("rich")].count("Once") == 1


def test_guard_12_the_token_endpoint_is_bounded_too_and_503_is_no_logout(world: World) -> None:
    quick = world.another(deadline=0.6)
    user_id = world.log_in()
    for fault in ({"status": 503}, {"never": True}, {"status": 503, "text": ""}):
        world.spotify.expire()
        world.spotify.fault("POST", "/api/token", **fault)
        begun = time.monotonic()
        with pytest.raises(SpotifyUnavailable):
            quick.gateway.for_user(user_id).top_tracks("short_term")
        assert time.monotonic() - begun < 2
    quick.close()
    assert world.gateway.for_user(user_id).top_tracks().items


@pytest.mark.parametrize(
    "odd",
    [
        {"json": {"error": "text instead of an object"}},
        {"json": ["a", "list"]},
        {"json": "a string"},
        {"json": {"error": None}},
        {"json": {"error": {"message": {"deep": 1}, "reason": 7}}},
        {"text": ""},
        {"html": "<html><h1>502 Bad Gateway</h1>"},
    ],
)
def test_guard_13_an_error_of_any_form_is_a_typed_error(world: World, odd: dict[str, Any]) -> None:
    user = world.user()
    world.spotify.fault("GET", "/v1/me/top/tracks", status=502, count=None, **odd)
    with pytest.raises(SpotifyUnavailable):
        user.top_tracks()


def test_guard_13_a_connection_that_breaks_is_a_typed_error(world: World) -> None:
    user = world.user()
    for at in (-1, 0, 40):
        world.spotify.fault("GET", "/v1/me/top/tracks", close_after=at, count=3)
        with pytest.raises(SpotifyUnavailable):
            user.top_tracks()
    other = world.another(api_url=f"http://127.0.0.1:{unused_port()}/v1")
    with pytest.raises(SpotifyUnavailable):
        other.gateway.for_user(user._user_id).top_tracks()
    other.close()


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    names = ["spotipy", "spotipy.client", "urllib3", "urllib3.connectionpool", "requests", "webapp"]
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    with caplog.at_level(logging.DEBUG):
        yield caplog
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


def test_guard_14_no_token_code_or_secret_reaches_the_log_at_any_level(
    world: World, everything_logged: pytest.LogCaptureFixture
) -> None:
    user = world.user()
    world.spotify.expire()
    user.top_tracks()
    created = user.create_playlist("A list")
    world.spotify.fault("GET", "/v1/me/tracks", status=500, count=None)
    with pytest.raises(SpotifyUnavailable):
        user.liked()
    user.item_total(created.id)
    assert everything_logged.records
    secrets = world.spotify.tokens()
    assert len(secrets) >= 4
    assert not [secret for secret in secrets if secret in everything_logged.text]


@pytest.mark.parametrize(
    "line",
    [
        "Authorization: Bearer BQD-secret-1234567",
        "{'Authorization': 'Basic BQD-secret-1234567'}",
        "refresh_token=BQD-secret-1234567&x=1",
        '{"access_token": "BQD-secret-1234567"}',
        "GET /callback?code=BQD-secret-1234567 HTTP/1.1",
        "code_verifier=BQD-secret-1234567",
    ],
)
def test_guard_14_what_looks_like_a_secret_is_struck_out(line: str) -> None:
    assert "BQD-secret" not in without_secrets(line)


def test_guard_15_eight_threads_with_an_expired_token_refresh_it_once(world: World) -> None:
    user = world.user()
    world.spotify.expire()
    world.spotify.forget_requests()
    failures: list[BaseException] = []
    together = threading.Barrier(8)

    def ask(number: int) -> None:
        together.wait(10)
        try:
            user.liked(number * 10)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert failures == []
    assert world.spotify.hits("POST", "/api/token") == 1


def test_guard_15_two_processes_refresh_once_even_if_each_refresh_ends_the_old_token(
    world: World,
) -> None:
    world.spotify.switch(rotate_refresh_token=True)
    user_id = world.log_in()
    other = world.another()
    world.spotify.expire()
    world.spotify.forget_requests()
    failures: list[BaseException] = []

    def ask(which: World, offset: int) -> None:
        try:
            which.gateway.for_user(user_id).liked(offset)
        except BaseException as error:
            failures.append(error)

    threads = [
        threading.Thread(target=ask, args=(which, offset))
        for offset, which in enumerate([world, other] * 4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    other.close()
    assert failures == []
    assert world.spotify.hits("POST", "/api/token") == 1


def test_guard_15_the_old_refresh_token_stays_good_if_none_is_sent(world: World) -> None:
    world.spotify.switch(omit_refresh_token=True)
    user = world.user()
    for offset in range(3):
        world.spotify.expire()
        assert user.liked(offset).items
    assert world.spotify.hits("POST", "/api/token") == 4


def test_guard_15_invalid_grant_ends_the_connection_with_one_request(world: World) -> None:
    user_id = world.log_in()
    world.spotify.revoke("rich")
    world.spotify.forget_requests()
    for _ in range(3):
        with pytest.raises(SpotifyReconnect):
            world.gateway.for_user(user_id).top_tracks()
    assert world.spotify.hits("POST", "/api/token") == 1
    assert world.spotify.hits("GET") == 1
    token = world.tokens.get(user_id)
    assert token is not None
    assert (token.access_token, token.refresh_token) == ("", "")


def test_guard_16_a_refusal_in_plain_text_is_understood(world: World) -> None:
    user = world.user()
    world.spotify.fault(
        "GET",
        "/v1/me/top/tracks",
        status=403,
        text="User not registered in the Developer Dashboard",
    )
    with pytest.raises(SpotifyUserNotAllowed):
        user.top_tracks()
    world.spotify.switch(owner_premium=False)
    with pytest.raises(SpotifyOwnerNeedsPremium):
        user.liked()


def test_guard_17_nothing_but_spotifys_hosts_is_ever_asked(world: World) -> None:
    session = world.oauth.transport.session(deadline())
    for url in (
        "http://127.0.0.1:1/v1/me",
        f"http://evil.example:{world.spotify.port}/v1/me",
        f"https://127.0.0.1:{world.spotify.port}/v1/me",
        f"http://127.0.0.1:{world.spotify.port}@evil.example/v1/me",
        "file:///etc/passwd",
        "http://[broken",
    ):
        with pytest.raises(SpotifyAppInvalid):
            session.request("GET", url)
    assert world.spotify.hits() == 0


def test_guard_17_a_redirect_is_not_followed(world: World) -> None:
    user = world.user()
    world.spotify.fault(
        "GET",
        "/v1/me/top/tracks",
        status=302,
        headers={"Location": f"{world.spotify.api_url}/me/tracks"},
        count=None,
    )
    with pytest.raises(SpotifyUnreadable, match="redirect"):
        user.top_tracks()
    assert world.spotify.hits("GET", "/v1/me/tracks") == 0


def test_guard_17_the_environment_cannot_reroute_or_replace_the_token(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{unused_port()}")
    monkeypatch.setenv("NO_PROXY", "")
    assert world.user().me().name == "Robin Rich"


def deadline() -> Any:
    from webapp.spotify.deadline import Deadline

    return Deadline(5.0)


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

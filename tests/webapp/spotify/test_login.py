"""Logging in, over real HTTP, with everything that can be wrong about the way back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from standin.harness import Standin
from tests.webapp.spotify.world import REDIRECT, World, a_world, query_of
from webapp.spotify import LOGIN_SCOPES, save_scopes
from webapp.spotify.connections import months_later
from webapp.spotify.errors import (
    LoginDenied,
    LoginFailed,
    SpotifyAppInvalid,
    SpotifyQuotaExceeded,
    SpotifyUnavailable,
    SpotifyUserNotAllowed,
)
from webapp.store import Token
from webapp.store.errors import LoginStateInvalid, StoreDamaged

DAY = 86_400.0


def token_hits(spotify: Standin) -> int:
    return spotify.hits("POST", "/api/token")


def test_a_login_makes_a_user_known_by_the_account_that_never_changes(world: World) -> None:
    session = world.new_session()
    url = world.oauth.start_login(session, next="/p/1?tab=a")
    done = world.come_back(session, world.spotify.login(url, "rich"))
    assert done.next == "/p/1?tab=a"
    assert done.user.display_name == "Robin Rich"
    assert done.scopes == LOGIN_SCOPES
    from standin.people import BY_KEY

    assert done.user.spotify_account_id == BY_KEY["rich"].account_id
    assert world.log_in("rich") == done.user.id
    assert world.log_in("second") != done.user.id


def test_the_login_asks_for_exactly_what_is_needed(world: World) -> None:
    asked = query_of(world.oauth.start_login(world.new_session()))
    assert asked["scope"].split() == [
        "playlist-read-private",
        "user-library-read",
        "user-read-recently-played",
        "user-top-read",
    ]
    assert asked["redirect_uri"] == REDIRECT
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43


def test_saving_adds_the_private_scope_and_the_public_one_only_if_it_is_wanted(
    world: World,
) -> None:
    def added(public: bool) -> set[str]:
        url = world.oauth.start_login(world.new_session(), scopes=save_scopes(public=public))
        return set(query_of(url)["scope"].split()) - LOGIN_SCOPES

    assert added(False) == {"playlist-modify-private"}
    assert added(True) == {"playlist-modify-private", "playlist-modify-public"}


def test_what_was_agreed_to_before_is_asked_for_again(world: World) -> None:
    user_id = world.log_in("rich", save=True)
    url = world.oauth.start_login(world.new_session(), user_id=user_id)
    assert "playlist-modify-private" in query_of(url)["scope"].split()


def test_each_login_has_a_state_and_a_challenge_of_its_own(world: World) -> None:
    session = world.new_session()
    first, second = (query_of(world.oauth.start_login(session)) for _ in range(2))
    assert first["state"] != second["state"]
    assert first["code_challenge"] != second["code_challenge"]


@pytest.mark.parametrize("state", ["", "made-up", "x" * 5000])
def test_a_callback_with_a_missing_or_foreign_state_asks_spotify_nothing(
    world: World, state: str
) -> None:
    session = world.new_session()
    callback = world.spotify.login(world.oauth.start_login(session), "rich")
    query = {**query_of(callback), "state": state}
    if not state:
        del query["state"]
    with pytest.raises(LoginStateInvalid):
        world.oauth.finish_login(session, query)
    assert token_hits(world.spotify) == 0


def test_a_callback_in_another_browser_asks_spotify_nothing(world: World) -> None:
    session = world.new_session()
    callback = world.spotify.login(world.oauth.start_login(session), "rich")
    with pytest.raises(LoginStateInvalid):
        world.come_back(world.new_session(), callback)
    assert token_hits(world.spotify) == 0
    # It was not used up by that: where it began it can be completed.
    world.come_back(session, callback)


def test_a_replayed_callback_asks_spotify_nothing_more(world: World) -> None:
    session = world.new_session()
    callback = world.spotify.login(world.oauth.start_login(session), "rich")
    world.come_back(session, callback)
    with pytest.raises(LoginStateInvalid):
        world.come_back(session, callback)
    assert token_hits(world.spotify) == 1


def test_a_login_that_took_too_long_asks_spotify_nothing(world: World) -> None:
    session = world.new_session()
    callback = world.spotify.login(world.oauth.start_login(session), "rich")
    world.clock.ahead += 601
    with pytest.raises(LoginStateInvalid):
        world.come_back(session, callback)
    assert token_hits(world.spotify) == 0


def test_denied_consent_is_told_apart_and_asks_spotify_nothing(world: World) -> None:
    session = world.new_session()
    url = world.oauth.start_login(session, next="/seeds?tab=top")
    with pytest.raises(LoginDenied) as denied:
        world.come_back(session, world.spotify.login(url, "rich", allow=False))
    assert denied.value.details["next"] == "/seeds?tab=top"
    assert token_hits(world.spotify) == 0


def test_any_other_error_on_the_way_back_is_a_failed_login(world: World) -> None:
    for query in ({"error": "server_error"}, {}, {"code": ""}):
        session = world.new_session()
        state = query_of(world.oauth.start_login(session))["state"]
        with pytest.raises(LoginFailed):
            world.oauth.finish_login(session, {**query, "state": state})
    assert token_hits(world.spotify) == 0


def test_a_code_that_spotify_no_longer_accepts_is_a_failed_login(world: World) -> None:
    session = world.new_session()
    callback = world.spotify.login(world.oauth.start_login(session), "rich")
    with pytest.raises(LoginFailed):
        world.oauth.finish_login(session, {**query_of(callback), "code": "AQD-made-up-code"})


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example", "//evil.example", "/\\evil.example", "/%0d%0aSet-Cookie:a=b", "", "x"],
)
def test_after_the_login_one_stays_on_this_site(world: World, wanted: str) -> None:
    session = world.new_session()
    url = world.oauth.start_login(session, next=wanted)
    assert world.come_back(session, world.spotify.login(url, "rich")).next == "/seeds"


def test_an_account_that_is_not_allowed_is_told_so_and_nothing_is_kept(world: World) -> None:
    session = world.new_session()
    callback = world.spotify.login(world.oauth.start_login(session), "outsider")
    with pytest.raises(SpotifyUserNotAllowed):
        world.come_back(session, callback)
    with world.engine.connect() as connection:
        from sqlalchemy import text

        assert connection.execute(text("SELECT count(*) FROM token")).scalar() == 0
        assert connection.execute(text('SELECT count(*) FROM "user"')).scalar() == 0


def test_an_accounts_service_in_trouble_is_temporary(world: World) -> None:
    session = world.new_session()
    callback = world.spotify.login(world.oauth.start_login(session), "rich")
    world.spotify.fault("POST", "/api/token", status=503)
    with pytest.raises(SpotifyUnavailable):
        world.come_back(session, callback)


def test_nobody_logs_in_while_spotify_wants_to_be_left_alone(world: World) -> None:
    session = world.new_session()
    callback = world.spotify.login(world.oauth.start_login(session), "rich")
    world.cooldowns.set("spotify", world.clock() + 3600, "spotify.quota")
    world.spotify.forget_requests()
    with pytest.raises(SpotifyQuotaExceeded) as told:
        world.come_back(session, callback)
    assert told.value.until == pytest.approx(world.clock() + 3600, abs=5)
    assert world.spotify.hits() == 0


def test_a_confidential_client_proves_itself_with_its_secret(
    empty_database: Path, tmp_path: Path
) -> None:
    running = Standin.thread(redirect_uris=[REDIRECT], client_secret="the secret of the app")
    with running as spotify, a_world(spotify, empty_database, tmp_path) as world:
        user_id = world.log_in("rich")
        sent = spotify.requests("POST", "/api/token")[0]
        assert "code_verifier=" in sent["body"]
        assert "client_id=" not in sent["body"]
        spotify.expire()
        assert world.gateway.for_user(user_id).liked().items


def test_a_wrong_secret_is_the_operators_fault_and_no_logout(
    empty_database: Path, tmp_path: Path
) -> None:
    running = Standin.thread(redirect_uris=[REDIRECT], client_secret="the secret of the app")
    with running as spotify, a_world(spotify, empty_database, tmp_path) as world:
        user_id = world.log_in("rich")
        spotify.expire()
        wrong = world.another(client_secret="another")
        with pytest.raises(SpotifyAppInvalid):
            wrong.gateway.for_user(user_id).liked()
        wrong.close()
        assert world.gateway.for_user(user_id).liked().items


def test_a_user_is_warned_thirty_days_before_the_connection_ends(world: World) -> None:
    user_id = world.log_in()
    state = world.gateway.connection(user_id)
    assert state is not None
    assert not state.ends_soon
    assert 180 * DAY < state.ends_at - state.authorized_at < 185 * DAY
    world.clock.ahead = state.ends_at - world.clock() - 29 * DAY
    late = world.gateway.connection(user_id)
    assert late is not None
    assert late.ends_soon
    assert not late.needs_reconnect
    world.clock.ahead += 30 * DAY
    over = world.gateway.connection(user_id)
    assert over is not None
    assert over.needs_reconnect


def test_a_renewed_access_token_does_not_move_the_end_but_a_login_does(world: World) -> None:
    user_id = world.log_in()
    before = world.tokens.get(user_id)
    assert before is not None
    world.spotify.expire()
    world.gateway.for_user(user_id).liked()
    renewed = world.tokens.get(user_id)
    assert renewed is not None
    assert renewed.access_token != before.access_token
    assert renewed.authorized_at == before.authorized_at
    world.clock.ahead += DAY
    world.log_in()
    again = world.tokens.get(user_id)
    assert again is not None
    assert again.authorized_at >= before.authorized_at + DAY


@pytest.mark.parametrize(
    ("day", "later"),
    [("2026-08-31", "2027-02-28"), ("2027-08-31", "2028-02-29"), ("2026-11-21", "2027-05-21")],
)
def test_six_months_are_calendar_months(day: str, later: str) -> None:
    at = datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()
    assert datetime.fromtimestamp(months_later(at, 6), UTC).date().isoformat() == later


def test_a_login_waits_for_a_refresh_so_that_the_old_token_does_not_win(world: World) -> None:
    user_id = world.log_in()
    held = world.tokens.get(user_id)
    assert held is not None
    with world.tokens.refreshing(user_id):
        # The lease is ours; a login cannot put its token beside it.
        session = world.new_session()
        callback = world.spotify.login(world.oauth.start_login(session), "rich")
        other = world.another()
        done = []

        def come_back() -> None:
            done.append(other.come_back(session, callback))

        from threading import Thread

        thread = Thread(target=come_back)
        thread.start()
        thread.join(0.5)
        assert not done
        world.tokens.put(user_id, Token("old", "old", held.scopes, 1.0, 2.0))
    thread.join(10)
    other.close()
    assert done
    kept = world.tokens.get(user_id)
    assert kept is not None
    assert kept.access_token != "old"


def test_a_dead_database_is_told_as_such_and_not_as_a_logout(world: World) -> None:
    user_id = world.log_in()
    world.database.write_bytes(b"this is no database any more" * 100)
    world.engine.dispose()
    with pytest.raises(StoreDamaged):
        world.gateway.for_user(user_id).liked()

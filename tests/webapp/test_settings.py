"""Settings are checked at the start, and a wrong one is named with what it should be."""

from __future__ import annotations

from pathlib import Path

import pytest

from webapp.errors import ConfigurationError
from webapp.settings import Settings, load_settings

KEY = "k" * 43


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("HOOKLIST_"):
            monkeypatch.delenv(name)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOKLIST_PORT", "9001")
    monkeypatch.setenv("HOOKLIST_SECRET_KEY_FALLBACKS", "one two")
    settings = load_settings()
    assert settings.port == 9001
    assert settings.secret_keys == ("", "one", "two")


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOKLIST_PORT", "")
    assert load_settings().port == 8000


@pytest.mark.parametrize(
    ("given", "named", "why"),
    [
        ({"port": "many"}, "HOOKLIST_PORT", "integer"),
        ({"port": 70000}, "HOOKLIST_PORT", "65535"),
        ({"base_url": "http://hooklist.example"}, "", "https"),
        ({"base_url": "ftp://127.0.0.1"}, "", "http or https"),
        ({"base_url": "http://127.0.0.1:8000/"}, "", "slash"),
        ({"demo": True, "host": "0.0.0.0"}, "", "loopback"),
        ({"demo_audio_url": "http://127.0.0.1:1"}, "", "demo"),
        ({"spotify_api_url": "http://api.example/v1"}, "", "https"),
        ({"log_level": "CHATTY"}, "HOOKLIST_LOG_LEVEL", "pattern"),
        ({"no_such_setting": 1}, "HOOKLIST_NO_SUCH_SETTING", "not permitted"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_with_the_reason(
    given: dict[str, object], named: str, why: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(**given)
    assert named in caught.value.which
    assert why in str(caught.value)
    assert "docs/settings.md" in str(caught.value)


@pytest.mark.parametrize("key", ["", "short", "x" * 31])
def test_serving_is_refused_without_a_long_secret_key(key: str) -> None:
    settings = load_settings(secret_key=key, spotify_client_id="abc")
    with pytest.raises(ConfigurationError, match="HOOKLIST_SECRET_KEY"):
        settings.check_ready_to_serve()


def test_serving_is_refused_without_a_client_id() -> None:
    with pytest.raises(ConfigurationError, match="HOOKLIST_SPOTIFY_CLIENT_ID"):
        load_settings(secret_key=KEY).check_ready_to_serve()


def test_serving_is_allowed_with_a_key_and_a_client_id() -> None:
    load_settings(secret_key=KEY, spotify_client_id="abc").check_ready_to_serve()


def test_secrets_are_read_from_files(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n")
    (tmp_path / "password").write_text("p@ss/word:#\n")
    settings = load_settings(
        secret_key_file=tmp_path / "key",
        database_url="postgresql+psycopg://hooklist@db:5433/hooklist?sslmode=disable",
        database_password_file=tmp_path / "password",
        redis_url="redis://valkey:6379/0",
        redis_password_file=tmp_path / "password",
    )
    assert settings.secret_keys == (KEY,)
    assert settings.database_url == (
        "postgresql+psycopg://hooklist:p%40ss%2Fword%3A%23@db:5433/hooklist?sslmode=disable"
    )
    assert settings.redis_url == "redis://:p%40ss%2Fword%3A%23@valkey:6379/0"


def test_a_missing_secret_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nowhere"):
        load_settings(secret_key_file=tmp_path / "nowhere")


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    assert KEY not in repr(load_settings(secret_key=KEY, spotify_client_secret=KEY))


def test_the_redirect_uri_follows_from_the_base_url_alone() -> None:
    assert Settings(base_url="https://h.example").redirect_uri == "https://h.example/callback"
    assert Settings(spotify_redirect_uri="https://x.example/c").redirect_uri.endswith("/c")

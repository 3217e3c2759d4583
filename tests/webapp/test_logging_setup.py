"""The log tells nothing secret and cannot be forged."""

from __future__ import annotations

import json
import logging

import pytest

from webapp.logging_setup import JsonFormatter, LineFormatter, redact


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer BQDf3kZ9secretsecret",
        "header Basic c2VjcmV0OnNlY3JldHNlY3JldA==",
        '{"access_token": "BQDf3kZ9secretsecret"}',
        "grant_type=refresh_token&refresh_token=AQsecretsecret",
        "/callback?code=AQsecretsecret&state=x",
        "code_verifier=secretsecretsecretsecret",
    ],
)
def test_tokens_and_codes_are_redacted(text: str) -> None:
    assert "secretsecret" not in redact(text)
    assert "c2VjcmV0" not in redact(text)


def test_a_name_with_newlines_stays_on_its_line() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "playlist %s", ("a\nERROR forged",), None)
    assert "\n" not in LineFormatter("%(message)s").format(record)
    assert "\n" not in JsonFormatter().format(record)


@pytest.mark.parametrize(
    "name",
    ["\x1b[2J\x1b[31mred", "a\u2028ERROR forged", "\u202eevil", "\x85x", "\ud800", "\0", "a\rb"],
)
def test_a_name_cannot_move_the_readers_eye(name: str) -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "playlist %s", (name,), None)
    for formatter in (LineFormatter("%(message)s"), JsonFormatter()):
        line = formatter.format(record)
        assert line.isprintable(), line
        assert line.isascii()


def test_json_lines_carry_time_level_and_message() -> None:
    record = logging.LogRecord("x", logging.WARNING, "", 0, "half of %d", (7,), None)
    entry = json.loads(JsonFormatter().format(record))
    assert (entry["level"], entry["message"]) == ("WARNING", "half of 7")
    assert entry["time"].endswith("Z")

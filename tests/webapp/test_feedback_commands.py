"""``hooklist feedback``: what is kept can be taken out, without users, and forgotten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from webapp.cli import main
from webapp.settings import load_settings
from webapp.store import ListenerEvent
from webapp.wiring import open_services


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the id of a user of whom there is one of everything, in a database of its own."""
    monkeypatch.setenv("HOOKLIST_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("HOOKLIST_DATABASE_URL", raising=False)
    services = open_services(load_settings())
    user = services.users.upsert("account", "Ada")
    services.ratings.put(user.id, "trailer", "file.mp3", 4)
    services.events.add([ListenerEvent(day=1, visit="v", kind="saved")])
    services.events.count_users()
    services.messages.add("idea", "More jazz", contact="ada@example.org")
    services.votes.put("test", "voter", "pair", "a", "smoother")
    services.close()
    return user.id


def test_the_export_has_everything_and_no_user(
    kept: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "feedback.jsonl"
    assert main(["feedback", "export", "--out", str(out)]) == 0
    assert "5 lines" in capsys.readouterr().out
    text = out.read_text(encoding="utf-8")
    rows = {row["is"]: row for row in map(json.loads, text.splitlines())}
    assert set(rows) == {"event", "rating", "users", "message", "vote"}
    assert rows["vote"]["voter"] == 0
    assert rows["rating"] == {
        "is": "rating",
        "rater": 0,
        "kind": "trailer",
        "value": 4,
        "strategy": "",
        "variants": {},
    }
    assert kept not in text
    assert "file.mp3" not in text


def test_what_is_named_is_forgotten_and_nothing_else(
    kept: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["feedback", "forget"]) == 2
    assert main(["feedback", "forget", "--events", "--messages"]) == 0
    told = capsys.readouterr().out
    assert told.splitlines() == ["forgotten: 1 events", "forgotten: 1 messages"]
    assert main(["feedback", "forget", "--all"]) == 0
    told = capsys.readouterr().out
    assert told.splitlines() == [
        "forgotten: 0 events",
        "forgotten: 1 ratings",
        "forgotten: 0 messages",
        "forgotten: 1 votes",
    ]

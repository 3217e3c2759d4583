"""``hooklist listening``: what was counted can be exported, looked at and forgotten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from webapp.cli import main
from webapp.commands.listening import in_words, write_lines
from webapp.errors import ListeningUnwritable
from webapp.services.audio_library import content_key
from webapp.settings import load_settings
from webapp.store import HeardCounts
from webapp.wiring import open_services


@pytest.fixture
def song(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a file that twenty listeners were offered, in a database of its own."""
    monkeypatch.setenv("HOOKLIST_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("HOOKLIST_DATABASE_URL", raising=False)
    file = tmp_path / "song.mp3"
    file.write_bytes(b"sound")
    services = open_services(load_settings())
    counts = HeardCounts(services.engine)
    counts.add({content_key(file): {"heard": [(30, 42)] * 20, "replayed": [(30, 42)] * 15}})
    counts.add({content_key(file): {"skipped": [(80, 95)] * 20}})
    services.close()
    return file


def test_the_export_has_one_line_per_piece_of_audio(
    song: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "targets.jsonl"
    assert main(["listening", "export", "--out", str(out)]) == 0
    assert "1 pieces of audio" in capsys.readouterr().out
    (line,) = out.read_text(encoding="utf-8").splitlines()
    target = json.loads(line)
    assert target["content_key"] == content_key(song)
    assert target["seconds"] == len(target["curve"]) == len(target["evidence"]) == 95
    assert target["offers"][30:42] == [20] * 12
    assert target["curve"][36] > 0.9 > 0.1 > target["curve"][88]


def test_what_listeners_say_is_told_in_a_line(
    song: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.mp3"
    other.write_bytes(b"nobody heard this")
    assert main(["listening", "show", str(song), str(other)]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{song}: offered to 20 listeners at most; liked most around 3")
    assert second == f"{other}: nobody was offered any of it yet"
    assert main(["listening", "show", "--json", str(song)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["file"], told["seconds"]) == (str(song), 95)


def test_counts_can_be_forgotten_of_a_file_or_of_all(
    song: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["listening", "forget", str(song)]) == 0
    assert main(["listening", "forget", "--all"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "forgotten: 1 pieces of audio",
        "forgotten: 0 pieces of audio",
    ]


def test_a_missing_file_is_named(song: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["listening", "show", str(song.with_name("gone.mp3"))]) == 1
    assert "gone.mp3" in capsys.readouterr().err


def test_an_export_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    with pytest.raises(ListeningUnwritable, match="nowhere"):
        write_lines(tmp_path / "nowhere" / "o.jsonl", [])
    out = tmp_path / "o.jsonl"
    out.write_text("before\n", encoding="utf-8")

    def rows() -> object:
        yield {"a": 1}
        raise OSError("the disk is gone")

    with pytest.raises(ListeningUnwritable, match=r"o\.jsonl"):
        write_lines(out, rows())  # type: ignore[arg-type]
    assert out.read_text(encoding="utf-8") == "before\n"
    assert [path.name for path in tmp_path.iterdir()] == ["o.jsonl"]


def test_few_listeners_are_said_to_be_few() -> None:
    few = {"offers": [0, 3], "evidence": [0.0, 0.0], "curve": [0.5, 0.5]}
    assert in_words(few) == "offered to 3 listeners at most, too few to tell"

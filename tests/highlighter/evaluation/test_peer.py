"""Asking a peer in another interpreter, whatever it says."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from highlighter.evaluation.cache import AnswerCache
from highlighter.evaluation.peer import Peer, ask_all


def peer(tmp_path: Path, script: str) -> Peer:
    adapter = tmp_path / "adapter.py"
    adapter.write_text(f"import sys\nopen({str(tmp_path / 'asked')!r}, 'a').write('x')\n{script}\n")
    return Peer(Path(sys.executable), AnswerCache(tmp_path / "cache"), adapter)


def times_asked(tmp_path: Path) -> int:
    return len((tmp_path / "asked").read_text())


def test_a_start_is_taken_and_kept_inside_the_song(tmp_path: Path) -> None:
    asked = peer(tmp_path, """print('{"file": "a", "start": 190.0}')""")
    answer = asked.ask(Path("a"), "hash", 30.0, 200.0)
    assert (answer.start, answer.end) == (170.0, 200.0)
    assert asked.ask(Path("a"), "hash", 30.0, 300.0).start == 190.0
    assert times_asked(tmp_path) == 1, "the second answer is the first one, kept"
    asked.ask(Path("b"), "other", 30.0, 300.0)
    assert times_asked(tmp_path) == 2


@pytest.mark.parametrize("said", ["null", "-3", "NaN", "1e9"])
def test_where_it_finds_nothing_the_clip_starts_at_45_s(tmp_path: Path, said: str) -> None:
    asked = peer(tmp_path, f"""print('warning'); print('{{"start": {said}}}')""")
    answer = asked.ask(Path("a"), "hash", 30.0, 200.0)
    assert (answer.start, answer.error) == (45.0, "")
    assert "45 s" in answer.reason


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("""print('{"start": null, "error": "no sound"}')""", "no sound"),
        ("sys.exit('out of luck')", "status 1): out of luck"),
        ("print('all is well')", "it answered nothing"),
        ("print('[1]')", "no object"),
    ],
)
def test_a_peer_that_fails_says_so_and_is_asked_again(
    tmp_path: Path, script: str, told: str
) -> None:
    asked = peer(tmp_path, script)
    answers = [asked.ask(Path("a"), "hash", 30.0, 200.0) for _ in range(2)]
    assert all(told in answer.error and answer.start is None for answer in answers)
    assert times_asked(tmp_path) == 2


def test_songs_are_asked_in_order(tmp_path: Path) -> None:
    asked = peer(tmp_path, """print('{"start": %d}' % len(sys.argv[1]))""")
    told: list[str] = []
    songs = [(Path("a"), "1", 200.0), (Path("bbb"), "2", 200.0)]
    assert [one.start for one in ask_all(asked, songs, 30.0, told.append)] == [1.0, 3.0]
    assert told == ["asked pychorus 1/2 a", "asked pychorus 2/2 bbb"]

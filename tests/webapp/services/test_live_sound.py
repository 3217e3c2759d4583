"""A file that grows is heard as it grows, by no more people than there is room for."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from webapp.errors import AudioUnavailable, NotFound
from webapp.services.live_sound import LONGEST, LONGEST_STALL, LiveSounds


class Clock:
    """A clock that runs while somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.meanwhile = lambda: None

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.meanwhile()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sounds(clock: Clock) -> LiveSounds:
    return LiveSounds(2, monotonic=clock, sleep=clock.sleep)


def test_all_of_a_growing_file_is_heard_until_its_writer_removes_it(
    sounds: LiveSounds, clock: Clock, tmp_path: Path
) -> None:
    file = tmp_path / "trailer.live"
    file.write_bytes(b"one ")
    parts = [b"two ", b"three"]

    def write_on() -> None:
        if parts:
            with file.open("ab") as opened:
                opened.write(parts.pop(0))
        elif file.exists():
            file.unlink()

    clock.meanwhile = write_on
    assert b"".join(sounds.follow(file)) == b"one two three"
    assert clock.now < 1.0


def test_a_real_writer_in_another_thread_is_followed(tmp_path: Path) -> None:
    file = tmp_path / "trailer.live"
    file.touch()
    blocks = [bytes([number]) * 5_000 for number in range(20)]

    def write() -> None:
        with file.open("ab", buffering=0) as opened:
            for block in blocks:
                opened.write(block)
        file.unlink()

    following = LiveSounds(1).follow(file)
    writer = threading.Thread(target=write)
    writer.start()
    assert b"".join(following) == b"".join(blocks)
    writer.join()


def test_a_writer_that_has_died_is_not_waited_for_for_ever(
    sounds: LiveSounds, clock: Clock, tmp_path: Path
) -> None:
    file = tmp_path / "trailer.live"
    file.write_bytes(b"half")
    assert b"".join(sounds.follow(file)) == b"half"
    assert LONGEST_STALL < clock.now < LONGEST_STALL + 1


def test_nobody_follows_for_longer_than_a_rendering_may_take(
    sounds: LiveSounds, clock: Clock, tmp_path: Path
) -> None:
    file = tmp_path / "trailer.live"
    file.touch()

    def write_on() -> None:
        clock.now += 20
        with file.open("ab") as opened:
            opened.write(b".")

    clock.meanwhile = write_on
    heard = b"".join(sounds.follow(file))
    assert 40 <= len(heard) <= 46
    assert LONGEST <= clock.now < LONGEST + 45


def test_one_more_than_there_is_room_for_is_refused_until_somebody_leaves(
    sounds: LiveSounds, tmp_path: Path
) -> None:
    file = tmp_path / "trailer.live"
    file.write_bytes(b"sound")
    first, _second = sounds.follow(file), sounds.follow(file)
    with pytest.raises(AudioUnavailable, match="as many as may listen"):
        sounds.follow(file)
    first.close()
    first.close()
    third = sounds.follow(file)
    with pytest.raises(AudioUnavailable):
        sounds.follow(file)
    third.close()


def test_what_is_not_there_takes_no_place(sounds: LiveSounds, tmp_path: Path) -> None:
    for _ in range(5):
        with pytest.raises(NotFound):
            sounds.follow(tmp_path / "none.live")

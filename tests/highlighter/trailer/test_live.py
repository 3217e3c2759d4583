"""The sound that can be heard while the trailer is still being made."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from highlighter.trailer import (
    TrailerCancelledError,
    TrailerNotWrittenError,
    TrailerTrack,
    make_trailer,
)

RATE = 44_100
MP3_BYTES_PER_SECOND = 24_000


def hiss(seconds: float, seed: int) -> np.ndarray:
    """Return noise without the highest octave, which encoders leave out."""
    random = np.random.default_rng(seed)
    white = random.normal(size=(round(seconds * RATE) + 8, 2))
    return 0.05 * sum(white[lag : white.shape[0] - 8 + lag] for lag in range(8)) / 8**0.5


@pytest.fixture
def four(write) -> list[TrailerTrack]:
    return [
        TrailerTrack(write(f"{seed}.wav", hiss(16.0, seed)), start=3.0, beats=())
        for seed in range(4)
    ]


def test_each_fragment_can_be_heard_before_the_next_is_mixed(four, tmp_path, ear):
    live = tmp_path / "growing"
    sizes: list[int] = []
    early: list[bytes] = []

    def progress(done: int, total: int, stage: str) -> None:
        if stage == "mixing":
            sizes.append(live.stat().st_size)
        if stage == "mixing" and len(sizes) == 2:
            early.append(live.read_bytes())
            assert live.stat().st_mode & 0o044 == 0o044

    trailer = make_trailer(
        four, tmp_path / "out.mp3", seconds_per_track=6.0, live=live, progress=progress
    )
    grown = np.diff(sizes)
    # A fragment of six seconds, but for its half of the transition to the next.
    assert (grown > 4.0 * MP3_BYTES_PER_SECOND).all()
    # What is there stays as it is, but for the frame that tells the length, in front.
    then, now = (np.frombuffer(one, np.uint8) for one in (early[0], live.read_bytes()))
    differing = np.flatnonzero(then != now[: then.size])
    assert np.ptp(differing) < 600
    assert differing[-1] < 3_000

    half = tmp_path / "half.mp3"
    half.write_bytes(early[0])
    whole, made = ear(live), ear(trailer.file)
    assert ear(half).duration > 4.0
    np.testing.assert_array_equal(whole.samples, made.samples)
    assert made.lufs == pytest.approx(-14.0, abs=0.5)
    assert made.true_peak <= -1.0


def test_listening_along_changes_not_one_byte_of_the_trailer(four, tmp_path):
    make_trailer(four, tmp_path / "a.mp3", seconds_per_track=4.0)
    make_trailer(four, tmp_path / "b.mp3", seconds_per_track=4.0, live=tmp_path / "live")
    assert (tmp_path / "a.mp3").read_bytes() == (tmp_path / "b.mp3").read_bytes()


@pytest.mark.parametrize("ending", ["opus", "m4a"])
def test_other_formats_are_heard_along_as_mp3(four, tmp_path, ear, ending):
    live = tmp_path / "live.mp3"
    trailer = make_trailer(four[:2], tmp_path / f"out.{ending}", seconds_per_track=4.0, live=live)
    assert live.read_bytes()[:3] == b"ID3"
    assert ear(live).duration == pytest.approx(trailer.duration, abs=0.06)
    assert ear(live).lufs == pytest.approx(-14.0, abs=0.6)


def test_an_older_live_sound_is_gone_before_anything_is_heard(four, tmp_path):
    live = tmp_path / "live"
    live.write_bytes(b"of another day")
    seen: list[int] = []

    def progress(done: int, total: int, stage: str) -> None:
        if stage == "listening":
            seen.append(live.stat().st_size)

    make_trailer(
        four[:2], tmp_path / "out.mp3", seconds_per_track=3.0, live=live, progress=progress
    )
    assert seen == [0, 0]


@pytest.mark.parametrize("stage", ["listening", "mixing", "checking"])
def test_stopping_removes_the_live_sound(four, tmp_path, stage):
    live = tmp_path / "live"
    told: list[str] = []
    with pytest.raises(TrailerCancelledError):
        make_trailer(
            four,
            tmp_path / "out.mp3",
            seconds_per_track=3.0,
            live=live,
            progress=lambda done, total, now: told.append(now),
            should_stop=lambda: stage in told,
        )
    assert sorted(one.name for one in tmp_path.iterdir()) == ["0.wav", "1.wav", "2.wav", "3.wav"]


def test_a_live_sound_that_cannot_be_written_is_told(four, tmp_path):
    with pytest.raises(TrailerNotWrittenError, match="live"):
        make_trailer(
            four, tmp_path / "out.mp3", seconds_per_track=3.0, live=Path(tmp_path / "no" / "live")
        )
    assert not (tmp_path / "out.mp3").exists()

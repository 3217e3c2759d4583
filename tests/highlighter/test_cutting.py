"""A part of a track becomes a file of its own."""

from __future__ import annotations

from pathlib import Path

import mutagen
import numpy as np
import pytest
import soundfile

from highlighter.audio import Limits
from highlighter.cutting import cut, faded, stereo
from highlighter.errors import AudioBadRequestError, AudioTooLongError

RATE = 22_050


@pytest.fixture
def track(tmp_path: Path) -> Path:
    time = np.arange(20 * RATE) / RATE
    sound = 0.9 * np.sin(2 * np.pi * (200 + 20 * np.floor(time)) * time)
    soundfile.write(tmp_path / "track.wav", sound.astype(np.float32), RATE)
    return tmp_path / "track.wav"


@pytest.mark.parametrize("ending", ["mp3", "opus", "m4a"])
def test_the_part_has_its_length_its_tags_and_its_sound(track: Path, ending: str) -> None:
    out = track.with_name(f"part.{ending}")
    assert cut(track, out, start=4.0, end=9.5, title="Song", artists=("Ada", "Bob")) == 5.5
    found = mutagen.File(out, easy=True)
    assert found.info.length == pytest.approx(5.5, abs=0.12)
    assert found.tags["title"] == ["Song"]
    assert found.tags["artist"] == ["Ada, Bob"]
    if ending == "mp3":
        sound, rate = soundfile.read(out)
        second = sound[rate : 2 * rate, 0]
        spectrum = np.abs(np.fft.rfft(second * np.hanning(second.size)))
        # In the second second of the part, the track is at 200 + 20 · 5 Hz and rising.
        assert np.argmax(spectrum) == pytest.approx(300.0, abs=3.0)
        assert np.abs(sound).max() <= 1.0


def test_both_ends_are_faded_and_one_channel_becomes_two() -> None:
    sound = np.ones((RATE, 1), dtype=np.float32)
    both = faded(stereo(sound), RATE)
    assert both.shape == (RATE, 2)
    assert both[0].tolist() == [0.0, 0.0]
    assert abs(float(both[-1, 0])) < 0.01
    assert both[RATE // 2].tolist() == [1.0, 1.0]
    assert np.array_equal(sound, np.ones((RATE, 1)))


def test_a_part_that_is_none_or_too_long_is_refused(track: Path) -> None:
    out = track.with_name("part.mp3")
    for start, end in ((5.0, 5.0), (5.0, 4.0), (0.0, 200.0), (25.0, 30.0)):
        with pytest.raises(AudioBadRequestError):
            cut(track, out, start=start, end=end, title="x")
    with pytest.raises(AudioTooLongError):
        cut(track, out, start=0.0, end=5.0, title="x", limits=Limits(max_seconds=10.0))
    assert not out.exists()

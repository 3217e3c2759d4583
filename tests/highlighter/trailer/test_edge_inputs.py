"""Odd playlists of files about which nothing is known: each has a result, and says which."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from highlighter.trailer import NothingToPlayError, Trailer, TrailerTrack, make_trailer

RATE = 22_050


def clicks(bpm: float, seconds: float, key: int = 0) -> np.ndarray:
    """Return a drum on every beat over a major chord on `key`, 0 = C."""
    place = np.arange(round(seconds * RATE)) / RATE
    root = 130.81 * 2.0 ** (key / 12.0)
    sound = sum(0.04 * np.sin(2 * np.pi * root * ratio * place) for ratio in (1.0, 1.25, 1.5, 2.0))
    hit = np.random.default_rng(0).normal(size=1_200) * np.exp(-np.arange(1_200) / 200.0)
    for beat in np.arange(0.1, seconds - 0.2, 60.0 / bpm):
        at = round(beat * RATE)
        sound[at : at + hit.size] += 0.35 * hit
    return np.clip(sound, -1.0, 1.0)


def drone(seconds: float) -> np.ndarray:
    place = np.arange(round(seconds * RATE)) / RATE
    return 0.1 * (np.sin(2 * np.pi * 196.0 * place) + np.sin(2 * np.pi * 247.0 * place))


SOUNDS = {
    "40 BPM": lambda: clicks(40.0, 34.0),
    "220 BPM": lambda: clicks(220.0, 34.0),
    "110 BPM": lambda: clicks(110.0, 34.0),
    "112 BPM": lambda: clicks(112.0, 34.0),
    "no beats": lambda: drone(34.0),
    "5 seconds": lambda: clicks(110.0, 5.0),
    "silence": lambda: np.zeros(20 * RATE),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("odd")
    for name, sound in SOUNDS.items():
        soundfile.write(folder / f"{name}.wav", sound(), RATE, subtype="PCM_16")
    return {name: folder / f"{name}.wav" for name in SOUNDS}


def trailer_of(files: dict[str, Path], folder: Path, *names: str) -> Trailer:
    tracks = [
        TrailerTrack(files[name], start=None if name == "5 seconds" else 7.0, key=0, mode=1)
        for name in names
    ]
    trailer = make_trailer(tracks, folder / "out.m4a", seconds_per_track=6.0)
    assert trailer.lufs == pytest.approx(-14.0, abs=0.5)
    assert trailer.true_peak_dbtp <= -1.0
    for before, after in pairwise(trailer.chapters):
        assert before.end == after.start
        assert after.reason
    return trailer


def test_two_tracks_alike_are_matched(files, tmp_path):
    trailer = trailer_of(files, tmp_path, "110 BPM", "112 BPM")
    [_, second] = trailer.chapters
    assert second.transition == "beat-matched"
    assert "1.8% apart" in second.reason
    assert second.beats >= 4


def test_one_track_stands_alone(files, tmp_path):
    trailer = trailer_of(files, tmp_path, "110 BPM")
    assert [one.transition for one in trailer.chapters] == ["start"]


def test_five_seconds_are_heard_as_far_as_they_go(files, tmp_path):
    trailer = trailer_of(files, tmp_path, "5 seconds", "no beats")
    assert 3.5 < trailer.chapters[0].end <= 5.0
    assert trailer.chapters[1].transition in ("assisted", "plain")


@pytest.mark.parametrize(("name", "bpm"), [("40 BPM", 40.0), ("220 BPM", 220.0)])
def test_very_slow_and_very_fast_music_is_cut_on_its_clicks_or_says_that_it_is_not(
    files, tmp_path, name, bpm
):
    trailer = trailer_of(files, tmp_path, name, "110 BPM")
    first, second = trailer.chapters
    assert second.transition in ("beat-matched", "assisted", "plain")
    if "first track has sure beats" in second.reason or "both" in second.reason:
        # At half or double the tempo a cut may lie half-way between two clicks.
        period = 60.0 / bpm / 2.0
        off = (first.source_end - 0.1) % period
        assert min(off, period - off) < 0.03
    else:
        assert "only the second track" in second.reason


def test_what_has_no_beats_says_so(files, tmp_path):
    trailer = trailer_of(files, tmp_path, "no beats", "no beats", "110 BPM")
    kinds = [one.transition for one in trailer.chapters]
    assert kinds[:2] == ["start", "plain"]
    assert "neither track has beats" in trailer.chapters[1].reason
    assert kinds[2] == "assisted"
    assert "only the second track has sure beats" in trailer.chapters[2].reason


def test_silence_is_skipped_and_silence_alone_is_an_error(files, tmp_path):
    trailer = trailer_of(files, tmp_path, "silence", "110 BPM")
    assert [(one.file.stem, one.error_code) for one in trailer.skipped] == [
        ("silence", "trailer.silent")
    ]
    with pytest.raises(NothingToPlayError):
        make_trailer([TrailerTrack(files["silence"])], tmp_path / "none.m4a")


def test_all_in_one_key_the_tempo_decides_the_order(files, tmp_path):
    names = ("110 BPM", "40 BPM", "112 BPM")
    tracks = [TrailerTrack(files[name], start=7.0, key=0, mode=1) for name in names]
    trailer = make_trailer(tracks, tmp_path / "out.m4a", seconds_per_track=4.0, order="flow")
    played = [one.file.stem for one in trailer.chapters]
    assert abs(played.index("110 BPM") - played.index("112 BPM")) == 1

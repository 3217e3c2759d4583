"""Whole trailers: what may be mixed, what may not, and how long it lasts."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from highlighter.trailer import (
    BadTrailerRequestError,
    NothingToPlayError,
    TrailerTrack,
    make_trailer,
    stretch,
)
from highlighter.trailer.commands import as_json

RATE = 44_100
BEATS = tuple(0.5 * beat for beat in range(200))


def song(seconds: float, hertz: float, seed: int) -> np.ndarray:
    place = np.arange(round(seconds * RATE)) / RATE
    pulse = 0.4 + 0.6 * np.exp(-6.0 * (place % 0.5))
    tone = sum(np.sin(2 * np.pi * hertz * ratio * place) / ratio for ratio in (1.0, 1.5, 2.5))
    hiss = np.random.default_rng(seed).normal(size=place.size)
    return np.repeat((pulse * (0.15 * tone + 0.02 * hiss))[:, None], 2, axis=1)


@pytest.fixture
def tracks(write: Callable[..., Path]) -> list[TrailerTrack]:
    return [
        TrailerTrack(
            write(f"{name}.wav", song(30.0, hertz, number)),
            title=name,
            start=8.0,
            beats=BEATS,
            key=0,
            mode=1,
        )
        for number, (name, hertz) in enumerate([("a", 220.0), ("b", 277.0), ("c", 330.0)])
    ]


def changed(track: TrailerTrack, **changes) -> TrailerTrack:
    from dataclasses import replace

    return replace(track, **changes)


def silences(sound: np.ndarray, rate: int) -> list[tuple[float, float]]:
    """Return spans in seconds of 5 ms steps below −60 dBFS, inside the sound."""
    step = rate // 200
    rows = sound[: len(sound) // step * step].reshape(-1, step, 2)
    quiet = np.sqrt((rows**2).mean(axis=(1, 2))) < 1e-3
    edges = np.flatnonzero(np.diff(np.concatenate([[0], quiet.astype(int), [0]])))
    spans = [(start / 200.0, end / 200.0) for start, end in edges.reshape(-1, 2)]
    return [span for span in spans if span[0] > 0.5 and span[1] < len(sound) / rate - 0.5]


def test_sure_beats_are_matched(tracks, tmp_path):
    trailer = make_trailer(tracks, tmp_path / "out.m4a", seconds_per_track=8.0)
    assert [one.transition for one in trailer.chapters[1:]] == ["beat-matched"] * 2
    assert all(one.rate == 1.0 for one in trailer.chapters)
    assert all(one.beats == 4 for one in trailer.chapters[1:])


def test_a_licence_against_derivatives_gets_silence_around_the_track(tracks, tmp_path, ear):
    tracks[1] = changed(tracks[1], no_derivatives=True)
    trailer = make_trailer(tracks, tmp_path / "out.m4a", seconds_per_track=6.0)
    assert [one.transition for one in trailer.chapters] == ["start", "cut", "cut"]
    assert all("licence" in one.reason for one in trailer.chapters[1:])
    assert trailer.chapters[1].rate == 1.0
    heard = ear(trailer.file)
    found = silences(heard.samples, heard.rate)
    assert len(found) == 2
    for (start, end), chapter in zip(found, trailer.chapters[1:], strict=True):
        assert end - start == pytest.approx(0.3, abs=0.03)
        assert (start + end) / 2.0 == pytest.approx(chapter.start, abs=0.03)


def test_such_a_track_can_be_left_out(tracks, tmp_path):
    tracks[1] = changed(tracks[1], no_derivatives=True)
    trailer = make_trailer(
        tracks, tmp_path / "out.m4a", seconds_per_track=6.0, no_derivatives="leave-out"
    )
    assert [one.title for one in trailer.chapters] == ["a", "c"]
    [skipped] = trailer.skipped
    assert (skipped.file, skipped.error_code) == (tracks[1].file, "trailer.no_derivatives")
    assert "derivatives" in skipped.reason
    with pytest.raises(NothingToPlayError, match="derivatives"):
        make_trailer(
            [changed(tracks[0], no_derivatives=True)],
            tmp_path / "none.m4a",
            no_derivatives="leave-out",
        )
    with pytest.raises(BadTrailerRequestError, match="leave-out"):
        make_trailer(tracks, tmp_path / "out.m4a", no_derivatives="mix")  # type: ignore[arg-type]


def test_mixing_switched_off_leaves_hard_cuts(tracks, tmp_path, ear):
    trailer = make_trailer(tracks, tmp_path / "out.m4a", seconds_per_track=6.0, mixing=False)
    assert [one.transition for one in trailer.chapters[1:]] == ["cut", "cut"]
    assert all(one.reason == "mixing is switched off" for one in trailer.chapters[1:])
    heard = ear(trailer.file)
    for chapter in trailer.chapters[1:]:
        at = round(chapter.start * heard.rate)
        dip = heard.samples[at - heard.rate // 100 : at + heard.rate // 100]
        assert np.abs(dip).max() < 0.05
        assert np.abs(heard.samples[at + heard.rate // 3 : at + heard.rate // 2]).max() > 0.05


def test_classical_music_breathes(tracks, tmp_path, ear):
    tracks[1] = changed(tracks[1], genre="Classical")
    trailer = make_trailer(tracks, tmp_path / "out.m4a", seconds_per_track=10.0)
    assert [one.transition for one in trailer.chapters[1:]] == ["breath", "breath"]
    assert "classical" in trailer.chapters[1].reason
    heard = ear(trailer.file)
    for (start, end), chapter in zip(
        silences(heard.samples, heard.rate), trailer.chapters[1:], strict=True
    ):
        assert start < chapter.start < end
        assert end - start < 0.8


def test_without_the_library_that_stretches_the_rest_goes_on(tracks, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "python_stretch", None)
    stretch._library.cache_clear()
    try:
        trailer = make_trailer(tracks, tmp_path / "out.m4a", seconds_per_track=6.0)
    finally:
        stretch._library.cache_clear()
    assert {one.transition for one in trailer.chapters[1:]} == {"assisted"}
    assert "nothing is installed that changes the tempo" in trailer.chapters[1].reason


@pytest.mark.parametrize("total", [18.0, 31.7])
def test_the_whole_lasts_as_asked(tracks, tmp_path, ear, total):
    trailer = make_trailer(tracks, tmp_path / "out.m4a", total_seconds=total)
    assert trailer.duration == pytest.approx(total, abs=0.05)
    assert ear(trailer.file).duration == pytest.approx(total, abs=0.1)


def test_where_a_track_is_short_or_missing_the_others_give_more(tracks, write, tmp_path):
    short = TrailerTrack(write("short.wav", song(4.0, 200.0, 9)), start=0.0, beats=())
    gone = TrailerTrack(tmp_path / "gone.wav")
    trailer = make_trailer([*tracks, short, gone], tmp_path / "out.m4a", total_seconds=40.0)
    assert trailer.duration == pytest.approx(40.0, abs=1.0)
    assert len(trailer.chapters) == 4
    lengths = [one.end - one.start for one in trailer.chapters]
    assert max(lengths[:3]) > 10.0 > 4.0 >= lengths[3]


def test_a_length_that_is_too_short_for_so_many_is_refused(tracks, tmp_path):
    with pytest.raises(BadTrailerRequestError, match="seconds per track"):
        make_trailer(tracks, tmp_path / "out.m4a", total_seconds=5.0)


def test_neighbours_are_equally_loud_and_the_limiter_seldom_works(tracks, tmp_path, ear):
    import pyloudnorm

    trailer = make_trailer(tracks, tmp_path / "out.m4a", seconds_per_track=8.0)
    heard = ear(trailer.file)
    meter = pyloudnorm.Meter(heard.rate)
    levels = [
        meter.integrated_loudness(
            heard.samples[round(one.start * heard.rate) : round(one.end * heard.rate)]
        )
        for one in trailer.chapters
    ]
    assert all(abs(after - before) <= 1.5 for before, after in pairwise(levels))
    assert trailer.limited < 0.05


def test_each_chapter_tells_how_much_of_its_highlight_is_heard(tracks, write, tmp_path):
    short = TrailerTrack(write("short.wav", song(3.0, 330.0, 9)), start=0.0, beats=())
    late = changed(tracks[0], start=8.3, end=40.0)  # the nearest beat lies before it
    trailer = make_trailer(
        [tracks[0], late, changed(tracks[1], end=10.0), short],
        tmp_path / "out.m4a",
        seconds_per_track=6.0,
    )
    for chapter, (start, end) in zip(
        trailer.chapters, [(8.0, 14.0), (8.3, 14.3), (8.0, 10.0), (0.0, 3.0)], strict=True
    ):
        heard = min(chapter.source_end, end) - max(chapter.source_start, start)
        assert chapter.kept == pytest.approx(min(1.0, heard / (end - start)), abs=0.02)
    assert trailer.chapters[2].kept == 1.0
    assert 0.9 < trailer.chapters[1].kept < 1.0
    assert 0.5 < trailer.chapters[3].kept <= 1.0
    told = as_json(trailer)["chapters"]
    assert [one["kept"] for one in told] == [round(one.kept, 3) for one in trailer.chapters]

"""Whole trailers, judged by an independent ear."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import mutagen
import numpy as np
import pyloudnorm
import pytest
from mutagen.id3 import ID3

from highlighter.trailer import (
    BadTrailerRequestError,
    NothingToPlayError,
    Trailer,
    TrailerCancelledError,
    TrailerNotWrittenError,
    TrailerTrack,
    UnknownTrailerFormatError,
    make_trailer,
)
from highlighter.trailer.encode import FORMATS
from highlighter.trailer.model import STAGES

BEATS = tuple(0.5 * beat for beat in range(200))


def hiss(seconds: float, seed: int, level: float = 0.1, rate: int = 44_100) -> np.ndarray:
    random = np.random.default_rng(seed)
    return level * random.normal(size=(round(seconds * rate), 2))


def tone(seconds: float, hertz: float, rate: int = 44_100, channels: int = 2) -> np.ndarray:
    place = np.arange(round(seconds * rate)) / rate
    pulse = 0.35 + 0.65 * np.exp(-6.0 * (place % 0.5))
    parts = [np.sin(2 * np.pi * hertz * ratio * place) / ratio for ratio in (1.0, 1.5, 2.52, 4.1)]
    return np.repeat((0.16 * pulse * sum(parts))[:, None], channels, axis=1)


@pytest.fixture
def three(write: Callable[..., Path]) -> list[TrailerTrack]:
    """Return three tracks of 14 s with known highlights and beats, of unequal loudness."""
    return [
        TrailerTrack(
            write(f"{name}.wav", tone(14.0, hertz) * level),
            title=f"Song {name}",
            artists=(f"Band {name}", "Guest"),
            start=4.1,
            end=12.0,
            beats=BEATS,
            attribution=f"CC BY 4.0, example.org/{name}",
        )
        for name, hertz, level in [("a", 220.0, 1.0), ("b", 277.0, 0.3), ("c", 330.0, 0.6)]
    ]


def check(trailer: Trailer, ear, *, tracks: int) -> None:
    """Hold a trailer to everything that is promised of each."""
    heard = ear(trailer.file)
    assert heard.lufs == pytest.approx(-14.0, abs=0.5)
    assert heard.lufs == pytest.approx(trailer.lufs, abs=0.1)
    assert heard.true_peak <= -1.0
    assert heard.true_peak == pytest.approx(trailer.true_peak_dbtp, abs=0.15)
    assert heard.duration == pytest.approx(trailer.duration, abs=0.06)
    assert heard.longest_silence() <= 0.3
    assert len(trailer.chapters) == tracks
    assert trailer.chapters[0].start == 0.0
    assert trailer.chapters[0].transition == "start"
    assert trailer.chapters[-1].end == pytest.approx(trailer.duration, abs=1e-4)
    for before, after in pairwise(trailer.chapters):
        assert before.end == after.start
        assert after.transition in ("beat-matched", "assisted", "plain", "breath", "cut")
        assert after.reason
    for one in trailer.chapters:
        assert one.end > one.start
        assert (one.end - one.start) * one.rate == pytest.approx(one.source_end - one.source_start)
        assert one.source_start >= 0.0
    assert len(trailer.peaks) == 600
    assert 0.2 < max(trailer.peaks) <= 1.0


@pytest.mark.parametrize("ending", ["mp3", "opus", "m4a"])
def test_three_tracks_become_one_file_with_chapters_inside(three, tmp_path, ear, ending):
    out = tmp_path / f"mix.{ending}"
    trailer = make_trailer(three, out, seconds_per_track=5.0, title="My list")
    assert trailer.file == out
    assert trailer.skipped == ()
    check(trailer, ear, tracks=3)
    assert [one.source_start for one in trailer.chapters] == [4.0, 4.0, 4.0]  # on a beat
    assert [one.start for one in trailer.chapters] == [0.0, 5.0, 10.0]
    assert out.stat().st_mode & 0o077 == 0o044

    with av.open(str(out)) as container:
        chapters = container.chapters()
    starts = [float(one["start"] * one["time_base"]) for one in chapters]
    assert starts == pytest.approx([0.0, 5.0, 10.0], abs=0.001)
    names = [one["metadata"]["title"] for one in chapters]
    assert names == ["Band a, Guest – Song a", "Band b, Guest – Song b", "Band c, Guest – Song c"]


def test_mp3_has_chapter_frames_a_table_of_contents_and_the_attributions(three, tmp_path):
    out = tmp_path / "mix.mp3"
    make_trailer(three, out, seconds_per_track=5.0, title="My list")
    tags = ID3(out)
    assert [(tag.start_time, tag.end_time) for tag in sorted(tags.getall("CHAP"), key=str)] == [
        (0, 5_000),
        (5_000, 10_000),
        (10_000, 15_000),
    ]
    assert len(tags.getall("CTOC")[0].child_element_ids) == 3
    assert str(tags["TIT2"]) == "My list"
    assert str(tags["TPE1"]) == "Band a, Guest, Band b, Band c"
    comment = tags.getall("COMM")[0].text[0]
    assert "Band a, Guest – Song a: CC BY 4.0, example.org/a" in comment


def test_opus_and_m4a_carry_chapters_and_tags_that_others_read(three, tmp_path):
    make_trailer(three, tmp_path / "mix.opus", seconds_per_track=5.0, title="My list")
    opus = mutagen.File(tmp_path / "mix.opus")
    assert opus["CHAPTER001"] == ["00:00:05.000"]
    assert opus["CHAPTER001NAME"] == ["Band b, Guest – Song b"]
    assert opus["title"] == ["My list"]
    assert "example.org/c" in opus["DESCRIPTION"][0]
    make_trailer(three, tmp_path / "mix.m4a", seconds_per_track=5.0, title="My list")
    m4a = mutagen.File(tmp_path / "mix.m4a")
    assert [one.start for one in m4a.chapters] == pytest.approx([0.0, 5.0, 10.0])
    assert m4a["©nam"] == ["My list"]
    assert "example.org/c" in m4a["©cmt"][0]


@pytest.mark.parametrize("ending", ["mp3", "opus", "m4a"])
def test_the_same_tracks_give_the_same_bytes(three, tmp_path, ending):
    first, second = tmp_path / f"one.{ending}", tmp_path / f"two.{ending}"
    for out in (first, second):
        make_trailer(three, out, seconds_per_track=3.0)
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("ending", ["mp3", "opus", "m4a"])
def test_hard_limited_bursts_stay_under_the_ceiling_after_the_encoder(write, tmp_path, ear, ending):
    """Short bursts of noise need much limiting, and encoders overshoot on them."""
    tracks = []
    for seed in range(2):
        bursts = hiss(14.0, seed, 0.12) * (np.arange(14 * 44_100) % 22_050 < 7_000)[:, None]
        tracks.append(TrailerTrack(write(f"{seed}.wav", bursts), start=3.0, beats=BEATS))
    trailer = make_trailer(tracks, tmp_path / f"out.{ending}", seconds_per_track=6.0)
    heard = ear(trailer.file)
    assert -2.5 < heard.true_peak <= -1.0
    assert heard.lufs == pytest.approx(-14.0, abs=0.5)


@pytest.mark.parametrize("ending", ["mp3", "opus", "m4a"])
def test_white_noise_of_which_encoders_drop_the_top_still_meets_the_levels(
    write, tmp_path, ear, ending
):
    tracks = [
        TrailerTrack(write(f"{seed}.wav", hiss(12.0, seed, 0.3)), start=3.0, beats=())
        for seed in range(3)
    ]
    trailer = make_trailer(tracks, tmp_path / f"out.{ending}", seconds_per_track=6.0)
    check(trailer, ear, tracks=3)


def test_energy_is_flat_across_the_joins_of_a_finished_file(write, tmp_path, ear):
    tracks = [
        TrailerTrack(write(f"{seed}.wav", hiss(20.0, seed, 0.05)), start=3.0, beats=())
        for seed in range(3)
    ]
    trailer = make_trailer(tracks, tmp_path / "out.m4a", seconds_per_track=8.0)
    sound = ear(trailer.file).samples
    body = sound[2 * 44_100 : 6 * 44_100]
    for chapter in trailer.chapters[1:]:
        middle, half = round(chapter.start * 44_100), round(chapter.transition_seconds * 22_050)
        for piece in np.array_split(sound[middle - half : middle + half], 6):
            change = 10.0 * np.log10((piece**2).mean() / (body**2).mean())
            assert abs(change) <= 1.0


def test_one_track(three, tmp_path, ear):
    trailer = make_trailer(three[:1], tmp_path / "one.mp3", seconds_per_track=6.0)
    check(trailer, ear, tracks=1)
    assert trailer.duration == pytest.approx(6.0)


def test_forty_short_tones(write, tmp_path, ear):
    tracks = [
        TrailerTrack(
            write(f"{place}.wav", tone(3.0, 200.0 + 7 * place)), f"T{place}", start=0.4, beats=()
        )
        for place in range(40)
    ]
    trailer = make_trailer(tracks, tmp_path / "forty.mp3", seconds_per_track=2.0, order="flow")
    check(trailer, ear, tracks=40)
    assert sorted(one.title for one in trailer.chapters) == sorted(one.title for one in tracks)
    assert max(one.transition_seconds for one in trailer.chapters) <= 0.8


def test_any_sample_rate_and_number_of_channels(write, tmp_path, ear):
    shapes = [(8_000, 1), (22_050, 2), (44_100, 1), (48_000, 8), (96_000, 2)]
    tracks = [
        TrailerTrack(
            write(f"{rate}-{channels}.wav", tone(9.0, 240.0, rate, channels), rate),
            start=2.0,
            beats=BEATS,
        )
        for rate, channels in shapes
    ]
    trailer = make_trailer(tracks, tmp_path / "mixed.mp3", seconds_per_track=4.0)
    check(trailer, ear, tracks=5)


def test_a_file_shorter_than_asked_is_heard_as_far_as_it_goes(write, tmp_path, ear):
    tracks = [
        TrailerTrack(write("short.wav", tone(3.0, 300.0)), beats=()),
        TrailerTrack(write("long.wav", tone(20.0, 250.0)), start=3.0, beats=()),
    ]
    trailer = make_trailer(tracks, tmp_path / "out.mp3", seconds_per_track=10.0)
    check(trailer, ear, tracks=2)
    assert trailer.chapters[0].end == pytest.approx(2.4, abs=0.1)


def test_silence_around_a_highlight_is_not_played(write, tmp_path, ear):
    quiet_start = np.concatenate([np.zeros((4 * 44_100, 2)), tone(12.0, 260.0)])
    tracks = [
        TrailerTrack(write("q.wav", quiet_start), start=0.0, beats=()),
        TrailerTrack(write("t.wav", tone(15.0, 310.0)), start=2.0, beats=()),
    ]
    trailer = make_trailer(tracks, tmp_path / "out.mp3", seconds_per_track=6.0)
    check(trailer, ear, tracks=2)
    assert trailer.chapters[0].source_start == pytest.approx(4.0, abs=0.06)


def test_what_cannot_be_played_is_skipped_with_its_reason(three, write, tmp_path, ear):
    broken = tmp_path / "broken.mp3"
    broken.write_bytes(b"ID3" + os.urandom(4_000))
    tracks = [
        three[0],
        TrailerTrack(broken, title="Broken", start=1.0),
        TrailerTrack(tmp_path / "gone.mp3"),
        TrailerTrack(write("silent.wav", np.zeros((10 * 44_100, 2))), start=2.0),
        TrailerTrack(three[1].file, start=99.0, end=120.0),
        three[2],
    ]
    trailer = make_trailer(tracks, tmp_path / "out.mp3", seconds_per_track=5.0)
    check(trailer, ear, tracks=2)
    assert [one.title for one in trailer.chapters] == ["Song a", "Song c"]
    assert [one.file.name for one in trailer.skipped] == [
        "broken.mp3",
        "gone.mp3",
        "silent.wav",
        "b.wav",
    ]
    codes = [one.error_code for one in trailer.skipped]
    assert all(code.startswith("audio.") for code in codes[:2])
    assert codes[2:] == ["trailer.silent", "trailer.bad_request"]
    assert all(one.reason for one in trailer.skipped)
    assert "99 s to 120 s" in trailer.skipped[3].reason


def test_not_a_number_in_a_file_does_not_spread(tmp_path, ear):
    import soundfile

    samples = tone(10.0, 250.0).astype(np.float32)
    samples[100_000:100_003] = [[np.nan, np.inf], [-np.inf, 0.1], [np.nan, np.nan]]
    file = tmp_path / "nan.wav"
    soundfile.write(file, samples, 44_100, subtype="FLOAT")
    trailer = make_trailer(
        [TrailerTrack(file, start=1.0, beats=())], tmp_path / "o.mp3", seconds_per_track=5.0
    )
    heard = ear(trailer.file)
    assert np.isfinite(heard.samples).all()
    assert heard.true_peak <= -1.0


def test_nothing_playable_is_one_typed_error_that_lists_each_track(write, tmp_path):
    silent = write("silent.wav", np.zeros((5 * 44_100, 2)))
    with pytest.raises(NothingToPlayError) as failed:
        make_trailer(
            [TrailerTrack(silent, start=0.0), TrailerTrack(tmp_path / "gone.wav")],
            tmp_path / "out.mp3",
        )
    assert failed.value.code == "trailer.nothing_to_play"
    told = failed.value.details["skipped"]
    assert [Path(one["file"]).name for one in told] == ["silent.wav", "gone.wav"]
    assert not (tmp_path / "out.mp3").exists()
    with pytest.raises(NothingToPlayError):
        make_trailer([], tmp_path / "out.mp3")


def test_requests_that_make_no_sense_are_refused_before_any_work(three, tmp_path):
    with pytest.raises(UnknownTrailerFormatError, match=r"\.wav"):
        make_trailer(three, tmp_path / "out.wav")
    with pytest.raises(BadTrailerRequestError, match="seconds per track"):
        make_trailer(three, tmp_path / "out.mp3", seconds_per_track=0.5)
    with pytest.raises(BadTrailerRequestError, match="seconds per track"):
        make_trailer(three, tmp_path / "out.mp3", seconds_per_track=float("nan"))
    with pytest.raises(BadTrailerRequestError, match="order"):
        make_trailer(three, tmp_path / "out.mp3", order="random")  # type: ignore[arg-type]
    with pytest.raises(BadTrailerRequestError, match="200"):
        make_trailer(three * 100, tmp_path / "out.mp3")
    with pytest.raises(TrailerNotWrittenError, match="no room"):
        make_trailer(three, tmp_path / "missing" / "out.mp3")


def test_progress_runs_through_every_stage_and_never_backwards(three, tmp_path):
    told: list[tuple[int, int, str]] = []
    make_trailer(
        three,
        tmp_path / "out.mp3",
        seconds_per_track=4.0,
        progress=lambda done, total, stage: told.append((done, total, stage)),
    )
    assert {total for _, total, _ in told} == {told[0][1]}
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert told[0][0] == 0
    assert told[-1] == (told[-1][1], told[-1][1], "done")
    assert {stage for _, _, stage in told} == set(STAGES) - {"writing"}


@pytest.mark.parametrize("stage", ["listening", "mixing", "checking"])
def test_stopping_leaves_neither_half_a_file_nor_harms_the_old_one(three, tmp_path, stage):
    folder = tmp_path / "out"
    folder.mkdir()
    out = folder / "out.mp3"
    out.write_bytes(b"an older trailer")
    stop = threading.Event()
    after: list[str] = []

    def progress(done: int, total: int, now: str) -> None:
        after.append(now)
        if now == stage:
            stop.set()

    with pytest.raises(TrailerCancelledError) as failed:
        make_trailer(three, out, seconds_per_track=4.0, progress=progress, should_stop=stop.is_set)
    assert failed.value.code == "trailer.cancelled"
    assert after.count(stage) == 1
    assert [one.name for one in folder.iterdir()] == ["out.mp3"]
    assert out.read_bytes() == b"an older trailer"


def test_a_full_disk_is_told_and_leaves_nothing(three, tmp_path, monkeypatch):
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    import signal

    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    folder = tmp_path / "full"
    folder.mkdir()
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(TrailerNotWrittenError):
            make_trailer(three, folder / "out.mp3", seconds_per_track=5.0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, old)
    assert list(folder.iterdir()) == []


def test_what_a_killed_process_left_behind_is_removed_later(three, tmp_path):
    old, young = tmp_path / ".trailer-old.mp3", tmp_path / ".trailer-young.mp3"
    for draft in (old, young):
        draft.write_bytes(b"half a trailer")
    os.utime(old, (1_000_000_000, 1_000_000_000))
    make_trailer(three[:1], tmp_path / "out.mp3", seconds_per_track=3.0)
    assert not old.exists()
    assert young.exists()


@pytest.mark.parametrize("ending", [".mp3", ".opus", ".m4a"])
def test_a_file_that_peaks_too_high_is_written_again_lower(
    write, tmp_path, ear, monkeypatch, ending
):
    """With a limiter at full scale the first attempt is certain to miss −1 dBTP."""
    monkeypatch.setitem(FORMATS, ending, replace(FORMATS[ending], ceiling=0.0))
    bursts = hiss(14.0, 5, 0.12) * (np.arange(14 * 44_100) % 22_050 < 7_000)[:, None]
    track = TrailerTrack(write("b.wav", bursts), start=3.0, beats=BEATS)
    told: list[str] = []
    trailer = make_trailer(
        [track],
        tmp_path / f"out{ending}",
        seconds_per_track=6.0,
        progress=lambda done, total, stage: told.append(stage),
    )
    assert told.count("checking") >= 2
    assert -2.5 < ear(trailer.file).true_peak <= -1.0


def test_beats_and_key_are_found_where_they_are_not_known(write, tmp_path):
    """A click track of 120 BPM: every cut lies on a click."""
    clicks = hiss(40.0, 1, 0.001)
    for beat in range(80):
        at = round(beat * 22_050) + 5_000
        clicks[at : at + 900] += (0.6 * np.exp(-np.arange(900) / 150.0))[:, None]
    track = TrailerTrack(write("clicks.wav", clicks), start=12.3)
    trailer = make_trailer([track, track], tmp_path / "out.mp3", seconds_per_track=6.0)
    for chapter in trailer.chapters:
        for cut in (chapter.source_start, chapter.source_end):
            phase = (cut - 5_000 / 44_100) % 0.5
            assert min(phase, 0.5 - phase) < 0.03
    assert trailer.chapters[1].transition in ("beat-matched", "assisted")


def test_a_very_quiet_track_is_raised_only_so_far(write, tmp_path, ear):
    track = TrailerTrack(write("quiet.wav", hiss(14.0, 2, 0.003)), start=3.0, beats=())
    trailer = make_trailer([track], tmp_path / "out.mp3", seconds_per_track=6.0)
    assert ear(trailer.file).lufs == pytest.approx(trailer.lufs, abs=0.1)
    # It was near −44 LUFS; 12 dB for the fragment and 3 dB for the whole are all it gets.
    assert -33.0 < trailer.lufs < -27.0


def test_a_quiet_track_among_loud_ones_stands_no_more_than_1_5_lu_below_them(write, tmp_path, ear):
    """At −29.4 LUFS it needs 15.4 dB; 12 dB, which any fragment may have, would leave 3.4 LU."""
    tracks = [
        TrailerTrack(write(f"{seed}.wav", hiss(12.0, seed, level)), start=3.0, beats=())
        for seed, level in enumerate([0.1, 0.0174, 0.1])
    ]
    trailer = make_trailer(tracks, tmp_path / "out.mp3", seconds_per_track=6.0)
    sound = ear(trailer.file)
    assert sound.lufs == pytest.approx(-14.0, abs=0.5)
    loudnesses = [
        pyloudnorm.Meter(sound.rate).integrated_loudness(
            sound.samples[
                round((one.start + 1.0) * sound.rate) : round((one.end - 1.0) * sound.rate)
            ]
        )
        for one in trailer.chapters
    ]
    assert np.abs(np.diff(loudnesses)).max() <= 1.5

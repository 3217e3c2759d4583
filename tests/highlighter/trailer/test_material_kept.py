"""What was found out about a track is kept as plain data, and used again if it still holds."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import highlighter.trailer.listen as listening
from highlighter.trailer import SilentTrackError, TrailerTrack, hear, make_trailer

RATE = 44_100


def song(bpm: float, seconds: float = 60.0) -> np.ndarray:
    """Return clicks over a quiet chord that grows louder in the middle."""
    place = np.arange(round(seconds * RATE)) / RATE
    chord = sum(np.sin(2 * np.pi * pitch * place) for pitch in (220.0, 277.2, 329.6))
    samples = 0.03 * chord * (1.0 + (place > seconds / 2))
    for beat in np.arange(0.2, seconds - 0.1, 60.0 / bpm):
        at = round(beat * RATE)
        samples[at : at + 900] += 0.5 * np.exp(-np.arange(900) / 120.0)
    return np.stack([samples, samples], axis=1)


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    folder = tmp_path_factory.mktemp("songs")
    for bpm in (118, 121):
        soundfile.write(folder / f"{bpm}.wav", song(bpm), RATE, subtype="PCM_16")
    return tuple(sorted(folder.iterdir()))


@pytest.fixture(scope="module")
def known(songs: tuple[Path, ...]) -> tuple[TrailerTrack, ...]:
    tracks = [TrailerTrack(file, start=24.0, end=54.0, key=9, mode=1) for file in songs]
    kept = [json.loads(json.dumps(hear(track), allow_nan=False)) for track in tracks]
    return tuple(
        replace(track, material=material) for track, material in zip(tracks, kept, strict=True)
    )


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Tell which files are listened to, rather than only played."""
    files: list[Path] = []
    real = listening.decode

    def decode(path: Path, **options: Any) -> Any:
        files.append(path)
        return real(path, **options)

    monkeypatch.setattr(listening, "decode", decode)
    return files


def unknown(track: TrailerTrack) -> TrailerTrack:
    return replace(track, material=None)


def test_a_trailer_of_known_tracks_is_the_one_of_tracks_that_are_heard_anew(
    known, decoded, tmp_path, ear
):
    anew = make_trailer(
        [unknown(one) for one in known], tmp_path / "anew.mp3", seconds_per_track=7.0
    )
    assert [file.name for file in decoded] == ["118.wav", "121.wav"]
    decoded.clear()
    again = make_trailer(known, tmp_path / "again.mp3", seconds_per_track=7.0)
    assert decoded == []
    for first, second in zip(anew.chapters, again.chapters, strict=True):
        assert second.source_start == pytest.approx(first.source_start, abs=1e-6)
        assert (second.transition, second.beats) == (first.transition, first.beats)
        assert second.rate == first.rate
    assert again.lufs == anew.lufs
    assert ear(again.file).lufs == pytest.approx(-14.0, abs=0.5)


@pytest.mark.parametrize("seconds", [2.0, 7.0, 20.0])
def test_one_hearing_does_for_any_length_up_to_its_own(known, decoded, tmp_path, seconds):
    trailer = make_trailer(known[:1], tmp_path / "out.m4a", seconds_per_track=seconds)
    assert decoded == []
    assert trailer.chapters[0].end == pytest.approx(seconds, abs=2.1)


def test_what_does_not_reach_far_enough_is_heard_anew(known, decoded, tmp_path):
    make_trailer(known[:1], tmp_path / "out.m4a", seconds_per_track=30.0)
    assert [file.name for file in decoded] == ["118.wav"]


def test_the_material_of_another_highlight_is_not_used(known, decoded, tmp_path):
    moved = replace(known[0], start=30.0)
    make_trailer([moved], tmp_path / "out.m4a", seconds_per_track=3.0)
    assert decoded


def changed(name: str, value: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda material: {**material, name: value}


@pytest.mark.parametrize(
    "spoil",
    [
        changed("version", 0),
        changed("beats", [3.0, 2.0]),
        changed("beats", "no"),
        changed("beats", [float("nan")]),
        changed("beat_confidence", 1.5),
        changed("key", 12),
        changed("key", True),
        changed("levels", []),
        changed("levels", [-20.0] * 3),
        changed("peaks", [None]),
        changed("last", 0.0),
        changed("length", 12.0),
        changed("high", float("inf")),
        changed("tempo", -3),
        lambda material: {name: value for name, value in material.items() if name != "phrases"},
        lambda material: [material],
        lambda material: {},
    ],
)
def test_material_that_makes_no_sense_is_not_believed(known, decoded, tmp_path, spoil):
    track = replace(known[0], material=spoil(dict(known[0].material)))
    trailer = make_trailer([track], tmp_path / "out.m4a", seconds_per_track=2.0)
    assert decoded
    assert trailer.skipped == ()


def test_a_file_that_is_gone_bad_since_is_skipped_and_the_rest_is_heard(known, tmp_path, ear):
    broken = tmp_path / "broken.flac"
    samples, _ = soundfile.read(known[0].file)
    soundfile.write(broken, samples, RATE)
    data = bytearray(broken.read_bytes())
    data[4_000:] = bytes(len(data) - 4_000)
    broken.write_bytes(bytes(data))
    live = tmp_path / "live"
    trailer = make_trailer(
        [known[0], replace(known[0], file=broken), known[1]],
        tmp_path / "out.mp3",
        seconds_per_track=3.0,
        live=live,
    )
    assert [one.file.name for one in trailer.skipped] == ["broken.flac"]
    assert [one.file.name for one in trailer.chapters] == ["118.wav", "121.wav"]
    assert not live.exists()
    assert ear(trailer.file).lufs == pytest.approx(-14.0, abs=0.5)


def test_material_does_not_depend_on_where_the_file_lies(known, tmp_path):
    elsewhere = tmp_path / "else.wav"
    shutil.copyfile(known[0].file, elsewhere)
    assert hear(replace(unknown(known[0]), file=elsewhere)) == known[0].material


def test_silence_has_no_material(write):
    silent = TrailerTrack(write("s.wav", np.zeros((10 * RATE, 2))), start=1.0)
    with pytest.raises(SilentTrackError):
        hear(silent)


def test_the_loudness_of_any_stretch_is_that_of_its_sound(known):
    import pyloudnorm

    from highlighter.trailer.heard import heard_from_json

    heard = heard_from_json(known[0].material)
    samples, _ = soundfile.read(known[0].file)
    meter = pyloudnorm.Meter(RATE)
    for start, end in ((24.0, 29.0), (27.5, 34.0), (31.0, 40.0)):
        level = heard.level(start, end)
        piece = samples[round(start * RATE) : round(end * RATE)]
        assert level.loudness == pytest.approx(meter.integrated_loudness(piece), abs=0.2)
        # Between the samples it may be a little higher.
        assert -0.1 < level.peak - 20 * np.log10(np.abs(piece).max()) < 1.5

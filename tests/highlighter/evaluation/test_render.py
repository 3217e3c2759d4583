"""Rendering MIDI: resumable, bounded, and honest about what failed."""

from __future__ import annotations

import io
import stat
import tarfile
from pathlib import Path

import pytest
import soundfile

from highlighter.evaluation import render
from highlighter.evaluation.render import Synthesizer, find_synthesizer, render_archive

HEADER = b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x00\x60"
NOTES = (
    b"\x00\xc0\x00" + b"\x00\x90\x3c\x64" + b"\x81\x40\x80\x3c\x00" + b"\x00\xff\x2f\x00"
)  # piano, middle C for two beats at 120 BPM, the end
MIDI = HEADER + b"MTrk" + len(NOTES).to_bytes(4, "big") + NOTES


def archive_of(path: Path, names: tuple[str, ...]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name in names:
            member = tarfile.TarInfo(f"rwc_pop/midi/{name}.mid")
            member.size = len(MIDI)
            tar.addfile(member, io.BytesIO(MIDI))
    return path


def program(tmp_path: Path, script: str) -> Synthesizer:
    """Return a synthesizer that notes what it was asked for and runs a few lines of shell."""
    path = tmp_path / "fluidsynth"
    path.write_text(f'#!/bin/sh\necho "$8" >> {tmp_path}/asked\n{script}\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    soundfont = tmp_path / "font.sf2"
    soundfont.write_bytes(b"font")
    return Synthesizer(path, soundfont)


WRITES = 'head -c 100 /dev/zero > "$6"'


def test_what_was_rendered_is_not_rendered_again(tmp_path: Path) -> None:
    archive = archive_of(tmp_path / "a.tar.gz", ("one", "two"))
    synthesizer = program(tmp_path, WRITES)
    first = render_archive(archive, tmp_path / "out", synthesizer, only={"one"}.__contains__)
    second = render_archive(archive, tmp_path / "out", synthesizer, processes=2)
    assert first == second
    assert sorted(one.name for one in first.folder.iterdir()) == ["one.wav", "two.wav"]
    asked = [Path(line).name for line in (tmp_path / "asked").read_text().split()]
    assert asked == ["one.mid", "two.mid"]


def test_another_soundfont_is_another_rendering(tmp_path: Path) -> None:
    archive = archive_of(tmp_path / "a.tar.gz", ("one",))
    synthesizer = program(tmp_path, WRITES)
    first = render_archive(archive, tmp_path / "out", synthesizer)
    synthesizer.soundfont.write_bytes(b"another")
    assert render_archive(archive, tmp_path / "out", synthesizer).folder != first.folder


@pytest.mark.parametrize(
    ("script", "why"),
    [("exit 3", "status 3"), ("exit 0", "no sound"), ("head -c 44 /dev/zero > $6", "no sound")],
)
def test_a_song_that_cannot_be_rendered_is_named(tmp_path: Path, script: str, why: str) -> None:
    archive = archive_of(tmp_path / "a.tar.gz", ("one",))
    told: list[str] = []
    made = render_archive(archive, tmp_path / "out", program(tmp_path, script), tell=told.append)
    assert why in made.failed["one"]
    assert why in told[0]
    assert list(made.folder.iterdir()) == [], "nothing half done is left"


def test_a_program_that_hangs_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "TIMEOUT", 0.6)
    archive = archive_of(tmp_path / "a.tar.gz", ("one",))
    made = render_archive(archive, tmp_path / "out", program(tmp_path, "exec sleep 60"))
    assert "took over" in made.failed["one"]


def test_a_real_note_sounds_for_a_second(tmp_path: Path) -> None:
    synthesizer = find_synthesizer()
    if synthesizer is None:
        pytest.skip(f"{render.PACKAGES} are not installed")
    archive = archive_of(tmp_path / "a.tar.gz", ("one",))
    made = render_archive(archive, tmp_path / "out", synthesizer)
    assert made.failed == {}
    samples, rate = soundfile.read(made.folder / "one.wav")
    assert rate == 44_100
    assert samples.shape[1] == 2
    assert abs(samples[: rate // 2]).max() > 0.01
    assert 0.9 < samples.shape[0] / rate < 6.0

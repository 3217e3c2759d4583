"""What kind of sound a file is, and the picture in it, by content and never by name."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import mutagen.flac
import mutagen.id3
import numpy as np
import pytest
import soundfile

from webapp.errors import AudioUnavailable, AudioUnplayable
from webapp.services.track_sound import LARGEST_PICTURE, embedded_picture, sound_kind

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 40
JPEG = b"\xff\xd8\xff\xe0" + b"y" * 40


def sound(path: Path, **how: Any) -> Path:
    soundfile.write(path, np.zeros(4_410, np.float32), 44_100, **how)
    return path


@pytest.mark.parametrize(
    ("name", "how", "kind"),
    [
        ("a.wav", {}, "audio/wav"),
        ("a.flac", {}, "audio/flac"),
        ("a.ogg", {}, "audio/ogg"),
        ("a.opus", {"format": "OGG", "subtype": "OPUS"}, "audio/ogg"),
        ("a.mp3", {}, "audio/mpeg"),
    ],
)
def test_sound_that_browsers_play_is_known_by_its_content(
    tmp_path: Path, name: str, how: dict[str, Any], kind: str
) -> None:
    rate = 48_000 if name.endswith("opus") else 44_100
    soundfile.write(tmp_path / name, np.zeros(rate, np.float32), rate, **how)
    renamed = (tmp_path / name).rename(tmp_path / "track.txt")
    assert sound_kind(renamed) == kind


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\0\0\0\x20ftypM4A ", "audio/mp4"),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (b"ID3\x04", "audio/mpeg"),
    ],
)
def test_further_kinds_are_known_by_their_first_bytes(
    tmp_path: Path, head: bytes, kind: str
) -> None:
    file = tmp_path / "track"
    file.write_bytes(head + bytes(100))
    assert sound_kind(file) == kind


@pytest.mark.parametrize("head", [b"<html><script>", b"FORM\0\0\0\0AIFF", b"\x30\x26\xb2\x75", b""])
def test_what_browsers_do_not_play_is_refused_by_its_name(tmp_path: Path, head: bytes) -> None:
    file = tmp_path / "track.mp3"
    file.write_bytes(head)
    with pytest.raises(AudioUnplayable, match=r"track\.mp3"):
        sound_kind(file)


def test_a_file_that_is_gone_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(AudioUnavailable, match=r"none\.mp3"):
        sound_kind(tmp_path / "none.mp3")


def test_the_front_cover_of_an_mp3_comes_first(tmp_path: Path) -> None:
    file = sound(tmp_path / "a.mp3")
    tags = mutagen.id3.ID3()
    tags.add(mutagen.id3.APIC(mime="image/png", type=4, desc="back", data=PNG))
    tags.add(mutagen.id3.APIC(mime="text/html", type=3, desc="front", data=JPEG))
    tags.save(file)
    found = embedded_picture(file)
    assert found is not None
    assert (found.data, found.kind) == (JPEG, "image/jpeg")


def picture() -> mutagen.flac.Picture:
    block = mutagen.flac.Picture()
    block.type, block.mime, block.data = 3, "image/png", PNG
    return block


def test_covers_are_found_in_flac_and_ogg(tmp_path: Path) -> None:
    flac = mutagen.flac.FLAC(sound(tmp_path / "a.flac"))
    flac.add_picture(picture())
    flac.save()
    ogg = mutagen.File(sound(tmp_path / "a.ogg"))
    ogg["metadata_block_picture"] = [base64.b64encode(picture().write()).decode()]
    ogg.save()
    for name in ("a.flac", "a.ogg"):
        found = embedded_picture(tmp_path / name)
        assert found is not None
        assert (found.data, found.kind) == (PNG, "image/png")


@pytest.mark.parametrize(
    "data", [b"<svg onload='alert(1)'/>", b"<html>", b"", JPEG + bytes(LARGEST_PICTURE)]
)
def test_what_is_no_picture_or_too_large_is_not_shown(tmp_path: Path, data: bytes) -> None:
    file = sound(tmp_path / "a.mp3")
    tags = mutagen.id3.ID3()
    tags.add(mutagen.id3.APIC(mime="image/png", type=3, desc="", data=data))
    tags.save(file)
    assert embedded_picture(file) is None


def test_files_without_tags_or_without_sense_have_no_cover(tmp_path: Path) -> None:
    assert embedded_picture(sound(tmp_path / "a.wav")) is None
    junk = tmp_path / "junk.mp3"
    junk.write_bytes(b"ID3\x04\0\0\x7f\x7f\x7f\x7fAPIC" + b"\xff" * 99)
    assert embedded_picture(junk) is None

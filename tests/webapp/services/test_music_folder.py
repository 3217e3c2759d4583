"""A folder's files become rows: by their tags, or else by their names."""

from __future__ import annotations

from pathlib import Path

import mutagen.flac
import numpy as np
import pytest
import soundfile

from webapp.services.music_folder import Tags, audio_files, read_tags, row_of, tags_from_name


@pytest.mark.parametrize(
    ("stem", "artist", "title"),
    [
        ("Jonathan_Coulton_-_Better", "Jonathan Coulton", "Better"),
        ("Kevin MacLeod - Vibe Ace", "Kevin MacLeod", "Vibe Ace"),
        ("147793__setuniman__sweet-waltz-0i-22mi.hq", "setuniman", "sweet-waltz-0i-22mi"),
        ("03 Northern Star", "", "Northern Star"),
        ("07 - Northern Star", "", "Northern Star"),
        ("99", "", "99"),
        ("Кино - Пачка сигарет", "Кино", "Пачка сигарет"),
        ("A - B - C", "A", "B - C"),
    ],
)
def test_a_name_tells_artist_and_title(stem: str, artist: str, title: str) -> None:
    tags = tags_from_name(stem)
    assert (tags.artists, tags.title) == ((artist,) if artist else (), title)


def flac(path: Path, **tags: str | list[str]) -> Path:
    soundfile.write(path, np.zeros(800, np.float32), 8000)
    file = mutagen.flac.FLAC(path)
    file.update(tags)
    file.save()
    return path


def test_tags_win_over_the_name(tmp_path: Path) -> None:
    path = flac(
        tmp_path / "Wrong - Name.flac",
        title="Right - Title",
        artist="Right",
        album="Debut",
        date="2019-03-01",
        genre="Jazz",
        isrc="us-abc-19-00001",
        license="CC BY 4.0",
    )
    assert read_tags(path) == Tags(
        "Right - Title".removeprefix("Right - "),
        ("Right",),
        "Debut",
        2019,
        "Jazz",
        "USABC1900001",
        "CC BY 4.0",
    )


def test_what_the_tags_leave_out_the_name_tells(tmp_path: Path) -> None:
    tags = read_tags(flac(tmp_path / "Nina - Feeling Good.flac", album="Live"))
    assert (tags.artists, tags.title, tags.album) == (("Nina",), "Feeling Good", "Live")


def test_broken_tags_are_not_a_reason_to_fail(tmp_path: Path) -> None:
    path = tmp_path / "Nina - Sinnerman.mp3"
    path.write_bytes(b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + b"\xff" * 500)
    assert read_tags(path).title == "Sinnerman"


def test_only_audio_is_found_in_a_stable_order_and_loops_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("b/two.FLAC", "a.mp3", "c.txt", ".hidden.mp3"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "b" / "loop").symlink_to(tmp_path)
    found = [path.relative_to(tmp_path).as_posix() for path in audio_files(tmp_path)]
    assert found == ["a.mp3", "b/two.FLAC"]


def test_a_row_keeps_the_path_source_and_licence(tmp_path: Path) -> None:
    path = tmp_path / "x.mp3"
    row = row_of(path, Tags("T", ("A",), licence="CC0"), {"tempo": 120.0, "duration": 9.0}, 8.5)
    assert row["audio"] == str(path)
    assert (row["source"], row["licence"]) == ("folder", "CC0")
    assert (row["duration"], row["tempo"]) == (8.5, 120.0)
    assert row_of(path, Tags("T"), {}, 1.0)["id"] == row["id"]


def test_the_genre_of_a_row_says_that_it_is_the_tags(tmp_path: Path) -> None:
    path = flac(tmp_path / "x.flac", title="T", genre=["Jazz", "Soul", "Jazz"])
    row = row_of(path, read_tags(path), {}, 1.0)
    assert (row["genre"], row["genre_source"], row["genre_confidence"]) == ("Jazz; Soul", "tag", 1)


@pytest.mark.parametrize("genre", ["", "Other", "Unclassifiable"])
def test_a_tag_that_says_nothing_leaves_the_genre_unknown(tmp_path: Path, genre: str) -> None:
    path = flac(tmp_path / "x.flac", title="T", genre=genre)
    row = row_of(path, read_tags(path), {}, 1.0)
    assert (row["genre"], row["genre_source"], row["genre_confidence"]) == ("", "", 0.0)

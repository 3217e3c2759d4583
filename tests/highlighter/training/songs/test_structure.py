"""Which phrases are the chorus, and what doubt does to the target."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from highlighter.training.pop909 import read_songbook, song_names
from highlighter.training.song_errors import DatasetMissingError, SongUnreadableError
from highlighter.training.structure import BEFORE_CHORUS, Section, chorus_chances, sections

BAR = 1920
WriteSong = Callable[..., Path]


def spans(found: tuple[Section, ...], letter: str) -> list[tuple[int, int]]:
    return [(part.start // BAR, part.end // BAR) for part in found if part.letter == letter]


def test_phrases_lie_where_the_melody_is_and_not_where_the_file_begins(pop909: Path) -> None:
    song = read_songbook(pop909, "001")
    assert song.bars[0] == BAR  # the MIDI file has a bar more
    assert [(p.letter, p.start // BAR, p.end // BAR) for p in song.labellings[0]][:3] == [
        ("i", 1, 3),
        ("A", 3, 7),
        ("B", 7, 11),
    ]
    assert song.beat == 0.5
    assert song.chords[0].start == BAR
    assert song.chords[1].pitches == (9, 0, 4)


def test_the_higher_fuller_group_that_comes_again_is_the_chorus(pop909: Path) -> None:
    song = read_songbook(pop909, "001")
    chances = chorus_chances(song, song.labellings[0])
    assert chances["B"] > 0.9
    assert sum(chances.values()) == pytest.approx(1.0)
    found = sections(song)
    assert {part.letter for part in found if part.chorus > 0.5} == {"B"}
    assert spans(found, "B") == [(7, 11), (15, 19), (21, 25)]
    assert all(part.agreement == 1.0 for part in found)


def test_what_leads_into_a_chorus_counts_some_and_interludes_nothing(pop909: Path) -> None:
    found = sections(read_songbook(pop909, "001"))
    verse = [part.interest for part in found if part.letter == "A"]
    assert all(BEFORE_CHORUS * 0.9 < value < 0.5 for value in verse)
    assert {part.interest for part in found if part.letter in "ibo"} == {0.0}


def test_sections_cover_the_song_without_gaps(pop909: Path) -> None:
    song = read_songbook(pop909, "001")
    found = sections(song)
    assert found[0].start <= 0
    assert found[-1].end == song.end
    assert [part.start for part in found[1:]] == [part.end for part in found[:-1]]


def test_where_annotators_disagree_the_target_lies_between_and_counts_less(
    tmp_path: Path, write_song: WriteSong
) -> None:
    folder = write_song(tmp_path / "two", second="i2A4B4A4A4b2B4o2")
    found = sections(read_songbook(folder, "001"))
    doubted = [part for part in found if (part.start, part.end) == (15 * BAR, 19 * BAR)]
    agreed = [part for part in found if (part.start, part.end) == (7 * BAR, 11 * BAR)]
    assert 0.2 < doubted[0].chorus < 0.8
    assert doubted[0].agreement < 0.8 < agreed[0].agreement
    assert agreed[0].interest > doubted[0].interest


def test_a_song_without_a_sung_phrase_has_no_chorus(tmp_path: Path, write_song: WriteSong) -> None:
    folder = write_song(tmp_path / "none")
    for number in (1, 2):
        (folder / "001" / f"human_label{number}.txt").write_text("i9x9o8")
    song = read_songbook(folder, "001")
    assert chorus_chances(song, song.labellings[0]) == {}
    assert {part.interest for part in sections(song)} == {0.0}


def test_a_folder_without_songs_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(DatasetMissingError, match="empty"):
        song_names(tmp_path / "empty")


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("human_label1.txt", "A8,B8", "human_label1"),
        ("melody.txt", "30 4\n31 4\n" * 20, "notes of melody"),
        ("melody.txt", "no numbers", "invalid literal"),
    ],
)
def test_a_song_with_a_damaged_file_is_refused_with_its_name(
    pop909: Path, name: str, text: str, why: str
) -> None:
    (pop909 / "001" / name).write_text(text)
    with pytest.raises(SongUnreadableError, match=why) as told:
        read_songbook(pop909, "001")
    assert "001" in told.value.which

"""MIDI files survive being written and read; what is none is refused."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from highlighter.training.midi import Note, Song, Track, parse_midi, read_midi, write_midi
from highlighter.training.song_errors import SongUnreadableError

_NOTES = st.lists(
    st.tuples(st.integers(0, 400), st.integers(1, 90), st.integers(1, 127)), min_size=1, max_size=20
)


@settings(max_examples=60, deadline=None)
@given(steps=_NOTES, program=st.integers(0, 127), tempo=st.integers(200_000, 2_000_000))
def test_a_song_written_and_read_is_the_same_song(
    steps: list[tuple[int, int, int]], program: int, tempo: int
) -> None:
    notes, at = [], 0
    for gap, length, velocity in steps:
        at += gap
        notes.append(Note(at, at + length, 30 + (at + length) % 60, velocity))
        at += length
    track = Track("tune é", tuple(notes), 3, program, ((0, 7, 90), (500, 7, 20)))
    song = Song(480, ((0, tempo), (960, 500_000)), (track,))
    assert parse_midi(write_midi(song)) == song


def test_a_repeated_pitch_that_starts_where_it_ends_stays_two_notes() -> None:
    notes = (Note(0, 100, 60, 90), Note(100, 200, 60, 80))
    song = Song(480, ((0, 500_000),), (Track("a", notes),))
    assert parse_midi(write_midi(song)).tracks[0].notes == notes


def test_running_status_and_silent_starts_are_understood() -> None:
    body = bytes.fromhex("00 90 3c 64 60 3c 00 00 3e 50 60 3e 00 00 ff 2f 00")
    data = bytes.fromhex("4d546864 00000006 0000 0001 0060 4d54726b") + (
        len(body).to_bytes(4, "big") + body
    )
    assert parse_midi(data).tracks[0].notes == (Note(0, 96, 60, 100), Note(96, 192, 62, 80))


@pytest.mark.parametrize("cut", [0, 10, 20, 40])
def test_a_file_cut_short_is_refused_with_its_name(tmp_path: Path, cut: int) -> None:
    track = Track("a", (Note(0, 100, 60, 90),))
    path = tmp_path / "cut.mid"
    path.write_bytes(write_midi(Song(480, ((0, 500_000),), (track,)))[:cut])
    with pytest.raises(SongUnreadableError, match=r"cut\.mid"):
        read_midi(path)


@pytest.mark.realdata
def test_songs_of_the_data_set_survive_a_round_trip(shared_data: Path) -> None:
    seen = 0
    with tarfile.open(shared_data / "structure" / "pop909.tar.gz") as packed:
        for member in packed:
            if member.name.endswith(".mid") and (held := packed.extractfile(member)) is not None:
                song = parse_midi(held.read())
                again = parse_midi(write_midi(song))
                assert again.tempos == song.tempos
                for before, after in zip(song.tracks, again.tracks, strict=True):
                    assert after.name == before.name
                    assert [(n.start, n.pitch, n.velocity) for n in after.notes] == [
                        (n.start, n.pitch, n.velocity) for n in before.notes
                    ]
                assert {"MELODY", "BRIDGE", "PIANO"} <= {track.name for track in song.tracks}
                seen += 1
                if seen == 12:
                    break
    assert seen == 12

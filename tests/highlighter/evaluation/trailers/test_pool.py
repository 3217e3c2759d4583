"""Where tracks come from, and what is known to be true of them."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from highlighter.evaluation.errors import BadEvaluationRequestError, LabelsUnreadableError
from highlighter.evaluation.songs import RWC_NAME
from highlighter.evaluation.trailers.keeping import Kept, code_hash
from highlighter.evaluation.trailers.pool import TRUTH_FILE, Truth, read_pool
from highlighter.training.midi import Note, Song, Track, write_midi


def test_a_folder_of_music_tells_its_truth_beside_it(tmp_path: Path) -> None:
    for name in ("b.flac", "a.mp3", "notes.txt"):
        (tmp_path / name).touch()
    said = {"a.mp3": {"genre": "house", "key": "A# minor", "beats": [0.5, 1.0]}}
    (tmp_path / TRUTH_FILE).write_text(json.dumps(said), encoding="utf-8")
    first, second = read_pool(None, None, (tmp_path,))
    assert (first.path.name, first.genre) == ("a.mp3", "house")
    assert first.truth == Truth((0.5, 1.0), (10, 0))
    assert first.source == tmp_path.name
    assert second.truth is None


@pytest.mark.parametrize(
    "said",
    ["[", "[]", '{"a.mp3": 1}', '{"a.mp3": {"beats": [2, 1]}}', '{"a.mp3": {"key": "H dur"}}',
     '{"a.mp3": {"beats": "all"}}'],
)  # fmt: skip
def test_a_truth_that_cannot_be_one_is_refused_with_its_place(tmp_path: Path, said: str) -> None:
    (tmp_path / "a.mp3").touch()
    (tmp_path / TRUTH_FILE).write_text(said, encoding="utf-8")
    with pytest.raises(LabelsUnreadableError) as caught:
        read_pool(None, None, (tmp_path,))
    assert str(tmp_path) in str(caught.value)


def test_a_folder_without_music_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadEvaluationRequestError, match=r"no folder with audio"):
        read_pool(None, None, (tmp_path,))


def test_rendered_songs_have_beats_as_annotated_and_notes_as_written(tmp_path: Path) -> None:
    notes = tuple(Note(480 * beat, 480 * beat + 240, 60, 90) for beat in range(4))
    song = Song(480, ((0, 500_000),), (Track("piano", notes),))
    members = {
        "rwc_pop/chorus.json": b'{"S1": [[1, 2]]}',
        "rwc_pop/beats/S1.csv": b"t;beat\n0.02;1\n0.52;2\n1.02;3\n",
        "rwc_pop/midi/S1.mid": write_midi(song),
    }
    with tarfile.open(tmp_path / "rwc_pop_dev.tar.gz", "w:gz") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    rendered = tmp_path / "rendered"
    rendered.mkdir()
    (rendered / "S1.wav").touch()
    (rendered / "unknown.wav").touch()
    (track,) = read_pool(tmp_path, rendered, ())
    assert (track.source, track.genre) == (RWC_NAME, "Pop")
    assert track.truth is not None
    assert track.truth.beats == (0.02, 0.52, 1.02)
    assert track.truth.notes == pytest.approx((0.0, 0.5, 1.0, 1.5))


def test_what_was_kept_is_found_and_damage_is_not_taken_for_it(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    key = kept.key("a", 1, None)
    assert kept.get(key, Truth) is None
    kept.put(key, Truth((1.0,), (3, 1)))
    assert kept.get(key, Truth) == Truth((1.0,), (3, 1))
    assert kept.get(key, dict) is None
    assert kept.key("a", 2, None) != key
    (tmp_path / key).write_bytes(b"HLS1 and then nothing")
    assert kept.get(key, Truth) is None


def test_what_decides_a_trailers_sound_decides_what_is_kept(tmp_path: Path) -> None:
    beside = tmp_path / "ear.py"
    beside.write_text("1")
    before = code_hash(beside)
    assert code_hash(beside) == before
    beside.write_text("2")
    assert code_hash(beside) != before

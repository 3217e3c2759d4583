"""What ``hooklist trailer`` answers."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile
from mutagen.flac import FLAC

from highlighter.trailer.commands import track_of_file, trailer_of_files


def song(seconds: float, hertz: float) -> np.ndarray:
    place = np.arange(round(seconds * 44_100)) / 44_100
    pulse = 0.3 + 0.7 * np.exp(-8.0 * (place % 0.5))
    wave = 0.3 * pulse * np.sin(2 * np.pi * hertz * place)
    return np.stack([wave, wave], axis=1)


def test_the_answer_is_the_contract_and_plain_json(tmp_path):
    files = []
    for place, hertz in enumerate((220.0, 330.0)):
        file = tmp_path / f"{place}.flac"
        soundfile.write(file, song(20.0, hertz), 44_100)
        tags = FLAC(file)
        tags["title"], tags["artist"], tags["license"] = f"T{place}", ["A", "B"], "CC BY 4.0"
        tags.save()
        files.append(file)
    (tmp_path / "notes.mp3").write_text("not audio at all, whatever its name says\n" * 50)
    out = tmp_path / "trailer.mp3"

    told = trailer_of_files([*files, tmp_path / "notes.mp3"], out, seconds_per_track=4.0)

    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["file"] == str(out)
    assert told["duration"] == pytest.approx(8.0, abs=2.0)
    assert told["lufs"] == pytest.approx(-14.0, abs=0.5)
    assert told["true_peak_dbtp"] <= -1.0
    assert [chapter["file"] for chapter in told["chapters"]] == [str(file) for file in files]
    for chapter in told["chapters"]:
        assert chapter["title"].startswith("T")
        assert chapter["artists"] == ["A", "B"]
        span = chapter["source_end"] - chapter["source_start"]
        length = chapter["end"] - chapter["start"]
        assert length * chapter["stretch"] == pytest.approx(span, abs=0.003)
    assert [chapter["transition"] for chapter in told["chapters"]] == ["start", "beat-matched"]
    assert told["chapters"][1]["beats"] >= 4
    assert 0.0 <= told["limited"] < 0.3
    [skipped] = told["skipped"]
    assert skipped["file"].endswith("notes.mp3")
    assert skipped["error"].startswith("audio.")
    assert len(told["peaks"]) == 600


def test_tags_name_the_track_and_their_lack_is_no_fault(tmp_path):
    file = tmp_path / "plain.wav"
    soundfile.write(file, song(1.0, 220.0), 44_100)
    assert track_of_file(file).label == "plain"
    tagged = tmp_path / "tagged.flac"
    soundfile.write(tagged, song(1.0, 220.0), 44_100)
    tags = FLAC(tagged)
    tags["title"], tags["artist"], tags["genre"] = "Name", "Somebody", "Folk"
    tags["copyright"] = "© Somebody, CC0"
    tags.save()
    track = track_of_file(tagged)
    assert (track.label, track.genre, track.attribution) == (
        "Somebody – Name",
        "Folk",
        "© Somebody, CC0",
    )
    junk = tmp_path / "junk.mp3"
    junk.write_bytes(bytes(range(256)) * 20)
    assert track_of_file(junk).label == "junk"
    assert track_of_file(tmp_path / "missing.mp3").label == "missing"

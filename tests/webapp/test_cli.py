"""The command line keeps its contracts: lines, fields, exit status, and one sentence on failure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

ROOT = Path(__file__).resolve().parents[2]


def hooklist(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HOOKLIST_")}
    return subprocess.run(
        [sys.executable, "-m", "webapp.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**clean, **environment},
        timeout=120,
    )


def song(path: Path, frequency: float = 220.0, seconds: float = 12.0) -> Path:
    """Write a beating tone that is louder in its middle third."""
    moments = np.arange(int(22050 * seconds)) / 22050
    pulse = (moments * 2 % 1 < 0.2) * 0.5 + 0.5
    swell = np.where((moments > seconds / 3) & (moments < 2 * seconds / 3), 0.5, 0.15)
    sound = swell * pulse * np.sin(2 * np.pi * frequency * moments)
    soundfile.write(path, sound.astype(np.float32), 22050)
    return path


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("table") / "tracks.csv"
    lines = ["id,title,artists,tempo,energy,danceability,genre"]
    lines += [f"t{n},Song {n},Artist {n % 7},{90 + n},0.{n:02},0.{99 - n},rock" for n in range(40)]
    lines += [",,,,,,", "t1,Song 1,Artist 1,,,,rock"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def catalogue(table: Path) -> Path:
    done = hooklist("catalogue", "build", table, "--out", table.parent / "built")
    assert done.returncode == 0, done.stderr
    return table.parent / "built"


def test_a_build_reports_counts_that_add_up(table: Path, tmp_path: Path) -> None:
    done = hooklist("catalogue", "build", table, "--out", tmp_path / "built", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["read"] == 42
    assert report["accepted"] + report["merged"] + report["rejected"] == report["read"]
    assert (report["merged"], report["rejected"]) == (1, 1)


def test_a_folder_with_music_is_heard_into_a_catalogue(tmp_path: Path) -> None:
    music = tmp_path / "music"
    music.mkdir()
    song(music / "Ada - One.wav")
    song(music / "Bob - Two.flac", 330)
    (music / "broken.mp3").write_bytes(b"this is no sound" * 50)
    done = hooklist(
        *("catalogue", "build", music, "--out", tmp_path / "built", "--json"),
        HOOKLIST_DATA_DIR=str(tmp_path / "data"),
    )
    assert done.returncode == 1, "a file could not be heard"
    report = json.loads(done.stdout)
    assert (report["read"], report["accepted"], report["rejected"]) == (3, 2, 1)
    assert "broken.mp3" in done.stderr
    assert "broken.mp3" in Path(report["rejects"]).read_text(encoding="utf-8")


def test_a_source_that_is_not_there_is_wrong_use_told_in_one_sentence(tmp_path: Path) -> None:
    done = hooklist("catalogue", "build", tmp_path / "nowhere.csv", "--out", tmp_path / "x")
    assert done.returncode == 2
    assert "nowhere.csv" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_recommending_prints_a_playlist_with_reasons(catalogue: Path) -> None:
    done = hooklist(
        "recommend", "--catalogue", catalogue, "--seeds", "t3,t9", "--length", 5, "--json"
    )
    playlist = json.loads(done.stdout)
    assert len(playlist["tracks"]) == 5
    assert {track["reason"]["seed"] for track in playlist["tracks"]} <= {"t3", "t9"}
    assert not {"t3", "t9"} & {track["id"] for track in playlist["tracks"]}


def test_an_artist_to_avoid_does_not_come_and_an_unknown_one_is_told(catalogue: Path) -> None:
    asked = ("recommend", "--catalogue", catalogue, "--seeds", "t3,t9", "--length", 5)
    usual = json.loads(hooklist(*asked, "--json").stdout)["tracks"]
    artist = usual[0]["artists"][0]
    done = hooklist(*asked, "--avoid-artists", f"{artist.upper()}, Nobody at All")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert not [line for line in lines[:5] if f"  {artist} –" in line]
    assert "note: Artists to avoid that are not in the catalogue anyway: Nobody at All" in lines


def test_a_batch_is_answered_line_by_line_and_failures_keep_their_place(
    catalogue: Path, tmp_path: Path
) -> None:
    asked = [
        json.dumps({"seeds": ["t1"], "k": 7}),
        "this is no JSON",
        json.dumps({"seeds": ["unknown"]}),
        json.dumps({"seeds": ["t2", "t5"], "k": 3, "exclude_seed_artists": True}),
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(asked) + "\n")
    done = hooklist(
        *("recommend", "--catalogue", catalogue),
        *("--batch", tmp_path / "in.jsonl", "--out", tmp_path / "out.jsonl"),
    )
    assert done.returncode == 1
    answers = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [sorted(answer) for answer in answers] == [
        ["tracks"],
        ["code", "error"],
        ["code", "error"],
        ["tracks"],
    ]
    assert [len(answers[0]["tracks"]), len(answers[3]["tracks"])] == [7, 3]


def test_a_batch_without_a_place_for_its_answers_is_wrong_use(
    catalogue: Path, tmp_path: Path
) -> None:
    (tmp_path / "in.jsonl").write_text("")
    done = hooklist("recommend", "--catalogue", catalogue, "--batch", tmp_path / "in.jsonl")
    assert done.returncode == 2
    assert "--out" in done.stderr


def test_analysing_gives_a_line_per_file_and_status_1_if_one_failed(tmp_path: Path) -> None:
    good = song(tmp_path / "good.wav")
    done = hooklist("analyse", good, tmp_path / "missing.mp3", "--json")
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert done.returncode == 1
    assert {"file", "duration", "bpm", "beats", "key", "loudness_lufs"} <= set(first)
    assert first["duration"] == pytest.approx(12.0, abs=0.01)
    assert second["file"].endswith("missing.mp3")
    assert "missing.mp3" in second["error"]


def test_a_highlight_line_has_the_contract_s_fields(tmp_path: Path) -> None:
    path = song(tmp_path / "song.wav", seconds=60)
    done = hooklist("highlight", path, "--seconds", 20, "--json")
    answer = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert {"file", "start", "end", "duration", "strategy", "confidence"} <= set(answer)
    assert answer["end"] - answer["start"] == pytest.approx(20.0, abs=0.6)
    assert answer["duration"] == pytest.approx(20.0, abs=0.6)
    assert 0.0 <= answer["start"] <= 40.0


def test_a_trailer_is_written_with_levels_and_chapters(tmp_path: Path) -> None:
    files = [song(tmp_path / "a.wav"), song(tmp_path / "b.wav", 330), song(tmp_path / "c.wav", 440)]
    out = tmp_path / "trailer.mp3"
    done = hooklist("trailer", *files, "--out", out, "--seconds-per-track", 4, "--json")
    made = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert {"file", "duration", "lufs", "true_peak_dbtp", "chapters"} <= set(made)
    assert [Path(chapter["file"]).name for chapter in made["chapters"]] == [
        "a.wav",
        "b.wav",
        "c.wav",
    ]
    fields = {"file", "start", "end", "source_start", "source_end", "transition"}
    assert all(fields <= set(chapter) for chapter in made["chapters"])
    assert soundfile.info(out).duration == pytest.approx(made["duration"], abs=0.1)


def test_an_unknown_format_is_wrong_use(tmp_path: Path) -> None:
    done = hooklist("trailer", song(tmp_path / "a.wav"), "--out", tmp_path / "trailer.xyz")
    assert done.returncode == 2
    assert ".mp3" in done.stderr


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_serving_without_a_secret_key_is_refused(command: str, tmp_path: Path) -> None:
    done = hooklist(command, HOOKLIST_DATA_DIR=str(tmp_path))
    assert done.returncode == 2
    assert "HOOKLIST_SECRET_KEY" in done.stderr


def test_a_worker_can_be_checked(tmp_path: Path) -> None:
    given = {
        "HOOKLIST_DATA_DIR": str(tmp_path),
        "HOOKLIST_SECRET_KEY": "k" * 43,
        "HOOKLIST_SPOTIFY_CLIENT_ID": "abc",
    }
    assert hooklist("worker", "--check", **given).returncode == 0
    given["HOOKLIST_DATABASE_URL"] = "postgresql+psycopg://nobody@127.0.0.1:1/none"
    done = hooklist("worker", "--check", **given)
    assert done.returncode == 1
    assert "127.0.0.1" in done.stderr


def test_no_command_prints_how_to_use_it() -> None:
    done = hooklist()
    assert done.returncode == 2
    assert "demo" in done.stderr

"""What survives: restarts, crashes, and a parent that goes away."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from standin.errors import LibraryInvalid, OptionInvalid, StateUnusable
from standin.harness import Standin
from standin.samples import sample_tracks

ROOT = Path(__file__).resolve().parents[2]
URIS = [f"spotify:track:{row['id']}" for row in sample_tracks()]


def call(spotify: Standin, token: str, method: str, path: str, **more) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.request(
        method, f"{spotify.api_url}/{path}", headers=headers, timeout=10, **more
    )


def test_playlists_tokens_likes_and_the_clock_survive_a_restart(tmp_path) -> None:
    with Standin.thread(state=tmp_path) as spotify:
        token = spotify.grant("rich")
        access = token["access_token"]
        made = call(spotify, access, "POST", "me/playlists", json={"name": "Kept"}).json()["id"]
        call(spotify, access, "POST", f"playlists/{made}/items", json={"uris": URIS[:7]})
        call(spotify, access, "DELETE", "me/library", params={"uris": URIS[0]})
        given = next(p for p in spotify.playlists("rich") if p["name"] == "Three for the road")
        call(spotify, access, "PUT", f"playlists/{given['id']}", json={"name": "Renamed"})
        spotify.advance(1000)
        spotify.switch(old_names=True)
        recent = call(spotify, access, "GET", "me/player/recently-played").json()["items"]
        before, url = spotify.playlists("rich"), spotify.url
        spotify.restart()
        assert spotify.url == url
        assert spotify.playlists("rich") == before
        assert "Renamed" in [p["name"] for p in before]
        assert spotify.switch()["old_names"] is True
        again = call(spotify, access, "GET", "me/player/recently-played").json()["items"]
        assert [p["played_at"] for p in again] == [p["played_at"] for p in recent]
        liked = call(spotify, access, "GET", "me/library/contains", params={"uris": URIS[0]})
        assert liked.json() == [False]
        form = {
            "grant_type": "refresh_token",
            "refresh_token": token["refresh_token"],
            "client_id": spotify.client_id,
        }
        fresh = requests.post(f"{spotify.url}/api/token", data=form, timeout=5)
        assert fresh.status_code == 200
        spotify.advance(2700)
        assert call(spotify, access, "GET", "me").status_code == 401


def test_what_was_answered_survives_a_kill(tmp_path) -> None:
    with Standin.process(state=tmp_path) as spotify:
        access = spotify.grant("second")["access_token"]
        made = call(spotify, access, "POST", "me/playlists", json={"name": "Kept"}).json()["id"]
        for start in (0, 100, 200):
            body = {"uris": URIS[start : start + 100]}
            call(spotify, access, "POST", f"playlists/{made}/items", json=body)
        spotify.kill()
        spotify.restart()
        kept = next(p for p in spotify.playlists("second") if p["id"] == made)
        assert kept["uris"] == URIS
        assert call(spotify, access, "GET", "me").status_code == 200


def test_without_a_state_folder_nothing_is_kept() -> None:
    with Standin.thread() as spotify:
        access = spotify.grant("rich")["access_token"]
        spotify.restart()
        assert call(spotify, access, "GET", "me").status_code == 401


def test_a_damaged_state_is_named_and_left_alone(tmp_path) -> None:
    file = tmp_path / "standin.sqlite3"
    file.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(StateUnusable, match=r"standin\.sqlite3"):
        Standin.thread(state=tmp_path)
    assert file.read_bytes().startswith(b"this is no database")


def test_two_stand_ins_cannot_share_a_state(tmp_path) -> None:
    with Standin.thread(state=tmp_path), pytest.raises(StateUnusable, match="locked"):
        Standin.thread(state=tmp_path)
    with Standin.thread(state=tmp_path):
        pass


def test_the_state_is_a_whole_database_after_a_kill_at_any_moment(tmp_path) -> None:
    with Standin.process(state=tmp_path) as spotify:
        access = spotify.grant("rich")["access_token"]
        for number in range(3):
            made = call(spotify, access, "POST", "me/playlists", json={"name": f"n{number}"})
            assert made.status_code == 201
        spotify.kill()
    with sqlite3.connect(tmp_path / "standin.sqlite3") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        kept = database.execute("SELECT count(*) FROM kept WHERE kind = 'playlist'").fetchone()
        assert kept == (3,)
    database.close()


def test_it_ends_at_once_when_asked_even_while_somebody_waits(tmp_path) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        with Standin.process(state=tmp_path) as spotify:
            spotify.fault("GET", "/healthz", never=True)
            with requests.Session() as waiting, pytest.raises(requests.Timeout):
                waiting.get(f"{spotify.url}/healthz", timeout=0.1)
            os.kill(spotify.pid, number)
            start = time.monotonic()
            while Path(f"/proc/{spotify.pid}/cmdline").read_bytes():
                time.sleep(0.01)
                assert time.monotonic() - start < 1


def test_it_ends_with_the_process_that_started_it() -> None:
    script = (
        "import os, sys; from standin.harness import Standin;"
        "s = Standin.process(); print(s.pid, flush=True); os._exit(0)"
    )
    parent = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, timeout=30, check=True
    )
    pid = int(parent.stdout)
    deadline = time.monotonic() + 5
    while Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes():
        assert time.monotonic() < deadline, "it outlived its parent"
        time.sleep(0.02)


# -- wrong use ------------------------------------------------------------------------------------


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "standin", "serve", "--port", "0", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )


APP = ("--client-id", "x", "--redirect-uri", "http://127.0.0.1/cb")


def test_wrong_use_ends_with_2_and_one_sentence(tmp_path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{"tracks": [{"id": "short"}]}')
    for arguments, words in (
        ((*APP, "--library", str(tmp_path / "none.json")), "none.json"),
        ((*APP, "--library", str(broken)), "22 base-62 characters"),
        (("--client-id", "x", "--redirect-uri", "http://localhost/cb"), "localhost"),
        (("--redirect-uri", "http://127.0.0.1/cb"), "--client-id"),
    ):
        found = run(*arguments)
        assert found.returncode == 2
        assert words in found.stderr
        assert "Traceback" not in found.stderr


def test_a_port_in_use_is_named() -> None:
    with Standin.thread() as spotify, pytest.raises(OptionInvalid, match=str(spotify.port)):
        Standin.thread(port=spotify.port)


ROW = dict(sample_tracks()[0])


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"id": None}, "id"),
        ({"id": "x" * 23}, "id"),
        ({"title": None}, "title"),
        ({"artists": "Somebody"}, "artists"),
        ({"artists": [None]}, "artists"),
        ({"duration_ms": None}, "duration_ms"),
        ({"duration_ms": -1}, "duration_ms"),
        ({"duration_ms": True}, "duration_ms"),
        ({"year": "1990"}, "year"),
        ({"isrc": 7}, "isrc"),
    ],
)
def test_a_library_that_breaks_its_schema_is_refused_with_the_row(change: dict, word: str) -> None:
    rows = [ROW, {**ROW, "id": "0" * 22, **change}]
    with pytest.raises(LibraryInvalid, match=f"track 1.*{word}"):
        Standin.thread(library=rows)


def test_a_library_with_a_repeated_id_is_refused() -> None:
    with pytest.raises(LibraryInvalid, match="used twice"):
        Standin.thread(library=[ROW, ROW])


@pytest.mark.parametrize("text", ["", "[]", '{"tracks": 7}', '{"tracks": [7]}', "\ud800"])
def test_a_library_file_that_is_none_is_refused_by_name(tmp_path, text: str) -> None:
    file = tmp_path / "library.json"
    file.write_text(text, encoding="utf-8", errors="surrogatepass")
    with pytest.raises(LibraryInvalid, match=r"library\.json"):
        Standin.thread(library=file)


def test_a_library_file_serves_its_own_tracks_and_lists_repeat_when_it_is_small(tmp_path) -> None:
    file = tmp_path / "library.json"
    rows = [
        {"id": f"{n:022d}", "title": f"T{n}", "artists": [], "duration_ms": 1.5e5} for n in (1, 2)
    ]
    file.write_text(json.dumps({"tracks": rows}))
    with Standin.thread(library=file) as spotify:
        access = spotify.grant("rich")["access_token"]
        track = call(spotify, access, "GET", f"tracks/{rows[0]['id']}").json()
        assert (track["name"], track["artists"][0]["name"]) == ("T1", "Unknown artist")
        assert track["album"]["release_date"] == "0000"
        assert track["external_ids"] == {}
        long = next(p for p in spotify.playlists("rich") if p["name"] == "The long one")
        assert len(long["uris"]) == 250
        assert call(spotify, access, "GET", "me/top/tracks").json()["total"] in {1, 2}


def test_an_empty_library_serves_too(tmp_path) -> None:
    with Standin.thread(library=[]) as spotify:
        for person in ("rich", "hostile"):
            access = spotify.grant(person)["access_token"]
            for path in ("me/top/tracks", "me/top/artists", "me/tracks", "me/playlists"):
                assert call(spotify, access, "GET", path).status_code == 200
            assert call(spotify, access, "GET", "me/player/recently-played").status_code == 200

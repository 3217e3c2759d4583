"""What tests can see and set."""

from __future__ import annotations

import json
import re
import socket

import pytest
import requests

from standin.app import Options
from standin.errors import StandinRefused
from standin.samples import sample_tracks
from standin.server import start_server


def test_requests_are_counted_and_listed_with_their_outcome(spotify, api) -> None:
    rich = api("rich")
    spotify.forget_requests()
    rich.get("me/top/tracks", limit=2, time_range="short_term")
    rich("POST", "me/playlists", json={"name": "Ä"})
    number = spotify.fault("GET", "/v1/me", status=500)
    rich.get("me")
    assert spotify.hits() == 3
    assert spotify.hits("GET") == 2
    assert spotify.hits("GET", "/v1/me/top/*") == 1
    assert spotify.hits("DELETE", "/v1/me") == 0
    top, made, broken = spotify.requests()
    assert top["query"] == {"limit": ["2"], "time_range": ["short_term"]}
    assert (made["method"], json.loads(made["body"]), made["status"]) == (
        "POST",
        {"name": "Ä"},
        201,
    )
    assert (broken["status"], broken["fault"]) == (500, number)
    assert {entry["person"] for entry in (top, made, broken)} == {"rich"}


def test_control_calls_are_not_counted(spotify) -> None:
    spotify.forget_requests()
    spotify.switch()
    assert spotify.hits() == 0


def test_switches_say_what_they_take(spotify) -> None:
    assert spotify.switch()["old_names"] is False
    assert spotify.switch(old_names=True, quota=7)["quota"] == 7
    for wrong in ({"old_names": 1}, {"quota": True}, {"quota": -1}, {"unheard_of": True}):
        with pytest.raises(StandinRefused, match=next(iter(wrong))):
            spotify.switch(**wrong)
    assert spotify.switch()["quota"] == 7


def test_unknown_people_and_calls_are_named(spotify) -> None:
    for call in (lambda: spotify.revoke("nobody"), lambda: spotify.playlists("nobody")):
        with pytest.raises(StandinRefused, match="nobody"):
            call()
    with pytest.raises(StandinRefused, match="no control call") as refusal:
        spotify.control("GET", "unheard-of")
    assert refusal.value.status == 404
    with pytest.raises(StandinRefused, match="advance"):
        spotify.advance(-1)


def test_playlists_can_be_added_to_make_paging_necessary(spotify, api) -> None:
    before = len(spotify.playlists("second"))
    made = spotify.add_playlists("second", 60, tracks=2)
    assert len(set(made)) == 60
    second = api("second")
    page = second.get("me/playlists", limit=50).json()
    assert page["total"] == before + 60
    assert second.get(page["next"]).json()["next"] is None
    assert len(second.get(f"playlists/{made[0]}/items").json()["items"]) == 2


def test_reset_forgets_everything_that_was_done(spotify, api) -> None:
    rich = api("rich")
    before = spotify.playlists("rich")
    rich("POST", "me/playlists", json={"name": "Gone soon"})
    spotify.fault("GET", "*", status=500)
    spotify.switch(old_names=True)
    spotify.advance(1000)
    spotify.reset()
    assert [p["id"] for p in spotify.playlists("rich")] == [p["id"] for p in before]
    assert spotify.switch()["old_names"] is False
    assert spotify.faults() == []
    assert spotify.tokens() == []
    assert rich.get("me").status_code == 401


def test_without_the_option_there_is_no_control() -> None:
    options = Options(
        client_id="x", redirect_uris=("http://127.0.0.1/cb",), library=sample_tracks(3)
    )
    running = start_server(options)
    try:
        base = f"http://127.0.0.1:{running.port}"
        for path in ("tokens", "faults", "people/rich/playlists"):
            assert requests.get(f"{base}/_control/{path}", timeout=5).status_code == 404
        reset = requests.post(f"{base}/_control/reset", json={}, timeout=5)
        assert reset.status_code in {404, 405}
        assert requests.get(f"{base}/healthz", timeout=5).text == "ok"
    finally:
        running.stop()


def test_a_web_page_cannot_steer_it(spotify) -> None:
    form = requests.post(f"{spotify.url}/_control/reset", data={"a": "b"}, timeout=5)
    assert form.status_code == 415
    for answer in (form, requests.get(f"{spotify.url}/_control/tokens", timeout=5)):
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_it_answers_to_its_own_name_only(spotify) -> None:
    rebound = requests.get(
        f"{spotify.url}/healthz", headers={"Host": f"evil.example:{spotify.port}"}, timeout=5
    )
    assert rebound.status_code == 421


def test_it_listens_on_loopback_only(spotify) -> None:
    with open("/proc/net/tcp", encoding="ascii") as table:
        listening = [line.split()[1] for line in table if line.split()[3] == "0A"]
    mine = [address for address in listening if address.endswith(f":{spotify.port:04X}")]
    assert mine == [f"0100007F:{spotify.port:04X}"]


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("Content-Length: 99999999", 413),
        ("Content-Length: -1", 400),
        ("Content-Length: x", 400),
        ("Transfer-Encoding: chunked", 411),
    ],
)
def test_bodies_are_bounded(spotify, head: str, status: int) -> None:
    with socket.create_connection(("127.0.0.1", spotify.port), timeout=5) as connection:
        line = f"POST /v1/me/playlists HTTP/1.1\r\nHost: 127.0.0.1:{spotify.port}\r\n{head}\r\n\r\n"
        connection.sendall(line.encode())
        answer = connection.recv(4096).decode()
    assert re.match(rf"HTTP/1.1 {status} ", answer)

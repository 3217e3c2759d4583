"""Scripted faults, as they are on the wire."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
import requests

from standin.errors import StandinRefused
from standin.harness import Standin
from standin.samples import sample_tracks

URIS = [f"spotify:track:{row['id']}" for row in sample_tracks()]


@contextmanager
def raw(spotify: Standin, target: str, token: str, method: str = "GET") -> Iterator[socket.socket]:
    """Send a request by hand and give the socket it will be answered on."""
    address = urlsplit(spotify.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        head = f"{method} {target} HTTP/1.1\r\nHost: {address.netloc}\r\n"
        connection.sendall(f"{head}Authorization: Bearer {token}\r\n\r\n".encode())
        yield connection


@pytest.fixture
def token(spotify: Standin) -> str:
    return str(spotify.grant("rich")["access_token"])


def test_a_status_strikes_as_often_as_asked_and_then_no_more(spotify, api) -> None:
    rich = api("rich")
    spotify.fault("GET", "/v1/me", status=503, count=2)
    assert [rich.get("me").status_code for _ in range(4)] == [503, 503, 200, 200]
    assert spotify.faults() == []


def test_faults_strike_only_the_method_path_and_person_named(spotify, api) -> None:
    rich, second = api("rich"), api("second")
    spotify.fault("GET", "/v1/playlists/*/items", status=500, count=None, person="second")
    spotify.fault("*", "/v1/me/top/*", status=500, count=None)
    assert rich.get("me").status_code == 200
    assert rich.get("me/top/tracks").status_code == 500
    playlist = spotify.playlists("rich")[0]["id"]
    assert rich.get(f"playlists/{playlist}/items").status_code == 200
    assert second.get(f"playlists/{playlist}/items").status_code == 500


def test_a_fault_can_wait_for_later_requests(spotify, api) -> None:
    rich = api("rich")
    spotify.fault("GET", "/v1/me", status=500, after=2)
    assert [rich.get("me").status_code for _ in range(4)] == [200, 200, 500, 200]


def test_faults_strike_in_the_order_they_were_scripted(spotify, api) -> None:
    rich = api("rich")
    for status in (500, 429, 404):
        spotify.fault("GET", "/v1/me", status=status)
    assert [rich.get("me").status_code for _ in range(4)] == [500, 429, 404, 200]


def test_without_a_body_a_fault_has_the_usual_shape(spotify, api) -> None:
    spotify.fault("GET", "/v1/me", status=502)
    answer = api("rich").get("me")
    assert answer.json() == {"error": {"status": 502, "message": "Bad gateway."}}
    spotify.fault("POST", "/api/token", status=503)
    down = requests.post(f"{spotify.url}/api/token", data={}, timeout=5)
    assert (down.status_code, down.json()["error"]) == (503, "server_error")
    spotify.fault("GET", "/v1/me", status=401)
    assert 'error="invalid_token"' in api("rich").get("me").headers["WWW-Authenticate"]


def test_both_kinds_of_429_are_told_apart_by_their_reason(spotify, api) -> None:
    rich = api("rich")
    spotify.rate_limit("GET", "/v1/me", retry_after=2)
    spotify.quota("GET", "/v1/me")
    plain, quota = rich.get("me"), rich.get("me")
    assert (plain.status_code, plain.headers["Retry-After"]) == (429, "2")
    assert "reason" not in plain.json()["error"]
    assert quota.headers["Retry-After"] == "48925"
    assert quota.json() == {
        "error": {"status": 429, "message": "Too many requests", "reason": "QUOTA_EXCEEDED"}
    }


def test_real_limits_count_calls_in_their_windows(spotify, api) -> None:
    rich = api("rich")
    spotify.switch(rate_limit=3, quota=5)
    assert [rich.get("me").status_code for _ in range(4)] == [200, 200, 200, 429]
    limited = rich.get("me")
    assert 1 <= int(limited.headers["Retry-After"]) <= 30
    assert "reason" not in limited.json()["error"]
    spotify.advance(31)
    assert [rich.get("me").status_code for _ in range(3)] == [200, 200, 429]
    quota = rich.get("me")
    assert quota.json()["error"]["reason"] == "QUOTA_EXCEEDED"
    assert 80_000 < int(quota.headers["Retry-After"]) <= 86_400
    spotify.switch(rate_limit=None, quota=None)
    assert rich.get("me").status_code == 200


def test_html_text_and_other_json_replace_the_answer(spotify, api) -> None:
    rich = api("rich")
    spotify.fault("GET", "/v1/me", html="<h1>Down</h1>")
    spotify.fault("GET", "/v1/me", status=403, text="User not registered")
    spotify.fault("GET", "/v1/me", status=200, json={"error": "text"}, headers={"X-Odd": "1"})
    page, text, odd = rich.get("me"), rich.get("me"), rich.get("me")
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert (text.status_code, text.text) == (403, "User not registered")
    assert (odd.json(), odd.headers["X-Odd"]) == ({"error": "text"}, "1")


def test_apply_then_502_creates_the_playlist_all_the_same(spotify, api) -> None:
    rich = api("rich")
    spotify.fault("POST", "/v1/me/playlists", status=502, apply=True)
    spotify.fault("POST", "/v1/playlists/*/items", status=502, apply=True)
    body = {"name": "Twice?", "public": False}
    assert rich("POST", "me/playlists", json=body).status_code == 502
    made = spotify.playlists("rich")[0]
    assert made["name"] == "Twice?"
    added = rich("POST", f"playlists/{made['id']}/items", json={"uris": URIS[:100]})
    assert added.status_code == 502
    assert spotify.playlists("rich")[0]["uris"] == URIS[:100]


def test_a_plain_502_has_no_effect(spotify, api) -> None:
    before = len(spotify.playlists("rich"))
    spotify.fault("POST", "/v1/me/playlists", status=502)
    assert api("rich")("POST", "me/playlists", json={"name": "x"}).status_code == 502
    assert len(spotify.playlists("rich")) == before


def test_a_late_answer_comes_late_and_whole(spotify, api) -> None:
    rich = api("rich")
    spotify.fault("GET", "/v1/me", delay=0.3)
    start = time.monotonic()
    answer = rich.get("me")
    assert 0.3 <= time.monotonic() - start < 3
    assert answer.json()["type"] == "user"


def test_a_body_dribbles_at_the_rate_asked(spotify, token) -> None:
    spotify.fault("GET", "/v1/me", dribble=10)
    with raw(spotify, "/v1/me", token) as connection:
        received = b""
        start = time.monotonic()
        while time.monotonic() - start < 1.05:
            connection.settimeout(max(0.01, start + 1.05 - time.monotonic()))
            try:
                received += connection.recv(4096)
            except TimeoutError:
                break
        body = received.partition(b"\r\n\r\n")[2]
    assert 5 <= len(body) <= 13


def test_a_dribbling_body_is_whole_in_the_end(spotify, api) -> None:
    rich = api("rich")
    spotify.fault("GET", "/v1/me", dribble=20_000)
    assert rich.get("me").json()["type"] == "user"


def test_a_connection_closed_in_the_middle_leaves_a_broken_promise(spotify, token) -> None:
    spotify.fault("GET", "/v1/me", close_after=10)
    with raw(spotify, "/v1/me", token) as connection:
        received = b""
        while block := connection.recv(4096):
            received += block
    head, _, body = received.partition(b"\r\n\r\n")
    promised = int(next(line for line in head.split(b"\r\n") if b"Content-Length" in line)[16:])
    assert len(body) == 10 < promised


def test_a_connection_closed_before_the_status_line_says_nothing(spotify, api) -> None:
    rich = api("rich")
    spotify.fault("POST", "/v1/me/playlists", close_after=-1)
    with pytest.raises(requests.ConnectionError):
        rich("POST", "me/playlists", json={"name": "Heard nothing"})
    assert spotify.playlists("rich")[0]["name"] == "Heard nothing"
    spotify.fault("POST", "/v1/me/playlists", close_after=-1, apply=False)
    with pytest.raises(requests.ConnectionError):
        rich("POST", "me/playlists", json={"name": "Never done"})
    assert spotify.playlists("rich")[0]["name"] == "Heard nothing"


def test_a_request_that_is_never_answered_stays_open_until_the_client_leaves(
    spotify, token
) -> None:
    spotify.fault("GET", "/v1/me", never=True)
    with raw(spotify, "/v1/me", token) as connection:
        connection.settimeout(0.5)
        with pytest.raises(TimeoutError):
            connection.recv(1)
    assert spotify.requests("GET", "/v1/me")[0]["status"] is None


def test_many_unanswered_requests_do_not_keep_others_waiting(spotify, api, token) -> None:
    rich = api("rich")
    spotify.fault("GET", "/v1/me/tracks", never=True, count=None)
    held = [socket.create_connection(("127.0.0.1", spotify.port)) for _ in range(40)]
    try:
        for connection in held:
            head = f"GET /v1/me/tracks HTTP/1.1\r\nHost: 127.0.0.1:{spotify.port}\r\n"
            connection.sendall(f"{head}Authorization: Bearer {token}\r\n\r\n".encode())
        while spotify.hits("GET", "/v1/me/tracks") < 40:
            time.sleep(0.01)
        start = time.monotonic()
        assert rich.get("me").status_code == 200
        assert time.monotonic() - start < 1
    finally:
        for connection in held:
            connection.close()


def test_a_large_body_streams_as_valid_json_without_growing_here(spotify, token) -> None:
    spotify.fault("GET", "/v1/me", stream_mb=3)
    answer = requests.get(
        f"{spotify.api_url}/me", headers={"Authorization": f"Bearer {token}"}, timeout=10
    )
    assert len(answer.content) == int(answer.headers["Content-Length"]) == 3_000_000
    assert set(answer.json()) == {"items"}
    spotify.fault("GET", "/v1/me", stream_mb=200, declare_length=False)
    with requests.get(
        f"{spotify.api_url}/me",
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
        stream=True,
    ) as endless:
        assert "Content-Length" not in endless.headers
        blocks = endless.iter_content(1_000_000)
        assert sum(len(next(blocks)) for _ in range(5)) >= 1_000_000


def test_a_small_gzip_body_inflates_to_megabytes(spotify, token) -> None:
    spotify.fault("GET", "/v1/me", inflate_mb=20)
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{spotify.api_url}/me"
    with requests.get(url, headers=headers, timeout=10, stream=True) as answer:
        packed = answer.raw.read(decode_content=False)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(packed) < 100_000
    assert len(gzip.decompress(packed)) == 20_000_000


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 99},
        {"status": "500"},
        {"delay": -1},
        {"dribble": 0},
        {"count": -1},
        {"stream_mb": 10_000},
        {"headers": {"X": "a\r\nb"}},
        {"colour": "red"},
        {"apply": "yes"},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_by_name(spotify, fault: dict) -> None:
    with pytest.raises(StandinRefused, match=next(iter(fault))) as refusal:
        spotify.fault("GET", "/v1/me", **fault)
    assert refusal.value.status == 400
    assert spotify.faults() == []


def test_faults_reach_pages_and_audio_too(spotify) -> None:
    spotify.fault("GET", "/open/*", status=500)
    playlist = spotify.playlists("rich")[0]["id"]
    assert requests.get(f"{spotify.open_url}/playlist/{playlist}", timeout=5).status_code == 500
    assert requests.get(f"{spotify.open_url}/playlist/{playlist}", timeout=5).status_code == 200

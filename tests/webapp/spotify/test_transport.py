"""The way out is bounded in time and size, whatever the other side does."""

from __future__ import annotations

import resource
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from standin.harness import Standin
from tests.webapp.spotify.world import World, a_world
from webapp.spotify.config import SpotifyConfig
from webapp.spotify.deadline import Deadline
from webapp.spotify.errors import SpotifyTimeout, SpotifyUnavailable, SpotifyUnreadable
from webapp.spotify.transport import Transport, scrubbed

LIMIT = 0.8
TOP = "/v1/me/top/tracks"


@pytest.fixture
def hasty(spotify: Standin, empty_database: Path, tmp_path: Path) -> Iterator[World]:
    """Return a Hooklist whose calls may take 0.8 s in all."""
    with a_world(spotify, empty_database, tmp_path, deadline=LIMIT) as made:
        yield made


@contextmanager
def within(seconds: float) -> Iterator[None]:
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < seconds


@pytest.mark.parametrize(
    "fault",
    [{"never": True}, {"dribble": 20}, {"delay": 5.0}, {"dribble": 4000}],
    ids=["never answers", "dribbles", "answers late", "sends steadily but too slowly"],
)
def test_a_slow_answer_is_given_up_at_the_deadline(hasty: World, fault: dict[str, Any]) -> None:
    user = hasty.user()
    hasty.spotify.fault("GET", TOP, count=None, **fault)
    with within(LIMIT + 0.7), pytest.raises(SpotifyTimeout, match="in time"):
        user.top_tracks()


def test_a_realistic_dribble_is_bounded_to_a_few_seconds(
    spotify: Standin, empty_database: Path, tmp_path: Path
) -> None:
    with a_world(spotify, empty_database, tmp_path, deadline=4.0, read_timeout=2.0) as world:
        user = world.user()
        # A byte every half second: no read ever takes two.
        spotify.fault("GET", TOP, count=None, dribble=2)
        begun = time.monotonic()
        with pytest.raises(SpotifyTimeout):
            user.top_tracks()
        assert 3.8 < time.monotonic() - begun < 5.0


def test_the_deadline_holds_for_headers_that_dribble() -> None:
    with raw_server(b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 200, every=0.05) as port:
        session = Transport(raw_config(port)).session(Deadline(LIMIT))
        with within(LIMIT + 0.5), pytest.raises(SpotifyTimeout):
            session.request("GET", f"http://127.0.0.1:{port}/v1/me")


def test_the_deadline_holds_for_a_status_line_that_dribbles() -> None:
    with raw_server(b"HTTP/1.1 200 " + b"O" * 500, every=0.05) as port:
        session = Transport(raw_config(port)).session(Deadline(LIMIT))
        with within(LIMIT + 0.5), pytest.raises(SpotifyTimeout):
            session.request("GET", f"http://127.0.0.1:{port}/v1/me")


def test_what_is_no_http_at_all_is_a_typed_error() -> None:
    with raw_server(b"SSH-2.0-OpenSSH_9.2\r\n\r\n", every=0.0) as port:
        session = Transport(raw_config(port)).session(Deadline(LIMIT))
        with pytest.raises(SpotifyUnavailable):
            session.request("GET", f"http://127.0.0.1:{port}/v1/me")


def test_a_call_that_is_too_late_is_not_even_begun(world: World) -> None:
    session = world.oauth.transport.session(Deadline(0.0))
    with pytest.raises(SpotifyTimeout):
        session.request("GET", f"{world.spotify.api_url}/me")
    assert world.spotify.hits() == 0


@pytest.mark.parametrize("declared", [True, False])
def test_a_huge_answer_is_given_up_before_it_fills_the_memory(world: World, declared: bool) -> None:
    user = world.user()
    world.spotify.fault("GET", TOP, count=None, stream_mb=200, declare_length=declared)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(SpotifyUnreadable, match="larger than 5 MB"):
        user.top_tracks()
    # The stand-in runs in this process too, and sends in pieces.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000


def test_a_compressed_answer_that_nobody_asked_for_is_not_inflated(world: World) -> None:
    user = world.user()
    world.spotify.fault("GET", TOP, count=None, inflate_mb=20)
    with pytest.raises(SpotifyUnreadable, match="compressed"):
        user.top_tracks()


def test_html_instead_of_json_is_told_as_such(world: World) -> None:
    user = world.user()
    world.spotify.fault("GET", TOP, count=None, status=200, html="<html>Sign in to Wi-Fi</html>")
    with pytest.raises(SpotifyUnreadable, match="text/html instead of JSON"):
        user.top_tracks()


@pytest.mark.parametrize(
    "body",
    ["{", "nope", "[" * 100_000, '{"items": "x"}', '{"items": null}', "[]", "7", "null", '""'],
)
def test_json_that_is_broken_or_of_another_form_is_a_typed_error(world: World, body: str) -> None:
    user = world.user()
    world.spotify.fault(
        "GET", TOP, count=None, status=200, text=body, headers={"Content-Type": "application/json"}
    )
    with pytest.raises(SpotifyUnreadable):
        user.top_tracks()


def test_a_lone_surrogate_in_a_title_can_be_shown_and_stored(world: World) -> None:
    user = world.user()
    track = {"id": "4" * 22, "name": "bad \ud800 title", "artists": [{"name": "\udfff"}]}
    world.spotify.fault("GET", TOP, status=200, json={"items": [track], "next": None, "total": 1})
    found = user.top_tracks().items[0]
    found.title.encode("utf-8")
    assert found.title == "bad ? title"
    assert found.artists == ("?",)
    assert scrubbed({"\ud800": ["\ud800", 1, None]}) == {"?": ["?", 1, None]}


def test_a_connection_is_used_again_but_not_after_a_broken_answer(world: World) -> None:
    user = world.user()
    world.spotify.fault("GET", TOP, dribble=50, count=1)
    hasty = world.another(deadline=0.3)
    with pytest.raises(SpotifyTimeout):
        hasty.gateway.for_user(user._user_id).top_tracks()
    assert len(hasty.gateway.for_user(user._user_id).top_tracks().items) == 50
    hasty.close()


def raw_config(port: int) -> SpotifyConfig:
    return SpotifyConfig(
        client_id="x",
        redirect_uri="x",
        api_url=f"http://127.0.0.1:{port}/v1",
        accounts_url=f"http://127.0.0.1:{port}",
    )


@contextmanager
def raw_server(answer: bytes, *, every: float) -> Iterator[int]:
    """Answer one connection byte by byte."""
    listener = socket.create_server(("127.0.0.1", 0))
    gone = threading.Event()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(10_000)
            try:
                if not every:
                    connection.sendall(answer)
                    return
                for byte in answer:
                    connection.sendall(bytes([byte]))
                    if gone.wait(every):
                        return
            except OSError:
                return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        gone.set()
        listener.close()
        thread.join(5)

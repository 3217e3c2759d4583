"""Hostile names and hostile requests: names are only text, and no input breaks a page."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from recommender import RowsSource, build_catalogue
from standin.harness import Standin
from standin.samples import sample_tracks
from tests.webapp.routes.test_sweeps import SAFE, address, methods, rules, secret

NAMES = (
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "{{ 7*7 }}${7*7}<%= 7*7 %>",
    "\u202eلطيف\u202c 🎸👩‍👩‍👧‍👦",
    "'; DROP TABLE playlist; --",
    '=HYPERLINK("http://evil.example")',
    "javascript:alert(1)",
    "a" * 900,
)
VOID_ATTRIBUTES = re.compile(r"on[a-z]+")


def hostile_track(number: int) -> dict[str, Any]:
    name = NAMES[number % len(NAMES)]
    track = dict(sample_tracks()[number])
    return {**track, "title": f"{name} {number}", "artists": [name], "album": name}


class Reading(HTMLParser):
    """Reads a page as a browser would: its text, and whatever could run."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []
        self.running: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        source = given.get("src") or ""
        ours = tag == "script" and source.startswith("/assets/")
        if tag in {"script", "iframe", "object", "embed", "base"} and not ours:
            self.running.append(f"{tag} {given}")
        if tag == "img" and source and not re.match(r"/|http://127\.0\.0\.1:", source):
            self.running.append(f"img {given}")
        for name, value in attributes:
            if VOID_ATTRIBUTES.fullmatch(name) or name in {"style", "srcdoc"}:
                self.running.append(f"{tag} {name}")
            if name in {"href", "action", "formaction"} and re.match(
                r"\s*(javascript|data|vbscript):", value or "", re.IGNORECASE
            ):
                self.running.append(f"{tag} {name} {value}")
            self.shown.append(value or "")

    def handle_data(self, data: str) -> None:
        self.shown.append(data)


@pytest.fixture(scope="module")
def hostile_world(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Standin, Path]]:
    tracks = [hostile_track(number) for number in range(60)]
    rows = [
        {
            **{name: track[name] for name in ("title", "artists", "album", "isrc")},
            "id": f"row-{number}",
            "spotify_id": track["id"],
            "duration": track["duration_ms"] / 1000,
            "genre": NAMES[0],
            "licence": NAMES[1],
            "source": "test",
            "energy": number / 60,
            "tempo": 90.0 + number,
            "valence": 1 - number / 60,
        }
        for number, track in enumerate(tracks)
    ]
    catalogue = tmp_path_factory.mktemp("hostile")
    build_catalogue([RowsSource(NAMES[0], rows)], catalogue)
    uris = ["https://hooklist.test/callback"]
    with Standin.thread(library=tracks, redirect_uris=uris) as standin:
        yield standin, catalogue


@pytest.fixture
def hostile_site(make_site: Callable[..., Any], hostile_world: tuple[Standin, Path]) -> Any:
    standin, catalogue = hostile_world
    site = make_site(
        demo=True,
        catalogue_dir=catalogue,
        spotify_client_id=standin.client_id,
        spotify_accounts_url=standin.url,
        spotify_api_url=standin.api_url,
        spotify_open_url=standin.open_url,
        spotify_image_origins=[standin.url],
    )
    site.spotify = standin
    return site


def basket_of_hostile_names(visitor: Any) -> None:
    for number in range(5):
        track = hostile_track(number)
        seed = {
            "spotify_id": track["id"],
            "title": track["title"],
            "artists": [name[:200] for name in track["artists"]],
            "album": track["album"],
            "duration": 180.0,
            "isrc": track["isrc"],
        }
        assert visitor.call("POST", "/api/v1/seeds", seed).status_code == 200


def test_hostile_names_are_only_text_on_every_page(hostile_site: Any) -> None:
    visitor = hostile_site.browser("hostile")
    basket_of_hostile_names(visitor)
    playlist = visitor.make()
    pages = [f"/seeds?tab={tab}" for tab in ("top", "recent", "liked", "playlists", "paste")]
    pages += ["/seeds?tab=search&q=%3Cimg", f"/seeds?tab=search&q={'%00%22'}"]
    for rule in rules(hostile_site):
        if "GET" in (rule.methods or ()) and rule.endpoint not in {"login.begin", "login.callback"}:
            values = {"playlist_id": playlist, "job_id": "<img src=x onerror=a>", "track_id": "x"}
            pages.append(address(hostile_site, rule, "GET", values))
    seen = ""
    looked = 0
    for path in pages:
        answer = visitor.get(path)
        assert answer.status_code < 500, path
        if answer.mimetype == "text/html":
            reading = Reading()
            reading.feed(answer.get_data(as_text=True))
            assert reading.running == [], path
            seen += "\n".join(reading.shown)
            looked += 1
    assert looked > 15
    for name in NAMES[:6]:
        assert name in seen, name
    assert "{{ 7*7 }}${7*7}" in seen


def test_hostile_names_come_through_json_as_they_are(hostile_site: Any) -> None:
    visitor = hostile_site.browser("hostile")
    basket_of_hostile_names(visitor)
    answer = visitor.get("/api/v1/seeds")
    assert answer.mimetype == "application/json"
    titles = [seed["title"] for seed in answer.get_json()["seeds"]]
    assert titles == [hostile_track(number)["title"] for number in range(5)]


ODD_TEXTS = (
    "%00",
    "%ED%A0%80",
    "%F0%9F%8E%B8",
    "%E2%80%AE",
    "%22%3E%3Cscript%3E",
    "..%2F..%2Fetc%2Fpasswd",
    "9" * 400,
    "-1",
    "NaN",
    "1e309",
    "a" * 5000,
    "%0d%0aSet-Cookie:%20a=b",
)
QUERY_NAMES = (
    *("q", "tab", "span", "offset", "playlist", "next", "ask", "state", "code", "error", "days"),
    *("shelf", "sort", "sent", "variant"),
)


def test_no_query_breaks_a_page(make_site: Callable[..., Any]) -> None:
    site = make_site(demo=True)
    visitor = site.browser("rich")
    for rule in rules(site):
        if "GET" not in (rule.methods or ()) or rule.endpoint == "login.begin":
            continue
        path = address(site, rule, "GET", {})
        for number, odd in enumerate(ODD_TEXTS):
            if number % 6 != len(path) % 6 and rule.endpoint != "seeds.pick":
                continue  # each text meets some pages, and the richest page meets all
            names = "&".join(f"{name}={odd}&{name}=again" for name in QUERY_NAMES)
            answer = visitor.get(f"{path}?{names}")
            assert answer.status_code < 500, (path, odd)
            assert "a" not in answer.headers.get("Set-Cookie", "").partition("=")[0][:1]


@pytest.mark.parametrize("odd", ODD_TEXTS[:8])
def test_no_name_in_an_address_breaks_a_page(make_site: Callable[..., Any], odd: str) -> None:
    site = make_site(demo=True)
    visitor = site.browser("rich")
    for rule in rules(site):
        if rule.arguments and "GET" in (rule.methods or ()):
            path = re.sub(r"<[^>]+>", odd, rule.rule)
            assert visitor.get(path).status_code in {302, 400, 404, 405, 409, 422}, path


BODIES: tuple[bytes, ...] = (
    b"",
    b"{",
    b"null",
    b'{"unknown": 1}',
    b'{"start": NaN, "name": "\\ud800", "value": true, "playlist": null}',
    b'{"a": ' * 3000,
    b'{"name": "' + b"x" * 20_000 + b'"}',
    b"\xff\xfe\x00",
)


def test_no_body_breaks_a_call(make_site: Callable[..., Any]) -> None:
    site = make_site(demo=True)
    visitor = site.browser("rich")
    token = visitor.secret()
    asked = 0
    for rule in rules(site):
        for method in set(methods(rule)) - SAFE:
            path = address(site, rule, method, {})
            if rule.endpoint in {"account.delete", "login.logout", "operator.check"}:
                continue  # end the session, or ask Spotify
            for body in BODIES if path.startswith("/api/") else BODIES[2:5]:
                kind = "application/json" if path.startswith("/api/") else _FORM
                headers = {"X-CSRFToken": token}
                answer = visitor.send(method, path, data=body, content_type=kind, headers=headers)
                assert answer.status_code < 500, (method, path, body[:40], answer.data[:300])
                asked += 1
    assert asked > 100


_FORM = "application/x-www-form-urlencoded"


def test_more_than_a_megabyte_is_refused_where_no_file_is_brought(site: Any) -> None:
    visitor = site.browser("rich")
    token = visitor.secret()
    for path in ("/api/v1/seeds", "/api/v1/heard", "/seeds/paste", "/make"):
        kind = "application/json" if path.startswith("/api/") else _FORM
        answer = visitor.send(
            "POST",
            path,
            data=b"x=" + b"y" * 1_100_000,
            content_type=kind,
            headers={"X-CSRFToken": token},
        )
        assert (path, answer.status_code) == (path, 413)


def test_a_stranger_cannot_fill_the_database_with_sessions(site: Any) -> None:
    from webapp.routes.access import PUBLIC
    from webapp.security.rate_limits import LIMITS

    # These keep nothing of whoever asks.
    alike = {
        *("assets.serve", "healthz", "language.choose"),
        *("landing.favicon", "landing.home", "landing.privacy"),
    }
    unlimited = []
    for endpoint in PUBLIC - alike:
        limit = LIMITS.get(endpoint)
        if limit is None or limit.by != "address":
            unlimited.append(endpoint)
    assert unlimited == []


def test_logins_logouts_and_denials_are_in_the_log_without_names(
    site: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        visitor = site.browser()
        visitor.log_in("rich")
        visitor.get("/operator")
        visitor.get("/p/ffffffffffffffffffffffffffffffff")
        visitor.post("/logout")
        site.browser().get("/callback?state=wrong&code=secret-code-of-spotify")
    told = "\n".join(record.getMessage() for record in caplog.records)
    for words in ("has logged in", "is no operator", "playlist.unknown", "has logged out"):
        assert words in told
    assert "login.state_invalid" in told
    assert "Robin" not in told
    assert "secret-code" not in told


def test_a_forged_form_of_another_session_is_refused(site: Any) -> None:
    ada, bob = site.browser("rich"), site.browser("second")
    theirs = ada.secret()
    assert theirs != secret(bob)
    answer = bob.send("POST", "/seeds/plain", data={"csrf_token": theirs})
    assert answer.status_code == 400


def test_answers_hold_what_their_schema_names_and_nothing_of_spotifys_tokens(site: Any) -> None:
    visitor = site.browser("rich")
    visitor.add(1)
    playlist = visitor.make()
    told = visitor.get(f"/api/v1/playlists/{playlist}").get_json()
    assert "user_id" not in json.dumps(told)
    for token in site.spotify.tokens():
        assert token not in json.dumps(told)


def test_a_page_of_failure_that_fails_itself_is_told_in_plain_text_with_every_header(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the secret recipe")

    monkeypatch.setattr("webapp.error_pages.render_template", broken)
    answer = site.browser().get("/no/such/page")
    assert (answer.status_code, answer.mimetype) == (404, "text/plain")
    assert "There is nothing here" in answer.get_data(as_text=True)
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "recipe" not in answer.get_data(as_text=True)

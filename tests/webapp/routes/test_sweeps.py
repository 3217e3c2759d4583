"""Sweeps over every route there is. A new route that nobody has classified fails here.

Who may use a route is in `webapp.routes.access.PUBLIC`, in the decorator `operator_required`, or it
is for everybody who is logged in. Whose object it is about is told by the names of its arguments.
"""

from __future__ import annotations

import io
import re
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from webapp.routes.access import PUBLIC
from webapp.security.headers import SANDBOX, content_security_policy
from webapp.security.player_page import player_page_headers

SAFE = {"GET", "HEAD", "OPTIONS"}

OWNED = {"playlist_id", "job_id", "upload_id"}
"""Arguments that name something of somebody's: to everybody else it is not there."""

INSIDE = {"track_id"}
"""Arguments that name a part of an owned thing, which the same route names too."""

NOBODYS = {
    "version": "of the static files",
    "name": "of a static file, a sound of the listening test, a format, or a language",
    "form": "a format; the sound is that of the browser's own box",
    "key": "a track, in the basket of the one who asks",
    "message_id": "operators only",
    "token": "the unguessable link to a playlist, given away by its owner and revocable",
}

BODIES: dict[str, dict[str, Any]] = {
    "listening.move": {"json": {"start": 1.0}},
    "api.save": {"json": {"name": "x"}},
    "feedback.rate": {"json": {"value": 3}},
    "feedback.take_back": {"json": {}},
    "uploads_api.pick": {"json": {"picked": True}},
    "uploads_api.move": {"json": {"start": 1.0}},
    "playlists.save": {"data": {"name": "x"}},
    "takealong.rename": {"data": {"title": "mine now"}},
    "spotify_player.play": {"json": {"device": "x" * 20, "track": "x"}},
}
"""What a route needs to be asked with, so that it is not refused for that."""

BY_FORM = {
    "account.end_session",
    "api.add_seed",
    "api.mark_seed",
    "api.remove_seed",
    "bring.add",
    "feedback.happened",
    "feedback.remove_thumb",
    "listening.heard",
    "listening_test.vote",
    "seeds.add",
    "seeds.less",
    "seeds.remove",
    "uploads.hear_again",
    "uploads.move",
    "uploads.remove",
}
"""Routes that name something in a form or a body: looked for among the asker's own things alone."""

NAMES_NOTHING = {
    "account.delete",
    "account.disconnect",
    "api.keep_shape",
    "bring.read",
    "feedback.send",
    "listening.share",
    "login.logout",
    "playlists.make",
    "seeds.paste",
    "seeds.plain",
    "seeds.preset",
    "spotify_player.token",
    "takealong.empty",
    "uploads.ask_format",
    "uploads.mix",
    "uploads.send",
    "uploads_api.mix",
    "uploads_api.mix_format",
    "uploads_api.remove_all",
}
"""Routes that change something of the asker's, and name nothing at all."""

PICTURES = {
    *("sound.cover", "takealong.cover", "takealong.cover_picture"),
    *("share.cover", "share.cover_picture"),
}
"""Pictures whose address names their content: the reader's own browser may keep them."""

OWN_POLICIES = {
    "spotify_player.show": "Spotify's script, on its page alone",
    "uploads.highlight": "a file: sandboxed",
    "uploads.mix_sound": "a file: sandboxed",
}


def rules(site: Any) -> Iterator[Rule]:
    return (rule for rule in site.app.url_map.iter_rules() if not rule.websocket)


def kind(site: Any, rule: Rule) -> str:
    view = site.app.view_functions[rule.endpoint]
    if getattr(view, "operators_only", False):
        return "operator"
    return "public" if rule.endpoint in PUBLIC else "user"


def methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def address(site: Any, rule: Rule, method: str, values: dict[str, str]) -> str:
    given = {name: values.get(name, "f" * 32) for name in rule.arguments}
    adapter = site.app.url_map.bind("hooklist.test")
    return str(adapter.build(rule.endpoint, given, method=method))


def secret(visitor: Any) -> str:
    """Return what a stranger's forms carry."""
    page = visitor.get("/feedback").get_data(as_text=True)
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found.group(1)


def ask(visitor: Any, site: Any, rule: Rule, method: str, values: dict[str, str]) -> TestResponse:
    """Ask as a page of ours would, secret included."""
    path = address(site, rule, method, values)
    if method in SAFE:
        return visitor.get(path)
    more = dict(BODIES.get(rule.endpoint, {}))
    if not more:
        more = {"json": {}} if path.startswith("/api/") else {"data": {}}
    token = secret(visitor)
    answer: TestResponse = visitor.send(method, path, headers={"X-CSRFToken": token}, **more)
    return answer


def short_wav() -> bytes:
    memory = io.BytesIO()
    with wave.open(memory, "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        out.writeframes(b"\1\2" * 8000)
    return memory.getvalue()


@dataclass
class Belongings:
    """Somebody, and one of each thing that may be theirs."""

    visitor: Any
    values: dict[str, str]

    def rows(self, site: Any) -> list[str]:
        """Return every row that names them or something of theirs."""
        marks = {self.values["user_id"], *(self.values[name] for name in OWNED)}
        found = []
        with site.services.engine.connect() as connection:
            tables = connection.execute(
                text("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            ).scalars()
            for table in tables:
                for row in connection.execute(text(f'SELECT * FROM "{table}"')):
                    if any(mark in repr(row) for mark in marks):
                        found.append(f"{table} {row!r}")
        return sorted(found)


@pytest.fixture
def owner(site: Any) -> Belongings:
    visitor = site.browser("rich")
    visitor.add(1)
    playlist = visitor.make()
    upload = "a" * 32
    answer = visitor.send(
        "PUT",
        f"/api/v1/uploads/{upload}?name=mine.wav",
        data=short_wav(),
        content_type="application/octet-stream",
        headers={"X-CSRFToken": visitor.secret()},
    )
    assert answer.status_code == 201, answer.get_data(as_text=True)
    with site.services.engine.connect() as connection:
        user = str(connection.execute(text('SELECT id FROM "user"')).scalar_one())
        job = str(connection.execute(text("SELECT id FROM job LIMIT 1")).scalar_one())
    track = site.services.playlists.get(playlist, user).tracks[0]["id"]
    values = {"playlist_id": playlist, "job_id": job, "upload_id": upload, "track_id": track}
    return Belongings(visitor, {**values, "user_id": user})


def test_every_argument_of_every_route_is_classified(site: Any) -> None:
    known = OWNED | INSIDE | set(NOBODYS)
    unknown = {
        f"{rule.endpoint}: {name}"
        for rule in rules(site)
        for name in rule.arguments
        if name not in known
    }
    assert unknown == set()
    loose = [r.endpoint for r in rules(site) if r.arguments & INSIDE and not r.arguments & OWNED]
    assert loose == []


def test_every_route_but_the_public_ones_refuses_strangers_whatever_the_method(site: Any) -> None:
    stranger = site.browser()
    for rule in rules(site):
        if kind(site, rule) == "public":
            continue
        for method in methods(rule):
            answer = ask(stranger, site, rule, method, {})
            assert (rule.endpoint, method, answer.status_code) == (rule.endpoint, method, 401)


def test_the_operators_routes_are_not_there_for_other_users(site: Any) -> None:
    visitor = site.browser("rich")
    found = [rule for rule in rules(site) if kind(site, rule) == "operator"]
    assert len(found) >= 4
    assert all(rule.rule.startswith("/operator") for rule in found)
    assert [r for r in rules(site) if r.rule.startswith("/operator") and r not in found] == []
    for rule in found:
        for method in methods(rule):
            answer = ask(visitor, site, rule, method, {})
            assert (rule.endpoint, method, answer.status_code) == (rule.endpoint, method, 404)


def test_what_is_somebody_elses_is_not_there_whatever_is_asked(
    site: Any, owner: Belongings
) -> None:
    other = site.browser("second")
    before = owner.rows(site)
    assert len(before) > 4
    asked = 0
    for rule in rules(site):
        if not rule.arguments & OWNED or kind(site, rule) == "operator":
            continue
        for method in methods(rule):
            if rule.endpoint == "uploads_api.receive":
                continue  # draws an id of its own: see the next test
            answer = ask(other, site, rule, method, owner.values)
            assert (rule.endpoint, method, answer.status_code) == (rule.endpoint, method, 404)
            asked += 1
    assert asked > 20
    assert owner.rows(site) == before


def test_what_a_form_names_is_looked_for_among_ones_own_things(
    site: Any, owner: Belongings
) -> None:
    handle = _handle(site, owner.values["user_id"])
    forms = {
        "/account/sessions/end": {"handle": handle},
        "/thumbs/remove": {"track": owner.values["track_id"]},
        "/uploads/remove": {"upload": owner.values["upload_id"], "id": owner.values["upload_id"]},
        "/uploads/hear": {"upload": owner.values["upload_id"], "id": owner.values["upload_id"]},
        "/uploads/highlight": {"upload": owner.values["upload_id"], "start": "0:00"},
        "/seeds/remove": {"spotify_id": "0" * 22},
    }
    other = site.browser("second")
    before = owner.rows(site)
    for path, form in forms.items():
        answer = other.post(path, form)
        assert (path, answer.status_code) in {(path, status) for status in (303, 404, 409, 422)}
    body = {"data": short_wav(), "headers": {"X-CSRFToken": other.secret()}}
    heard = {"playlist": owner.values["playlist_id"], "trailer": "x", "spans": [[0, 1]]}
    assert other.call("POST", "/api/v1/heard", heard).status_code in {204, 404, 422}
    # The id is drawn by the sender: the same one in another box is another file.
    other.send("PUT", f"/api/v1/uploads/{owner.values['upload_id']}?name=theirs.wav", **body)
    assert set(owner.rows(site)) >= set(before)
    assert owner.visitor.get("/account").status_code == 200


def _handle(site: Any, user_id: str) -> str:
    with site.services.engine.connect() as connection:
        query = text("SELECT handle FROM session WHERE user_id = :user")
        return str(connection.execute(query, {"user": user_id}).scalar_one())


def test_every_route_that_names_nothing_in_its_address_is_classified(site: Any) -> None:
    found = {
        rule.endpoint
        for rule in rules(site)
        if set(methods(rule)) - SAFE
        and not rule.arguments & OWNED
        and kind(site, rule) != "operator"
    }
    assert found - BY_FORM - NAMES_NOTHING == set()


def policy_of(site: Any, endpoint: str, answer: TestResponse) -> set[str]:
    usual = content_security_policy(site.services.settings)
    if answer.status_code >= 400 or endpoint not in OWN_POLICIES:
        return {usual}
    player = player_page_headers(site.services.settings)["Content-Security-Policy"]
    return {usual, SANDBOX, player}


def test_every_answer_of_every_route_carries_every_header(site: Any, owner: Belongings) -> None:
    for visitor, kinds in ((owner.visitor, "GET HEAD TRACE POST"), (site.browser(), "GET")):
        for rule in rules(site):
            for method in kinds.split():
                if rule.endpoint == "login.begin" and method == "GET":
                    continue  # once is enough, and limited
                path = address(site, rule, methods(rule)[0], owner.values)
                answer = visitor.client.open(path, method=method, base_url="https://hooklist.test")
                check_headers(site, rule.endpoint, f"{method} {path}", answer)


def check_headers(site: Any, endpoint: str, what: str, answer: TestResponse) -> None:
    headers = answer.headers
    policies = headers.getlist("Content-Security-Policy")
    assert len(policies) == 1, what
    assert policies[0] in policy_of(site, endpoint, answer), what
    assert headers.getlist("X-Content-Type-Options") == ["nosniff"], what
    assert headers["X-Frame-Options"] == "DENY", what
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains", what
    assert "Access-Control-Allow-Origin" not in headers, what
    if endpoint == "assets.serve":
        return  # its address changes with its content
    if endpoint in PICTURES and answer.status_code < 400:
        assert headers["Cache-Control"].startswith("private, "), what
        return
    assert headers["Cache-Control"] == "no-store", what


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "CONNECT", "BREW"])
def test_a_method_that_nobody_meant_is_refused_everywhere(
    site: Any, owner: Belongings, method: str
) -> None:
    token = owner.visitor.secret()
    for rule in rules(site):
        path = address(site, rule, methods(rule)[0], owner.values)
        answer = owner.visitor.send(method, path, headers={"X-CSRFToken": token})
        assert (path, answer.status_code) == (path, 405)
        assert set(answer.headers["Allow"].split(", ")) >= set(methods(rule))


WRITING_READS = {
    "login.begin": "the one-time state of a login, bound to this browser's session, has to be kept",
    "login.callback": "Spotify leads back with a GET; it works once, with that state alone",
}


def test_looking_at_anything_changes_nothing(
    make_site: Callable[..., Any],
) -> None:
    site = make_site(demo=True)  # everybody is an operator: their pages are looked at, too
    visitor = site.browser("rich")
    visitor.add(1)
    playlist = visitor.make()
    visitor.get("/seeds")  # the profile is asked for once
    visitor.get("/uploads")
    values = {"playlist_id": playlist, "job_id": "f" * 32, "track_id": "row-1"}
    site.services.tallies.flush()
    before = everything(site)
    for rule in rules(site):
        if "GET" not in (rule.methods or ()) or rule.endpoint in WRITING_READS:
            continue
        path = address(site, rule, "GET", values)
        for method in ("GET", "HEAD", "OPTIONS"):
            answer = visitor.client.open(path, method=method, base_url="https://hooklist.test")
            assert answer.status_code < 500, path
    site.services.tallies.flush()
    assert everything(site) == before


def everything(site: Any) -> list[str]:
    with site.services.engine.connect() as connection:
        tables = connection.execute(
            text("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        ).scalars()
        return [
            f"{table} {row!r}"
            for table in tables
            for row in sorted(map(repr, connection.execute(text(f'SELECT * FROM "{table}"'))))
        ]


def test_a_stranger_who_looks_leaves_nothing_but_the_secret_of_a_form(site: Any) -> None:
    stranger = site.browser()
    before = everything(site)
    for rule in rules(site):
        reads = "GET" in (rule.methods or ()) and rule.endpoint not in WRITING_READS
        if reads and kind(site, rule) != "public":
            stranger.get(address(site, rule, "GET", {}))
    for path in ("/", "/privacy", "/healthz", "/nothing"):
        stranger.get(path)
    assert everything(site) == before


def test_ids_cannot_be_guessed(site: Any, owner: Belongings) -> None:
    for name in ("playlist_id", "job_id", "user_id"):
        assert re.fullmatch(r"[0-9a-f]{32}", owner.values[name])
    cookie = owner.visitor.cookie()
    assert re.fullmatch(r"[\w-]{43}", cookie)

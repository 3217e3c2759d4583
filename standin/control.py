"""The control interface: lets a test script faults and look behind the curtain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from standin.faults import Faults, parse_fault
from standin.identifiers import base62
from standin.people import Person
from standin.playlists import Playlist, drawn, make_playlist
from standin.request_log import RequestLog
from standin.routing import Found, Routes
from standin.wire import Request, Response, json_response
from standin.world import World

PREFIX = "/_control/"
_MAX_PLAYLISTS = 1000

_Handler: TypeAlias = Callable[[Request, Mapping[str, str], dict[str, Any]], dict[str, Any]]


class Control:
    """Answers everything under ``/_control/``; exists only with the option ``--control``."""

    def __init__(self, world: World, faults: Faults, log: RequestLog) -> None:
        self._world = world
        self._faults = faults
        self._log = log
        self._routes: Routes[_Handler] = Routes()
        for method, path, handler in (
            ("GET", "faults", self._list_faults),
            ("POST", "faults", self._add_fault),
            ("DELETE", "faults", self._clear_faults),
            ("GET", "hits", self._hits),
            ("GET", "requests", self._requests),
            ("DELETE", "requests", self._clear_requests),
            ("POST", "revoke", self._revoke),
            ("POST", "expire", self._expire),
            ("POST", "clock", self._clock),
            ("POST", "switches", self._switches),
            ("GET", "people/{person}/playlists", self._playlists),
            ("POST", "people/{person}/playlists", self._add_playlists),
            ("GET", "tokens", self._tokens),
            ("POST", "reset", self._reset),
        ):
            self._routes.add(method, PREFIX + path, handler)

    def answer(self, request: Request) -> Response:
        """Answer one call: 200 with JSON, or 400/404 with ``{"error": …}``."""
        found = self._routes.find(request.method, request.path)
        if not isinstance(found, Found):
            return json_response({"error": f"no control call {request.method} {request.path}"}, 404)
        # A web page elsewhere can send a form here, but not JSON.
        kind = request.headers.get("content-type", "")
        if request.method != "GET" and not kind.startswith("application/json"):
            return json_response({"error": "send application/json"}, 415)
        try:
            body = request.json() or {}
            if not isinstance(body, dict):
                raise ValueError("the body must be a JSON object")
            with self._world.lock:
                return json_response(found.handler(request, found.parts, body))
        except ValueError as error:
            return json_response({"error": str(error)}, 400)

    def _list_faults(
        self, _: Request, __: Mapping[str, str], ___: dict[str, Any]
    ) -> dict[str, Any]:
        return {"faults": self._faults.listed()}

    def _add_fault(self, _: Request, __: Mapping[str, str], body: dict[str, Any]) -> dict[str, Any]:
        return {"fault": self._faults.add(parse_fault(body))}

    def _clear_faults(
        self, _: Request, __: Mapping[str, str], ___: dict[str, Any]
    ) -> dict[str, Any]:
        self._faults.clear()
        return {}

    def _hits(self, request: Request, _: Mapping[str, str], __: dict[str, Any]) -> dict[str, Any]:
        return {"count": self._log.count(*_pattern(request)), "counts": self._log.counts()}

    def _requests(
        self, request: Request, _: Mapping[str, str], __: dict[str, Any]
    ) -> dict[str, Any]:
        return {"requests": self._log.listed(*_pattern(request))}

    def _clear_requests(
        self, _: Request, __: Mapping[str, str], ___: dict[str, Any]
    ) -> dict[str, Any]:
        self._log.clear()
        return {}

    def _revoke(self, _: Request, __: Mapping[str, str], body: dict[str, Any]) -> dict[str, Any]:
        return {"revoked": self._world.grants.revoke(self._person(body.get("person")).key)}

    def _expire(self, _: Request, __: Mapping[str, str], body: dict[str, Any]) -> dict[str, Any]:
        person = body.get("person")
        key = None if person is None else self._person(person).key
        return {"expired": self._world.grants.expire(key)}

    def _clock(self, _: Request, __: Mapping[str, str], body: dict[str, Any]) -> dict[str, Any]:
        seconds = body.get("advance", 0)
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or seconds < 0:
            raise ValueError("advance must be seconds, 0 or more")
        if self._world.clock.offset + seconds > 100 * 366 * 86_400:
            raise ValueError("the clock goes a hundred years ahead at most")
        self._world.advance(float(seconds))
        return {"now": self._world.clock.now()}

    def _switches(self, _: Request, __: Mapping[str, str], body: dict[str, Any]) -> dict[str, Any]:
        return {"switches": vars(self._world.set_switches(body))}

    def _playlists(
        self, _: Request, parts: Mapping[str, str], __: dict[str, Any]
    ) -> dict[str, Any]:
        person = self._person(parts["person"])
        return {"playlists": [_dump(item) for item in self._world.followed_by(person)]}

    def _add_playlists(
        self, _: Request, parts: Mapping[str, str], body: dict[str, Any]
    ) -> dict[str, Any]:
        person = self._person(parts["person"])
        count, size = body.get("count", 1), body.get("tracks", 3)
        if type(count) is not int or type(size) is not int or not 0 <= count <= _MAX_PLAYLISTS:
            raise ValueError(f"count must be 0 to {_MAX_PLAYLISTS}, tracks a whole number")
        pool = drawn(self._world.library.tracks, "added", person.key)
        if not 0 <= size <= len(pool):
            raise ValueError(f"tracks must be 0 to {len(pool)}")
        now, known = self._world.clock.now(), len(self._world.playlists)
        made = [
            make_playlist(
                base62("added", person.key, known + number),
                f"More {known + number}",
                person.key,
                pool[:size],
                now,
            )
            for number in range(count)
        ]
        with self._world.state.together():
            for playlist in made:
                self._world.keep(playlist)
        return {"ids": [playlist.id for playlist in made]}

    def _tokens(self, _: Request, __: Mapping[str, str], ___: dict[str, Any]) -> dict[str, Any]:
        return {"tokens": self._world.grants.secrets()}

    def _reset(self, _: Request, __: Mapping[str, str], ___: dict[str, Any]) -> dict[str, Any]:
        self._faults.clear()
        self._log.clear()
        self._world.reset()
        return {}

    def _person(self, key: object) -> Person:
        person = self._world.person(key) if isinstance(key, str) else None
        if person is None:
            raise ValueError(f"there is no person {key!r}")
        return person


def _pattern(request: Request) -> tuple[str, str]:
    return request.arg("method") or "*", request.arg("path") or "*"


def _dump(playlist: Playlist) -> dict[str, Any]:
    return {
        "id": playlist.id,
        "name": playlist.name,
        "description": playlist.description,
        "public": playlist.public,
        "collaborative": playlist.collaborative,
        "owner": playlist.owner,
        "snapshot_id": playlist.snapshot_id,
        "uris": [entry.uri or None for entry in playlist.entries],
        "created_here": not playlist.given,
        "image": playlist.image,
    }

"""The Web API as one function from a request to a response."""

from __future__ import annotations

import re

from standin.routing import Found
from standin.webapi import catalogue, items, listener, player, playlists, sdk_device
from standin.webapi.access import ApiRoutes, admit
from standin.webapi.failures import ApiError, api_error, forbidden, not_found
from standin.webapi.objects import Objects
from standin.webapi.removed import removed_calls
from standin.wire import Request, Response
from standin.world import World

_OLD_ITEMS = re.compile(r"(/v1/playlists/[^/]+)/tracks")


class WebApi:
    """Answers everything under ``/v1``.

    Parameters
    ----------
    world
        What there is; its lock is held during a call.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._objects = Objects(world.origin)
        self._routes = ApiRoutes()
        # Fixed paths before those with a part: /me/player/play before /me/player/{way}.
        for area in (listener, playlists, items, catalogue, sdk_device, player):
            area.register(self._routes)
        self._removed = removed_calls()

    def answer(self, request: Request) -> Response:
        """Answer one call."""
        path = request.path.rstrip("/")
        try:
            with self._world.lock:
                return self._answer(request, path)
        except ApiError as error:
            return error.response

    def _answer(self, request: Request, path: str) -> Response:
        if self._world.switches.old_names:
            # Apps from before February 2026 keep the old path along with the old names.
            path = _OLD_ITEMS.sub(r"\1/items", path)
        found = self._routes.find(request.method, path)
        parts = found.parts if isinstance(found, Found) else {}
        visit = admit(self._world, self._objects, request, parts)
        if isinstance(found, Found):
            return found.handler(visit)
        removed = self._removed.find(request.method, path)
        if isinstance(removed, Found):
            raise not_found() if removed.handler == 404 else forbidden()
        if found is None:
            raise not_found("Service not found")
        raise api_error(405, "Method not allowed", ("Allow", ", ".join(sorted(found))))

"""Who is calling, and whether they may: the checks before every Web API call."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from standin.people import Person
from standin.routing import Routes
from standin.webapi.failures import (
    api_error,
    bad_request,
    bad_token,
    forbidden,
    not_registered,
    too_many,
)
from standin.webapi.objects import Objects
from standin.wire import Request, Response
from standin.world import World

RATE_WINDOW = 30.0
QUOTA_WINDOW = 86_400.0


@dataclass(frozen=True)
class Visit:
    """One admitted call."""

    world: World
    objects: Objects
    request: Request
    parts: Mapping[str, str]
    person: Person
    scopes: frozenset[str]

    def require(self, *scopes: str) -> None:
        """Insist on one of `scopes`."""
        if not self.scopes.intersection(scopes):
            raise forbidden("Insufficient client scope")

    def json_body(self) -> Any:
        """Return the body's JSON; 400 if it is none."""
        try:
            return self.request.json()
        except ValueError as error:
            raise bad_request("Error parsing JSON.") from error

    def json_object(self) -> dict[str, Any]:
        """Return the body's JSON object; an empty body counts as an empty one."""
        body = self.json_body()
        if body is None:
            return {}
        if not isinstance(body, dict):
            raise bad_request("Error parsing JSON.")
        return body


ApiHandler: TypeAlias = Callable[[Visit], Response]
ApiRoutes: TypeAlias = Routes[ApiHandler]


def caller_of(world: World, request: Request) -> str | None:
    """Return the key of the person whose live token a request carries, if any."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    access = world.grants.find_access(value.strip()) if scheme.lower() == "bearer" else None
    return access.person if access else None


def admit(world: World, objects: Objects, request: Request, parts: Mapping[str, str]) -> Visit:
    """Check token, app, person and limits, in the order Spotify does.

    Raises
    ------
    ApiError
        401, 403 or 429.
    """
    header = request.headers.get("authorization", "")
    if not header:
        raise bad_token("missing_token")
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "bearer":
        raise api_error(400, "Only valid bearer authentication supported")
    access = world.grants.find_access(value.strip())
    if access is None:
        raise bad_token("invalid_token")
    person = world.person(access.person)
    if person is None:
        raise bad_token("invalid_token")
    if not world.switches.owner_premium:
        raise forbidden("Active premium subscription required for the owner of the app.")
    if not person.allow_listed:
        raise not_registered()
    _count_call(world)
    return Visit(world, objects, request, parts, person, frozenset(access.scopes))


def _count_call(world: World) -> None:
    now, switches = world.clock.now(), world.switches
    if switches.rate_limit is None and switches.quota is None:
        return
    calls = world.calls
    while calls and calls[0] <= now - QUOTA_WINDOW:
        calls.popleft()
    if switches.quota is not None and len(calls) >= switches.quota:
        oldest = calls[0] if calls else now
        raise too_many(math.ceil(oldest + QUOTA_WINDOW - now), quota=True)
    recent = [at for at in calls if at > now - RATE_WINDOW]
    if switches.rate_limit is not None and len(recent) >= switches.rate_limit:
        oldest = recent[0] if recent else now
        raise too_many(max(1, math.ceil(oldest + RATE_WINDOW - now)), quota=False)
    calls.append(now)

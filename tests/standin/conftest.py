"""Stand-ins to test, and a plain HTTP client that hides nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import requests

from standin.harness import ALL_SCOPES, Standin


@pytest.fixture
def spotify() -> Iterator[Standin]:
    """Give a fresh stand-in with the sample library, in threads of this process."""
    with Standin.thread() as running:
        yield running


class Api:
    """Calls the Web API with one person's token."""

    def __init__(self, base: str, token: str) -> None:
        self.base = base
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"

    def __call__(self, method: str, path: str, **more: object) -> requests.Response:
        url = path if path.startswith("http") else f"{self.base}/{path.lstrip('/')}"
        return self.session.request(method, url, timeout=10, **more)  # type: ignore[arg-type]

    def get(self, path: str, **params: object) -> requests.Response:
        return self("GET", path, params=params)


ApiOf = Callable[..., Api]


@pytest.fixture
def api(spotify: Standin) -> Iterator[ApiOf]:
    """Log people in: ``api("rich")``, ``api("rich", "user-top-read")``."""
    opened: list[Api] = []

    def log_in(person: str, scopes: str = ALL_SCOPES) -> Api:
        opened.append(Api(spotify.api_url, spotify.grant(person, scopes)["access_token"]))
        return opened[-1]

    yield log_in
    for one in opened:
        one.session.close()

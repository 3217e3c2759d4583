"""The basket of seeds, kept in the session on the server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from webapp.security.sessions import browser_session
from webapp.services.seeds import Seed

KEY = "basket"

Basket = tuple[Seed, ...]


def basket() -> Basket:
    """Return the seeds of this browser, in the order they were added."""
    return _read(browser_session().get(KEY))


def change_basket(change: Callable[[Basket], Basket]) -> Basket:
    """Replace the basket by ``change(basket)``; quick clicks do not lose each other's seeds.

    Raises
    ------
    InvalidRequest
        From `change`.
    webapp.store.errors.SessionUnknown
        If the session has ended.
    """

    def within(kept: Any) -> list[dict[str, Any]]:
        return [seed.to_data() for seed in change(_read(kept))]

    return _read(browser_session().change(KEY, within))


def _read(kept: Any) -> Basket:
    if not isinstance(kept, list):
        return ()
    try:
        return tuple(Seed.from_data(seed) for seed in kept)
    except (KeyError, TypeError):  # kept by a release that wrote it otherwise
        return ()

"""The basket of seeds, kept with the account: it outlives a session that ends mid-work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from webapp.routes.draft import change_draft, draft
from webapp.services.seeds import Seed, without_seed

KEY = "basket"
LESS_KEY = "basket_less"

Basket = tuple[Seed, ...]


def basket() -> Basket:
    """Return the seeds of the user, in the order they were added."""
    return _read(draft(KEY))


def change_basket(change: Callable[[Basket], Basket]) -> Basket:
    """Replace the basket by ``change(basket)``; quick clicks do not lose each other's seeds.

    Raises
    ------
    InvalidRequest
        From `change`.
    """

    def within(kept: Any) -> list[dict[str, Any]]:
        return [seed.to_data() for seed in change(_read(kept))]

    return _read(change_draft(KEY, within))


def take_out(key: str) -> None:
    """Take a seed out of the basket with its mark; one that is not in it is out of it already."""
    change_basket(lambda kept: without_seed(kept, key))
    if draft(LESS_KEY):
        mark_less(key, less=False)


def less_like() -> frozenset[str]:
    """Return the keys of those seeds in the basket that are marked "less like this"."""
    marked = draft(LESS_KEY)
    here = {seed.key for seed in basket()}
    return frozenset(here & set(marked)) if isinstance(marked, list) else frozenset()


def mark_less(key: str, *, less: bool) -> None:
    """Mark a seed of the basket as one to keep away from, or take the mark away."""
    here = {seed.key for seed in basket()}

    def within(kept: Any) -> list[str]:
        marked = here & set(kept if isinstance(kept, list) else ())
        return sorted(marked | {key} & here if less else marked - {key})

    change_draft(LESS_KEY, within)


def _read(kept: Any) -> Basket:
    if not isinstance(kept, list):
        return ()
    try:
        return tuple(Seed.from_data(seed) for seed in kept)
    except (KeyError, TypeError):  # kept by a release that wrote it otherwise
        return ()

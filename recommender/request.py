"""What is asked of the recommender, checked."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recommender.errors import BadRequest, NoSeeds

if TYPE_CHECKING:
    from recommender.wishes import Wishes

MAX_SEEDS = 10_000


@dataclass(frozen=True)
class Request:
    """Wishes whose ids have been resolved to rows of one catalogue.

    Attributes
    ----------
    wishes
        What is wished.
    seeds
        Rows of the seeds and of what there should be more of, each once.
    way
        Rows of the seeds alone, in their order: the corners of a bridge.
    less
        Rows to keep away from.
    barred
        Rows that may not come.
    barred_artists
        Codes of artists of whom nothing may come.
    taken
        Songs that may not come, in any version.
    kept
        Place → row that stands there.
    lasting
        Seconds that a track may last, when its time is all that is left open; None for any.
    """

    wishes: Wishes
    seeds: tuple[int, ...]
    way: tuple[int, ...] = ()
    less: tuple[int, ...] = ()
    barred: frozenset[int] = frozenset()
    barred_artists: frozenset[int] = frozenset()
    taken: frozenset[Hashable] = frozenset()
    kept: Mapping[int, int] = field(default_factory=dict, hash=False)
    lasting: tuple[float, float] | None = None


def checked_ids(seed_ids: Iterable[str]) -> list[str]:
    """Return the ids, each once; raise `NoSeeds` or `BadRequest` if that is no list of them."""
    if isinstance(seed_ids, str):
        raise BadRequest("Seeds must be a list of ids", which=seed_ids[:100])
    ids: dict[str, None] = {}
    for track_id in seed_ids:
        if not isinstance(track_id, str):
            raise BadRequest(
                "A seed must be an id", which=repr(track_id)[:100], next_step="give ids as text"
            )
        if track_id.strip():
            ids.setdefault(track_id.strip())
        if len(ids) > MAX_SEEDS:
            raise BadRequest(
                "There are too many seeds", why=f"more than {MAX_SEEDS}", next_step="give fewer"
            )
    if not ids:
        raise NoSeeds(
            "A playlist needs at least one seed", next_step="pick one to ten tracks as seeds"
        )
    return list(ids)


def check_range(name: str, value: object, low: int, high: int) -> None:
    """Raise `BadRequest` unless the value is a whole number from `low` to `high`."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise BadRequest(
            "A number is out of range",
            which=f"{name}={value!r}"[:100],
            why=f"it must be a whole number from {low} to {high}",
        )

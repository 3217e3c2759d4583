"""What is asked of the recommender, checked."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from recommender.errors import BadRequest, NoSeeds

MAX_SEEDS = 10_000


@dataclass(frozen=True)
class Request:
    """A request whose every value has been checked and resolved to rows."""

    seeds: tuple[int, ...]
    length: int
    barred: frozenset[int]
    barred_artists: frozenset[int]
    cap: int | None
    gap: int
    titled_only: bool
    taken: frozenset[Hashable]
    artist_affinity: float
    songs_once: bool


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

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from itertools import combinations, permutations

import numpy as np
import pytest

from recommender.sequence import WINDOW, Pool, Shape
from recommender.sequence.spacing import artists_wanted
from recommender.sequence.terms import Terms, flow_over


def make_pool(seed, size, artists=None, songs=None, unknown=0.1, **given):
    """Return a pool drawn by chance; whatever is given stands instead."""
    chance = np.random.default_rng(seed)

    def seen(values):
        return np.where(chance.random(size) < unknown, np.nan, values).astype(np.float32)

    drawn = {
        "cost": np.sort(chance.uniform(0.2, 0.6, size)).astype(np.float32),
        "energy": seen(chance.random(size)),
        "tempo": seen(chance.uniform(60, 180, size)),
        "key": seen(chance.integers(0, 12, size)),
        "mode": seen(chance.integers(0, 2, size)),
        "seconds": seen(chance.uniform(120, 360, size)),
        "artists": artists if artists is not None else [(n,) for n in range(size)],
        "songs": songs if songs is not None else [()] * size,
    }
    return Pool(**{**drawn, **given})


def broken_rules(pool, order, spacing, kept=None):
    """Return what an order breaks, worked out anew and slowly."""
    kept = kept or {}
    broken = []
    if len(set(order)) != len(order):
        broken.append("a track twice")
    broken += [f"kept {place}" for place, track in kept.items() if order[place] != track]
    for one, other in combinations(range(len(order)), 2):
        if one in kept and other in kept:
            continue
        if set(pool.songs[order[one]]) & set(pool.songs[order[other]]):
            broken.append(f"a song twice at {one}, {other}")
        if other - one <= spacing.gap and set(pool.artists[order[one]]) & set(
            pool.artists[order[other]]
        ):
            broken.append(f"artists too close at {one}, {other}")
    if spacing.cap is not None:
        for start in range(max(len(order) - WINDOW, 0) + 1):
            here = range(start, min(start + WINDOW, len(order)))
            count = Counter(a for place in here for a in set(pool.artists[order[place]]))
            for artist, often in count.items():
                all_kept = all(p in kept for p in here if artist in pool.artists[order[p]])
                if often > spacing.cap and not all_kept:
                    broken.append(f"artist {artist} {often} times from {start}")
    return broken


def terms_of(pool, shape, places):
    return Terms(pool, places, shape.curve, flow_over(pool, shape.flow))


@lru_cache(maxsize=8)
def every_order(size, places):
    return np.array(list(permutations(range(size), places)), dtype=np.intp)


def cheapest_by_trying_all(pool, shape: Shape):
    """Return the least objective over all orders that keep every rule, None if there is none."""
    places, size = shape.length, len(pool)
    orders = every_order(size, places)
    terms = terms_of(pool, shape, places)
    total = terms.unary[np.arange(places), orders].sum(axis=1, dtype=np.float64)
    if terms.flow is not None:
        steps = np.stack([terms.flow.steps_from(track) for track in range(size)])
        total += steps[orders[:, :-1], orders[:, 1:]].sum(axis=1, dtype=np.float64)
    wanted = min(artists_wanted(places, shape.spacing.cap), len({a[0] for a in pool.artists if a}))
    for at in np.argsort(total, kind="stable"):
        order = orders[at].tolist()
        names = {pool.artists[t][0] if pool.artists[t] else ("none", t) for t in order}
        if len(names) >= wanted and not broken_rules(pool, order, shape.spacing, shape.kept):
            return float(total[at])
    return None


@pytest.fixture(scope="session")
def drawn():
    return make_pool


@pytest.fixture(scope="session")
def broken():
    return broken_rules


@pytest.fixture(scope="session")
def cheapest():
    return cheapest_by_trying_all

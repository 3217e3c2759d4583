"""From a pool and a shape to a playlist."""

from __future__ import annotations

from recommender.sequence.model import Arranged, Objective, Pool, Shape
from recommender.sequence.ranked import sequence


def arrange(pool: Pool, shape: Shape, *, time_limit: float = 0.25) -> Arranged:
    """Choose tracks of the pool and their order."""
    cost = pool.cost if pool.cost.ndim == 1 else pool.cost.mean(axis=0)
    found = sequence(
        cost.argsort(kind="stable").tolist(),
        shape.length or 30,
        shape.spacing,
        lambda at: pool.artists[at],
        lambda at: (("at", at), *pool.songs[at]),
    )
    return Arranged(found.rows, Objective(float(cost[list(found.rows)].sum())))

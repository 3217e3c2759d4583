"""The objective that an arrangement makes small, in median distances.

``E = Σ cost + CURVE_WEIGHT · Σ |energy − target| + FLOW_WEIGHT · flow · Σ roughness``
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recommender.sequence.flow import Flow
from recommender.sequence.model import (
    CURVE_WEIGHT,
    FLOW_WEIGHT,
    Curve,
    Floats,
    Objective,
    Pool,
)


class Terms:
    """The objective over a pool for so many places.

    Parameters
    ----------
    pool
        The P tracks.
    places
        How many are played.
    curve
        The energy wanted, or None.
    flow
        The transitions, made for the same pool, or None when they count nothing.

    Attributes
    ----------
    unary
        float32 (places, P): what a track costs at a place by itself.
    same_everywhere
        Whether that is the same at every place.
    flow
        As given.
    """

    def __init__(self, pool: Pool, places: int, curve: Curve | None, flow: Flow | None) -> None:
        self.flow = flow
        self.same_everywhere = curve is None and pool.cost.ndim == 1
        self._cost = _at_places(pool.cost, places)
        self._deviation: Floats | None = None
        self.unary = self._cost
        if curve is not None:
            self._deviation = _deviations(pool.energy, curve.targets(places))
            self.unary = self._cost + np.float32(CURVE_WEIGHT) * self._deviation
        self._energy_known = np.isfinite(pool.energy)

    def objective(self, order: Sequence[int]) -> Objective:
        """Return what an order of all places costs, term by term."""
        if not order:
            return Objective()
        places = np.arange(len(order))
        fit = float(self._cost[places, order].sum(dtype=np.float64))
        curve = flow = 0.0
        if self._deviation is not None:
            curve = CURVE_WEIGHT * float(self._deviation[places, order].sum(dtype=np.float64))
        if self.flow is not None:
            flow = float(self.flow.along(order).sum(dtype=np.float64))
        return Objective(fit, curve, flow)

    def mean_deviation(self, order: Sequence[int]) -> float:
        """Return how far from the curve the tracks of known energy are on average, 0 for none."""
        if self._deviation is None:
            return 0.0
        known = self._energy_known[list(order)]
        deviations = self._deviation[np.arange(len(order)), order][known]
        return float(deviations.mean()) if len(deviations) else 0.0


def flow_over(pool: Pool, flow: float) -> Flow | None:
    """Return the transitions of a pool at a flow of 0–1, None where they count nothing."""
    return Flow(pool.tempo, pool.key, pool.mode, FLOW_WEIGHT * flow) if flow > 0 else None


def _at_places(cost: Floats, places: int) -> Floats:
    """Return float32 (places, P), the rows spread evenly over the places if they differ."""
    if cost.ndim == 1:
        return np.broadcast_to(cost, (places, len(cost)))
    if len(cost) == places:
        return cost
    at = np.linspace(0.0, len(cost) - 1.0, places)
    low = np.minimum(at.astype(np.intp), max(len(cost) - 2, 0))
    high = np.minimum(low + 1, len(cost) - 1)
    part = (at - low).astype(np.float32)[:, None]
    spread: Floats = (1 - part) * cost[low] + part * cost[high]
    return spread


def _deviations(energy: Floats, targets: Floats) -> Floats:
    """Return |energy − target|, float32 (places, P); unknown is as far as the known on average."""
    unknown = ~np.isfinite(energy)
    deviations: Floats = np.abs(np.where(unknown, 0, energy)[None, :] - targets[:, None])
    if unknown.all():
        deviations[:] = 0
    elif unknown.any():
        deviations[:, unknown] = deviations[:, ~unknown].mean(axis=1)[:, None]
    return deviations.astype(np.float32, copy=False)

"""From picked rows to recommendations: each track with its nearest seed and what both share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from recommender.candidates import distances
from recommender.catalogue.schema import FEATURES, Track
from recommender.parts import Parts
from recommender.playlist import Reason, Recommended
from recommender.ranking import TasteCost
from recommender.reasons import shared_attributes
from recommender.request import Request
from recommender.tags import shared_tags

_PIECE = 256
_SEEDS_COMPARED = 50

Floats = np.ndarray[Any, np.dtype[np.float32]]


def explain(
    parts: Parts,
    request: Request,
    rows: Sequence[int],
    seeds: Sequence[int],
    vectors: Floats,
    tastes: Sequence[TasteCost],
) -> tuple[Recommended, ...]:
    """Return rows as tracks, each with the reason why it is here.

    Parameters
    ----------
    parts, request
        The catalogue and what was asked.
    rows
        What was picked, in playing order.
    seeds, vectors
        Those seeds that have vectors, and these, shape (s, d).
    tastes
        The groups the seeds fall into.
    """
    nearest = _nearest(parts, rows, vectors, tastes)
    seed_rows = sorted({seeds[seed] for seed, _, _ in nearest.values()})
    every = parts.catalogue.rows([*rows, *seed_rows])
    tracks, seed_of = every[: len(rows)], dict(zip(seed_rows, every[len(rows) :], strict=True))
    pairs = [(seed_of[seeds[seed]], tracks[at]) for at, (seed, _, _) in nearest.items()]
    shared = shared_attributes(
        parts.space,
        _numbers([seed for seed, _ in pairs]),
        _numbers([track for _, track in pairs]),
    )
    attributes = dict(zip(nearest, shared, strict=True))
    apart = np.array([near for _, near, _ in nearest.values()])
    percentiles = dict(zip(nearest, parts.space.percentile(apart).tolist(), strict=True))
    by_tags = (
        parts.catalogue.rows(request.seeds[:_SEEDS_COMPARED]) if len(nearest) < len(rows) else ()
    )
    explained = []
    for at, track in enumerate(tracks):
        if at not in nearest:
            explained.append(Recommended(track, 0.0, _tag_reason(by_tags, track)))
            continue
        which, _, blend = nearest[at]
        seed = seed_of[seeds[which]]
        told = attributes[at] or shared_tags(seed, track)
        reason = Reason(
            seed_id=seed.id,
            seed_title=seed.title,
            attributes=tuple(one.name for one in told),
            percentile=round(percentiles[at], 1),
            shared=told,
        )
        explained.append(Recommended(track, float(np.exp(-blend / parts.median)), reason))
    return tuple(explained)


def _nearest(
    parts: Parts, rows: Sequence[int], seeds: Floats, tastes: Sequence[TasteCost]
) -> dict[int, tuple[int, float, float]]:
    """Return per place the nearest seed, how far it is, and the distance blended with the taste's.

    Places whose row has no vector are left out.
    """
    if not len(seeds):
        return {}
    at, there = parts.positions_of(np.asarray(rows, dtype=np.int64))
    places = np.flatnonzero(there)
    nearest: dict[int, tuple[int, float, float]] = {}
    for start in range(0, len(places), _PIECE):
        piece = places[start : start + _PIECE]
        vectors = parts.vectors[at[piece]]
        to_seeds = distances(vectors, seeds, parts.index.metric)
        best = to_seeds.argmin(axis=1)
        blends = np.min([taste.blend(vectors) for taste in tastes], axis=0)
        near = to_seeds[np.arange(len(piece)), best]
        nearest.update(
            zip(
                piece.tolist(),
                zip(best.tolist(), near.tolist(), blends.tolist(), strict=True),
                strict=True,
            )
        )
    return nearest


def _numbers(tracks: Sequence[Track]) -> Floats:
    unknown = float("nan")
    values = [
        [unknown if (number := track.features[name]) is None else number for name in FEATURES]
        for track in tracks
    ]
    return np.array(values, dtype=np.float32).reshape(len(tracks), len(FEATURES))


def _tag_reason(seeds: Sequence[Track], track: Track) -> Reason:
    """Name the seed that shares most tags, among the first few."""
    shares = [shared_tags(seed, track) for seed in seeds]
    best = max(range(len(seeds)), key=lambda one: len(shares[one]))
    told = shares[best]
    return Reason(seeds[best].id, seeds[best].title, tuple(one.name for one in told), shared=told)

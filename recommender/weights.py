"""How much each thing counts in the ranking, in median distances of random tracks.

The cost of a candidate is its blended distance, less what nearness to the seeds' artists takes
off, plus `era` for years apart and `genre` for genres apart. A version of a catalogue carries its
own weights in its manifest where they were learned from playlists, and the defaults otherwise.

Era and genre count nothing unless learned or wished: where only some rows tell theirs, such a cost
falls on those that tell, and on listeners' playlists it found fewer tracks (docs/evaluation.md).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from recommender.errors import CatalogueCorrupt

ERA_YEARS = 20.0
"""So many years from the nearest seed's year cost the whole of `RankingWeights.era`."""


@dataclass(frozen=True)
class RankingWeights:
    """What counts how much.

    Attributes
    ----------
    artist_affinity
        How much nearer the seeds' own artists count, -10…10, in median distances.
    era
        Added for a track `ERA_YEARS` or more from the nearest seed's year, in proportion below;
        0…1, in median distances. An unknown year adds nothing.
    genre
        Added for a track of which no genre is a seed's, 0…1, in median distances; half a match
        adds half. An unknown genre adds nothing.
    centre
        Share of the distance to the seeds' centre in the blend, 0…1.
    """

    artist_affinity: float = 0.0
    era: float = 0.0
    genre: float = 0.0
    centre: float = 0.75

    def __post_init__(self) -> None:
        for name, (least, most) in RANGES.items():
            value = getattr(self, name)
            if not (math.isfinite(value) and least <= value <= most):
                raise ValueError(f"{name}={value!r} is not from {least:g} to {most:g}")

    def to_json(self) -> dict[str, float]:
        """Return the weights as plain values, as a manifest keeps them."""
        return asdict(self)


RANGES: Mapping[str, tuple[float, float]] = {
    "artist_affinity": (-10.0, 10.0),
    "era": (0.0, 1.0),
    "genre": (0.0, 1.0),
    "centre": (0.0, 1.0),
}
"""Least and most of each weight."""


def load_weights(manifest: Mapping[str, Any]) -> RankingWeights:
    """Return the weights a catalogue's manifest carries, or the defaults of its space.

    Raises
    ------
    CatalogueCorrupt
        What the manifest says of them is no set of weights.
    """
    space = manifest.get("space") or {}
    names = {field.name for field in fields(RankingWeights)}
    try:
        stored = dict(space.get("weights") or {})
        if not stored.keys() <= names:
            raise ValueError(f"it has other weights than {', '.join(sorted(names))}")
        stored.setdefault("artist_affinity", space.get("artist_affinity", 0.0))
        return RankingWeights(**{name: float(value) for name, value in stored.items()})
    except (TypeError, ValueError, AttributeError) as error:
        raise CatalogueCorrupt(
            "The catalogue's ranking weights cannot be used",
            which="manifest.json",
            why=str(error)[:200],
            next_step="build the catalogue anew",
        ) from error

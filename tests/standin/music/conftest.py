"""Renders that the tests of the generated library share: each track once per process."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pytest
from numpy.typing import NDArray

from standin import music

RENDERED_GENRES = (
    "pop", "metal", "hip-hop", "techno", "ambient", "jazz", "classical", "folk", "reggae",
)  # fmt: skip


@lru_cache(maxsize=16)
def shortest(genre: str) -> music.TrackSpec:
    """Return the shortest track of a genre."""
    return min((spec for spec in music.library() if spec.genre == genre), key=lambda s: s.duration)


@lru_cache(maxsize=16)
def _samples(genre: str) -> NDArray[np.float32]:
    return music.render(shortest(genre).id).samples


@pytest.fixture(scope="session")
def sound() -> Callable[[str], tuple[music.TrackSpec, NDArray[np.float32]]]:
    """Return a function from a genre to a track of it and its samples."""
    return lambda genre: (shortest(genre), _samples(genre))

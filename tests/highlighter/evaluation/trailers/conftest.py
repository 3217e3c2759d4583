"""Tracks of which all is known, for the tests of measuring trailers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from highlighter.evaluation.trailers.learning import Known, Learnt
from highlighter.evaluation.trailers.pool import PoolTrack, Truth
from highlighter.trailer import TrailerTrack
from highlighter.trailer.material import Material

MakeKnown = Callable[..., Known]


def a_track(
    number: int = 0,
    tempo: float | None = 120.0,
    key: tuple[int, int] | None = (0, 1),
    *,
    source: str = "made",
    genre: str = "",
    truth: Truth | None = None,
    bpm: float | None = None,
    loudness: float = -14.0,
    start: float = 10.0,
    path: Path | None = None,
) -> Known:
    """Return a track of 60 s with sure beats, whose highlight starts at `start`."""
    beats = tuple(np.arange(0.0, 60.0, 60.0 / tempo).tolist()) if tempo else ()
    path = path or Path(f"{source}-{number}.wav")
    material = Material(
        wanted_start=start,
        available_start=0.0,
        available_end=60.0,
        loudness=loudness,
        peak=-3.0,
        beats=beats,
        beat_confidence=1.0 if beats else 0.0,
        pulse_confidence=1.0 if beats else 0.0,
        tempo=tempo,
        key=key[0] if key else None,
        mode=key[1] if key else None,
        wanted_end=start + 30.0,
    )
    learnt = Learnt(TrailerTrack(path, start=start), material, bpm if bpm is not None else tempo)
    pool = PoolTrack(path, source, genre, truth if truth is not None else Truth(beats, key))
    return Known(pool, f"content {path}", learnt)


@pytest.fixture
def known() -> MakeKnown:
    """Return a function that makes a track of which all is known."""
    return a_track

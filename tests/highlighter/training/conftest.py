"""A corpus of noise whose chorus can be told from the rest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from highlighter.analysis.hearing import TABLE_RATE

SECONDS = 70.0
CHORUSES = ((30.0, 54.0),)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Return a folder of nine songs of 70 s with a chorus of 24 s; every third is kept aside."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for number in range(9):
        _write(folder / f"{number:03d}-0.npz", number, "valid" if number % 3 == 2 else "train")
    return folder


def _write(path: Path, number: int, split: str) -> None:
    random = np.random.default_rng(number)
    rows = round(SECONDS * TABLE_RATE)
    times = np.arange(rows) / TABLE_RATE
    target = np.zeros(rows, dtype=np.float32)
    bands, chroma = random.normal(-3.0, 0.3, (rows, 40)), random.random((rows, 12))
    colour, harmony = random.normal(-2.4, 0.5, (200, 40)), random.random((200, 12))
    for start, end in CHORUSES:
        inside = (times >= start) & (times < end)
        target[inside] = 1.0
        bands[inside], chroma[inside] = colour[: inside.sum()], harmony[: inside.sum()]
    np.savez(
        path,
        bands=bands.astype(np.float16),
        chroma=chroma.astype(np.float16),
        onsets=(random.random(rows * 16) * (1.0 + np.repeat(target, 16))).astype(np.float16),
        mel10=random.normal(-3.0, 0.5, (2 * rows, 64)).astype(np.float16),
        semitones=random.normal(-3.0, 0.5, (rows, 84)).astype(np.float16),
        duration=SECONDS,
        target=target,
        weight=np.ones(rows, dtype=np.float32),
        starts=np.array([start for start, _ in CHORUSES]),
        ends=np.array([end for _, end in CHORUSES]),
        song=f"{number:03d}",
        split=split,
    )

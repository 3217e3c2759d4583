"""Playlists that people made, as files: to learn from and to measure on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recommender.errors import PlaylistsUnreadable

MAX_LINE = 16_000_000

Rows = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class HumanPlaylist:
    """A playlist that somebody made.

    Attributes
    ----------
    source
        Where it is from; sources are measured apart.
    name
        As its maker called it, or empty.
    rows
        Its tracks that the table has, each once, in their order.
    """

    source: str
    name: str
    rows: Rows


def read_playlists(path: Path, row_of: Mapping[str, int]) -> Iterator[HumanPlaylist]:
    """Yield the playlists of a JSONL file: ``{"source", "name", "tracks": [id…]}`` per line.

    Raises
    ------
    PlaylistsUnreadable
        A line is no such object, or the file cannot be read.
    """
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _playlist(path, number, line, row_of)
    except OSError as error:
        raise PlaylistsUnreadable(
            "The playlists cannot be read", which=str(path), why=error.strerror or str(error)
        ) from error


def _playlist(path: Path, number: int, line: bytes, row_of: Mapping[str, int]) -> HumanPlaylist:
    try:
        if len(line) > MAX_LINE:
            raise ValueError(f"longer than {MAX_LINE} bytes")
        stored = json.loads(line)
        tracks = stored["tracks"]
        if not isinstance(tracks, list):
            raise TypeError("tracks is not a list")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise PlaylistsUnreadable(
            "A line of the playlists cannot be used",
            which=f"{path}, line {number}",
            why=f"{type(error).__name__}: {error}"[:200],
            next_step='write one {"source": "…", "tracks": ["id", …]} per line',
        ) from error
    known = dict.fromkeys(
        row_of[track] for track in tracks if isinstance(track, str) and track in row_of
    )
    return HumanPlaylist(
        source=str(stored.get("source") or "playlists"),
        name=str(stored.get("name") or ""),
        rows=np.array(list(known), dtype=np.int64),
    )

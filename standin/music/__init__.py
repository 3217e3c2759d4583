"""A library of music that nobody made: composed and synthesised from the track id alone.

>>> from standin import music
>>> spec = music.library()[0]
>>> music.truth(spec.id).tempo > 0
True

Metadata and truth need the standard library only; numpy is loaded when something is rendered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from standin.music.library import TrackSpec, library, track
from standin.music.styles import GENRES
from standin.music.truth import Section, Truth, truth

if TYPE_CHECKING:
    from pathlib import Path

    from standin.music.rendering import Rendered

__all__ = [
    "GENRES",
    "Section",
    "TrackSpec",
    "Truth",
    "cached_audio",
    "library",
    "render",
    "track",
    "truth",
]


def render(track_id: str) -> Rendered:
    """Compose and synthesise a track: the same id gives the same samples.

    Returns
    -------
    Rendered
        ``samples`` float32 of shape (n, 2) within [-1, 1], ``sample_rate`` 44100.

    Raises
    ------
    TrackUnknown
        If the library has no such id.
    """
    from standin.music.rendering import render as synthesise

    return synthesise(track_id)


def cached_audio(track_id: str, folder: Path) -> Path:
    """Return a FLAC file of a track, rendered into `folder` if it is not there yet.

    Raises
    ------
    TrackUnknown
        If the library has no such id.
    CacheUnusable
        If the folder cannot be written.
    """
    from standin.music.cache import cached_audio as find_or_render

    return find_or_render(track_id, folder)

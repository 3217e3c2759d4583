"""The trailer on the first page: generated music, made by ``benchmarks/landing_sample.py``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from webapp.routes.assets import FOLDER, asset
from webapp.routes.waveform import HUES, wave_paths

SOUND, ABOUT = "sample/trailer.mp3", "sample/trailer.json"


@dataclass(frozen=True)
class SampleTrack:
    """A track of the sample.

    Parameters
    ----------
    title, artist, genre
        As the generator calls them.
    start, end
        Seconds of the sample.
    hue
        Of its bars, 0 to 5.
    """

    title: str
    artist: str
    genre: str
    start: float
    end: float
    hue: int


@dataclass(frozen=True)
class Sample:
    """The sample, as the player shows a trailer.

    Parameters
    ----------
    name, url
        Of the sound.
    duration
        Seconds.
    wave
        Hue and path of each track (`webapp.routes.waveform`).
    chapters
        In the order they are heard.
    """

    name: str
    url: str
    duration: float
    wave: list[tuple[int, str]]
    chapters: tuple[SampleTrack, ...]


def sample_trailer() -> Sample:
    """Return the sample, with its address of today."""
    about = _read(FOLDER / ABOUT)
    chapters = tuple(
        SampleTrack(
            title=chapter["title"],
            artist=chapter["artist"],
            genre=chapter["genre"],
            start=chapter["start"],
            end=chapter["end"],
            hue=number % HUES,
        )
        for number, chapter in enumerate(about["chapters"])
    )
    return Sample(
        name="sample",
        url=asset(SOUND),
        duration=about["duration"],
        wave=_wave(FOLDER / ABOUT),
        chapters=chapters,
    )


@cache
def _read(file: Path) -> dict[str, Any]:
    about: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return about


@cache
def _wave(file: Path) -> list[tuple[int, str]]:
    about = _read(file)
    return wave_paths(about["peaks"], about["chapters"], about["duration"])

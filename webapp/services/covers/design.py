"""What a playlist's cover looks like, from the features of its tracks: the same list, the same one.

A landscape: four ridges, from far to near, are the course of valence, danceability, tempo and
energy from the first track to the last. Hues come from the keys by the circle of fifths, light from
valence, how colourful it is from energy. A sun stands the higher the more energy there is; the most
frequent genre decides what kind of sun. Where nothing was measured, the tracks' own ids decide.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from webapp.services.covers.colours import Colour, oklch

FEATURES = ("energy", "valence", "danceability", "tempo", "key", "mode")
"""Names of `recommender`'s features that a cover is made from."""

DRAWING = 1
"""Counts up when the same tracks get another cover, so that no browser shows the old one."""

POINTS = 49
"""Of a ridge, evenly from the left edge to the right one."""
RIDGES = ("valence", "danceability", "tempo", "energy")
SLOWEST, FASTEST = 70.0, 170.0
"""Tempi in BPM that are the foot and the top of a ridge."""


@dataclass(frozen=True, slots=True)
class Disc:
    """A disc, or a ring where it has a width. Everything is in parts of the cover's side.

    Attributes
    ----------
    x, y, radius
        Of its middle and its edge.
    width
        Of a ring's line; 0 for a whole disc.
    opacity
        0 to 1.
    """

    x: float
    y: float
    radius: float
    colour: Colour
    opacity: float = 1.0
    width: float = 0.0


@dataclass(frozen=True, slots=True)
class Ridge:
    """Everything below a line.

    Attributes
    ----------
    line
        `POINTS` heights from the left to the right, 0 at the top and 1 at the bottom.
    """

    line: tuple[float, ...]
    colour: Colour


Layer: TypeAlias = Disc | Ridge


@dataclass(frozen=True, slots=True)
class Cover:
    """A cover.

    Attributes
    ----------
    sky
        Colours of the top and the bottom, one running into the other.
    layers
        From the farthest to the nearest.
    """

    sky: tuple[Colour, Colour]
    layers: tuple[Layer, ...]

    @property
    def digest(self) -> str:
        """Twelve hex digits that another cover does not have."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:12]


def cover_features(features: Mapping[str, float | None]) -> dict[str, float]:
    """Return what a stored track keeps for its cover; what is not known is left out."""
    known = ((name, features.get(name)) for name in FEATURES)
    return {name: round(float(value), 3) for name, value in known if value is not None}


def cover_of(tracks: Sequence[Mapping[str, Any]]) -> Cover:
    """Return the cover of a list of tracks.

    Parameters
    ----------
    tracks
        As playlists keep them; ``features`` (`cover_features`), ``genre`` and ``id`` count.
    """
    chance = _Chance(json.dumps([str(track.get("id") or "") for track in tracks]))
    courses = {name: _course(tracks, name, chance) for name in RIDGES}
    means = {name: sum(course) / len(course) for name, course in courses.items()}
    genre = _main_genre(tracks)
    sign = _Chance(genre) if genre else chance
    hue = _hue(tracks, chance) + 24 * (sign.next() - 0.5)
    warm = hue + 25 + 50 * means["valence"]
    light, strong = means["valence"], 0.055 + 0.085 * means["energy"]
    sky = (
        oklch(0.24 + 0.34 * light, strong, hue),
        oklch(0.66 + 0.22 * light, strong * 0.9, warm),
    )
    layers: list[Layer] = _sun(means, warm, light, kind=int(sign.next() * 3))
    for number, name in enumerate(RIDGES):
        near = number / (len(RIDGES) - 1)
        colour = oklch(
            (0.62 + 0.14 * light) * (1 - near) + (0.17 + 0.05 * light) * near,
            strong * (0.85 + 0.35 * math.sin(math.pi * near)),
            warm + (hue - warm) * (0.25 + 0.75 * near),
        )
        layers.append(Ridge(_line(courses[name], number), colour))
    return Cover(sky, tuple(layers))


class _Chance:
    """Numbers from 0 to 1 that the same text always gives in the same order."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._drawn = 0

    def next(self) -> float:
        self._drawn += 1
        told = hashlib.sha256(f"{self._drawn}\n{self._text}".encode("utf-8", "replace")).digest()
        return int.from_bytes(told[:6], "big") / 2**48


def _sun(means: Mapping[str, float], warm: float, light: float, *, kind: int) -> list[Layer]:
    x = 0.3 + 0.4 * means["tempo"]
    y = 0.46 - 0.22 * means["energy"]
    radius = 0.09 + 0.08 * means["danceability"]
    colour = oklch(0.86 + 0.1 * light, 0.09, warm + 25)
    if kind == 0:
        return [
            Disc(x, y, radius * 2.1, colour, 0.10),
            Disc(x, y, radius * 1.5, colour, 0.16),
            Disc(x, y, radius, colour),
        ]
    if kind == 1:
        rings = [
            Disc(x, y, radius * (1.35 + 0.42 * number), colour, 0.55 - 0.15 * number, 0.008)
            for number in range(3)
        ]
        return [*rings, Disc(x, y, radius, colour)]
    return [
        Disc(x, y, radius, colour),
        Disc(x + radius * 0.95, y - radius * 0.55, radius * 0.42, colour, 0.6),
    ]


def _course(tracks: Sequence[Mapping[str, Any]], name: str, chance: _Chance) -> list[float]:
    """Return how a feature runs through the list, 0 to 1 at nine places."""
    values = [_value(track, name) for track in tracks]
    known = [value for value in values if value is not None]
    if not known:
        return [0.2 + 0.6 * chance.next() for _ in range(9)]
    mean = sum(known) / len(known)
    filled = [mean if value is None else value for value in values]
    # Each place sees the tracks near it, the nearest the most.
    places = []
    for number in range(9):
        at = number / 8 * (len(filled) - 1)
        width = max(0.75, len(filled) / 12)
        weights = [math.exp(-0.5 * ((place - at) / width) ** 2) for place in range(len(filled))]
        total = sum(weight * value for weight, value in zip(weights, filled, strict=True))
        places.append(total / sum(weights))
    return places


def _value(track: Mapping[str, Any], name: str) -> float | None:
    features = track.get("features")
    value = features.get(name) if isinstance(features, Mapping) else None
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None
    if name == "tempo":
        value = (value - SLOWEST) / (FASTEST - SLOWEST)
    return min(1.0, max(0.0, float(value)))


def _line(course: Sequence[float], number: int) -> tuple[float, ...]:
    """Return a ridge's line: its course told more strongly than it is, smoothly joined."""
    foot, height = 0.56 + 0.125 * number, 0.26
    mean = sum(course) / len(course)
    spread = max(0.12, max(course) - min(course))
    told = [min(1.0, max(0.0, 0.5 + 0.8 * (value - mean) / spread)) for value in course]
    line = []
    for point in range(POINTS):
        at = point / (POINTS - 1) * (len(told) - 1)
        left = min(int(at), len(told) - 2)
        line.append(round(foot - height * (_smooth(told, left, at - left) - 0.35), 4))
    return tuple(line)


def _smooth(values: Sequence[float], left: int, part: float) -> float:
    """Return a value between two of `values` (Catmull and Rom 1974)."""
    before, here, there, after = (
        values[min(len(values) - 1, max(0, left + step))] for step in (-1, 0, 1, 2)
    )
    return 0.5 * (
        2 * here
        + (there - before) * part
        + (2 * before - 5 * here + 4 * there - after) * part**2
        + (3 * here - before - 3 * there + after) * part**3
    )


def _hue(tracks: Sequence[Mapping[str, Any]], chance: _Chance) -> float:
    """Return where most of the keys lie on the circle of fifths, minor ones at their major."""
    x = y = 0.0
    for track in tracks:
        features = track.get("features")
        key = features.get("key") if isinstance(features, Mapping) else None
        if not isinstance(key, int | float) or not math.isfinite(key):
            continue
        minor = features.get("mode") == 0 if isinstance(features, Mapping) else False
        fifths = round(key + (3 if minor else 0)) * 7 % 12
        x += math.cos(math.tau * fifths / 12)
        y += math.sin(math.tau * fifths / 12)
    if math.hypot(x, y) < 1e-6:
        return 360 * chance.next()
    return math.degrees(math.atan2(y, x)) % 360


def _main_genre(tracks: Sequence[Mapping[str, Any]]) -> str:
    genres = Counter(str(track.get("genre") or "").casefold() for track in tracks)
    genres.pop("", None)
    # Of equally frequent ones the first in the alphabet: no order of a set decides.
    return min(genres, key=lambda genre: (-genres[genre], genre)) if genres else ""

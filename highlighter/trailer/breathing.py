"""Which music is left to begin and end in silence, rather than laid over another."""

from __future__ import annotations

from typing import NamedTuple

from hooklist_genres import resolve

_FAMILIES = {"classical": "classical music", "spoken": "speech"}
_SURE_GENRE = 0.5
"""Confidence from which an estimated genre decides; as for the way a highlight is looked for."""

_NO_BEAT = 0.2
"""Confidence of beats below which there is none to be felt."""

_WIDE = 9.0
"""LU between quiet and loud (EBU Tech 3342) from which music without beats is taken to breathe."""


class Breathing(NamedTuple):
    """What of a track tells whether it breathes; None where it is not known."""

    genre: str | None
    genre_confidence: float | None
    beat_confidence: float
    loudness_range: float


def breathes(heard: Breathing) -> str:
    """Return why a track is left silence around it, one clause; empty where it is not.

    Its genre decides where it is known, live recordings among them; else the absence of any beat
    together with a wide range of loudness.
    """
    genre = (heard.genre or "").strip()
    stated = heard.genre_confidence is None or heard.genre_confidence >= _SURE_GENRE
    if genre and stated:
        if "live" in genre.casefold().split():
            return "a live recording keeps its silence"
        found = resolve(genre)
        if found is not None:
            whose = _FAMILIES.get(found.family)
            return f"{whose} keeps its silence" if whose else ""
    if heard.beat_confidence < _NO_BEAT and heard.loudness_range >= _WIDE:
        return f"there is no beat, and {heard.loudness_range:.0f} LU lie between quiet and loud"
    return ""

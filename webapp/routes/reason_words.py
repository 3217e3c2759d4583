"""What a track and its seed have in common, as measured, in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from webapp.i18n import _, duration, number

PITCHES: tuple[Callable[[], str], ...] = (
    lambda: _("C"),
    lambda: _("C♯"),
    lambda: _("D"),
    lambda: _("D♯"),
    lambda: _("E"),
    lambda: _("F"),
    lambda: _("F♯"),
    lambda: _("G"),
    lambda: _("G♯"),
    lambda: _("A"),
    lambda: _("A♯"),
    lambda: _("B"),
)
"""Of the twelve pitch classes, from C on; each language has names of its own for them."""
LARGEST_SHARE = 99.9
"""What is nearer than all pairs that were looked at is not nearer than all there are."""


def shared_words(shared: Mapping[str, Any]) -> str:
    """Return one shared attribute with its values; empty if it has none that can be told.

    Parameters
    ----------
    shared
        As `recommender.playlist.Shared.to_json` writes it: ``name``, ``seed``, ``track``,
        ``level``.
    """
    name, level = str(shared.get("name") or ""), str(shared.get("level") or "")
    both = shared.get("seed"), shared.get("track")
    if name in {"artist", "genre"}:
        word = str(shared.get("track") or "")
        if not word:
            return ""
        return (
            _("also by %(name)s", name=word)
            if name == "artist"
            else _("both %(genre)s", genre=word)
        )
    seed, track = _number(both[0]), _number(both[1])
    if seed is None or track is None:
        return ""
    if name == "tempo":
        return _two(_("%(value)s BPM"), f"{seed:.0f}", f"{track:.0f}")
    if name == "key":
        return _key(round(track), level) if round(seed) == round(track) else ""
    if name == "mode":
        return {"major": _("both in major"), "minor": _("both in minor")}.get(level, "")
    if name == "loudness":
        values = (f"{value:.0f}".replace("-", "−") for value in (seed, track))
        return _two(_("at %(value)s dB"), *values)
    if name == "duration":
        return _two(_("%(value)s long"), duration(seed), duration(track))
    if name == "time_signature":
        return _("both in %(beats)s/4", beats=f"{track:.0f}")
    if name == "year":
        return _two(_("released in %(value)s"), f"{seed:.0f}", f"{track:.0f}")
    both_stand = _LEVELS.get((name, level))
    return both_stand() if both_stand is not None else _of_hundred(name, seed, track)


def nearness(percentile: object) -> str:
    """Return how near track and seed are among all pairs of the catalogue; empty if unknown."""
    share = _number(percentile)
    if share is None or share < 1:
        return ""
    # Rounded down: "nearer than 100 %" would not be true.
    shown = min(share, LARGEST_SHARE)
    text = number(math.floor(shown) if shown < 99 else math.floor(shown * 10) / 10)
    return _("nearer than %(share)s of pairs", share=f"{text}\u00a0%")


def feature_facts(features: Mapping[str, Any]) -> list[str]:
    """Return a track's tempo and key in words, as far as they are known.

    Parameters
    ----------
    features
        ``tempo`` in BPM, ``key`` as a pitch class and ``mode`` (1 major, 0 minor); any may be
        missing.
    """
    facts = []
    if (tempo := _number(features.get("tempo"))) is not None:
        facts.append(_("%(value)s BPM", value=f"{tempo:.0f}"))
    key, mode = _number(features.get("key")), _number(features.get("mode"))
    if key is not None and mode is not None and 0 <= round(key) < len(PITCHES):
        name = PITCHES[round(key)]()
        facts.append(_("%(key)s major", key=name) if mode >= 0.5 else _("%(key)s minor", key=name))
    return facts


def feature_word(name: str) -> str:
    """Return a feature's name as people say it."""
    word = _FEATURES.get(name)
    return word() if word is not None else name.replace("_", " ")


# Looked up before they are translated: a page has a hundred of them.
_FEATURES: Mapping[str, Callable[[], str]] = {
    "danceability": lambda: _("how danceable it is"),
    "energy": lambda: _("energy"),
    "key": lambda: _("key"),
    "loudness": lambda: _("loudness"),
    "mode": lambda: _("major or minor"),
    "speechiness": lambda: _("how much is spoken"),
    "acousticness": lambda: _("how acoustic it is"),
    "instrumentalness": lambda: _("how much is instrumental"),
    "liveness": lambda: _("how live it feels"),
    "valence": lambda: _("mood"),
    "tempo": lambda: _("tempo"),
    "duration": lambda: _("length"),
    "time_signature": lambda: _("metre"),
    "artist": lambda: _("artist"),
    "genre": lambda: _("genre"),
    "year": lambda: _("year"),
}

_LEVELS: Mapping[tuple[str, str], Callable[[], str]] = {
    ("energy", "low"): lambda: _("both calm"),
    ("energy", "mid"): lambda: _("both of medium energy"),
    ("energy", "high"): lambda: _("both energetic"),
    ("danceability", "low"): lambda: _("neither made for dancing"),
    ("danceability", "high"): lambda: _("both danceable"),
    ("valence", "low"): lambda: _("both sombre"),
    ("valence", "high"): lambda: _("both cheerful"),
    ("acousticness", "low"): lambda: _("both far from acoustic"),
    ("acousticness", "high"): lambda: _("both acoustic"),
    ("instrumentalness", "low"): lambda: _("both sung"),
    ("instrumentalness", "high"): lambda: _("both instrumental"),
    ("speechiness", "low"): lambda: _("hardly a spoken word in both"),
    ("speechiness", "high"): lambda: _("many words in both"),
    ("liveness", "low"): lambda: _("both from the studio by their sound"),
    ("liveness", "high"): lambda: _("both live by their sound"),
}
"""Where both stand among the catalogue: its lowest, middle or highest third."""


def _of_hundred(name: str, seed: float, track: float) -> str:
    if not (0.0 <= seed <= 1.0 and 0.0 <= track <= 1.0):
        return ""
    first, second = f"{100 * seed:.0f}", f"{100 * track:.0f}"
    word = feature_word(name)
    if first == second:
        return _("%(feature)s: both %(value)s of 100", feature=word, value=first)
    return _("%(feature)s: %(seed)s and %(track)s of 100", feature=word, seed=first, track=second)


def _two(one: str, first: str, second: str) -> str:
    """Return a value in its unit, said once where it is the same for both."""
    if first == second:
        return _("both %(value)s", value=one % {"value": first})
    return one % {"value": _("%(seed)s and %(track)s", seed=first, track=second)}


def _key(pitch: int, level: str) -> str:
    if not 0 <= pitch < len(PITCHES):
        return ""
    name = PITCHES[pitch]()
    words = {
        "major": _("both in %(key)s major", key=name),
        "minor": _("both in %(key)s minor", key=name),
    }
    return words.get(level) or _("both on %(key)s", key=name)


def _number(value: object) -> float | None:
    known = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if known else None  # type: ignore[arg-type]

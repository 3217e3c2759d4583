"""What to look for in a track, by its genre: techno, jazz and classical music have no chorus.

The table is ``routes.toml`` beside this file.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from hooklist_genres import Genre, resolve

STRATEGIES = ("chorus", "drop", "theme", "climax", "densest", "model")
"""What a route may ask for; ``model`` asks for nothing in particular."""

UNDECIDED = "model"

LAST = "fixed"
"""Ends every chain: the way that always has an answer."""

_TABLE = Path(__file__).with_name("routes.toml")
_TEXT_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Route:
    """The way of finding a highlight that a genre asks for.

    Attributes
    ----------
    strategy
        One of `STRATEGIES`.
    family
        The genre's family in the vocabulary; empty if no genre is known.
    confidence
        0 to 1: how sure the genre is; 1 where somebody stated it, 0 where none is known.
    reason
        One sentence for people.
    genre
        The genre's name in the vocabulary; empty if none is known.
    phrase_bars
        Bars that a section of such music lasts, where there is a habit; else empty.
    """

    strategy: str
    family: str
    confidence: float
    reason: str
    genre: str = ""
    phrase_bars: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain values that `json.dumps` takes as they are."""
        return {
            "strategy": self.strategy,
            "family": self.family,
            "confidence": self.confidence,
            "reason": self.reason,
            "genre": self.genre,
            "phrase_bars": list(self.phrase_bars),
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Route:
        """Return what `to_json` was made from."""
        return cls(
            strategy=str(plain["strategy"]),
            family=str(plain["family"]),
            confidence=float(plain["confidence"]),
            reason=str(plain["reason"]),
            genre=str(plain.get("genre", "")),
            phrase_bars=tuple(int(bars) for bars in plain.get("phrase_bars", ())),
        )


def route(genre: str | None, confidence: float | None = None) -> Route:
    """Return what to look for in a track of a genre; there is always an answer.

    Parameters
    ----------
    genre
        What the track is said to be, in anybody's words; None or empty if nobody said.
    confidence
        0 to 1 where the genre was estimated; None where somebody stated it (a table, a tag, a
        person), who is believed. Anything that is no number counts as 0.
    """
    text = (genre or "").strip()
    if not text:
        return _undecided("No genre is known, so the model decides, or else its fallback.")
    found = resolve(text)
    if found is None:
        shown = _shown(text)
        return _undecided(
            f"“{shown}” is no genre of the vocabulary, so the model decides, or else its fallback."
        )
    sure = 1.0 if confidence is None else _between_0_and_1(confidence)
    table = _table()
    named = _named(found)
    if sure < table.threshold:
        return Route(
            UNDECIDED,
            found.family,
            sure,
            f"{named} is a guess, {sure:.0%} sure, and below {table.threshold:.0%} no genre "
            "decides, so the model does, or else its fallback.",
            found.name,
        )
    rule = table.rule(found)
    estimated = "" if confidence is None else f", {sure:.0%} sure"
    reason = f"{named}{estimated}: {rule.why}."
    return Route(rule.strategy, found.family, sure, reason, found.name, rule.phrase_bars)


def chain_of(strategy: str) -> tuple[str, ...]:
    """Return the names of the ways that are asked where a route says `strategy`, in their order."""
    return _table().chains[strategy]


def _undecided(reason: str) -> Route:
    return Route(UNDECIDED, "", 0.0, reason)


def _named(genre: Genre) -> str:
    name = genre.name[0].upper() + genre.name[1:]
    return name if genre.name == genre.family else f"{name} ({genre.family})"


def _shown(text: str) -> str:
    printable = "".join(letter if letter.isprintable() else " " for letter in text[:_TEXT_SHOWN])
    return " ".join(printable.split()) + ("…" if len(text) > _TEXT_SHOWN else "")


def _between_0_and_1(value: float) -> float:
    return min(1.0, max(0.0, value)) if math.isfinite(value) else 0.0


@dataclass(frozen=True, slots=True)
class _Rule:
    strategy: str
    why: str
    phrase_bars: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Table:
    threshold: float
    families: Mapping[str, _Rule]
    genres: Mapping[str, _Rule]
    chains: Mapping[str, tuple[str, ...]]

    def rule(self, genre: Genre) -> _Rule:
        return self.genres.get(genre.name) or self.families[genre.family]


@lru_cache(maxsize=1)
def _table() -> _Table:
    plain = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    return _Table(
        threshold=float(plain["threshold"]),
        families=_rules(plain["route"], "families"),
        genres=_rules(plain["exception"], "genres"),
        chains=_chains(plain["chains"]),
    )


def _rules(entries: list[dict[str, Any]], of: str) -> dict[str, _Rule]:
    rules: dict[str, _Rule] = {}
    for entry in entries:
        if entry["strategy"] not in STRATEGIES:
            raise ValueError(f"{_TABLE.name}: there is no strategy {entry['strategy']!r}")
        rule = _Rule(entry["strategy"], entry["why"], tuple(entry.get("phrase_bars", ())))
        for name in entry[of]:
            if name in rules:
                raise ValueError(f"{_TABLE.name}: {name!r} stands twice")
            rules[name] = rule
    return rules


def _chains(entries: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    if set(entries) != set(STRATEGIES):
        raise ValueError(f"{_TABLE.name}: the chains are not those of {', '.join(STRATEGIES)}")
    chains = {strategy: tuple(names) for strategy, names in entries.items()}
    for strategy, names in chains.items():
        if len(set(names)) != len(names) or not names or names[-1] != LAST:
            raise ValueError(f"{_TABLE.name}: the chain of {strategy!r} does not end with {LAST!r}")
    return chains

"""Experiments: two ways of making a trailer, given to sessions by chance, compared in the figures.

A playlist keeps the variants it was made under, so nothing about it flickers: its trailers stay of
one kind, whatever the operator switches later.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

OPTION = "variants"
"""Under this name a playlist's options keep its variant of each experiment."""

_TRAILER = "trailer"


@dataclass(frozen=True)
class Experiment:
    """Something that can be done in several ways.

    Parameters
    ----------
    name
        For settings and figures.
    variants
        By name, what each writes into the ``trailer`` option of a playlist
        (`webapp.services.trailer_style`); the first is what is done without the experiment.
    """

    name: str
    variants: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Running:
    """An experiment that is switched on.

    Parameters
    ----------
    experiment
        Which.
    weights
        Share of sessions by variant, adding up to 1.
    """

    experiment: Experiment
    weights: Mapping[str, float]


EXPERIMENTS: Mapping[str, Experiment] = {
    one.name: one
    for one in (
        Experiment("mixing", {"on": {"mixing": True}, "off": {"mixing": False}}),
        Experiment("order", {"keep": {"order": "keep"}, "flow": {"order": "flow"}}),
    )
}
"""All there are."""


def experiments_of(texts: Iterable[str]) -> tuple[Running, ...]:
    """Return the experiments that a setting names, as ``mixing`` or ``mixing=on:80,off:20``.

    >>> [dict(one.weights) for one in experiments_of(["mixing=on:80,off:20", "order"])]
    [{'on': 0.8, 'off': 0.2}, {'keep': 0.5, 'flow': 0.5}]

    Raises
    ------
    ValueError
        Naming what is not understood.
    """
    running: dict[str, Running] = {}
    for text in texts:
        name, _, shares = text.partition("=")
        experiment = EXPERIMENTS.get(name)
        if experiment is None:
            raise ValueError(f"there is no experiment {name!r}; known are {', '.join(EXPERIMENTS)}")
        if name in running:
            raise ValueError(f"the experiment {name!r} is named twice")
        running[name] = Running(experiment, _weights(experiment, shares))
    return tuple(running.values())


def assign(running: Sequence[Running], session: str, salt: str) -> dict[str, str]:
    """Return the variant of each experiment for a session: the same as long as both names stay.

    Parameters
    ----------
    running
        The experiments.
    session
        Names the session.
    salt
        Secret of the installation, so that nobody can choose their variant.
    """
    return {
        one.experiment.name: _drawn(one, _uniform(f"{one.experiment.name}\n{session}", salt))
        for one in running
    }


def options_with(options: Mapping[str, Any], variants: Mapping[str, str]) -> dict[str, Any]:
    """Return a playlist's options with variants in them; what its listener chose goes before."""
    if not variants:
        return dict(options)
    style: dict[str, Any] = {}
    for name, variant in variants.items():
        style.update(EXPERIMENTS[name].variants[variant])
    chosen = options.get(_TRAILER)
    style.update(chosen if isinstance(chosen, dict) else {})
    return {**options, OPTION: dict(variants), _TRAILER: style}


def variants_of(options: Mapping[str, Any]) -> dict[str, str]:
    """Return the variants a playlist was made under."""
    kept = options.get(OPTION)
    return {str(name): str(one) for name, one in kept.items()} if isinstance(kept, dict) else {}


def _weights(experiment: Experiment, shares: str) -> dict[str, float]:
    names = list(experiment.variants)
    if not shares:
        return dict.fromkeys(names, 1.0 / len(names))
    given: dict[str, float] = {}
    for part in shares.split(","):
        variant, _, share = part.partition(":")
        if variant not in names or variant in given or not share.isdecimal():
            raise ValueError(
                f"{part!r} is no share of {experiment.name!r}; write it as "
                f"{experiment.name}={','.join(f'{name}:50' for name in names)}"
            )
        given[variant] = float(share)
    total = sum(given.values())
    if set(given) != set(names) or total <= 0:
        raise ValueError(f"{experiment.name!r} needs a share of each of {', '.join(names)}")
    return {name: given[name] / total for name in names}


def _uniform(text: str, salt: str) -> float:
    """Return a number in [0, 1) that is the same for the same text, and fair over many."""
    digest = hmac.new(salt.encode(), f"experiment\n{text}".encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big") / 2.0**64


def _drawn(running: Running, at: float) -> str:
    reached = 0.0
    for variant, weight in running.weights.items():
        reached += weight
        if at < reached:
            return variant
    return list(running.weights)[-1]

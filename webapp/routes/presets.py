"""Ready-made shapes: one press each, and nothing but ordinary values of the form's fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.i18n import _
from webapp.routes.shape import PLAIN

KEPT = ("length", "minutes", "clean", "avoid", "artists", "mine", "genres", "bridge")
"""Fields that a preset leaves as they are: how much, and what must not come."""

VALUES: Mapping[str, Mapping[str, str]] = {
    "focus": {"curve": "own", **{f"point_{n}": "3" for n in range(1, 6)}, "flow": "1"},
    "party": {
        "curve": "own",
        **dict(zip([f"point_{n}" for n in range(1, 6)], "68899", strict=True)),
        "popularity": "0.5",
        "flow": "0.75",
    },
    "workout": {
        "curve": "own",
        **dict(zip([f"point_{n}" for n in range(1, 6)], "58896", strict=True)),
        "flow": "0.75",
    },
    "evening": {
        "curve": "own",
        **dict(zip([f"point_{n}" for n in range(1, 6)], "54321", strict=True)),
        "flow": "1",
    },
    "road": {"curve": "wave", "familiarity": "0.5", "popularity": "0.25"},
    "discover": {"familiarity": "-1", "popularity": "-0.75"},
    "heart": {"familiarity": "1", "popularity": "0.5"},
}
"""What each preset sets, by name; fields it does not name get their defaults, but for `KEPT`."""


@dataclass(frozen=True)
class Preset:
    """A ready-made shape, as its button shows it.

    Parameters
    ----------
    name
        Stable.
    label, about
        In words; `about` tells what it sets.
    values
        Of the form's fields, all that a preset may change.
    chosen
        Whether the form stands at exactly these.
    """

    name: str
    label: str
    about: str
    values: Mapping[str, str]
    chosen: bool


def presets(shape: Mapping[str, str]) -> list[Preset]:
    """Return all presets, and which of them `shape` is."""
    words = {
        "focus": (_("Focus"), _("even and quiet, as smooth as it goes")),
        "party": (_("Party"), _("known tracks that build up and stay up")),
        "workout": (_("Workout"), _("a warm-up, a long top, a cool-down")),
        "evening": (_("Evening"), _("from a slow start to a slower end")),
        "road": (_("Road trip"), _("familiar, in waves")),
        "discover": (_("Discover"), _("hidden gems by nobody among your seeds")),
        "heart": (_("By heart"), _("hits of your seeds' own artists")),
    }
    return [
        Preset(name, *words[name], values=_all(name), chosen=_is(shape, name)) for name in VALUES
    ]


def with_preset(shape: Mapping[str, str], name: str) -> dict[str, str]:
    """Return `shape` as a preset makes it; a name that is none changes nothing."""
    return {**PLAIN, **shape, **_all(name)} if name in VALUES else {**PLAIN, **shape}


def _all(name: str) -> dict[str, str]:
    usual = {field: value for field, value in PLAIN.items() if field not in KEPT}
    return {**usual, **VALUES[name]}


def _is(shape: Mapping[str, str], name: str) -> bool:
    return all(shape.get(field, PLAIN[field]) == value for field, value in _all(name).items())

"""Which way to pass from one track into the next: as bold as the analysis is sure.

* ``beat-matched``: both sides' beats are sure and their tempi at most 4 % apart;
* ``assisted``: one side's beats are sure, or both sides' and their tempi are too far apart: the
  second track enters on a beat, and the first leaves by an echo or behind a closing filter;
* ``plain``: no beats are sure: an equal-power crossfade;
* ``breath``: music that wants silence around it: the first fades out before the second fades in;
* ``cut``: mixing is switched off, or a licence forbids it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from highlighter.trailer.objective import tempo_gap
from highlighter.trailer.sides import Side

Kind = Literal["beat-matched", "assisted", "plain", "breath", "cut"]
Style = Literal["", "echo", "filter", "fades", "silence"]
"""How an assisted transition leaves, and how a cut is made."""

MOST_STRETCH = 0.04
"""Of the tempo, both sides' together, that a beat-matched transition may take."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A way to go, and why.

    Parameters
    ----------
    kind, style
        See `Kind` and `Style`.
    reason
        One clause.
    """

    kind: Kind
    style: Style
    reason: str


def verdict(before: Side, after: Side, *, mixing: bool, can_stretch: bool) -> Verdict:
    """Return the boldest way to pass from one track into the next that is sure enough.

    Parameters
    ----------
    before, after
        The two tracks.
    mixing
        Whether tracks may sound together at all.
    can_stretch
        Whether tempo can be changed.
    """
    forbidden = [
        which
        for which, side in (("first", before), ("second", after))
        if side.material.no_derivatives
    ]
    if forbidden:
        whose = f"the {forbidden[0]} track's licence forbids"
        if len(forbidden) == 2:
            whose = "both tracks' licences forbid"
        return Verdict("cut", "silence", f"{whose} derivatives, so it is not mixed")
    if not mixing:
        return Verdict("cut", "fades", "mixing is switched off")
    calm = after.material.breathes or before.material.breathes
    if calm:
        return Verdict("breath", "", calm)
    if not (before.matchable and after.matchable):
        return fallback(before, after, "")
    gap = _gap(before, after)
    if gap > MOST_STRETCH:
        return fallback(before, after, _too_far(before, after))
    if not can_stretch:
        return fallback(before, after, "nothing is installed that changes the tempo")
    return Verdict("beat-matched", "", "both tracks have sure beats, " + _close(before, after))


def fallback(before: Side, after: Side, why: str) -> Verdict:
    """Return the next best to `beat-matched`; `why` says what kept it from being that, if known."""
    if before.sure and after.sure:
        reason = why or "the beats are sure enough to cut on, not to match"
        return Verdict("assisted", "echo", f"{reason}, so the cut is made on a beat of both")
    if before.sure:
        return Verdict("assisted", "echo", "only the first track has sure beats, it leaves on one")
    if after.sure:
        return Verdict(
            "assisted", "filter", "only the second track has sure beats, it enters on one"
        )
    return Verdict("plain", "", "neither track has beats that are sure enough")


def _gap(before: Side, after: Side) -> float:
    if before.tempo is None or after.tempo is None:
        return 1.0
    return tempo_gap(before.tempo, after.tempo)


def _too_far(before: Side, after: Side) -> str:
    return (
        f"{before.tempo or 0.0:.1f} and {after.tempo or 0.0:.1f} BPM are"
        f" {_gap(before, after):.0%} apart"
    )


def _close(before: Side, after: Side) -> str:
    return (
        f"{before.tempo or 0.0:.1f} and {after.tempo or 0.0:.1f} BPM are"
        f" {_gap(before, after):.1%} apart"
    )

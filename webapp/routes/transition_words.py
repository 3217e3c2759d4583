"""How one track passes into the next, and why that way, in words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from webapp.i18n import SOURCE, _, language, number

TIERS = ("beat-matched", "assisted", "plain", "breath", "cut")
"""From the boldest to the most careful; each has a sign of its own."""


def tier_name(tier: str) -> str:
    """Return what a kind of transition is called; empty for the start and for what is unknown."""
    return {
        "beat-matched": _("beat on beat"),
        "assisted": _("on a beat"),
        "plain": _("crossfade"),
        "breath": _("a breath"),
        "cut": _("a cut"),
    }.get(tier, "")


def tier_about(tier: str) -> str:
    """Return what is done in a kind of transition, in one sentence."""
    return {
        "beat-matched": _("Both tracks play at one tempo for some beats; the bass changes hands."),
        "assisted": _("One of them leaves or enters on a beat, with an echo or a filter."),
        "plain": _("One fades into the other."),
        "breath": _("One fades out, a moment of silence, the next fades in."),
        "cut": _("One stops, the next begins. Nothing sounds together."),
    }.get(tier, "")


@dataclass(frozen=True, slots=True)
class JoinCount:
    """How often one way of passing is taken in a trailer.

    Parameters
    ----------
    tier, name, about
        Which way, what it is called, and what is done.
    count
        How often.
    """

    tier: str
    name: str
    about: str
    count: int


def join_counts(chapters: Iterable[Mapping[str, Any]]) -> tuple[JoinCount, ...]:
    """Return how often each way of passing is taken, the boldest first.

    Parameters
    ----------
    chapters
        Each with its ``transition``.
    """
    counted = Counter(str(chapter.get("transition") or "") for chapter in chapters)
    return tuple(
        JoinCount(tier, tier_name(tier), tier_about(tier), counted[tier])
        for tier in TIERS
        if counted[tier]
    )


def transition_why(reason: str) -> str:
    """Return why that kind was taken, from what the trailer says of it.

    Parameters
    ----------
    reason
        One clause of English (`highlighter.trailer.Chapter.reason`). Clauses that are not known
        here are shown as they are.
    """
    for pattern, words in _REASONS:
        found = pattern.fullmatch(reason)
        if found is not None:
            return words(found.groupdict())
    return reason


def _matched(said: Mapping[str, Any]) -> str:
    facts = {name: _local(said[name]) for name in ("one", "two", "gap", "beats")}
    if said["on"] == "downbeat on downbeat":
        words = _("%(one)s and %(two)s BPM, %(gap)s apart: %(beats)s beats, bar on bar", **facts)
    else:
        words = _("%(one)s and %(two)s BPM, %(gap)s apart: %(beats)s beats, beat on beat", **facts)
    if said["steps"]:
        return _(
            "%(how)s; short, for their keys are %(steps)s steps apart",
            how=words,
            steps=said["steps"],
        )
    return _("%(how)s; short, for both sing there", how=words) if said["sung"] else words


def _on_a_beat(said: Mapping[str, Any]) -> str:
    if said["one"]:
        return _(
            "%(one)s and %(two)s BPM are too far apart to match, so it is cut on a beat of both",
            one=_local(said["one"]),
            two=_local(said["two"]),
        )
    if said["ms"]:
        return _(
            "their beats would lie up to %(ms)s ms apart, so it is cut on a beat of both",
            ms=said["ms"],
        )
    if said["stretch"]:
        return _("nothing here changes the tempo, so it is cut on a beat of both")
    return _("the beats are sure enough to cut on, not to match")


def _local(text: str) -> str:
    """Return a number of a reason, with its percent sign if it has one, as this language writes it.

    English keeps it as the trailer has written it.
    """
    if language() == SOURCE:
        return text
    plain = text.removesuffix("%")
    return number(float(plain)) + ("\u00a0%" if plain != text else "")


def _silent(said: Mapping[str, Any]) -> str:
    return {
        "a live recording": _("a live recording keeps its silence"),
        "classical music": _("classical music keeps its silence"),
        "speech": _("speech keeps its silence"),
    }[str(said["whose"])]


_Words = Callable[[Mapping[str, Any]], str]
_NUMBER = r"\d+(?:\.\d+)?"
_REASONS: tuple[tuple[re.Pattern[str], _Words], ...] = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (
            rf"both tracks have sure beats, (?P<one>{_NUMBER}) and (?P<two>{_NUMBER}) BPM are"
            rf" (?P<gap>{_NUMBER}%) apart: (?P<beats>\d+) beats,"
            r" (?P<on>(?:down)?beat on (?:down)?beat)"
            r"(?:, short because (?:the keys are (?P<steps>\d+) steps apart"
            r"|(?P<sung>both tracks sing there)))?",
            _matched,
        ),
        (
            rf"(?:(?P<one>{_NUMBER}) and (?P<two>{_NUMBER}) BPM are {_NUMBER}% apart"
            r"|their beats would lie up to (?P<ms>\d+) ms apart"
            r"|(?P<stretch>nothing is installed that changes the tempo)"
            r"|.*), so the cut is made on a beat of both",
            _on_a_beat,
        ),
        (
            r"only the first track has sure beats, it leaves on one",
            lambda said: _("only the track before has sure beats, so it leaves on one"),
        ),
        (
            r"only the second track has sure beats, it enters on one",
            lambda said: _("only this track has sure beats, so it enters on one"),
        ),
        (
            r"neither track has beats that are sure enough",
            lambda said: _("neither track has beats that are sure enough"),
        ),
        (
            r"there is no beat, and (?P<lu>\d+) LU lie between quiet and loud",
            lambda said: _(
                "there is no beat, and %(lu)s LU lie between quiet and loud", lu=said["lu"]
            ),
        ),
        (
            r"(?P<whose>a live recording|classical music|speech) keeps its silence",
            _silent,
        ),
        (r"mixing is switched off", lambda said: _("mixing is switched off")),
        (
            r"the first track's licence forbids derivatives, so it is not mixed",
            lambda said: _("the licence of the track before forbids derivatives"),
        ),
        (
            r"the second track's licence forbids derivatives, so it is not mixed",
            lambda said: _("the licence of this track forbids derivatives"),
        ),
        (
            r"both tracks' licences forbid derivatives, so it is not mixed",
            lambda said: _("the licences of both tracks forbid derivatives"),
        ),
        (r"the trailer starts here", lambda said: ""),
    )
)

"""Why a highlight lies where it does, and who says so, in words."""

from __future__ import annotations

from hooklist_genres import UNKNOWN, Labelled
from webapp.i18n import _

CHOSEN, LISTENERS, WHOLE = "chosen", "listeners", "whole"
"""Strategies that are none: people decided, or there was nothing to decide."""

_SURE_OF_ITSELF = frozenset({CHOSEN, WHOLE})
_ASKED_FOR = frozenset({"drop", "theme", "climax", "densest"})
"""Ways that are gone only where the genre asks for them."""


def who_decided(strategy: str) -> str:
    """Return who says so, as the mark beside the time; empty for the usual case."""
    return {CHOSEN: _("yours"), LISTENERS: _("by listeners")}.get(strategy, "")


def highlight_why(
    strategy: str, confidence: float, reason: str = "", label: Labelled = UNKNOWN
) -> str:
    """Return why the highlight lies there: the way it was found, how sure, and for which music.

    Parameters
    ----------
    strategy, confidence, reason
        Of the highlight (`webapp.services.highlights_moved.TrackHighlight`). A way that is not
        known here speaks for itself with its `reason`.
    label
        What is known of the track's genre.
    """
    found = _ways().get(strategy) or reason
    parts = [_sentence(found)] if found else []
    if strategy not in _SURE_OF_ITSELF and confidence > 0:
        percent = min(99, max(1, round(100 * confidence)))
        parts.append(_("%(percent)s%% sure.", percent=percent))
    if strategy in _ASKED_FOR and (suited := _asked_by(strategy, label)):
        parts.append(suited)
    return " ".join(parts)


def _ways() -> dict[str, str]:
    return {
        "network": _("a model that has heard many songs expects here what people remember"),
        "repetition": _("this passage comes back more often, and with more force, than the rest"),
        "energy": _("nothing clearly comes back, and this is the most forceful passage"),
        "drop": _("after a break, everything comes in here at once"),
        "theme": _("the theme is played here"),
        "climax": _("what was built up comes to its climax here"),
        "densest": _("here most happens at the same time"),
        "fixed": _("no passage stands out, so a usual place was taken"),
        WHOLE: _("the track is no longer than a highlight"),
        LISTENERS: _("this is what listeners here play most"),
        CHOSEN: _("you chose this passage, and it stays"),
    }


def _asked_by(strategy: str, label: Labelled) -> str:
    """Return which genre has asked for a way of looking; empty if it was another's."""
    from highlighter.highlight import route

    asked = route(label.genre or None, label.estimated)
    if asked.strategy != strategy or not asked.genre:
        return ""
    return _("Looked for as suits %(genre)s.", genre=asked.genre)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + ("" if words.endswith(".") else ".")

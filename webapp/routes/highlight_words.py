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
    if strategy == CHOSEN:
        return _("yours")
    return _("by listeners") if strategy == LISTENERS else ""


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
    found = _way(strategy) or reason
    parts = [_sentence(found)] if found else []
    if strategy not in _SURE_OF_ITSELF and confidence > 0:
        percent = min(99, max(1, round(100 * confidence)))
        parts.append(_("%(percent)s%% sure.", percent=percent))
    if strategy in _ASKED_FOR and (suited := _asked_by(strategy, label)):
        parts.append(suited)
    return " ".join(parts)


def _way(strategy: str) -> str:
    """Return how a highlight was found; empty for a way that is not known here."""
    match strategy:
        case "network":
            return _("a model that has heard many songs expects here what people remember")
        case "repetition":
            return _("this passage comes back more often, and with more force, than the rest")
        case "energy":
            return _("nothing clearly comes back, and this is the most forceful passage")
        case "drop":
            return _("after a break, everything comes in here at once")
        case "theme":
            return _("the theme is played here")
        case "climax":
            return _("what was built up comes to its climax here")
        case "densest":
            return _("here most happens at the same time")
        case "fixed":
            return _("no passage stands out, so a usual place was taken")
        case "whole":
            return _("the track is no longer than a highlight")
        case "listeners":
            return _("this is what listeners here play most")
        case "chosen":
            return _("you chose this passage, and it stays")
    return ""


def _asked_by(strategy: str, label: Labelled) -> str:
    """Return which genre has asked for a way of looking; empty if it was another's."""
    from highlighter.highlight import route

    asked = route(label.genre or None, label.estimated)
    if asked.strategy != strategy or not asked.genre:
        return ""
    return _("Looked for as suits %(genre)s.", genre=asked.genre)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + ("" if words.endswith(".") else ".")

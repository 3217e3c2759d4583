"""A track's highlight as its row shows it: the curve, the window on it, and who decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from webapp.i18n import _, duration
from webapp.routes.highlight_words import CHOSEN, highlight_why, who_decided
from webapp.routes.interest_curve import (
    STRIP_POINTS,
    curve_path,
    line_path,
    passage_path,
    place,
)

if TYPE_CHECKING:
    from hooklist_genres import Labelled
    from webapp.services.highlights_moved import TrackHighlight

SHORTEST_ROOM = 1.0
"""Seconds that a highlight must be able to move by; below that there is nothing to choose."""


@dataclass(frozen=True)
class HighlightView:
    """The seconds of a track worth hearing first.

    Parameters
    ----------
    start, end
        Seconds of the track.
    total
        Length of the track, seconds.
    latest
        Last second at which the highlight may begin; 0 if it cannot be moved.
    path
        The curve (`webapp.routes.interest_curve`); a line where none was kept.
    listeners
        The same of what listeners replay, as a line; empty without evidence.
    x, width
        Of the window on the curve's box.
    strip, passage
        The curve with fewer corners, and the part of that within the window, as paths.
    strategy, who, why
        How it was found, who decided where that is not the usual, and why, in words.
    usual
        Where it begins if this listener does not choose.
    """

    start: float
    end: float
    total: float
    latest: float
    path: str
    listeners: str
    x: float
    width: float
    strip: str
    passage: str
    strategy: str
    who: str
    why: str
    usual: float

    @property
    def is_chosen(self) -> bool:
        """Whether this listener put it there."""
        return self.strategy == CHOSEN

    @property
    def span(self) -> str:
        """From when to when, short."""
        return f"{duration(self.start)}–{duration(self.end)}"

    @property
    def spoken(self) -> str:
        """From when to when, as it is read out."""
        return _("%(start)s to %(end)s", start=duration(self.start), end=duration(self.end))

    def to_data(self) -> dict[str, Any]:
        """Return it for a JSON answer."""
        return {
            "start": self.start,
            "end": self.end,
            "latest_start": self.latest,
            "strategy": self.strategy,
            "why": self.why,
            "usual_start": self.usual,
        }


def highlight_view(here: TrackHighlight, label: Labelled) -> HighlightView:
    """Return how a highlight is shown.

    Parameters
    ----------
    here
        Where the listener hears the track.
    label
        What is known of the track's genre.
    """
    left, right = place(here.start, here.track), place(here.end, here.track)
    return HighlightView(
        start=round(here.start, 3),
        end=round(here.end, 3),
        total=round(here.track, 3),
        latest=here.latest_start if here.latest_start >= SHORTEST_ROOM else 0.0,
        path=curve_path(here.curve),
        listeners=line_path(here.most_replayed),
        x=left,
        width=round(right - left, 1),
        strip=curve_path(here.curve, STRIP_POINTS),
        passage=passage_path(here.curve, left, right, STRIP_POINTS),
        strategy=here.strategy,
        who=who_decided(here.strategy),
        why=highlight_why(here.strategy, here.confidence, here.reason, label),
        usual=round(here.usual_start, 3),
    )

"""The seconds of a track worth hearing first."""

from highlighter.highlight.choose import check_seconds, find_highlight, highlight_of
from highlighter.highlight.curve import interest
from highlighter.highlight.model import LONGEST, SHORTEST, USUAL, Curve, Highlight, Interest
from highlighter.highlight.router import STRATEGIES, Route, route

__all__ = [
    "LONGEST",
    "SHORTEST",
    "STRATEGIES",
    "USUAL",
    "Curve",
    "Highlight",
    "Interest",
    "Route",
    "check_seconds",
    "find_highlight",
    "highlight_of",
    "interest",
    "route",
]

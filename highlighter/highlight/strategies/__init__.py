"""The ways of finding a highlight, one file each, behind one protocol."""

from highlighter.highlight.strategies.climax import Climax
from highlighter.highlight.strategies.densest import Densest
from highlighter.highlight.strategies.drop import Drop
from highlighter.highlight.strategies.energy import Energy
from highlighter.highlight.strategies.fixed import Fixed
from highlighter.highlight.strategies.network import ByNetwork
from highlighter.highlight.strategies.protocol import Found, Heard, Strategy
from highlighter.highlight.strategies.repetition import Repetition
from highlighter.highlight.strategies.theme import Theme

ALL: tuple[Strategy, ...] = (
    ByNetwork(),
    Repetition(),
    Energy(),
    Drop(),
    Theme(),
    Climax(),
    Densest(),
    Fixed(),
)
"""One of each."""

__all__ = [
    "ALL",
    "ByNetwork",
    "Climax",
    "Densest",
    "Drop",
    "Energy",
    "Fixed",
    "Found",
    "Heard",
    "Repetition",
    "Strategy",
    "Theme",
]

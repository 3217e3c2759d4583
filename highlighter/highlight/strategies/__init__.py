"""The ways of finding a highlight, one file each, behind one protocol."""

from highlighter.highlight.strategies.energy import Energy
from highlighter.highlight.strategies.fixed import Fixed
from highlighter.highlight.strategies.protocol import Found, Heard, Strategy
from highlighter.highlight.strategies.repetition import Repetition

__all__ = ["Energy", "Fixed", "Found", "Heard", "Repetition", "Strategy"]

"""What every way of finding a highlight is given, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from highlighter.analysis import Analysis, Sound
from highlighter.highlight.curve import interest
from highlighter.highlight.force import relative
from highlighter.highlight.model import Curve, Interest
from highlighter.highlight.phrases import Phrases, phrases
from highlighter.highlight.router import Route
from highlighter.highlight.tokens import Tokens, tokens

SILENT = 1e-7
"""Mel power of the loudest moment under which a track is silent."""


@dataclass(frozen=True, eq=False)
class Heard:
    """A track as the strategies see it; what several of them need is worked out once, when asked.

    Attributes
    ----------
    sound
        What was heard.
    analysis
        What was measured on it.
    route
        What its genre asks for.
    """

    sound: Sound
    analysis: Analysis
    route: Route

    @cached_property
    def structure(self) -> Interest:
        """What comes back and what is played with force."""
        return interest(self.sound)

    @cached_property
    def bands(self) -> NDArray[np.float32]:
        """(k, 40) mel power relative to the track's loud moments, `TABLE_RATE` rows per second."""
        return relative(self.sound.bands)

    @cached_property
    def silent(self) -> bool:
        """Whether there is nothing to hear."""
        return float(self.sound.bands.max(initial=0.0)) <= SILENT

    @cached_property
    def phrases(self) -> Phrases:
        """Beats, bars and phrases."""
        return phrases(self.sound, self.analysis)

    @cached_property
    def tokens(self) -> Tokens:
        """What a network sees of it."""
        return tokens(self.sound)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What a strategy found.

    Attributes
    ----------
    curve
        The curve of interest it was found on.
    start, end
        Seconds.
    confidence
        0 to 1.
    reason
        One sentence for people, without its full stop.
    """

    curve: Curve
    start: float
    end: float
    confidence: float
    reason: str


class Strategy(Protocol):
    """One way of finding a highlight."""

    @property
    def name(self) -> str:
        """What `Highlight.strategy` will say."""
        ...

    def find(self, heard: Heard, seconds: float) -> Found | None:
        """Return the highlight, or None where this strategy has nothing to go by.

        Parameters
        ----------
        heard
            A track longer than `seconds`.
        seconds
            Length of the highlight: 8 to 60.
        """
        ...

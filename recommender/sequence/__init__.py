"""Which tracks come and in which order: arrays in, positions out; it knows no catalogue.

`arrange` makes one stated objective small under hard constraints; `sequence` is the bare ranking,
bent only as far as the rules for artists need.
"""

from recommender.sequence.arrange import arrange
from recommender.sequence.curve import PRESETS, check_curve, curve_of
from recommender.sequence.model import (
    WINDOW,
    Arranged,
    Curve,
    Objective,
    Pool,
    Shape,
    Spacing,
    Unmet,
)
from recommender.sequence.ranked import Sequenced, sequence

__all__ = [
    "PRESETS",
    "WINDOW",
    "Arranged",
    "Curve",
    "Objective",
    "Pool",
    "Sequenced",
    "Shape",
    "Spacing",
    "Unmet",
    "arrange",
    "check_curve",
    "curve_of",
    "sequence",
]

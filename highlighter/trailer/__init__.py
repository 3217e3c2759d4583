"""A playlist as one piece of sound: the best moment of each track, joined, with chapters."""

from highlighter.trailer.errors import (
    BadTrailerRequestError,
    NoDerivativesError,
    NothingToPlayError,
    SilentTrackError,
    TrailerCancelledError,
    TrailerError,
    TrailerNotWrittenError,
    UnknownTrailerFormatError,
)
from highlighter.trailer.licences import forbids_derivatives
from highlighter.trailer.listen import MATERIAL_SECONDS, hear
from highlighter.trailer.make import make_trailer
from highlighter.trailer.model import (
    Chapter,
    NoDerivatives,
    Order,
    Progress,
    Skipped,
    Trailer,
    TrailerTrack,
)

__all__ = [
    "MATERIAL_SECONDS",
    "BadTrailerRequestError",
    "Chapter",
    "NoDerivatives",
    "NoDerivativesError",
    "NothingToPlayError",
    "Order",
    "Progress",
    "SilentTrackError",
    "Skipped",
    "Trailer",
    "TrailerCancelledError",
    "TrailerError",
    "TrailerNotWrittenError",
    "TrailerTrack",
    "UnknownTrailerFormatError",
    "forbids_derivatives",
    "hear",
    "make_trailer",
]

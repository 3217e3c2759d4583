"""A playlist as one piece of sound: the best moment of each track, joined, with chapters."""

from highlighter.trailer.errors import (
    BadTrailerRequestError,
    NothingToPlayError,
    SilentTrackError,
    TrailerCancelledError,
    TrailerError,
    TrailerNotWrittenError,
    UnknownTrailerFormatError,
)
from highlighter.trailer.make import make_trailer
from highlighter.trailer.model import Chapter, Order, Progress, Skipped, Trailer, TrailerTrack

__all__ = [
    "BadTrailerRequestError",
    "Chapter",
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
    "make_trailer",
]

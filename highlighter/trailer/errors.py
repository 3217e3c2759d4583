"""What can go wrong with a trailer as a whole; a single track that fails is only skipped."""

from __future__ import annotations

from hooklist_errors import HooklistError


class TrailerError(HooklistError):
    """A trailer could not be made."""

    code = "trailer.failed"


class BadTrailerRequestError(TrailerError):
    """What was asked for makes no sense: an unknown order, a length out of range, a bad span."""

    code = "trailer.bad_request"


class UnknownTrailerFormatError(TrailerError):
    """The file name's ending names no format a trailer can be written in."""

    code = "trailer.unknown_format"


class NothingToPlayError(TrailerError):
    """Not one of the tracks can be heard; ``details["skipped"]`` tells why, track by track."""

    code = "trailer.nothing_to_play"


class TrailerCancelledError(TrailerError):
    """The caller asked to stop; nothing was written."""

    code = "trailer.cancelled"


class TrailerNotWrittenError(TrailerError):
    """The file could not be written or encoded; what stood there before is untouched."""

    code = "trailer.not_written"


class SilentTrackError(TrailerError):
    """There is no sound in the part of the track that would be played; the track is skipped."""

    code = "trailer.silent"


class NoDerivativesError(TrailerError):
    """The track's licence forbids to mix it, and such tracks are left out; the track is skipped."""

    code = "trailer.no_derivatives"

"""The web application's own errors. How any error is shown is decided in ``webapp/faces.py``."""

from __future__ import annotations

from typing import ClassVar

from hooklist_errors import HooklistError


class ConfigurationError(HooklistError):
    """A setting is missing or cannot be used."""

    code: ClassVar[str] = "configuration"


class AudioUnavailable(HooklistError):
    """The audio of a track cannot be had at the moment."""

    code: ClassVar[str] = "audio.unavailable"


class AudioUnplayable(HooklistError):
    """A track's file is there, but of a kind that browsers do not play."""

    code: ClassVar[str] = "audio.unplayable"


class InvalidRequest(HooklistError):
    """What was sent does not fit what is asked for."""

    code: ClassVar[str] = "request.invalid"


class NotFound(HooklistError):
    """The thing does not exist, or belongs to somebody else."""

    code: ClassVar[str] = "request.not_found"


class ShareUnknown(HooklistError):
    """No link of this name works, or it was revoked, or its playlist is gone."""

    code: ClassVar[str] = "share.unknown"


class HighlightUnknown(HooklistError):
    """A track has not been heard yet, so that there is nothing to move."""

    code: ClassVar[str] = "highlight.unknown"


class ListeningUnwritable(HooklistError):
    """What listeners heard cannot be exported to where it was asked for."""

    code: ClassVar[str] = "listening.unwritable"


class ListeningTestUnreadable(HooklistError):
    """A folder of pairs for the blind listening test is not what it should be."""

    code: ClassVar[str] = "listening_test.unreadable"


class NoSeedMatched(HooklistError):
    """None of the chosen seeds is in the catalogue."""

    code: ClassVar[str] = "playlist.no_seed_matched"


class SourceMissing(HooklistError):
    """A catalogue's source is not there, or is nothing that can be read."""

    code: ClassVar[str] = "catalogue.source_missing"


class GenreModelUnsuited(HooklistError):
    """A classifier of genres was trained on something that is not known of what it is asked."""

    code: ClassVar[str] = "genres.unsuited"

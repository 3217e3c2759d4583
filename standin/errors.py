"""What can go wrong when the stand-in is started or used from tests."""

from __future__ import annotations

from typing import ClassVar


class StandinError(Exception):
    """A failure that is told to the person who started the stand-in.

    Parameters
    ----------
    what
        What could not be done.
    which
        The file, option or address it happened to.
    why
        The cause.
    next_step
        What the reader can do about it.
    """

    code: ClassVar[str] = "standin"

    def __init__(self, what: str, *, which: str = "", why: str = "", next_step: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.which = which
        self.why = why
        self.next_step = next_step

    def __str__(self) -> str:
        sentence = self.what + (f" ({self.which})" if self.which else "")
        sentence += f": {self.why}" if self.why else ""
        return sentence + (f"; {self.next_step}" if self.next_step else "")


class OptionInvalid(StandinError):
    """An option on the command line or in `standin.app.Options` cannot be used."""

    code = "standin.option_invalid"


class LibraryInvalid(StandinError):
    """The library file is missing, unreadable or breaks its schema."""

    code = "standin.library_invalid"


class StateUnusable(StandinError):
    """The state folder is broken, not writable, or used by another stand-in."""

    code = "standin.state_unusable"


class StandinNotRunning(StandinError):
    """The stand-in did not start, or does not answer."""

    code = "standin.not_running"


class StandinRefused(StandinError):
    """The stand-in answered a test's request with an unexpected status.

    Parameters
    ----------
    status
        The HTTP status.
    body
        The first kilobyte of the answer.
    """

    code = "standin.refused"

    def __init__(self, what: str, *, which: str, status: int, body: str) -> None:
        super().__init__(what, which=which, why=f"HTTP {status}: {body[:1000]}")
        self.status = status
        self.body = body

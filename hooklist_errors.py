"""The one root of every failure Hooklist can name.

Each failure has a stable code, and says what failed, on which thing, why, and what to do next. The
faces (web pages, JSON, command line) turn a code into their own status in one place of theirs;
nothing below them knows about HTTP or exit statuses.
"""

from __future__ import annotations

from typing import Any, ClassVar


class HooklistError(Exception):
    """A failure that can be told to a person.

    Parameters
    ----------
    what
        What could not be done, as the start of a sentence without a full stop.
    which
        The thing it happened to: a file, an id, a setting, a line number.
    why
        The cause, if it is known.
    next_step
        What the reader can do about it.
    kept
        What was not lost, where somebody could fear it was.
    details
        Further plain values for machines (JSON answers and logs), never secrets.
    """

    code: ClassVar[str] = "internal"
    """Stable, lower-case, dotted; documented in ``docs/errors.md``."""

    def __init__(
        self,
        what: str,
        *,
        which: str = "",
        why: str = "",
        next_step: str = "",
        kept: str = "",
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.which = which
        self.why = why
        self.next_step = next_step
        self.kept = kept
        self.details: dict[str, Any] = dict(details or {})

    def __str__(self) -> str:
        sentence = self.what
        if self.which:
            sentence += f" ({self.which})"
        if self.why:
            sentence += f": {self.why}"
        for more in (self.kept, self.next_step):
            if more:
                sentence += f"; {more}"
        return sentence

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.__dict__.copy()))


def _rebuild(kind: type[HooklistError], state: dict[str, Any]) -> HooklistError:
    """Make a failure again on the other side of a process border, subclass fields included."""
    error = kind.__new__(kind)
    Exception.__init__(error, state.get("what", ""))
    error.__dict__.update(state)
    return error


def all_errors(root: type[HooklistError] = HooklistError) -> list[type[HooklistError]]:
    """Return `root` and every subclass imported so far, in order of their codes."""
    found = {root}
    for child in root.__subclasses__():
        found.update(all_errors(child))
    return sorted(found, key=lambda kind: (kind.code, kind.__name__))

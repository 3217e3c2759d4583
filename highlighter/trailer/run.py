"""A trailer under way: what its caller is told, and asked."""

from __future__ import annotations

from collections.abc import Callable

from highlighter.trailer.errors import TrailerCancelledError
from highlighter.trailer.model import Progress


class Run:
    """What the caller is told and asked on the way.

    Parameters
    ----------
    tracks
        How many there are.
    progress, should_stop
        See `highlighter.trailer.make_trailer`.
    """

    def __init__(
        self, tracks: int, progress: Progress | None, should_stop: Callable[[], bool] | None
    ) -> None:
        # Each track is listened to and mixed; then planning, checking and the end.
        self._total = 2 * tracks + 3
        self._tracks = tracks
        self._done = 0
        self._progress = progress
        self._should_stop = should_stop

    def ask(self) -> None:
        """Raise if the caller wants to stop."""
        if self._should_stop is not None and self._should_stop():
            raise TrailerCancelledError(
                "The trailer was stopped before it was finished",
                kept="nothing was written",
                next_step="start it again when it is wanted",
            )

    def stage(self, name: str, step: int = 0) -> None:
        """Tell that `step` of stage `name` begins, having asked whether to go on."""
        if name != "done":
            self.ask()
        first = {
            "listening": 0,
            "planning": self._tracks,
            "mixing": self._tracks + 1,
            "checking": 2 * self._tracks + 1,
            "writing": 2 * self._tracks + 2,
            "done": self._total,
        }[name]
        # Further passes over the same fragments do not run backwards.
        self._done = max(self._done, first + step)
        if self._progress is not None:
            self._progress(self._done, self._total, name)

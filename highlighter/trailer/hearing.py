"""Listen to all tracks of a trailer; those that cannot be played are told, not fatal."""

from __future__ import annotations

from collections.abc import Sequence

from highlighter.trailer.errors import NothingToPlayError, TrailerNotWrittenError
from highlighter.trailer.excerpts import ExcerptStore
from highlighter.trailer.listen import listen
from highlighter.trailer.material import Material
from highlighter.trailer.model import Skipped, TrailerTrack
from highlighter.trailer.plan import LONGEST, shares
from highlighter.trailer.run import Run
from hooklist_errors import HooklistError

_MOST_LISTENINGS = 4
_ENOUGH = 0.5  # seconds of each track that may be missing from what was listened to


class Listening:
    """What was learnt of the tracks, and which could not be used.

    Parameters
    ----------
    tracks
        Those that may be played.
    left_out
        Those that are not tried.
    store
        Takes an excerpt of each that can be played.
    run
        Told and asked before each track.
    """

    def __init__(
        self,
        tracks: Sequence[TrailerTrack],
        left_out: Sequence[Skipped],
        store: ExcerptStore,
        run: Run,
    ) -> None:
        self._tracks, self._left_out = tracks, left_out
        self._store, self._run = store, run
        self.materials: list[Material] = []
        self.used: list[TrailerTrack] = []
        self.skipped: tuple[Skipped, ...] = ()

    def listen(self, seconds: float, total: float | None) -> float:
        """Listen to `seconds` of each track, or to as much as `total` of all asks for.

        Returns
        -------
        Seconds of each that were listened to.

        Raises
        ------
        NothingToPlayError
            None of the tracks can be used.
        """
        if total is not None:
            seconds = min(LONGEST, total / max(1, len(self._tracks)))
        for _ in range(_MOST_LISTENINGS):
            self._listen_to_all(seconds)
            if total is None:
                break
            # Where some tracks are short or missing, the others have to give more.
            needed = max(shares([one.span for one in self.materials], total))
            if needed <= seconds + _ENOUGH or seconds >= LONGEST:
                break
            seconds = min(LONGEST, needed)
        return seconds

    def _listen_to_all(self, seconds: float) -> None:
        self.materials.clear()
        self.used.clear()
        self._store.clear()
        skipped = list(self._left_out)
        for number, track in enumerate(self._tracks):
            self._run.stage("listening", number)
            try:
                self.materials.append(listen(track, seconds, self._store))
                self.used.append(track)
            except TrailerNotWrittenError:
                raise
            except HooklistError as error:
                skipped.append(Skipped(track.file, error.code, str(error)))
        self.skipped = tuple(skipped)
        if not self.materials:
            raise _nothing(self.skipped)


def _nothing(skipped: Sequence[Skipped]) -> NothingToPlayError:
    return NothingToPlayError(
        "None of the tracks can be played",
        which=f"{len(skipped)} tracks" if len(skipped) > 1 else skipped[0].file.name,
        why=skipped[0].reason if len(skipped) == 1 else f"the first: {skipped[0].reason}",
        next_step="give tracks with audio that can be read",
        details={
            "skipped": [
                {"file": str(one.file), "error": one.error_code, "reason": one.reason}
                for one in skipped
            ]
        },
    )

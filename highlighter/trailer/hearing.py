"""Listen to all tracks of a trailer; those that cannot be played are told, not fatal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

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


@dataclass(frozen=True, slots=True)
class Playable:
    """What was learnt of the tracks that can be played.

    Parameters
    ----------
    tracks, materials
        One each, in the order given; their places are those of the excerpts in the store.
    skipped
        Those that cannot, and why.
    seconds
        Of each that were listened to.
    """

    tracks: tuple[TrailerTrack, ...]
    materials: tuple[Material, ...]
    skipped: tuple[Skipped, ...]
    seconds: float


class Listening:
    """Listens to tracks, and tells which can be played.

    Parameters
    ----------
    tracks
        Those that may be played.
    left_out
        Those that are not tried.
    run
        Told and asked before each track.
    """

    def __init__(
        self, tracks: Sequence[TrailerTrack], left_out: Sequence[Skipped], run: Run
    ) -> None:
        self._tracks, self._left_out = list(tracks), left_out
        self._run = run
        self._places: list[int] = []

    def listen(self, seconds: float, total: float | None, store: ExcerptStore) -> Playable:
        """Listen to `seconds` of each track, or to as much as `total` of all asks for.

        Parameters
        ----------
        seconds, total
            As asked for.
        store
            Empty; takes an excerpt of each track that can be played.

        Raises
        ------
        NothingToPlayError
            None of the tracks can be used.
        """
        if total is not None:
            seconds = min(LONGEST, total / max(1, len(self._tracks)))
        for _ in range(_MOST_LISTENINGS):
            found = self._listen_to_all(seconds, store)
            if total is None:
                break
            # Where some tracks are short or missing, the others have to give more.
            needed = max(shares([one.span for one in found.materials], total))
            if needed <= seconds + _ENOUGH or seconds >= LONGEST:
                break
            seconds = min(LONGEST, needed)
        return found

    def distrust(self, place: int) -> None:
        """Have the track that was playable at `place` heard anew, whatever is known of it."""
        number = self._places[place]
        self._tracks = [
            # What is known of one reading of a file is known of no other.
            replace(one, material=None) if one.file == self._tracks[number].file else one
            for one in self._tracks
        ]

    def _listen_to_all(self, seconds: float, store: ExcerptStore) -> Playable:
        store.clear()
        self._places.clear()
        materials: list[Material] = []
        skipped = list(self._left_out)
        for number, track in enumerate(self._tracks):
            self._run.stage("listening", number)
            try:
                materials.append(listen(track, seconds, store))
                self._places.append(number)
            except TrailerNotWrittenError:
                raise
            except HooklistError as error:
                skipped.append(Skipped(track.file, error.code, str(error)))
        if not materials:
            raise _nothing(skipped)
        tracks = tuple(self._tracks[number] for number in self._places)
        return Playable(tracks, tuple(materials), tuple(skipped), seconds)


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

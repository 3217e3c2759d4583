"""Make a trailer: listen to each track, plan, mix, master, write, and check what was written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from highlighter.trailer.encode import (
    Mark,
    OutputFormat,
    Tags,
    encode,
    output_format,
    read_decoded,
    replacing,
)
from highlighter.trailer.errors import (
    BadTrailerRequestError,
    NoDerivativesError,
    NothingToPlayError,
    TrailerCancelledError,
    TrailerNotWrittenError,
)
from highlighter.trailer.excerpts import ExcerptStore
from highlighter.trailer.gains import TARGET_LUFS
from highlighter.trailer.listen import listen
from highlighter.trailer.master import Mastering, corrected, mastered, settle
from highlighter.trailer.material import Material
from highlighter.trailer.measure import StreamMeter
from highlighter.trailer.mix import levelled, mix
from highlighter.trailer.model import (
    Chapter,
    NoDerivatives,
    Order,
    Progress,
    Skipped,
    Trailer,
    TrailerTrack,
)
from highlighter.trailer.plan import LONGEST, SHORTEST, Plan, make_plan, shares
from highlighter.trailer.stretch import can_stretch
from hooklist_errors import HooklistError

Float32 = NDArray[np.float32]

MOST_TRACKS = 200

_MOST_WRITES = 4
_MOST_LISTENINGS = 4
_ENOUGH = 0.5  # seconds of each track that may be missing from what was listened to
_MOST_ARTISTS = 8


def make_trailer(
    tracks: Sequence[TrailerTrack],
    out: Path,
    *,
    seconds_per_track: float = 12.0,
    order: Order = "keep",
    total_seconds: float | None = None,
    mixing: bool = True,
    no_derivatives: NoDerivatives = "cut",
    title: str = "Trailer",
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Trailer:
    """Join the best moment of each track into one piece of sound.

    Parameters
    ----------
    tracks
        The playlist, 1 to `MOST_TRACKS`.
    out
        Where to write; its ending (``.mp3``, ``.opus``, ``.m4a``) chooses the format. It is
        replaced in one step when everything went well, and untouched otherwise.
    seconds_per_track
        From one chapter to the next, 2 to 60; less where a track has less.
    order
        ``"keep"`` the given one, or ``"flow"``: neighbours close in tempo, key and loudness.
    total_seconds
        Length of the whole, from which that per track follows: `seconds_per_track` is not looked at
        then. Met to a second where the tracks have as much.
    mixing
        False for hard cuts with short fades.
    no_derivatives
        What becomes of tracks whose licence forbids derivatives: ``"cut"``, played between
        silences, never mixed, or ``"leave-out"``, skipped.
    title
        Written into the file.
    progress
        Called with (steps done, steps in all, stage).
    should_stop
        Asked at least once per track or fragment.

    Returns
    -------
    What was written; its loudness and true peak are measured on the decoded file.

    Raises
    ------
    BadTrailerRequestError
        An argument is out of its range.
    UnknownTrailerFormatError
        The ending of `out` names no format.
    NothingToPlayError
        None of the tracks can be used; ``details["skipped"]`` says why for each.
    TrailerCancelledError
        `should_stop` said so.
    TrailerNotWrittenError
        The folder cannot be written to, is full, or the encoder failed.
    """
    form = output_format(out)
    _check(tracks, seconds_per_track, total_seconds, order, no_derivatives)
    run = _Run(len(tracks), progress, should_stop)
    tracks, left_out = _allowed(tracks, no_derivatives)
    with (
        ExcerptStore(form.sample_rate, out.parent) as store,
        ExcerptStore(form.sample_rate, out.parent) as mixdown,
    ):
        found = _Listening(tracks, left_out, store, run)
        seconds = found.listen(seconds_per_track, total_seconds)
        run.stage("planning")
        plan = make_plan(
            found.materials,
            seconds=seconds,
            order=order,
            total_seconds=total_seconds,
            mixing=mixing,
            can_stretch=can_stretch(),
        )
        plan = levelled(plan, store)
        played = tuple(found.used[fragment.track] for fragment in plan.fragments)
        chapters = _chapters(plan, played)
        for block in mix(plan, store, before_fragment=lambda place: run.stage("mixing", place)):
            mixdown.add(block, 0.0)
        with replacing(out) as draft:
            meter, mastering = _write(draft, form, mixdown, _tags(title, played), chapters, run)
    run.stage("done")
    return Trailer(
        file=out,
        duration=round(plan.duration * form.sample_rate) / form.sample_rate,
        lufs=round(meter.lufs, 2),
        true_peak_dbtp=round(meter.true_peak_dbtp, 2),
        chapters=chapters,
        skipped=found.skipped,
        peaks=meter.waveform,
        limited=mastering.limited,
    )


class _Run:
    """What the caller is told and asked on the way."""

    def __init__(
        self, tracks: int, progress: Progress | None, should_stop: Callable[[], bool] | None
    ) -> None:
        # Each track is listened to, mixed and written; then planning, checking and the end.
        self._total = 3 * tracks + 3
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
            "writing": 2 * self._tracks + 1,
            "checking": 3 * self._tracks + 1,
            "done": self._total,
        }[name]
        # Further passes over the same fragments do not run backwards.
        self._done = max(self._done, first + step)
        if self._progress is not None:
            self._progress(self._done, self._total, name)


def _check(
    tracks: Sequence[TrailerTrack],
    seconds: float,
    total: float | None,
    order: str,
    no_derivatives: str,
) -> None:
    if not tracks:
        raise NothingToPlayError(
            "A trailer needs at least one track",
            next_step="give one or more audio files",
            details={"skipped": []},
        )
    problem = ""
    each = seconds if total is None else total / len(tracks)
    if len(tracks) > MOST_TRACKS:
        problem = f"{len(tracks)} tracks are more than the {MOST_TRACKS} that are allowed"
    elif not SHORTEST <= each <= LONGEST:
        problem = f"{each:g} seconds per track are not between {SHORTEST:g} and {LONGEST:g}"
    elif order not in ("keep", "flow"):
        problem = f"the order {order!r} is neither 'keep' nor 'flow'"
    elif no_derivatives not in ("cut", "leave-out"):
        problem = f"{no_derivatives!r} for such licences is neither 'cut' nor 'leave-out'"
    if problem:
        raise BadTrailerRequestError(
            "This trailer cannot be made", why=problem, next_step="ask for something else"
        )


def _allowed(
    tracks: Sequence[TrailerTrack], no_derivatives: NoDerivatives
) -> tuple[list[TrailerTrack], list[Skipped]]:
    """Return the tracks that may be played, and those that are left out for their licence."""
    allowed: list[TrailerTrack] = []
    left_out: list[Skipped] = []
    for track in tracks:
        if track.no_derivatives and no_derivatives == "leave-out":
            error = NoDerivativesError(
                "The track is left out",
                which=track.file.name,
                why="its licence forbids derivatives, and a trailer is one",
                next_step="have such tracks played between silences instead, or choose another",
            )
            left_out.append(Skipped(track.file, error.code, str(error)))
        else:
            allowed.append(track)
    return allowed, left_out


class _Listening:
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
        run: _Run,
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


def _write(
    draft: Path,
    form: OutputFormat,
    mixdown: ExcerptStore,
    tags: Tags,
    chapters: Sequence[Chapter],
    run: _Run,
) -> tuple[StreamMeter, Mastering]:
    """Master and encode; again, corrected, where the decoded file's levels are not as promised."""

    def mixed() -> Iterator[Float32]:
        for number in range(len(mixdown)):
            run.ask()
            yield mixdown.whole(number)

    def writing() -> Iterator[Float32]:
        for number, block in enumerate(mixed()):
            # There is a block for each fragment, and one for each transition before the next.
            run.stage("writing", number // 2)
            yield block

    rate = form.sample_rate
    marks = [Mark(one.start, one.end, _name(one)) for one in chapters]
    frames = round(chapters[-1].end * rate)
    mastering = Mastering(ceiling=form.ceiling, target=TARGET_LUFS + form.loss)
    for attempt in range(_MOST_WRITES):
        mastering = settle(mixed, rate, mastering)
        encode(draft, form, mastered(writing(), rate, mastering), marks, tags)
        run.stage("checking")
        meter = StreamMeter(rate, frames)
        for block in read_decoded(draft, rate):
            meter.push(block)
        better = corrected(mastering, meter.lufs, meter.true_peak_dbtp, again=attempt > 0)
        if better == mastering or attempt == _MOST_WRITES - 1:
            break
        mastering = better
    run.ask()
    return meter, mastering


def _chapters(plan: Plan, played: Sequence[TrailerTrack]) -> tuple[Chapter, ...]:
    chapters = []
    for place, (fragment, track) in enumerate(zip(plan.fragments, played, strict=True)):
        join = plan.joins[place - 1] if place else None
        chapters.append(
            Chapter(
                file=track.file,
                title=track.title,
                artists=track.artists,
                start=fragment.start,
                end=fragment.end,
                source_start=fragment.source_start,
                source_end=fragment.source_end,
                transition=join.kind if join else "start",
                transition_seconds=join.seconds if join else 0.0,
                reason=join.reason if join else "the trailer starts here",
                rate=fragment.rate,
                beats=join.beats if join else 0,
            )
        )
    return tuple(chapters)


def _name(chapter: Chapter) -> str:
    return TrailerTrack(chapter.file, chapter.title, chapter.artists).label


def _tags(title: str, played: Sequence[TrailerTrack]) -> Tags:
    artists = list(dict.fromkeys(name for track in played for name in track.artists if name))
    if len(artists) > _MOST_ARTISTS:
        artists = [*artists[:_MOST_ARTISTS], "…"]
    lines = [
        f"{track.label}: {track.attribution}" if track.attribution else track.label
        for track in played
    ]
    return Tags(title=title, artist=", ".join(artists), comment="\n".join(lines))

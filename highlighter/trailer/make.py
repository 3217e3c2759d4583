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
    NothingToPlayError,
    TrailerCancelledError,
    TrailerNotWrittenError,
)
from highlighter.trailer.listen import listen
from highlighter.trailer.master import Mastering, corrected, mastered, settle
from highlighter.trailer.measure import StreamMeter
from highlighter.trailer.mix import ExcerptStore, mix
from highlighter.trailer.model import Chapter, Order, Progress, Skipped, Trailer, TrailerTrack
from highlighter.trailer.plan import LONGEST, SHORTEST, TARGET_LUFS, Material, Plan, make_plan
from hooklist_errors import HooklistError

Float32 = NDArray[np.float32]

MOST_TRACKS = 200

_MOST_WRITES = 4
_MOST_ARTISTS = 8


def make_trailer(
    tracks: Sequence[TrailerTrack],
    out: Path,
    *,
    seconds_per_track: float = 12.0,
    order: Order = "keep",
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
    _check(tracks, seconds_per_track, order)
    run = _Run(len(tracks), progress, should_stop)
    with ExcerptStore(form.sample_rate, out.parent) as store:
        materials, used, skipped = _listen_to_all(tracks, seconds_per_track, store, run)
        run.stage("planning")
        plan = make_plan(materials, seconds=seconds_per_track, order=order)
        played = tuple(used[fragment.track] for fragment in plan.fragments)
        chapters = _chapters(plan, played)
        with replacing(out) as draft:
            meter = _write(draft, form, plan, store, _tags(title, played), chapters, run)
    run.stage("done")
    return Trailer(
        file=out,
        duration=round(plan.duration * form.sample_rate) / form.sample_rate,
        lufs=round(meter.lufs, 2),
        true_peak_dbtp=round(meter.true_peak_dbtp, 2),
        chapters=chapters,
        skipped=skipped,
        peaks=meter.waveform,
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


def _check(tracks: Sequence[TrailerTrack], seconds: float, order: str) -> None:
    if not tracks:
        raise NothingToPlayError(
            "A trailer needs at least one track",
            next_step="give one or more audio files",
            details={"skipped": []},
        )
    problem = ""
    if len(tracks) > MOST_TRACKS:
        problem = f"{len(tracks)} tracks are more than the {MOST_TRACKS} that are allowed"
    elif not SHORTEST <= seconds <= LONGEST:
        problem = f"{seconds:g} seconds per track are not between {SHORTEST:g} and {LONGEST:g}"
    elif order not in ("keep", "flow"):
        problem = f"the order {order!r} is neither 'keep' nor 'flow'"
    if problem:
        raise BadTrailerRequestError(
            "This trailer cannot be made", why=problem, next_step="ask for something else"
        )


def _listen_to_all(
    tracks: Sequence[TrailerTrack], seconds: float, store: ExcerptStore, run: _Run
) -> tuple[list[Material], list[TrailerTrack], tuple[Skipped, ...]]:
    """Return what was learnt, of which tracks, and which could not be used."""
    materials: list[Material] = []
    used: list[TrailerTrack] = []
    skipped: list[Skipped] = []
    for number, track in enumerate(tracks):
        run.stage("listening", number)
        try:
            materials.append(listen(track, seconds, store))
            used.append(track)
        except TrailerNotWrittenError:
            raise
        except HooklistError as error:
            skipped.append(Skipped(track.file, error.code, str(error)))
    if not materials:
        raise NothingToPlayError(
            "None of the tracks can be played",
            which=f"{len(tracks)} tracks" if len(tracks) > 1 else tracks[0].file.name,
            why=skipped[0].reason if len(skipped) == 1 else f"the first: {skipped[0].reason}",
            next_step="give tracks with audio that can be read",
            details={
                "skipped": [
                    {"file": str(one.file), "error": one.error_code, "reason": one.reason}
                    for one in skipped
                ]
            },
        )
    return materials, used, tuple(skipped)


def _write(
    draft: Path,
    form: OutputFormat,
    plan: Plan,
    store: ExcerptStore,
    tags: Tags,
    chapters: Sequence[Chapter],
    run: _Run,
) -> StreamMeter:
    """Master and encode; again, corrected, where the decoded file's levels are not as promised."""

    def mixing() -> Iterator[Float32]:
        return mix(plan, store, before_fragment=lambda place: run.stage("mixing", place))

    def writing() -> Iterator[Float32]:
        return mix(plan, store, before_fragment=lambda place: run.stage("writing", place))

    rate = form.sample_rate
    marks = [Mark(one.start, one.end, _name(one)) for one in chapters]
    mastering = Mastering(ceiling=form.ceiling, target=TARGET_LUFS + form.loss)
    for attempt in range(_MOST_WRITES):
        mastering = settle(mixing, rate, mastering)
        encode(draft, form, mastered(writing(), rate, mastering), marks, tags)
        run.stage("checking")
        meter = StreamMeter(rate, round(plan.duration * rate))
        for block in read_decoded(draft, rate):
            meter.push(block)
        better = corrected(mastering, meter.lufs, meter.true_peak_dbtp, again=attempt > 0)
        if better == mastering or attempt == _MOST_WRITES - 1:
            break
        mastering = better
    run.ask()
    return meter


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

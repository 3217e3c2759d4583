"""Make a trailer: listen to each track, plan, mix, master, write, and check what was written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from highlighter.trailer.drafts import replacing
from highlighter.trailer.encode import output_format
from highlighter.trailer.excerpts import ExcerptStore, LostExcerptError
from highlighter.trailer.gains import TARGET_LUFS
from highlighter.trailer.hearing import Listening, Playable
from highlighter.trailer.labels import chapters_of, marks_of, tags_of
from highlighter.trailer.levels import gain_of
from highlighter.trailer.master import Mastering, expected
from highlighter.trailer.material import Material
from highlighter.trailer.mix import mix
from highlighter.trailer.model import NoDerivatives, Order, Progress, Trailer, TrailerTrack
from highlighter.trailer.plan import make_plan
from highlighter.trailer.request import Request, allowed, check_request
from highlighter.trailer.run import Run
from highlighter.trailer.stretch import can_stretch
from highlighter.trailer.timeline import Plan
from highlighter.trailer.writing import Sheet, live_sound, write


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
    live: Path | None = None,
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
    live
        A file that a listener may follow while the trailer is made: it gets the same sound, as MP3,
        from front to back, each fragment as soon as it is mixed. An older one is removed at once.
        It is whole when the stage `checking` begins; it is then left to the caller, who removes it
        when nobody is to begin with it any more. If the trailer fails or is stopped, it is removed;
        so it is where a track whose `material` is known turns out to be unreadable on the way.
        Where `out` is an MP3 that costs nothing, because the sound is encoded once for both.
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
    request = Request(
        tuple(tracks),
        out,
        seconds_per_track=seconds_per_track,
        order=order,
        total_seconds=total_seconds,
        mixing=mixing,
        no_derivatives=no_derivatives,
        title=title,
    )
    output_format(out)
    check_request(request)
    run = Run(len(tracks), progress, should_stop)
    tracks, left_out = allowed(tracks, no_derivatives)
    hearing = Listening(tracks, left_out, run)
    with live_sound(live):
        while True:
            try:
                return _made(request, hearing, run, live)
            except LostExcerptError as lost:
                # A file has changed since it was heard: whoever listens along has heard what cannot
                # stay, and the rest is made of what there is. One track fewer is trusted each time.
                hearing.distrust(lost.number)
                if live is not None:
                    live.unlink(missing_ok=True)
                live = None


def _made(request: Request, hearing: Listening, run: Run, live: Path | None) -> Trailer:
    out = request.out
    form = output_format(out)
    with (
        ExcerptStore(form.sample_rate, out.parent) as store,
        ExcerptStore(form.sample_rate, out.parent) as mixdown,
    ):
        heard = hearing.listen(request.seconds_per_track, request.total_seconds, store)
        run.stage("planning")
        plan = make_plan(
            heard.materials,
            seconds=heard.seconds,
            order=request.order,
            total_seconds=request.total_seconds,
            mixing=request.mixing,
            can_stretch=can_stretch(),
        )
        played = tuple(heard.tracks[fragment.track] for fragment in plan.fragments)
        chapters = chapters_of(plan, heard.tracks, heard.materials, _usual(request, heard))
        mastering = expected(
            _levels(plan, heard.materials),
            Mastering(ceiling=form.ceiling, target=TARGET_LUFS + form.loss),
        )
        blocks = mix(
            plan,
            store,
            before_fragment=lambda place: run.stage("mixing", place),
            gain=lambda sound: gain_of(sound, form.sample_rate, form.ceiling, plan.most_boost),
        )
        duration = round(plan.duration * form.sample_rate) / form.sample_rate
        with replacing(out) as draft:
            sheet = Sheet(form, marks_of(chapters), tags_of(request.title, played), duration)
            meter, mastering = write(
                draft, sheet, blocks, mastering, mixdown=mixdown, run=run, live=live
            )
    run.stage("done")
    return Trailer(
        file=out,
        duration=duration,
        lufs=round(meter.lufs, 2),
        true_peak_dbtp=round(meter.true_peak_dbtp, 2),
        chapters=chapters,
        skipped=heard.skipped,
        peaks=meter.waveform,
        limited=mastering.limited,
    )


def _usual(request: Request, heard: Playable) -> float:
    """Return the seconds of each track that were asked for."""
    if request.total_seconds is None:
        return request.seconds_per_track
    return request.total_seconds / len(heard.tracks)


def _levels(plan: Plan, materials: Sequence[Material]) -> list[tuple[float, float]]:
    """Return the seconds and the expected LUFS of each fragment."""
    return [
        (one.end - one.start, materials[one.track].loudness + one.gain) for one in plan.fragments
    ]

"""Master and encode a mix while it is made; again, corrected, if its levels are not as promised."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from highlighter.trailer.drafts import not_written
from highlighter.trailer.encode import (
    FORMATS,
    Encoder,
    Mark,
    OutputFormat,
    Tags,
    encode,
    read_decoded,
    show_comment,
)
from highlighter.trailer.excerpts import ExcerptStore
from highlighter.trailer.master import Mastered, Mastering, corrected, mastered, settle
from highlighter.trailer.measure import StreamMeter
from highlighter.trailer.run import Run

Float32 = NDArray[np.float32]

LIVE_FORMAT = FORMATS[".mp3"]

_MOST_WRITES = 4


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is written besides the sound.

    Parameters
    ----------
    form
        Of the file.
    marks, tags
        Chapters and names.
    duration
        Seconds.
    """

    form: OutputFormat
    marks: Sequence[Mark]
    tags: Tags
    duration: float


def write(
    draft: Path,
    sheet: Sheet,
    mix: Iterable[Float32],
    start: Mastering,
    *,
    mixdown: ExcerptStore,
    run: Run,
    live: Path | None = None,
) -> tuple[StreamMeter, Mastering]:
    """Master and encode a mix; again, corrected, where the decoded file's levels are not right.

    The first time every block is on disk as soon as it is mixed, with the gain that the plan makes
    expect. Only if that was wrong the mix, kept meanwhile, is measured as a whole.

    Parameters
    ----------
    draft
        What to write.
    sheet
        What else to write into it.
    mix
        (n, 2) blocks; taken once.
    start
        The gain and the ceiling to begin with.
    mixdown
        Empty; takes the mix.
    run
        Told of further passes, and asked.
    live
        Where the sound of the first time goes as well, as MP3; see `make_trailer`.

    Returns
    -------
    What the decoded file measures, and what was done to the mix.
    """
    rate = sheet.form.sample_rate
    mastering = _while_mixed(draft, sheet, _kept(mix, mixdown), start, live)
    for attempt in range(1, _MOST_WRITES + 1):
        run.stage("checking")
        meter = StreamMeter(rate, round(sheet.duration * rate))
        for block in read_decoded(draft, rate):
            meter.push(block)
        better = corrected(mastering, meter.lufs, meter.true_peak_dbtp, again=attempt > 2)
        if better == mastering or attempt == _MOST_WRITES:
            break
        if attempt == 1:
            # What was missing is the expectation's fault, not the encoder's.
            better = replace(better, target=start.target)
        mastering = settle(lambda: _again(mixdown, run), rate, better)
        chain = Mastered(rate, mastering)
        run.stage("writing")
        encode(draft, sheet.form, mastered(chain, _again(mixdown, run)), sheet.marks, sheet.tags)
    run.ask()
    return meter, mastering


def _kept(mix: Iterable[Float32], mixdown: ExcerptStore) -> Iterator[Float32]:
    for block in mix:
        mixdown.add(block, 0.0)
        yield block


def _again(mixdown: ExcerptStore, run: Run) -> Iterator[Float32]:
    for number in range(len(mixdown)):
        run.ask()
        yield mixdown.whole(number)


def _while_mixed(
    draft: Path, sheet: Sheet, mix: Iterable[Float32], start: Mastering, live: Path | None
) -> Mastering:
    chain = Mastered(sheet.form.sample_rate, start)
    # One encoding does for both where the format is the same.
    shared = live is not None and sheet.form.container == LIVE_FORMAT.container
    with ExitStack() as stack:
        encoders = []
        if live is not None:
            form = replace(LIVE_FORMAT, sample_rate=sheet.form.sample_rate)
            encoder = Encoder(live, form, sheet.marks, sheet.tags, followed=True)
            encoders.append(stack.enter_context(encoder))
        if not shared:
            encoder = Encoder(draft, sheet.form, sheet.marks, sheet.tags)
            encoders.append(stack.enter_context(encoder))
        for block in mastered(chain, mix):
            for encoder in encoders:
                encoder.push(block)
    if live is not None and shared:
        try:
            shutil.copyfile(live, draft)
        except OSError as error:
            raise not_written(draft, error) from error
    show_comment(draft, sheet.form, sheet.tags)
    return chain.done


@contextmanager
def live_sound(live: Path | None) -> Iterator[None]:
    """Make a file that any user may follow; it is removed if what follows fails.

    Raises
    ------
    TrailerNotWrittenError
        It cannot be made.
    """
    if live is None:
        yield
        return
    try:
        live.unlink(missing_ok=True)
        live.touch()
        live.chmod(0o644)
    except OSError as error:
        raise not_written(live, error) from error
    try:
        yield
    except BaseException:
        live.unlink(missing_ok=True)
        raise

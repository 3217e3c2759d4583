"""One song, heard once: what the default, every strategy and every model answer for it.

`hear_song` runs in a child process (`highlighter.sandbox`), since songs come from anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from highlighter.analysis import Sound, analyse_sound, listen
from highlighter.analysis.hearing import TABLE_RATE
from highlighter.audio.tags import genre_tag
from highlighter.evaluation.baselines import LOUDEST, MOST_REPEATED, highest_mean
from highlighter.evaluation.metrics import Floats, each_second
from highlighter.highlight import highlight_of, route, strategies
from highlighter.highlight.similarity import (
    CONTEXT_SECONDS,
    NEAREST_SECONDS,
    pool_factor,
    pooled,
    repeats,
    similarity,
)
from highlighter.highlight.strategies import Heard, Strategy
from hooklist_genres import most_trusted

DEFAULT = "hooklist"
STRATEGY, MODEL = "strategy: ", "model: "

_MOMENTARY_RATE = 10.0
_QUIETEST = -70.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What one row of the report says about one song.

    Attributes
    ----------
    row
        Whose answer it is.
    start, end
        Seconds; None where it has none.
    strategy, confidence, reason
        Of the default and the strategies; empty and None of others.
    curve
        One value per whole second of the song; empty where there is no curve.
    error
        Why it failed, in words; empty where it did not.
    auc, f1
        Of the curve, once it was compared with the truth; None where that cannot be.
    """

    row: str
    start: float | None = None
    end: float | None = None
    strategy: str = ""
    confidence: float | None = None
    reason: str = ""
    curve: tuple[float, ...] = ()
    error: str = ""
    auc: float | None = None
    f1: float | None = None


@dataclass(frozen=True, slots=True)
class Listening:
    """Everything that was answered for one song.

    Attributes
    ----------
    duration
        Seconds that were decoded.
    genre
        As the file's own tags say; empty where they do not.
    answers
        The default's first.
    """

    duration: float
    genre: str
    answers: tuple[Answer, ...]


def hear_song(path: str, seconds: float, models: Sequence[str] = ()) -> Listening:
    """Hear a file once and return what everything that listens answers for it.

    Parameters
    ----------
    path
        The file.
    seconds
        Length of the clip.
    models
        Files ``NAME.onnx`` whose curves are asked, too.

    Raises
    ------
    AudioError
        The file cannot be heard, or the length is out of range.
    """
    sound = listen(path)
    analysis = analyse_sound(sound)
    genre = most_trusted(tag=genre_tag(path))
    highlight = highlight_of(
        sound, analysis, seconds=seconds, genre=genre.genre, genre_confidence=genre.estimated
    )
    answers = [
        Answer(
            DEFAULT,
            highlight.start,
            highlight.end,
            highlight.strategy,
            highlight.confidence,
            highlight.reason,
            _kept(np.array(highlight.curve) / 100.0, highlight.curve_rate, sound.duration),
        )
    ]
    if sound.duration > seconds:
        heard = Heard(sound, analysis, route(genre.genre, genre.estimated))
        answers += [_loudest(sound, seconds), _most_repeated(sound, seconds)]
        answers += [_asked(one, heard, seconds) for one in strategies.ALL]
        answers += _modelled(path, sound, seconds, models)
    return Listening(sound.duration, genre.genre or "", tuple(answers))


def _asked(strategy: Strategy, heard: Heard, seconds: float) -> Answer:
    row = STRATEGY + strategy.name
    try:
        found = strategy.find(heard, seconds)
    except Exception as failure:  # one strategy that fails is a finding, not the end of the others
        return Answer(row, error=f"{type(failure).__name__}: {failure}"[:300])
    if found is None:
        return Answer(row)
    curve = _kept(found.curve.values, found.curve.rate, heard.sound.duration)
    return Answer(row, found.start, found.end, strategy.name, found.confidence, found.reason, curve)


def _loudest(sound: Sound, seconds: float) -> Answer:
    """Return the window with the most K-weighted energy (ITU-R BS.1770-4, 400 ms, ungated)."""
    level = np.maximum(sound.momentary, _QUIETEST)
    start = highest_mean(10.0 ** (level / 10.0), _MOMENTARY_RATE, seconds, sound.duration)
    return Answer(
        LOUDEST, start, start + seconds, curve=_kept(level, _MOMENTARY_RATE, sound.duration)
    )


def _most_repeated(sound: Sound, seconds: float) -> Answer:
    """Return the window whose passages come back best; loudness has no say."""
    factor = pool_factor(sound.chroma.shape[0])
    rate = TABLE_RATE / factor
    chroma, bands = pooled(sound.chroma, factor), pooled(sound.bands, factor)
    context, nearest = round(CONTEXT_SECONDS * rate), round(NEAREST_SECONDS * rate)
    values = repeats(similarity(chroma, bands), max(2, context), max(2, nearest))
    start = highest_mean(values, rate, seconds, sound.duration)
    return Answer(MOST_REPEATED, start, start + seconds, curve=_kept(values, rate, sound.duration))


def _modelled(path: str, sound: Sound, seconds: float, models: Sequence[str]) -> Iterator[Answer]:
    if not models:
        return
    from highlighter.evaluation.models import asked, model_name

    files = [Path(model) for model in models]
    for model, start, values, rate, why in asked(Path(path), sound, files, seconds):
        row = MODEL + model_name(model)
        if why:
            yield Answer(row, error=why)
        else:
            yield Answer(row, start, start + seconds, curve=_kept(values, rate, sound.duration))


def _kept(values: Floats | np.ndarray[Any, Any], rate: float, duration: float) -> tuple[float, ...]:
    if not len(values) or rate <= 0.0:
        return ()
    return tuple(np.round(each_second(values, rate, duration), 4).tolist())

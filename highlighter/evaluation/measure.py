"""From what was answered for each song to one row per way of answering."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from highlighter.evaluation import baselines
from highlighter.evaluation.bootstrap import Interval, paired_interval
from highlighter.evaluation.hear import DEFAULT, Answer
from highlighter.evaluation.listening import HeardSong
from highlighter.evaluation.metrics import (
    ORACLES,
    Floats,
    mean_of_starts,
    scores,
    seconds_of_chorus,
)
from highlighter.evaluation.songs import Song
from hooklist_genres import resolve

METRICS = ("P", "hit50", "IoU", "st3", "AUC", "F1")
COMPARED = ("P", "IoU", "st3")
BEST_P, BEST_IOU = ORACLES
RANDOM_ROW = f"{baselines.RANDOM} ×{baselines.DRAWS}"
POOR = 0.2
"""P below which a song is named among the error cases."""


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One way of answering, on every scored song of a data set.

    Attributes
    ----------
    name
        Of the row.
    values
        Metric → (n,), NaN where this row says nothing about a song.
    answers
        One per song; None for rows that are not one clip per song (random).
    """

    name: str
    values: Mapping[str, Floats]
    answers: tuple[Answer | None, ...]

    def mean(self, metric: str) -> float:
        """Return the mean over the songs that have one; NaN where none has."""
        values = self.values[metric]
        known = values[~np.isnan(values)]
        return float(known.mean()) if known.size else math.nan

    @property
    def songs(self) -> int:
        """How many songs it has a clip for."""
        return int((~np.isnan(self.values["P"])).sum())


@dataclass(frozen=True, slots=True, eq=False)
class ScoredSong:
    """A song that was measured on.

    Attributes
    ----------
    song
        With its truth.
    duration
        Seconds.
    genre, family
        As labelled, else as tagged; and its family in the vocabulary. Empty where unknown.
    """

    song: Song
    duration: float
    genre: str
    family: str


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Everything measured on one data set.

    Attributes
    ----------
    name
        Of the data set.
    seconds
        Length of the clips.
    songs
        Those that were scored, (n,).
    rows
        By name, in the report's order.
    failed
        (song, why): files that could not be heard.
    left_out
        (song, why): songs that say nothing about highlights.
    chorus_share
        Mean share of a song that is chorus.
    f1_of_all
        Mean F1 where every second is called chorus.
    """

    name: str
    seconds: float
    songs: tuple[ScoredSong, ...]
    rows: Mapping[str, Row]
    failed: tuple[tuple[Song, str], ...] = ()
    left_out: tuple[tuple[Song, str], ...] = ()
    chorus_share: float = math.nan
    f1_of_all: float = math.nan
    differences: Mapping[str, Mapping[str, Interval]] = field(default_factory=dict)
    """Row → metric → the default's mean less that row's, with its paired interval."""
    room: Mapping[str, Interval] = field(default_factory=dict)
    """Row → the best possible P less that row's: what an answer can be better by at all."""


def measure(
    name: str,
    heard: Sequence[HeardSong],
    seconds: float,
    peer: Mapping[str, Answer] | None = None,
    unmarked: Sequence[Song] = (),
) -> Measured:
    """Return the scores of every way of answering on one data set.

    Parameters
    ----------
    name
        Of the data set.
    heard
        Its songs, with what was answered.
    seconds
        Length of the clips that need a length.
    peer
        Song's name → what the peer answered; None where it was not asked.
    unmarked
        Songs of the data set without a chorus, which nobody listened to.
    """
    failed, scored, listened = [], [], []
    left_out = [(song, "no chorus is marked") for song in unmarked]
    for one in heard:
        if one.listening is None:
            failed.append((one.song, one.error))
        elif why := reason_to_leave_out(one.song, one.listening.duration, seconds):
            left_out.append((one.song, why))
        else:
            genre = one.song.genre or one.listening.genre
            known = resolve(genre) if genre else None
            duration = one.listening.duration
            scored.append(ScoredSong(one.song, duration, genre, known.family if known else ""))
            listened.append(one)
    rows = _rows(scored, listened, seconds, peer) if scored else {}
    truth = [seconds_of_chorus(one.song.choruses, one.duration) for one in scored]
    shares = np.array([inside.mean() for inside in truth]) if truth else np.array([math.nan])
    return Measured(
        name,
        seconds,
        tuple(scored),
        rows,
        tuple(failed),
        tuple(left_out),
        float(shares.mean()),
        float((2.0 * shares / (1.0 + shares)).mean()),
        _differences(rows, DEFAULT, COMPARED),
        {name: one["P"] for name, one in _differences(rows, BEST_P, ("P",)).items()},
    )


def reason_to_leave_out(song: Song, duration: float, seconds: float) -> str:
    """Return why a song says nothing about highlights; empty where it does."""
    if duration <= seconds:
        return f"it lasts {duration:.1f} s, no longer than a clip"
    if all(start >= duration for start, _ in song.choruses):
        return f"its choruses lie after its end at {duration:.1f} s"
    return ""


def _rows(
    songs: Sequence[ScoredSong],
    heard: Sequence[HeardSong],
    seconds: float,
    peer: Mapping[str, Answer] | None,
) -> dict[str, Row]:
    rows = {RANDOM_ROW: _random_row(songs, seconds)}
    for name, place in baselines.POSITIONS.items():
        starts = [place(one.duration, seconds) for one in songs]
        rows[name] = _row(name, songs, [_clip(name, start, seconds) for start in starts])
    by_row: dict[str, list[Answer | None]] = {}
    for number, one in enumerate(heard):
        for answer in one.listening.answers if one.listening is not None else ():
            by_row.setdefault(answer.row, [None] * len(heard))[number] = answer
    default = by_row.pop(DEFAULT)
    for name in (baselines.LOUDEST, baselines.MOST_REPEATED):
        if name in by_row:
            rows[name] = _row(name, songs, by_row.pop(name))
    if peer is not None:
        name = next((answer.row for answer in peer.values()), "peer")
        rows[name] = _row(name, songs, [peer.get(one.song.name) for one in songs])
    rows |= {name: _row(name, songs, answers) for name, answers in by_row.items()}
    rows[DEFAULT] = _row(DEFAULT, songs, default)
    for name, oracle in ORACLES.items():
        starts = [oracle(one.duration, seconds, one.song.choruses) for one in songs]
        rows[name] = _row(name, songs, [_clip(name, start, seconds) for start in starts])
    return rows


def _clip(name: str, start: float, seconds: float) -> Answer:
    return Answer(name, start, start + seconds)


def _random_row(songs: Sequence[ScoredSong], seconds: float) -> Row:
    table = np.stack(
        [
            mean_of_starts(
                baselines.random_starts(one.song.name, one.duration, seconds),
                seconds,
                one.song.choruses,
            ).as_array()
            for one in songs
        ]
    )
    values = dict(zip(METRICS[:4], table.T, strict=True))
    unknown = np.full(len(songs), math.nan)
    return Row(RANDOM_ROW, values | {"AUC": unknown, "F1": unknown}, (None,) * len(songs))


def _row(name: str, songs: Sequence[ScoredSong], answers: Sequence[Answer | None]) -> Row:
    table = np.full((len(songs), len(METRICS)), math.nan)
    kept = list(answers)
    for number, (one, answer) in enumerate(zip(songs, answers, strict=True)):
        if answer is None or answer.error:
            continue
        if answer.start is not None and answer.end is not None:
            try:
                clip = scores(answer.start, answer.end, one.song.choruses, one.duration)
            except ValueError as error:  # an answer that is no clip of this song: a failure
                kept[number] = Answer(name, error=str(error))
                continue
            table[number, :4] = clip.as_array()
        for column, value in ((4, answer.auc), (5, answer.f1)):
            table[number, column] = math.nan if value is None else value
    return Row(name, dict(zip(METRICS, table.T, strict=True)), tuple(kept))


def _differences(
    rows: Mapping[str, Row], whose: str, metrics: Sequence[str]
) -> dict[str, dict[str, Interval]]:
    if whose not in rows:
        return {}
    ours = rows[whose].values
    return {
        name: {one: paired_interval(ours[one], row.values[one]) for one in metrics}
        for name, row in rows.items()
        if name != whose and row.songs
    }


def failed_answers(measured: Measured) -> list[tuple[str, str, str]]:
    """Return (row, song, why) of answers that failed on songs that could be heard."""
    return [
        (row.name, one.song.name, answer.error)
        for row in measured.rows.values()
        for one, answer in zip(measured.songs, row.answers, strict=True)
        if answer is not None and answer.error
    ]


def poor_songs(measured: Measured) -> list[tuple[int, float]]:
    """Return (number, P) of the songs whose clip lies almost nowhere in a chorus, worst first."""
    if DEFAULT not in measured.rows:
        return []
    found = measured.rows[DEFAULT].values["P"]
    poor = [(number, float(value)) for number, value in enumerate(found) if value < POOR]
    return sorted(poor, key=lambda one: one[1])


def families(measured: Measured) -> dict[str, list[int]]:
    """Return family of genres → numbers of its songs, the largest first, unknown ("") last."""
    found: dict[str, list[int]] = {}
    for number, one in enumerate(measured.songs):
        found.setdefault(one.family, []).append(number)
    return dict(sorted(found.items(), key=lambda one: (one[0] == "", -len(one[1]), one[0])))

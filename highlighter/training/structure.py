"""Which phrases of a POP909 song are its chorus, how surely, and what that makes the target.

The labels tell which phrases are alike, not what they are. A chorus is what is sung again and
again, higher and fuller than the rest, not first, and still there at the end (B. Owsinski's and
W. Everett's descriptions agree with what J. Van Balen et al., *An analysis of chorus features in
popular song*, ISMIR 2013, measured: higher pitch, more energy, more repetition). Each group of
equal letters is scored on these; a softmax over the scores keeps the doubt, and the two
annotators' answers are averaged.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from highlighter.training.pop909 import BEAT, Phrase, Songbook

_BAR = 4 * BEAT

BEFORE_CHORUS = 0.4
"""Target of the passage that leads into a chorus: worth hearing, though it is none."""

_LEAD = 8 * _BAR
"""At most so much of it."""

_SHARPNESS = 1.4
"""By how much a point of score multiplies the odds, as a power of e."""


@dataclass(frozen=True, slots=True)
class Section:
    """Phrases of one letter in a row.

    Attributes
    ----------
    letter
        As labelled; `I` of an introduction before the labels is `i`.
    start, end
        Ticks.
    chorus
        Probability that this is a chorus, by both annotators' labels, 0 to 1.
    interest
        Target, 0 to 1: `chorus`, and `BEFORE_CHORUS` in what leads into one.
    agreement
        0 to 1: 1 where both labellings say the same.
    """

    letter: str
    start: int
    end: int
    chorus: float
    interest: float
    agreement: float


def sections(song: Songbook) -> tuple[Section, ...]:
    """Return the song from its first tick to its last, cut wherever an annotator's target changes.

    Letters are those of the first annotator.
    """
    curves = [_curves(song, labelling) for labelling in song.labellings]
    first = min(0, song.bars[0])
    end = max(song.end, first + 1)
    cuts = {first, end}
    for labelling in song.labellings:
        for phrase in _joined(labelling):
            cuts |= {phrase.start, phrase.end, max(phrase.start, phrase.end - _LEAD)}
    places = sorted(cut for cut in cuts if first <= cut <= end)
    found: list[Section] = []
    for start, last in pairwise(places):
        middle = (start + last) / 2.0
        values = [_at(curve, middle) for curve in curves]
        chorus = float(np.mean([value[1] for value in values]))
        interest = float(np.mean([value[2] for value in values]))
        apart = abs(values[0][2] - values[-1][2])
        found.append(Section(values[0][0], start, last, chorus, interest, 1.0 - apart))
    return _without_slivers(found)


def _without_slivers(found: list[Section]) -> tuple[Section, ...]:
    """Join neighbours that say the same, and give less than a beat to its predecessor."""
    kept: list[Section] = []
    for part in found:
        last = kept[-1] if kept else None
        same = last is not None and (
            (last.letter, last.chorus, last.interest, last.agreement)
            == (part.letter, part.chorus, part.interest, part.agreement)
        )
        if last is not None and (same or part.end - part.start < BEAT):
            kept[-1] = Section(
                last.letter, last.start, part.end, last.chorus, last.interest, last.agreement
            )
        else:
            kept.append(part)
    return tuple(kept)


_Piece = tuple[str, int, int, float, float]


def _at(curve: list[_Piece], tick: float) -> tuple[str, float, float]:
    for letter, start, end, chorus, interest in curve:
        if start <= tick < end:
            return letter, chorus, interest
    return ("i" if tick < curve[0][1] else "o"), 0.0, 0.0


def _curves(song: Songbook, labelling: tuple[Phrase, ...]) -> list[_Piece]:
    """Return (letter, start, end, chorus, interest) of one annotator's sections."""
    chances = chorus_chances(song, labelling)
    joined = _joined(labelling)
    pieces: list[_Piece] = []
    for phrase, after in zip(joined, [*joined[1:], None], strict=True):
        own = chances.get(phrase.letter, 0.0)
        lead = chances.get(after.letter, 0.0) if after else 0.0
        lifted = own + (1.0 - own) * BEFORE_CHORUS * lead if phrase.sung else own
        cut = max(phrase.start, phrase.end - _LEAD)
        if cut > phrase.start:
            pieces.append((phrase.letter, phrase.start, cut, own, own))
        pieces.append((phrase.letter, cut, phrase.end, own, lifted))
    return pieces


def _joined(labelling: tuple[Phrase, ...]) -> list[Phrase]:
    joined: list[Phrase] = []
    for phrase in labelling:
        if phrase.end <= phrase.start:
            continue
        if joined and joined[-1].letter == phrase.letter:
            joined[-1] = Phrase(phrase.letter, joined[-1].start, phrase.end)
        else:
            joined.append(phrase)
    return joined


def chorus_chances(song: Songbook, labelling: tuple[Phrase, ...]) -> dict[str, float]:
    """Return for each sung letter how likely its phrases are the chorus; they sum to 1.

    A song with one sung letter has only that; one with none has no chorus, and {} is returned.
    """
    joined = [phrase for phrase in _joined(labelling) if phrase.sung]
    letters = sorted({phrase.letter for phrase in joined})
    if not letters:
        return {}
    scores = _scores(song, labelling, joined, letters)
    odds = np.exp(_SHARPNESS * (scores - scores.max()))
    return dict(zip(letters, (odds / odds.sum()).tolist(), strict=True))


def _scores(
    song: Songbook, labelling: tuple[Phrase, ...], joined: list[Phrase], letters: list[str]
) -> NDArray[np.float64]:
    starts = np.array([note.start for note in song.melody])
    pitches = np.array([note.pitch for note in song.melody], dtype=np.float64)
    struck = np.array([note.start for note in song.piano])
    force = np.array([note.velocity for note in song.piano], dtype=np.float64)
    sung = [phrase for phrase in labelling if phrase.sung]
    total = sum(phrase.end - phrase.start for phrase in sung)
    half = sung[0].start + (sung[-1].end - sung[0].start) / 2.0
    rows = []
    for letter in letters:
        own = [phrase for phrase in sung if phrase.letter == letter]
        inside = np.any([(starts >= p.start) & (starts < p.end) for p in own], axis=0)
        played = np.any([(struck >= p.start) & (struck < p.end) for p in own], axis=0)
        length = max(sum(p.end - p.start for p in own), 1)
        late = sum(max(0.0, p.end - max(p.start, half)) for p in own)
        pitch = pitches[inside] if inside.any() else np.array([pitches.min()])
        rows.append(
            (
                float(pitch.mean()),
                float(np.percentile(pitch, 90)),
                float(force[played].sum()) / length if played.any() else 0.0,
                late / max(total, 1),
                sum(phrase.letter == letter for phrase in joined),
            )
        )
    table = np.array(rows, dtype=np.float64)
    height = 0.5 * _beside(table[:, 0], 2.0) + 0.35 * _beside(table[:, 1], 2.0)
    fullness = 0.5 * _beside(np.log(table[:, 2] + 1e-9), 0.25)
    score = height + fullness + 3.0 * table[:, 3]
    last = next((phrase.letter for phrase in reversed(joined) if phrase.letter != "X"), "X")
    for place, letter in enumerate(letters):
        if letter == "X" or table[place, 4] < 2:
            score[place] -= 1.5
        if letter == joined[0].letter and len(letters) > 1:
            score[place] -= 0.7
        if letter == last:
            score[place] += 0.6
    return np.asarray(score)


def _beside(values: NDArray[np.float64], unit: float) -> NDArray[np.float64]:
    """Return how far each value lies above the mean of all, in units, within ±2."""
    return np.clip((values - values.mean()) / unit, -2.0, 2.0)

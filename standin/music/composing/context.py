"""What every composer of a part knows: the plan, the band, the chords, the section at hand."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from standin.music.arrangement import Arrangement, Part
from standin.music.dice import Dice
from standin.music.form import Plan, PlannedSection
from standin.music.theory import SCALES, Chord, chord, progression

_GROUPS = {
    "chorus": "hook", "drop": "hook", "head": "hook", "climax": "hook", "solo": "hook",
    "build": "hook", "bridge": "bridge", "breakdown": "bridge", "development": "bridge",
    "pre-chorus": "pre",
}  # fmt: skip


def group_of(label: str) -> str:
    """Return which material a section uses: hook, bridge, pre or verse."""
    return _GROUPS.get(label, "verse")


@dataclass(frozen=True, slots=True)
class Span:
    """A chord in time, in beats."""

    beat: float
    length: float
    chord: Chord


class Harmony:
    """The chords of a track, in order and without gaps."""

    def __init__(self, spans: list[Span]) -> None:
        self.spans = spans
        self._starts = [span.beat for span in spans]

    def index_at(self, beat: float) -> int:
        """Return the number of the span at a beat."""
        return max(0, bisect_right(self._starts, beat + 1e-6) - 1)

    def at(self, beat: float) -> Chord:
        """Return the chord at a beat."""
        return self.spans[self.index_at(beat)].chord

    def after(self, beat: float) -> Chord:
        """Return the next chord that follows the one at a beat (the last one is its own)."""
        return self.spans[min(self.index_at(beat) + 1, len(self.spans) - 1)].chord

    def within(self, start: float, end: float) -> list[Span]:
        """Return the spans that begin from `start` to before `end`."""
        first = self.index_at(start)
        return [span for span in self.spans[first:] if start - 1e-6 <= span.beat < end - 1e-6]


@dataclass(frozen=True)
class Context:
    """A track that is being composed."""

    plan: Plan
    band: Arrangement
    harmony: Harmony

    @property
    def beats(self) -> int:
        """Beats to the bar."""
        return self.plan.metre.beats

    @property
    def scale(self) -> tuple[int, ...]:
        """Pitch classes of the tune's scale."""
        tune = self.band.tune
        name = tune.scale_minor if self.plan.minor else tune.scale_major
        return tuple((self.plan.tonic + step) % 12 for step in SCALES[name])

    def dice(self, *words: object) -> Dice:
        """Return a stream of choices for a part of this track."""
        return Dice(self.plan.seed, *words)

    def patterns(self, part: Part) -> tuple[str, ...]:
        """Return a part's patterns for this track's metre."""
        signature = self.plan.metre.signature
        if signature == 6 and part.patterns_six:
            return part.patterns_six
        if signature == 3 and part.patterns_three:
            return part.patterns_three
        return part.patterns

    def span(self, section: PlannedSection) -> tuple[float, float]:
        """Return the beats at which a section starts and ends."""
        return (
            float(section.first_bar * self.beats),
            float((section.first_bar + section.bars) * self.beats),
        )


def steps_of(pattern: str, beats: int, bar: int) -> list[tuple[float, float, str]]:
    """Read one bar of a pattern.

    Parameters
    ----------
    pattern
        One or more bars divided by ``|``, each of any number of equal steps: ``.`` is a rest, ``-``
        holds what came before.
    beats
        Beats to the bar.
    bar
        Number of the bar within the section; the pattern is repeated.

    Returns
    -------
    list of (beat within the bar, length in beats, character)
    """
    bars = pattern.split("|")
    text = bars[bar % len(bars)]
    step = beats / len(text)
    found: list[tuple[float, float, str]] = []
    for number, character in enumerate(text):
        if character == "-" and found:
            start, length, what = found[-1]
            if abs(start + length - number * step) < 1e-6:
                found[-1] = (start, length + step, what)
        elif character not in ".-":
            found.append((number * step, step, character))
    return found


def compose_harmony(plan: Plan, band: Arrangement) -> Harmony:
    """Choose a track's progressions and lay them under its sections."""
    book = band.chords_minor if plan.minor else band.chords_major
    dice = Dice(plan.seed, "harmony")
    chosen: dict[str, tuple[tuple[Chord, ...], ...]] = {}
    for name in sorted(book):
        chosen[name] = progression(dice.pick(book[name]), plan.minor)
    spans: list[Span] = []
    beats = plan.metre.beats
    for section in plan.sections:
        group = group_of(section.label)
        bars = chosen.get(section.label) or chosen.get(group) or chosen["verse"]
        for bar in range(section.bars):
            chords = bars[bar % len(bars)]
            # Half a bar cannot be tapped in a bar of three beats, nor in six-eight at speed.
            if beats < 4 and len(chords) > beats:
                chords = chords[:beats]
            share = beats / len(chords)
            start = (section.first_bar + bar) * beats
            spans += [Span(start + i * share, share, one) for i, one in enumerate(chords)]
    home = chord("i" if plan.minor else "I", plan.minor)
    last_bar = (plan.bars - 1) * beats
    spans = [span for span in spans if span.beat < last_bar]
    spans.append(Span(float(last_bar), float(beats), home))
    return Harmony(spans)

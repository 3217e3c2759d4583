"""How a genre is arranged: who plays what, when, how loud, and in which room."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Part:
    """An instrument's job.

    Parameters
    ----------
    name
        Unique within the arrangement.
    role
        ``melody``, ``bass``, ``chords``, ``pad``, ``arp`` or ``counter``.
    voices
        Instruments to choose from, one for each track.
    level
        Loudness in dB relative to the other parts.
    low, high
        Compass in MIDI pitches.
    patterns
        Patterns to choose from, one for each track; see the composers. For six-eight and
        three-four bars there are `patterns_six` and `patterns_three`.
    busy
        A busier pattern for full sections; empty to keep the same.
    enter
        Level of a section from which it plays.
    only, never
        Labels of sections it is limited to, or silent in.
    pan
        -1 left to 1 right.
    double
        Whether it is played twice and panned to both sides.
    send
        Share that goes to the reverb.
    echo
        Echoes as (beats, level, number); none by default.
    pump
        Whether it ducks under the kick.
    size
        Voices of a chord.
    hold
        Share of the written length that is really held.
    sweep
        Bars in which the tone opens and closes once, as by a hand on a filter; 0 for never.
    """

    name: str
    role: str
    voices: tuple[str, ...]
    level: float
    low: int
    high: int
    patterns: tuple[str, ...] = ()
    patterns_three: tuple[str, ...] = ()
    patterns_six: tuple[str, ...] = ()
    busy: tuple[str, ...] = ()
    enter: float = 0.0
    only: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()
    pan: float = 0.0
    double: bool = False
    send: float = 0.15
    echo: tuple[float, float, int] | None = None
    pump: bool = False
    size: int = 3
    hold: float = 0.95
    sweep: float = 0.0

    def plays(self, label: str, level: float) -> bool:
        """Return whether the part plays in a section."""
        if label in self.never or (self.only and label not in self.only):
            return False
        return level >= self.enter


@dataclass(frozen=True, slots=True)
class Groove:
    """A drum pattern in three grades of fullness.

    Parameters
    ----------
    soft, main, full
        Piece to pattern; one character for each division of the bar: ``X`` accent, ``x`` stroke,
        ``o`` ghost, ``.`` rest. `soft` is for quiet sections; empty means silence.
    fills
        Patterns for the last bar before a new section, laid over the groove's kick.
    """

    main: dict[str, str]
    soft: dict[str, str] = field(default_factory=dict)
    full: dict[str, str] = field(default_factory=dict)
    fills: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Tune:
    """How a genre's melodies move.

    Parameters
    ----------
    scale_major, scale_minor
        Names in `standin.music.theory.SCALES`.
    grid
        Shortest note of a verse, in beats.
    density
        Notes to the beat in a verse.
    hook_density
        The same in a chorus; hooks are simpler, and repeat.
    syncopation
        Probability that a strong note is anticipated.
    leap
        Probability of a leap instead of a step.
    solo_density
        Notes to the beat in a solo.
    rest
        Probability that a phrase's second bar ends early.
    """

    scale_major: str = "major"
    scale_minor: str = "minor"
    grid: float = 0.5
    density: float = 1.2
    hook_density: float = 1.0
    syncopation: float = 0.25
    leap: float = 0.2
    solo_density: float = 2.0
    rest: float = 0.5


@dataclass(frozen=True, slots=True)
class Arrangement:
    """A genre's band.

    Parameters
    ----------
    parts
        The instruments.
    chords_major, chords_minor
        Progressions for the sections named in the keys; ``hook``, ``verse`` and ``bridge`` must be
        there. One of each is chosen for a track.
    kit
        A name in `standin.music.synthesis.kits.KITS`, or empty.
    grooves, grooves_three, grooves_six
        Drum patterns to choose from, by metre.
    drum_level
        dB.
    drum_enter
        Level of a section from which the drums play.
    swing
        Place of the second half of a `swing_unit`, 0.5 straight, 0.667 triplets.
    swing_unit
        In beats: 1 swings eighths, 0.5 sixteenths.
    human
        Standard deviation of timing in seconds, and relative deviation of velocity.
    room
        Reverb time in seconds, and hertz above which it darkens.
    room_level
        dB of the reverb.
    loudness
        Integrated loudness aimed at, LUFS.
    squeeze
        How far the master bus compresses, 0 to 1.
    duck
        Depth in dB that the kick pushes pumped parts down.
    fills_every
        Bars between small fills.
    risers
        Whether builds and drops are announced by sweeps.
    crackle
        Whether a worn record is heard throughout.
    """

    parts: tuple[Part, ...]
    tune: Tune
    chords_major: dict[str, tuple[str, ...]]
    chords_minor: dict[str, tuple[str, ...]]
    kit: str = ""
    grooves: tuple[Groove, ...] = ()
    grooves_three: tuple[Groove, ...] = ()
    grooves_six: tuple[Groove, ...] = ()
    drum_level: float = 0.0
    drum_enter: float = 0.3
    swing: float = 0.5
    swing_unit: float = 0.5
    human: tuple[float, float] = (0.0, 0.0)
    room: tuple[float, float] = (1.2, 5000.0)
    room_level: float = -12.0
    loudness: float = -12.0
    squeeze: float = 0.4
    duck: float = 0.0
    fills_every: int = 8
    risers: bool = False
    crackle: bool = False

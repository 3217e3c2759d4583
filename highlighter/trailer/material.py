"""What a plan may know about a track: numbers, never sound."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Material:
    """All that the plan may know about one track; times are seconds of its file.

    Parameters
    ----------
    wanted_start
        Where the fragment would best start: the highlight.
    available_start, available_end
        The span that can be used; it holds sound at both ends.
    loudness
        LUFS of the part that is likely played, as stereo.
    peak
        dBTP of the same.
    beats
        In order.
    beat_confidence
        0 to 1: how sure they are those that a listener taps.
    tempo
        Beats per minute of the whole track, where known; where the beats are sure, they tell it.
    key, mode
        Pitch class 0 to 11 (0 = C), and 1 for major or 0 for minor.
    wanted_end
        Where the highlight ends; None where only its start is known.
    downbeats, downbeat_confidence
        First beats of bars, in order, and 0 to 1.
    phrases, phrase_confidence
        Starts of phrases, in order, and 0 to 1.
    pulse_confidence
        0 to 1: how sure the beats are, be they half or twice as many as a listener taps.
    opening, closing
        LU by which the first and the last seconds of that part are louder than all of it; None
        where that was not measured.
    vocals
        Spans with singing or speech; None where nobody listened for them.
    breathes
        Why this track is left to begin and end in silence, a clause; empty where it is not.
    no_derivatives
        Whether its licence forbids to mix it.
    """

    wanted_start: float
    available_start: float
    available_end: float
    loudness: float
    peak: float
    beats: tuple[float, ...] = ()
    beat_confidence: float = 0.0
    tempo: float | None = None
    key: int | None = None
    mode: int | None = None
    wanted_end: float | None = None
    downbeats: tuple[float, ...] = ()
    downbeat_confidence: float = 0.0
    phrases: tuple[float, ...] = ()
    phrase_confidence: float = 0.0
    pulse_confidence: float = 0.0
    opening: float | None = None
    closing: float | None = None
    vocals: tuple[tuple[float, float], ...] | None = None
    breathes: str = ""
    no_derivatives: bool = False

    @property
    def span(self) -> float:
        """Seconds that can be used."""
        return self.available_end - self.available_start

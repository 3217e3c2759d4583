"""How much listeners improve highlights, where the model is right and where it is not.

``./run python benchmarks/listeners.py [--tracks N] [--sessions N]``

Simulated listeners hear trailers: 12 s from the highlight on. In a passage that they do not love
they skip at any second with probability .05, in one they love with .02; having heard the fragment,
they replay it with probability .17 if they love it, .02 if not. A track has three passages that the
model holds for likely, and listeners love one of them: in *plain* music mostly the model's first,
in *complex* music any of the three alike. What is usual is learnt from all tracks together, as the
server does. Prints the regret: the share of the trailer's seconds that play what is not loved, for
the model alone and for model and listeners, early and late.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from highlighter.highlight.listeners import Usual, counts_of, decided, listened, usual_of
from highlighter.highlight.model import Curve
from highlighter.highlight.window import best_window

DURATION, FRAGMENT, WINDOW = 220, 12, 30
PASSAGES = ((40, 70, 0.8), (100, 130, 0.7), (160, 190, 0.65))
"""Start, end and height of the model's curve."""
SKIPS, REPLAYS = (0.05, 0.02), (0.02, 0.17)
"""Probability in a passage that is not loved, and in one that is."""


@dataclass
class Track:
    """A track, which of its seconds are loved, and what became of them."""

    curve: Curve
    loved: NDArray[np.bool_]
    heard: NDArray[np.int64] = field(default_factory=lambda: np.zeros(DURATION, np.int64))
    skipped: NDArray[np.int64] = field(default_factory=lambda: np.zeros(DURATION, np.int64))
    replayed: NDArray[np.int64] = field(default_factory=lambda: np.zeros(DURATION, np.int64))

    @property
    def models(self) -> float:
        """Where the model alone begins."""
        return best_window(self.curve.values, self.curve.rate, WINDOW, DURATION).start

    def start(self, usual: Usual) -> float:
        """Where model and listeners begin."""
        counts = counts_of(
            self.heard.tolist(), self.skipped.tolist(), self.replayed.tolist(), duration=DURATION
        )
        first = self.models
        choice = decided(self.curve, first, first + WINDOW, listened(counts, usual), DURATION)
        return choice.start if choice else first

    def play(self, start: float, random: np.random.Generator) -> float:
        """Let a listener hear a fragment; return the share of it that they do not love."""
        first = round(start)
        end = min(DURATION, first + FRAGMENT)
        love = self.loved[first:end]
        quits = np.flatnonzero(random.random(end - first) < np.where(love, SKIPS[1], SKIPS[0]))
        heard = int(quits[0]) if quits.size else end - first
        self.heard[first : first + heard] += 1
        self.skipped[first + heard : end] += 1
        share = float(love.mean())
        again = REPLAYS[0] + share * (REPLAYS[1] - REPLAYS[0])
        if heard == end - first and random.random() < again:
            self.replayed[first:end] += 1
        return 1.0 - share


def track_of(loved: int | None, random: np.random.Generator) -> Track:
    """Return a track of which a passage is loved, or (None) all of it alike."""
    values = 0.15 + 0.05 * random.standard_normal(DURATION)
    for first, end, height in PASSAGES:
        values[first:end] = height + 0.05 * random.standard_normal(end - first)
    love = np.full(DURATION, loved is None)
    if loved is not None:
        love[PASSAGES[loved][0] : PASSAGES[loved][1]] = True
    return Track(Curve(np.clip(values, 0.0, 1.0), 1.0), love)


def usual_among(tracks: list[Track]) -> Usual:
    """Return what is usual among all listeners of some tracks."""
    sums = [sum(int(getattr(one, name).sum()) for one in tracks) for name in COUNTED]
    return usual_of(*sums)


COUNTED = ("heard", "skipped", "replayed")


def simulate(
    tracks: list[Track], sessions: int, random: np.random.Generator, *, learn: bool
) -> NDArray[np.float64]:
    """Return (sessions, tracks) regret, 0 to 1."""
    regret = np.zeros((sessions, len(tracks)))
    starts = [track.models for track in tracks]
    for session in range(sessions):
        if learn and session % 5 == 0:
            usual = usual_among(tracks)
            starts = [track.start(usual) for track in tracks]
        for number, track in enumerate(tracks):
            regret[session, number] = track.play(starts[number], random)
    return regret


def population(complexity: str, count: int, random: np.random.Generator) -> list[Track]:
    """Return tracks of *plain* or *complex* music."""
    odds = {"plain": (0.8, 0.1, 0.1), "complex": (1 / 3, 1 / 3, 1 / 3)}[complexity]
    return [track_of(int(random.choice(3, p=odds)), random) for _ in range(count)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=int, default=40)
    parser.add_argument("--sessions", type=int, default=200)
    options = parser.parse_args()
    last = options.sessions // 4
    print("| music | who | first quarter | last quarter |\n|---|---|---|---|")
    for complexity in ("plain", "complex"):
        for learn in (False, True):
            random = np.random.default_rng(7)
            tracks = population(complexity, options.tracks, random)
            regret = simulate(tracks, options.sessions, random, learn=learn)
            who = "model and listeners" if learn else "model alone"
            early, late = regret[:last].mean(), regret[-last:].mean()
            print(f"| {complexity} | {who} | {early:.3f} | {late:.3f} |")


if __name__ == "__main__":
    main()

"""One song, one variant, one seed: from notes to a file of the corpus."""

from __future__ import annotations

from typing import Any

import numpy as np

from highlighter.audio.model import Float32
from highlighter.training.arrange import Arrangement, arrange
from highlighter.training.corpus import Rendering, Truth, rendering_of
from highlighter.training.drums import bars
from highlighter.training.hearing import hear_samples
from highlighter.training.plan import Plan, draw_plan
from highlighter.training.pop909 import BEAT, Songbook
from highlighter.training.room import convolved, draw_master, impulse, mastered
from highlighter.training.sampler import Bank, perform
from highlighter.training.synthesiser import RATE
from highlighter.training.voices import SungNote, draw_singer, harmony, sing

_TAIL = 1.5
"""Seconds kept after the last note."""


def render(song: Songbook, variant: int, seed: int, bank: Bank) -> Rendering:
    """Render a version of a song; the same arguments give the same tables.

    Raises
    ------
    SynthesiserMissingError, SynthesiserFailedError
        An instrument is not in the bank yet, and cannot be recorded.
    """
    random = np.random.default_rng([seed, variant, *song.name.encode()])
    plan = draw_plan(song, random)
    samples = record(plan, bank, random)
    return rendering_of(song.name, variant, hear_samples(samples, RATE), truth(plan), about(plan))


def record(plan: Plan, bank: Bank, random: np.random.Generator) -> Float32:
    """Return the sound of a plan, (n,) at `synthesiser.RATE`, within ±1."""
    arrangement = arrange(plan, random)
    master = draw_master(random)
    band = perform(arrangement.band, bank)
    size = round((plan.seconds(plan.end) + _TAIL) * RATE)
    band = np.pad(band[:size], (0, max(0, size - band.size)))
    mix = convolved(band, impulse(master, RATE, 1.0, random))
    if plan.sung:
        voice = _voice(plan, arrangement, size, random)
        voice = convolved(voice, impulse(master, RATE, 1.4, random))
        over = float(random.uniform(-4.0, 5.0))
        mix = mix + voice * np.float32(_rms(mix) / max(_rms(voice), 1e-9) * 10 ** (over / 20.0))
    return mastered(mix, master, RATE, random)


def _rms(samples: Float32) -> float:
    """Return the RMS of what is not silent."""
    loud = samples[np.abs(samples) > 1e-4]
    return float(np.sqrt(np.mean(loud**2))) if loud.size else 0.0


def _voice(plan: Plan, arrangement: Arrangement, size: int, random: np.random.Generator) -> Float32:
    singer = draw_singer(random)
    octave = int(random.choice([0, 0, -12]))
    depth = float(random.uniform(0.0, 0.6))
    lead, backed = [], []
    threshold = float(random.uniform(0.8, 0.95)) if random.random() < 0.4 else 9.0
    together = bool(random.random() < 0.55)
    for note, passage in arrangement.tune:
        strength = (note.velocity / 110.0) ** 0.7 * (1.0 + depth * (passage.energy - 0.9))
        if plan.fade is not None and note.start > plan.fade:
            strength *= max(0.0, 1.0 - (note.start - plan.fade) / max(plan.end - plan.fade, 1))
        # The words of a chorus stay; any other section's are new each time.
        words = ord(passage.source.letter) + (
            0 if passage.role == "chorus" else 256 * (1 + passage.verse)
        )
        sung = SungNote(
            plan.seconds(note.start),
            plan.seconds(note.end),
            note.pitch + octave,
            float(np.clip(strength, 0.0, 1.3)),
            words,
        )
        lead.append(sung)
        if passage.energy >= threshold or (together and passage.role == "chorus"):
            backed.append(sung)
    seconds = size / RATE
    voice = sing(lead, singer, seconds, RATE, random)[:size]
    if backed:
        second = sing(harmony(backed, random), draw_singer(random), seconds, RATE, random)[:size]
        voice = voice + np.float32(random.uniform(0.3, 0.7)) * second
    return np.pad(voice, (0, size - voice.size))


def truth(plan: Plan) -> Truth:
    """Return what is known of a plan, in seconds."""
    passages = plan.passages
    edges = [plan.seconds(passage.start) for passage in passages] + [plan.seconds(plan.end)]
    weight = [_weight(plan, number) for number in range(len(passages))]
    downs = [
        plan.seconds(tick)
        for passage in passages
        for tick in bars(passage)
        if tick >= passage.start
    ]
    beats = [
        plan.seconds(tick)
        for passage in passages
        for bar in bars(passage)
        for tick in range(bar, min(bar + 4 * BEAT, passage.end), BEAT)
        if tick >= passage.start
    ]
    return Truth(
        edges=np.array(edges, dtype=np.float32),
        interest=np.array([p.source.interest for p in passages], dtype=np.float32),
        weight=np.array(weight, dtype=np.float32),
        chorus=np.array([p.source.chorus for p in passages], dtype=np.float32),
        beats=np.array(beats, dtype=np.float32),
        downbeats=np.array(downs, dtype=np.float32),
    )


def _weight(plan: Plan, number: int) -> float:
    """Return how much a passage's target is believed: less where people disagree or it fades."""
    passage = plan.passages[number]
    believed = 0.3 + 0.7 * passage.source.agreement
    faded = plan.fade is not None and passage.start >= plan.fade
    return believed * (0.5 if faded else 1.0)


def about(plan: Plan) -> dict[str, Any]:
    """Return plain facts of a plan, for the index."""
    return {
        "style": plan.style_name,
        "dynamics": plan.dynamics,
        "sung": plan.sung,
        "loop": plan.loop,
        "spoken": plan.spoken,
        "transpose": plan.transpose,
        "tempo": round(60e6 / plan.tempos[0][1], 2),
        "faded": plan.fade is not None,
        "sections": [
            [passage.source.letter, passage.role, round(plan.seconds(passage.start), 2)]
            for passage in plan.passages
        ],
    }

"""The notes themselves: in the key, in compass, on the grid, and in form."""

from __future__ import annotations

import itertools

import pytest

from standin import music
from standin.music.arrangements import ARRANGEMENTS
from standin.music.composing.composer import compose
from standin.music.composing.context import compose_harmony, steps_of
from standin.music.form import plan_track
from standin.music.library import plan_of
from standin.music.rendering import swung
from standin.music.score import Score
from standin.music.styles import STYLES
from standin.music.synthesis.instruments import VOICES
from standin.music.synthesis.kits import KITS
from standin.music.theory import SCALES, chord, voice_lead


def _score(track_id: str) -> Score:
    plan = plan_of(track_id)
    band = ARRANGEMENTS[plan.genre]
    return compose(plan, band, frozenset(KITS.get(band.kit, {})))


def _one_of(genre: str) -> music.TrackSpec:
    return next(spec for spec in music.library() if spec.genre == genre)


@pytest.mark.parametrize("genre", music.GENRES)
def test_every_instrument_piece_and_pattern_of_an_arrangement_exists(genre: str) -> None:
    band = ARRANGEMENTS[genre]
    kit = KITS.get(band.kit, {})
    for part in band.parts:
        assert set(part.voices) <= set(VOICES)
        by_beats = {4: part.patterns + part.busy, 3: part.patterns_three, 2: part.patterns_six}
        for beats, patterns in by_beats.items():
            for pattern in patterns:
                if pattern not in ("walk", "acid", "third", "octave", "answer"):
                    divisions = {4: (4, 8, 12, 16), 3: (3, 6, 9, 12), 2: (6, 12)}[beats]
                    assert all(len(bar) in divisions for bar in pattern.split("|")), pattern
    for groove in (*band.grooves, *band.grooves_three, *band.grooves_six):
        for layer in (groove.main, groove.soft, groove.full, *groove.fills):
            assert set(layer) <= set(kit)
            assert all(
                len(bar) in (6, 9, 12, 16) for text in layer.values() for bar in text.split("|")
            )


@pytest.mark.parametrize("genre", music.GENRES)
def test_what_is_composed_stays_in_time_and_compass(genre: str) -> None:
    spec = _one_of(genre)
    plan = plan_of(spec.id)
    end = plan.bars * plan.metre.beats
    parts = {part.name: part for part in ARRANGEMENTS[genre].parts}
    score = _score(spec.id)
    assert sum(len(notes) for notes in score.parts.values()) > 60
    for name, notes in score.parts.items():
        for note in notes:
            assert 0 <= note.beat < end
            assert 0 < note.length <= 8 * plan.metre.beats
            assert 0 < note.velocity <= 1
            assert parts[name].low - 16 <= note.pitch <= parts[name].high + 13
    assert all(-8 <= hit.beat < end for hit in score.hits)


@pytest.mark.parametrize("genre", music.GENRES)
def test_few_notes_clash_by_a_semitone_outside_the_chord(genre: str) -> None:
    spec = _one_of(genre)
    plan = plan_of(spec.id)
    harmony = compose_harmony(plan, ARRANGEMENTS[genre])
    notes = [
        (note.beat, note.beat + note.length, note.pitch % 12)
        for part in _score(spec.id).parts.values()
        for note in part
        if not note.muted
    ]
    clashes = moments = 0
    for eighth in range(plan.bars * plan.metre.beats * 2):
        beat = eighth / 2 + 0.125
        sounding = {pitch for start, end, pitch in notes if start <= beat < end}
        tones = set(harmony.at(beat).classes(plan.tonic))
        moments += 1
        clashes += any(
            (a + 1) % 12 in sounding and not {a, (a + 1) % 12} <= tones for a in sounding
        )
    assert clashes / moments < 0.15


@pytest.mark.parametrize("genre", [g for g in music.GENRES if "chorus" in STYLES[g].forms[0]])
def test_the_hook_is_the_same_each_time_it_returns(genre: str) -> None:
    spec = _one_of(genre)
    plan = plan_of(spec.id)
    choruses = [s for s in plan.sections if s.label == "chorus"][:2]
    part = next(
        p for p in ARRANGEMENTS[genre].parts if p.role == "melody" and p.plays("chorus", 1.0)
    )
    notes = _score(spec.id).parts[part.name]
    tunes = []
    for section in choruses:
        first = section.first_bar * plan.metre.beats
        bars = min(s.bars for s in choruses) - 1
        tunes.append([
            (round(note.beat - first, 3), note.pitch)
            for note in notes
            if first <= note.beat < first + min(bars, 3) * plan.metre.beats
        ])  # fmt: skip
    assert len(tunes[0]) >= 3
    shared = len(set(tunes[0]) & set(tunes[1]))
    assert shared >= 0.6 * len(tunes[0])


def test_the_truth_is_consistent_for_every_track() -> None:
    for spec in music.library():
        truth = music.truth(spec.id)
        assert list(truth.beats) == sorted(truth.beats)
        assert set(truth.downbeats) <= set(truth.beats)
        assert truth.sections[0].start == truth.beats[0]
        assert truth.sections[-1].end <= spec.duration
        for one, following in itertools.pairwise(truth.sections):
            assert one.end == following.start
            assert following.start in truth.downbeats
        assert any(section.carries_hook for section in truth.sections)
        mean_beat = (truth.beats[-1] - truth.beats[0]) / (len(truth.beats) - 1)
        assert 60 / mean_beat == pytest.approx(truth.tempo, rel=0.04)


def test_a_plan_depends_on_nothing_but_its_seed() -> None:
    assert plan_track("a", "jazz") == plan_track("a", "jazz")
    assert plan_track("a", "jazz") != plan_track("b", "jazz")


def test_roman_numerals_are_read_as_in_harmony_books() -> None:
    assert chord("V7", False).classes(0) == (7, 11, 2, 5)  # G B D F in C major
    assert chord("iiø7", True).classes(9) == (11, 2, 5, 9)  # B D F A in A minor
    assert chord("bVII", False).classes(0) == (10, 2, 5)
    assert chord("VI", True).classes(9) == (5, 9, 0)  # F A C in A minor
    with pytest.raises(ValueError, match="not a chord"):
        chord("H7", False)


def test_voices_move_little_from_chord_to_chord() -> None:
    first = voice_lead(chord("I", False), 0, (), 55, 74, 4)
    second = voice_lead(chord("IV", False), 0, first, 55, 74, 4)
    assert {pitch % 12 for pitch in second} == {5, 9, 0}
    assert sum(min(abs(a - b) for b in first) for a in second) <= 8
    assert len(SCALES["blues"]) == 6


def test_a_pattern_is_read_with_its_holds_and_rests() -> None:
    assert steps_of("R--.5-..", 4, 0) == [(0.0, 1.5, "R"), (2.0, 1.0, "5")]
    assert steps_of("R...|5...", 4, 1) == [(0.0, 1.0, "5")]


def test_swing_delays_written_halves_and_leaves_triplets() -> None:
    jazz = ARRANGEMENTS["jazz"]
    assert swung(3.5, jazz) == pytest.approx(3.645)
    assert swung(3 + 2 / 3, jazz) == pytest.approx(3 + 2 / 3)
    assert swung(3.0, jazz) == 3.0
    assert swung(3.5, ARRANGEMENTS["techno"]) == 3.5

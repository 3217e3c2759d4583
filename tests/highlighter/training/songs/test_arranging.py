"""What is drawn for a song, what the band plays, and that the truth lies under the sound."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from highlighter.audio.model import Float32
from highlighter.training.arrange import arrange
from highlighter.training.loops import looped_chords, spoken
from highlighter.training.midi import DRUM_CHANNEL, Note, Song, Track, write_midi
from highlighter.training.plan import FLAT, OTHER, USUAL, Plan, draw_plan
from highlighter.training.pop909 import Songbook, read_songbook
from highlighter.training.render import record, truth
from highlighter.training.sampler import Bank, perform
from highlighter.training.song_errors import SynthesiserMissingError
from highlighter.training.structure import sections
from highlighter.training.styles import BASS, COMPING, FILLS, FULL, LIGHT, STYLES
from highlighter.training.synthesiser import RATE, play, sound_font


def plans(song: Songbook, count: int) -> list[Plan]:
    return [draw_plan(song, np.random.default_rng(seed)) for seed in range(count)]


@pytest.fixture
def song(pop909: Path) -> Songbook:
    return read_songbook(pop909, "001")


def test_every_style_names_patterns_that_exist() -> None:
    for style in STYLES.values():
        assert set(style.light) <= set(LIGHT)
        assert set(style.full) <= set(FULL)
        assert {*style.bass, *style.quiet_bass} <= set(BASS)
        assert set(style.comping) <= set(COMPING)
        programs = {*style.kits, *style.basses, *style.comps, *style.pads}
        assert all(0 <= program < 128 for program in programs)
    for pattern in (*LIGHT.values(), *FULL.values()):
        assert {len(steps) for steps in pattern.values()} == {16}
    assert all(len(steps) == length for length, fill in FILLS for steps in fill.values())
    assert {len(steps) for steps in (*BASS.values(), *COMPING.values())} == {16}


def test_draws_are_as_varied_as_they_say(song: Songbook) -> None:
    drawn = plans(song, 300)
    share = {kind: np.mean([p.dynamics == kind for p in drawn]) for kind in (USUAL, FLAT, OTHER)}
    assert 0.5 < share[USUAL] < 0.75
    assert 0.15 < share[FLAT] < 0.35
    assert 0.06 < share[OTHER] < 0.25
    assert 0.5 < np.mean([p.sung for p in drawn]) < 0.78
    assert {p.style_name for p in drawn} == set(STYLES)
    assert {p.transpose for p in drawn} == set(range(-5, 6))
    tempos = np.array([p.tempos[0][1] for p in drawn]) / 500_000.0
    assert 1 / 1.38 < tempos.min() < 0.8 < 1.1 < tempos.max() < 1.18
    assert 0.02 < np.mean([p.fade is not None for p in drawn]) < 0.3
    assert 0.05 < np.mean([p.loop > 0 for p in drawn]) < 0.35


def test_the_chorus_is_the_loudest_only_where_dynamics_are_usual(song: Songbook) -> None:
    def energies(plan: Plan) -> tuple[float, float]:
        chorus = [p.energy for p in plan.passages if p.role == "chorus"]
        return float(np.mean(chorus)), max(p.energy for p in plan.passages if p.role != "chorus")

    drawn = plans(song, 200)
    for plan in drawn:
        chorus, other = energies(plan)
        if plan.dynamics == FLAT:
            assert abs(chorus - other) < 0.35
    usual = [np.subtract(*energies(p)) > 0 for p in drawn if p.dynamics == USUAL]
    others = [np.subtract(*energies(p)) > 0 for p in drawn if p.dynamics == OTHER]
    assert np.mean(usual) > 0.8
    assert np.mean(others) < 0.5


def test_passages_follow_each_other_and_time_never_runs_back(song: Songbook) -> None:
    for plan in plans(song, 60):
        assert plan.passages[0].start == 0
        assert [p.start for p in plan.passages[1:]] == [p.end for p in plan.passages[:-1]]
        known = truth(plan)
        assert np.all(np.diff(known.edges) > 0.0)
        assert np.all(np.diff(known.beats) > 0.1)
        assert set(known.downbeats.tolist()) <= set(known.beats.tolist())
        assert any(p.role == "chorus" for p in plan.passages)


def test_the_same_seed_gives_the_same_notes_and_another_others(song: Songbook) -> None:
    def notes(seed: int) -> bytes:
        random = np.random.default_rng(seed)
        return write_midi(arrange(draw_plan(song, random), random).band)

    assert notes(3) == notes(3)
    assert notes(3) != notes(4)


def test_a_modulated_last_chorus_moves_every_pitched_part(song: Songbook) -> None:
    for seed in range(400):
        random = np.random.default_rng(seed)
        plan = draw_plan(song, random)
        shifts = {p.shift for p in plan.passages}
        if shifts != {0} and not plan.loop:
            break
    last = next(p for p in plan.passages if p.shift)
    tune = [note for note, p in arrange(plan, random).tune if p.start == last.start]
    written = [n for n in song.melody if last.source.start <= n.start < last.source.end]
    up = plan.transpose + last.shift
    assert [n.pitch for n in tune] == [n.pitch + up for n in written]


def test_a_loop_has_the_same_chords_in_each_bar_of_every_passage(song: Songbook) -> None:
    plan = replace(plans(song, 1)[0], loop=2)
    cells = set()
    for passage in plan.passages:
        chords = looped_chords(plan, passage)
        cells |= {((c.start - passage.start) // 1920 % 2, c.pitches, passage.shift) for c in chords}
    assert len({(place, pitches) for place, pitches, shift in cells if not shift}) == 2


def test_speech_keeps_to_its_verse_and_to_sixteenths(song: Songbook) -> None:
    plan = plans(song, 1)[0]
    verse = next(p for p in plan.passages if p.role in ("verse", "lead"))
    notes = spoken(plan, verse, np.random.default_rng(0))
    assert len(notes) > 4 * (verse.end - verse.start) // 1920
    assert all(verse.start <= n.start < n.end <= verse.end + 480 for n in notes)
    assert all((n.start - verse.start) % 120 == 0 for n in notes)


def test_strength_and_volume_go_by_their_squares_and_time_by_the_tempo_map(sines: Bank) -> None:
    def played(velocity: int, volume: int, tempos: tuple[tuple[int, int], ...]) -> Float32:
        note = Note(960, 1440, 69, velocity)
        track = Track("a", (note,), 0, 0, ((0, 7, volume),))
        return perform(Song(480, tempos, (track,)), sines)

    steady = ((0, 500_000),)
    loud, soft = played(100, 127, steady), played(50, 127, steady)
    assert np.abs(loud).max() == pytest.approx(0.1, rel=0.02)
    assert np.abs(soft).max() == pytest.approx(0.025, rel=0.02)
    assert np.abs(played(100, 64, steady)).max() == pytest.approx(0.0254, rel=0.03)
    first = np.flatnonzero(np.abs(played(100, 127, ((0, 500_000), (480, 1_000_000)))))[0]
    assert first / RATE == pytest.approx(1.5, abs=0.001)


def test_a_long_note_goes_on_without_a_gap(sines: Bank) -> None:
    track = Track("a", (Note(0, 480 * 20, 60, 100),), 0, 48, ((0, 7, 127),))
    sound = perform(Song(480, ((0, 500_000),), (track,)), sines)
    level = np.sqrt(np.mean(sound[: 9 * RATE].reshape(-1, RATE // 5) ** 2, axis=1))
    assert level.min() > 0.4 * level.max()


def levels(samples: Float32, plan: Plan, role: str) -> float:
    parts = [
        samples[round(plan.seconds(p.start) * RATE) : round(plan.seconds(p.end) * RATE)]
        for p in plan.passages
        if p.role == role
    ]
    return 10.0 * float(np.log10(np.mean(np.concatenate(parts) ** 2)))


def test_dynamics_of_the_plan_are_in_the_band(song: Songbook, sines: Bank) -> None:
    differences: dict[str, list[float]] = {USUAL: [], FLAT: []}
    for seed in range(40):
        random = np.random.default_rng(seed)
        plan = draw_plan(song, random)
        roles = {p.role for p in plan.passages}
        wanted = {"chorus", "lead"} <= roles and plan.fade is None
        if wanted and len(differences.get(plan.dynamics, range(5))) < 5:
            sound = perform(arrange(plan, random).band, sines)
            quiet, loud = (levels(sound, plan, role) for role in ("lead", "chorus"))
            differences[plan.dynamics].append(loud - quiet)
    assert len(differences[FLAT]) == 5
    assert np.mean(differences[USUAL]) > np.mean(differences[FLAT]) + 1.0
    assert np.mean(differences[USUAL]) > 2.0


def test_beats_of_the_truth_are_where_the_drums_are(song: Songbook, sines: Bank) -> None:
    from highlighter.training.hearing import hear_samples

    random = np.random.default_rng(1)
    plan = replace(draw_plan(song, random), sung=False, tempos=((0, 480_000), (9600, 520_000)))
    plan = replace(plan, style=replace(STYLES["rock"], light=("hats",), full=("eights",), drums=1))
    heard = hear_samples(record(plan, sines, random), RATE)
    rate = 11_025 / 128
    places = np.rint(truth(plan).beats * rate).astype(int)
    strength = [
        heard.onsets[np.clip(places + d, 0, heard.onsets.size - 1)].mean() for d in range(-9, 10)
    ]
    assert abs(int(np.argmax(strength)) - 9) / rate < 0.04


def test_the_synthesiser_plays_what_is_written_when_it_is_written() -> None:
    try:
        sound_font()
    except SynthesiserMissingError as error:
        pytest.skip(str(error))
    note = Note(480, 960, 69, 100)
    samples = play(write_midi(Song(480, ((0, 500_000),), (Track("", (note,), 0, 80),))))
    begins = np.flatnonzero(np.abs(samples) > 0.2 * np.abs(samples).max())[0] / RATE
    assert begins == pytest.approx(0.5, abs=0.03)
    piece = samples[round(0.6 * RATE) : round(0.9 * RATE)]
    spectrum = np.abs(np.fft.rfft(piece * np.hanning(piece.size), 1 << 16))
    assert np.argmax(spectrum) * RATE / (1 << 16) == pytest.approx(440.0, rel=0.02)


def test_a_machine_without_a_synthesiser_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SOUNDFONT", "/nowhere/font.sf2")
    with pytest.raises(SynthesiserMissingError, match="fluid-soundfont-gm"):
        sound_font()


def test_drums_are_on_their_own_channel(song: Songbook) -> None:
    random = np.random.default_rng(2)
    plan = draw_plan(song, random)
    plan = replace(plan, style=replace(plan.style, drums=1.0))
    tracks = {track.name: track for track in arrange(plan, random).band.tracks}
    assert tracks["drums"].channel == DRUM_CHANNEL
    others = [track.channel for name, track in tracks.items() if name != "drums"]
    assert DRUM_CHANNEL not in others
    assert len(set(others)) == len(others)


def test_sections_of_the_source_keep_their_interest(song: Songbook) -> None:
    allowed = {round(part.interest, 6) for part in sections(song)}
    for plan in plans(song, 20):
        assert {round(float(v), 6) for v in truth(plan).interest} <= allowed

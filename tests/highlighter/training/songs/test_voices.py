"""A voice sings the notes it is given, on the same words where it is told so."""

from __future__ import annotations

import numpy as np
import pytest

from highlighter.audio.model import Float32
from highlighter.training.room import Master, convolved, draw_master, impulse, mastered
from highlighter.training.voices import VOWELS, Singer, SungNote, draw_singer, harmony, sing

RATE = 22_050
PLAIN = Singer(1.0, 1.2, 0.0, 0.0, 5.5, 0.0)


def pitch_of(samples: Float32) -> float:
    """Return Hz from the autocorrelation's first high peak."""
    spectrum = np.fft.rfft(samples, 1 << 16)
    found = np.fft.irfft(np.abs(spectrum) ** 2)[: RATE // 60]
    found[: RATE // 1_000] = 0.0
    lag = int(np.flatnonzero(found > 0.93 * found.max())[0])
    while found[lag + 1] > found[lag]:
        lag += 1
    return RATE / lag


@pytest.mark.parametrize("pitch", [48, 57, 64, 72])
def test_a_note_has_the_pitch_it_was_given(pitch: int) -> None:
    note = SungNote(0.5, 1.5, pitch, 1.0, 0)
    sound = sing([note], PLAIN, 2.0, RATE, np.random.default_rng(0))
    hertz = pitch_of(sound[round(0.8 * RATE) : round(1.3 * RATE)])
    assert 12 * np.log2(hertz / 440.0) + 69 == pytest.approx(pitch, abs=0.3)
    assert np.abs(sound[: round(0.3 * RATE)]).max() == 0.0
    assert np.abs(sound[round(1.6 * RATE) :]).max() == 0.0


def test_vibrato_swings_around_the_note_once_it_has_settled() -> None:
    singer = Singer(1.0, 1.2, 0.0, 0.5, 5.0, 0.0)
    sound = sing([SungNote(0.0, 3.0, 60, 1.0, 0)], singer, 3.0, RATE, np.random.default_rng(0))
    step = RATE // 20
    found = [pitch_of(sound[k : k + 2 * step]) for k in range(RATE, 2 * RATE, step // 2)]
    semitones = 12 * np.log2(np.array(found) / 440.0) + 69
    assert 0.4 < np.ptp(semitones) < 1.6
    assert float(np.mean(semitones)) == pytest.approx(60.0, abs=0.3)


def verse(start: float, words: int) -> list[SungNote]:
    return [SungNote(start + k * 0.4, start + k * 0.4 + 0.35, 57, 1.0, words) for k in range(8)]


def colours(samples: Float32, start: float) -> np.ndarray:
    """Return the log spectrum around the middle of each of eight notes."""
    rows = []
    for k in range(8):
        first = round((start + k * 0.4 + 0.12) * RATE)
        piece = samples[first : first + 2048] * np.hanning(2048)
        power = np.abs(np.fft.rfft(piece)[:350]) ** 2
        rows.append(np.log(power.reshape(-1, 25).mean(axis=1) + 1e-9))
    return np.array(rows)


def test_a_chorus_comes_back_with_its_words_and_a_verse_with_others() -> None:
    notes = verse(0.0, 1) + verse(4.0, 2) + verse(8.0, 1) + verse(12.0, 3)
    sound = sing(notes, PLAIN, 16.0, RATE, np.random.default_rng(5))
    chorus, first, again, second = (colours(sound, at) for at in (0.0, 4.0, 8.0, 12.0))
    same = np.abs(chorus - again).mean()
    assert same < 0.3 * np.abs(first - second).mean()
    assert same < 0.3 * np.abs(chorus - first).mean()


def test_vowels_differ_in_their_formants() -> None:
    assert len(set(VOWELS)) == len(VOWELS)
    assert all(low < middle < high for low, middle, high in VOWELS)


def test_the_same_seed_sings_the_same_samples() -> None:
    def sung(seed: int) -> Float32:
        random = np.random.default_rng(seed)
        return sing(verse(0.2, 0), draw_singer(random), 4.0, RATE, random)

    np.testing.assert_array_equal(sung(1), sung(1))
    assert not np.array_equal(sung(1), sung(2))


def test_notes_that_are_too_short_or_too_late_are_left_out() -> None:
    notes = [SungNote(0.1, 0.101, 60, 1.0, 0), SungNote(5.0, 6.0, 60, 1.0, 0)]
    sound = sing(notes, PLAIN, 2.0, RATE, np.random.default_rng(0))
    assert not sound.any()


def test_a_second_voice_stays_beside_the_first() -> None:
    notes = [SungNote(k * 0.5, k * 0.5 + 0.4, 60 + (0, 2, 4, 5, 7)[k], 1.0, 0) for k in range(5)]
    for seed in range(12):
        found = harmony(notes, np.random.default_rng(seed))
        steps = {round(b.pitch - a.pitch) for a, b in zip(notes, found, strict=True)}
        assert steps <= {3, 4} or steps in ({0}, {-12})


def tone(seconds: float = 6.0) -> Float32:
    time = np.arange(int(seconds * RATE)) / RATE
    loud = np.where((time % 3.0) < 1.5, 0.05, 0.4)
    return (loud * np.sin(2 * np.pi * 330 * time)).astype(np.float32)


def master(**changed: float) -> Master:
    plain = {
        "wet": 0.0, "decay": 0.3, "tilt": 0.0, "lowest": 20.0, "highest": 10_500.0, "bumps": (),
        "threshold": 10.0, "ratio": 1.0, "drive": 0.0, "noise": -120.0, "gain": 0.0, "bitrate": 0,
    }  # fmt: skip
    return Master(**{**plain, **changed})


def contrast(samples: Float32) -> float:
    """Return by how many dB the loud parts of `tone` are louder than its quiet ones."""
    seconds = np.arange(samples.size) / RATE % 3.0
    quiet, loud = samples[(seconds > 0.5) & (seconds < 1.4)], samples[(seconds > 2.0)]
    return 10.0 * float(np.log10(np.mean(loud**2) / np.mean(quiet**2)))


def test_a_loud_master_has_less_contrast_and_nothing_clips() -> None:
    random = np.random.default_rng(0)
    open_, loud = (
        mastered(tone(), master(ratio=ratio, drive=drive), RATE, random)
        for ratio, drive in ((1.0, 0.0), (8.0, 12.0))
    )
    assert contrast(open_) > contrast(loud) + 6.0
    assert max(np.abs(open_).max(), np.abs(loud).max()) <= 1.0


def test_the_room_rings_on_and_does_not_shift_what_is_heard() -> None:
    click = np.zeros(RATE, dtype=np.float32)
    click[1000] = 1.0
    random = np.random.default_rng(0)
    dry = convolved(click, impulse(master(), RATE, 0.0, random))
    wet = convolved(click, impulse(master(wet=0.5, decay=1.0), RATE, 1.0, random))
    assert abs(int(np.argmax(np.abs(dry))) - 1000) < 10
    assert abs(int(np.argmax(np.abs(wet))) - 1000) < 10
    assert np.abs(wet[8000:12000]).mean() > 20 * np.abs(dry[8000:12000]).mean()


def test_colour_takes_what_lies_outside_the_band() -> None:
    response = impulse(master(highest=4_000.0), RATE, 0.0, np.random.default_rng(0))
    gains = np.abs(np.fft.rfft(response, 1 << 14))
    at = np.fft.rfftfreq(1 << 14, 1.0 / RATE)
    assert gains[(at > 8_500) & (at < 9_500)].mean() < 0.1 * gains[(at > 500) & (at < 1_500)].mean()


def test_an_mp3_on_the_way_changes_the_sound_and_not_the_time() -> None:
    random = np.random.default_rng(0)
    clean = mastered(tone(3.0), master(gain=-6.0), RATE, random)
    coded = mastered(tone(3.0), master(gain=-6.0, bitrate=64_000), RATE, random)
    assert coded.size == clean.size
    lags = range(-40, 41)
    found = [float(np.dot(clean[5000:40000], coded[5000 + lag : 40000 + lag])) for lag in lags]
    assert abs(lags[int(np.argmax(found))]) <= 2
    assert not np.array_equal(clean, coded)


def test_masters_are_drawn_loud_and_open() -> None:
    drawn = [draw_master(np.random.default_rng(seed)) for seed in range(300)]
    assert 0.45 < np.mean([m.drive > 4.0 for m in drawn]) < 0.75
    assert 0.04 < np.mean([m.bitrate > 0 for m in drawn]) < 0.18
    assert {m.bitrate for m in drawn} == {0, 64_000, 96_000, 128_000}

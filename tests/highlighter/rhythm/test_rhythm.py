"""What is found in sounds whose beats are known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from highlighter.errors import AudioBadRequestError
from highlighter.rhythm import NO_RHYTHM, SURE, FragmentRhythm, folded, rhythm_of

RATE = 22_050
Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Clicks = Callable[[Float64, float], Float32]
Band = Callable[[Float64, int, float, int], Float32]
House = Callable[[Float64, int, float, int], Float32]


def beats_of(bpm: float, seconds: float = 34.0) -> Float64:
    return np.arange(0.37, seconds - 0.5, 60.0 / bpm)


def missed(found: tuple[float, ...], true: Float64, within: float) -> int:
    distance = np.abs(np.asarray(found)[:, None] - true[None, :]).min(axis=0)
    return int(np.count_nonzero(distance > within))


@pytest.mark.parametrize("bpm", [40, 50, 60, 69, 75, 90, 100, 120, 140, 160, 174, 190, 200])
def test_a_click_track_has_a_beat_on_every_click_within_fifteen_milliseconds(
    bpm: float, clicks: Clicks
) -> None:
    true = beats_of(bpm)
    rhythm = rhythm_of(clicks(true, 34.5), RATE)
    assert rhythm.bpm is not None
    octave = np.log2(rhythm.bpm / bpm)
    assert abs(octave - round(octave)) < 0.01
    assert missed(rhythm.beats, true[1:-1], 0.015) <= 0.05 * true.size


@pytest.mark.parametrize("bpm", [75, 90, 100, 120, 140, 160, 174])
def test_clicks_in_the_range_that_people_tap_keep_their_tempo(bpm: float, clicks: Clicks) -> None:
    rhythm = rhythm_of(clicks(beats_of(bpm), 34.5), RATE)
    assert rhythm.bpm == pytest.approx(bpm, rel=0.005)
    assert rhythm.pulse_confidence > SURE


@pytest.mark.parametrize("bpm", [40, 45, 55, 62])
def test_what_is_slower_than_people_tap_is_counted_twice_as_fast(
    bpm: float, clicks: Clicks
) -> None:
    true = beats_of(bpm)
    rhythm = rhythm_of(clicks(true, 34.5), RATE)
    assert rhythm.bpm == pytest.approx(2 * bpm, rel=0.01)
    between = 0.5 * (true[2:-1] + true[1:-2])
    assert missed(rhythm.beats, between, 0.03) == 0
    assert rhythm.confidence < 0.5  # whether to count so is a matter of taste


@pytest.mark.parametrize("bpm", [210, 220, 225])
def test_clicks_too_fast_for_a_beat_are_right_or_unsure(bpm: float, clicks: Clicks) -> None:
    true = beats_of(bpm)
    rhythm = rhythm_of(clicks(true, 34.5), RATE)
    assert rhythm.confidence < 0.1
    if rhythm.pulse_confidence > 0.5:
        assert missed(rhythm.beats, true[2:-2], 0.03) <= 0.05 * true.size


@pytest.mark.parametrize(("bpm", "seed"), [(92.0, 0), (104.0, 1), (120.0, 2), (126.0, 3)])
def test_a_band_is_counted_and_barred_as_it_plays(bpm: float, seed: int, band: Band) -> None:
    true = beats_of(bpm)
    rhythm = rhythm_of(band(true, 4, 34.5, seed), RATE)
    assert rhythm.bpm == pytest.approx(bpm, rel=0.005)
    assert missed(rhythm.beats, true[1:-1], 0.02) == 0
    assert rhythm.confidence > SURE
    assert rhythm.metre == 4
    assert missed(rhythm.downbeats, true[4:-4:4], 0.02) <= 1
    assert len(rhythm.downbeats) == pytest.approx(true.size / 4, abs=2)


@pytest.mark.parametrize(("bpm", "drop"), [(122.0, 0), (122.0, 12), (126.0, 12)])
def test_what_plays_off_the_beat_before_the_drop_does_not_move_the_beat(
    bpm: float, drop: int, house: House
) -> None:
    true = beats_of(bpm)
    rhythm = rhythm_of(house(true, drop, 34.5, 3), RATE)
    assert rhythm.bpm == pytest.approx(bpm, rel=0.003)
    assert missed(rhythm.beats, true[1:-1], 0.03) == 0
    assert len(rhythm.beats) <= true.size + 3
    assert rhythm.confidence >= SURE


def test_beats_are_found_through_a_long_build_but_doubted_where_drums_are_few(house: House) -> None:
    true = beats_of(122.0)
    rhythm = rhythm_of(house(true, 24, 34.5, 3), RATE)
    assert missed(rhythm.beats, true[1:-1], 0.03) == 0
    assert rhythm.confidence < 0.5


@pytest.mark.parametrize("bpm", [100.0, 118.0])
def test_a_waltz_is_never_said_to_be_in_four_with_confidence(bpm: float, band: Band) -> None:
    true = beats_of(bpm)
    rhythm = rhythm_of(band(true, 3, 34.5, 5), RATE)
    assert missed(rhythm.beats, true[1:-1], 0.03) <= 2
    if rhythm.metre == 3:
        assert missed(rhythm.downbeats, true[3:-3:3], 0.03) <= 2
    else:
        assert rhythm.downbeat_confidence < 0.5


def test_downbeats_are_beats_and_phrases_are_downbeats_and_all_rise(band: Band) -> None:
    rhythm = rhythm_of(band(beats_of(120.0), 4, 34.5, 6), RATE)
    for part, whole in ((rhythm.downbeats, rhythm.beats), (rhythm.phrases, rhythm.downbeats)):
        assert part
        assert set(part) <= set(whole)
    for times in (rhythm.beats, rhythm.downbeats, rhythm.phrases):
        assert (np.diff(times) > 0).all()
    assert len(rhythm.beat_strengths) == len(rhythm.beats)
    assert len(rhythm.phrase_strengths) == len(rhythm.phrases)
    assert rhythm.confidence <= rhythm.pulse_confidence
    assert rhythm.downbeat_confidence <= rhythm.confidence


def test_a_phrase_begins_where_instruments_come_in(band: Band) -> None:
    true = beats_of(120.0, 40.0)
    sound = band(true, 4, 40.0, 7).astype(np.float64)
    entrance = true[32]
    time = np.arange(sound.size) / RATE
    hymn = sum(np.sin(2 * np.pi * hertz * time) for hertz in (523, 659, 784, 1046))
    sound += 0.1 * hymn * (time >= entrance)
    rhythm = rhythm_of(sound.astype(np.float32), RATE)
    assert np.abs(np.asarray(rhythm.phrases) - entrance).min() < 0.05
    strongest = rhythm.phrases[int(np.argmax(rhythm.phrase_strengths))]
    assert strongest == pytest.approx(entrance, abs=0.05)


def test_tempo_that_breathes_is_followed(clicks: Clicks) -> None:
    intervals = 60.0 / (112.0 + 4.0 * np.sin(np.arange(62) / 8.0))
    true = 0.3 + np.concatenate([[0.0], np.cumsum(intervals)])
    rhythm = rhythm_of(clicks(true, float(true[-1]) + 0.5), RATE)
    assert missed(rhythm.beats, true[1:-1], 0.03) <= 2


@pytest.mark.parametrize("seed", range(4))
def test_music_without_a_steady_beat_is_not_relied_on(seed: int, clicks: Clicks) -> None:
    random = np.random.default_rng(seed)
    rubato = np.cumsum(random.uniform(0.25, 1.1, 48))
    scattered = np.sort(random.uniform(0.0, 34.0, 70))
    for times in (rubato, scattered):
        assert rhythm_of(clicks(times, 35.0), RATE).pulse_confidence < 0.3


@pytest.mark.parametrize(
    "signal",
    [
        np.zeros(0),
        np.zeros(1),
        np.zeros(RATE * 10),
        np.full(RATE * 10, 0.5),
        np.full(RATE * 10, np.nan),
        0.3 * np.sin(2 * np.pi * 440 * np.arange(RATE * 12) / RATE),
        0.1 * np.random.default_rng(0).standard_normal(RATE // 2),
    ],
    ids=["nothing", "one sample", "silence", "offset", "no numbers", "tone", "half a second"],
)
def test_what_has_no_beat_gets_none(signal: Float64) -> None:
    assert rhythm_of(signal.astype(np.float32), RATE) == NO_RHYTHM


@pytest.mark.parametrize("seed", range(3))
def test_noise_has_no_rhythm_to_rely_on(seed: int) -> None:
    noise = 0.1 * np.random.default_rng(seed).standard_normal(RATE * 30)
    assert rhythm_of(noise.astype(np.float32), RATE).pulse_confidence < 0.1


@pytest.mark.parametrize("size", [2 * RATE, 2 * RATE + 1, 3 * RATE + 219, 5 * RATE + 7, 110_251])
def test_any_length_has_an_answer_within_its_bounds(size: int, clicks: Clicks) -> None:
    sound = clicks(np.arange(0.1, 60.0, 0.5), 60.0)[:size]
    rhythm = rhythm_of(sound, RATE)
    assert all(0.0 <= beat <= size / RATE + 0.05 for beat in rhythm.beats)
    assert 0.0 <= rhythm.confidence <= 1.0


def test_no_beats_are_invented_in_silence_before_and_behind_the_music(clicks: Clicks) -> None:
    beats = rhythm_of(clicks(np.arange(8.0, 26.0, 0.5), 34.0), RATE).beats
    assert beats[0] > 7.0
    assert beats[-1] < 27.0


def test_level_channels_and_sample_rate_do_not_matter(band: Band) -> None:
    sound = band(beats_of(110.0), 4, 34.5, 8)
    plain = rhythm_of(sound, RATE)
    quiet = rhythm_of(np.stack([sound, sound], axis=1) * np.float32(0.01), RATE)
    assert missed(quiet.beats, np.asarray(plain.beats[1:-3]), 0.01) == 0
    import soxr

    high = rhythm_of(soxr.resample(sound, RATE, 48_000), 48_000)
    assert high.bpm == pytest.approx(plain.bpm, rel=0.002)
    assert missed(high.beats, np.asarray(plain.beats[1:-1]), 0.01) == 0


def test_the_same_sound_has_the_same_rhythm(band: Band) -> None:
    sound = band(beats_of(97.0), 4, 20.0, 9)
    assert rhythm_of(sound, RATE) == rhythm_of(sound.copy(), RATE)


@pytest.mark.parametrize(
    ("samples", "rate"),
    [
        (np.zeros(100, np.float32), 4_000),
        (np.zeros(100, np.float32), 500_000),
        (np.zeros((2, 2, 2), np.float32), RATE),
        (np.zeros((10, 0), np.float32), RATE),
        (np.zeros(601 * 8_000, np.float32), 8_000),
    ],
    ids=["low rate", "high rate", "three axes", "no channels", "ten minutes"],
)
def test_what_cannot_be_heard_is_refused(samples: Float32, rate: int) -> None:
    with pytest.raises(AudioBadRequestError) as caught:
        rhythm_of(samples, rate)
    assert caught.value.why


@pytest.mark.parametrize(("bpm", "expected"), [(60.0, 120.0), (120.0, 120.0), (174.0, 87.0)])
def test_tempi_fold_into_one_octave(bpm: float, expected: float) -> None:
    assert folded(bpm) == expected


@pytest.mark.parametrize("bpm", [0.0, -1.0, float("nan"), float("inf")])
def test_only_a_tempo_folds(bpm: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        folded(bpm)


def test_no_rhythm_is_what_it_says() -> None:
    assert FragmentRhythm(None, 0.0, 0.0, (), (), (), 0.0, 0, (), (), 0.0) == NO_RHYTHM

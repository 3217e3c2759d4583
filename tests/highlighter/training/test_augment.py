"""Changed songs: each augmentation does what its name says, and the targets move along."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from highlighter.analysis.hearing import TABLE_RATE
from highlighter.training.augment import (
    CHANGES,
    NAMES,
    USUAL,
    augmented,
    chances_of,
    compress,
    crop,
    drop_repeat,
    gain,
    mask_mel,
    mask_time,
    mixed,
    pitch,
    shift_frequency,
    shift_time,
    taken,
    tempo,
)
from highlighter.training.batches import ONSETS_PER_ROW, Recording, example_of
from highlighter.training.errors import ParametersError


def recording(seconds: float = 120.0, seed: int = 0) -> Recording:
    """Return a song with choruses from 30 to 50 s and from 80 to 100 s, a step louder."""
    rng = np.random.default_rng(seed)
    rows = round(seconds * TABLE_RATE)
    times = np.arange(rows) / TABLE_RATE
    target = (((times >= 30) & (times < 50)) | ((times >= 80) & (times < 100))).astype(np.float32)
    bands = rng.normal(-3.0, 0.5, (rows, 40)) + target[:, None]
    return Recording(
        name="one-0",
        song="one",
        split="train",
        duration=seconds,
        bands=bands.astype(np.float16),
        chroma=rng.random((rows, 12)).astype(np.float16),
        onsets=(rng.random(rows * ONSETS_PER_ROW) + np.repeat(target, ONSETS_PER_ROW)).astype(
            np.float16
        ),
        extra={
            "mel10": rng.normal(-3.0, 0.5, (2 * rows, 64)).astype(np.float16),
            "semitones": rng.normal(-3.0, 0.5, (rows, 84)).astype(np.float16),
        },
        target=target,
        weight=np.ones(rows, dtype=np.float32),
        starts=np.array([30.0, 80.0]),
        ends=np.array([50.0, 100.0]),
    )


@pytest.mark.parametrize("name", [*CHANGES])
@pytest.mark.parametrize("seed", range(3))
def test_every_change_leaves_a_whole_song(name: str, seed: int) -> None:
    song = recording()
    changed = CHANGES[name](song, np.random.default_rng(seed))
    rows = changed.bands.shape[0]
    assert changed.chroma.shape == (rows, 12)
    assert changed.onsets.shape == (rows * ONSETS_PER_ROW,)
    assert changed.target.shape == changed.weight.shape == (rows,)
    assert changed.extra["mel10"].shape == (2 * rows, 64)
    assert changed.extra["semitones"].shape == (rows, 84)
    for table in (changed.bands, changed.chroma, changed.onsets, *changed.extra.values()):
        assert np.isfinite(table).all()
    assert example_of(changed, ("tokens", "relations", "mel10")).target.size == rows // 2
    np.testing.assert_array_equal(song.bands, recording().bands)


def test_a_faster_song_is_shorter_and_its_choruses_come_earlier() -> None:
    song = recording()
    fast = taken(song, np.arange(0.0, song.bands.shape[0] - 1.0, 1.25))
    assert fast.duration == pytest.approx(96.0, abs=0.5)
    np.testing.assert_allclose(fast.starts, [24.0, 64.0], atol=0.3)
    first = int(np.flatnonzero(fast.target > 0.5)[0])
    assert first / TABLE_RATE == pytest.approx(24.0, abs=0.3)


def test_tempo_stays_within_its_bounds() -> None:
    lengths = [tempo(recording(), np.random.default_rng(seed)).duration for seed in range(12)]
    assert 120 / 1.26 <= min(lengths) < 118 < 122 < max(lengths) <= 120 / 0.74


def test_transposing_turns_the_pitch_classes_and_keeps_their_sum() -> None:
    song = recording()
    moved = pitch(song, np.random.default_rng(1))
    turns = [
        steps for steps in range(12) if np.array_equal(np.roll(song.chroma, steps, 1), moved.chroma)
    ]
    assert turns
    np.testing.assert_array_equal(moved.target, song.target)


def test_shifting_frequency_leaves_the_pitch_classes() -> None:
    song = recording()
    moved = shift_frequency(song, np.random.default_rng(1))
    np.testing.assert_array_equal(moved.chroma, song.chroma)
    assert np.abs(moved.bands - song.bands).max() > 0.01


def test_shifting_time_moves_target_and_starts_together() -> None:
    song = recording()
    moved = shift_time(song, np.random.default_rng(3))
    first = int(np.flatnonzero(moved.target > 0.5)[0]) / TABLE_RATE
    assert moved.duration == pytest.approx(song.duration, abs=0.2)
    assert first != pytest.approx(30.0, abs=0.1)
    assert moved.starts[0] == pytest.approx(first, abs=0.4)


def test_cropping_moves_choruses_to_other_places() -> None:
    moved = [crop(recording(), np.random.default_rng(seed)) for seed in range(8)]
    assert {round(one.duration) for one in moved} != {120}
    assert min(one.duration for one in moved) >= 60.0 - 1.0
    assert len({round(float(one.starts[0])) for one in moved if one.starts.size}) > 3


def test_dropping_a_repeat_never_takes_most_of_the_chorus() -> None:
    for seed in range(10):
        shorter = drop_repeat(recording(), np.random.default_rng(seed))
        assert shorter.target.sum() >= 0.39 * recording().target.sum()


def test_gain_does_not_change_what_is_seen() -> None:
    song = recording()
    louder = gain(song, np.random.default_rng(0))
    assert np.abs(louder.bands - song.bands).max() > 0.05
    before, after = (example_of(one, ("tokens",)).inputs["tokens"] for one in (song, louder))
    np.testing.assert_allclose(after, before, atol=0.03)


def test_compressing_makes_loud_and_quiet_more_alike() -> None:
    def step(one: Recording) -> float:
        level = np.log10((10.0 ** one.bands.astype(np.float32)).sum(axis=1))
        return float(level[one.target > 0].mean() - level[one.target == 0].mean())

    song = recording()
    assert 0.0 < step(compress(song, np.random.default_rng(0))) < 0.75 * step(song)


def test_masks_hide_what_they_say() -> None:
    song = recording()
    rng = np.random.default_rng(0)
    masked = mask_time(song, rng).bands.astype(np.float32)
    still = (np.abs(masked - masked.mean(axis=0)) < 0.2).all(axis=1)
    assert 1.0 * TABLE_RATE <= still.sum() <= 20.5 * TABLE_RATE
    flat = mask_mel(song, rng).bands.astype(np.float32).std(axis=0) < 1e-3
    assert 1 <= flat.sum() <= 5


def test_noise_is_the_other_song_and_lies_below() -> None:
    song, other = recording(), recording(seed=9)
    noisy = mixed(song, other, np.random.default_rng(0))
    raised = noisy.bands - song.bands.astype(np.float32)
    assert raised.min() > -0.01
    assert 0.005 < raised.mean() < 0.2


def test_chances_of_zero_and_one_are_kept() -> None:
    song = recording()
    never = augmented(song, dict.fromkeys(NAMES, 0.0), np.random.default_rng(0))
    assert never is song
    always = augmented(song, {"gain": 1.0}, np.random.default_rng(0))
    assert always is not song


def test_the_same_seed_makes_the_same_song() -> None:
    song, other = recording(), recording(seed=4)
    one, two = (augmented(song, USUAL, np.random.default_rng(11), other) for _ in range(2))
    np.testing.assert_array_equal(one.bands, two.bands)
    np.testing.assert_array_equal(one.onsets, two.onsets)


def test_an_unknown_change_is_refused_with_those_that_exist() -> None:
    with pytest.raises(ParametersError, match="reverse") as refused:
        augmented(recording(), {"reverse": 1.0}, np.random.default_rng(0))
    assert "tempo" in str(refused.value)


def test_one_change_can_be_left_out() -> None:
    chances = chances_of({"tempo": 0.9}, leave_out=("pitch",))
    assert chances["tempo"] == 0.9
    assert chances["pitch"] == 0.0
    assert chances["crop"] == USUAL["crop"]


def test_a_short_song_is_not_cropped() -> None:
    song = recording(62.0)
    song = replace(song, duration=62.0)
    assert crop(song, np.random.default_rng(0)).bands.shape[0] >= 60 * TABLE_RATE - 2

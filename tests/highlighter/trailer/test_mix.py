"""Excerpts in, one stream out: flat joins, exact places, no drift."""

from __future__ import annotations

import numpy as np
import pyloudnorm
import pytest

from highlighter.trailer.errors import TrailerNotWrittenError
from highlighter.trailer.excerpts import ExcerptStore, to_stereo
from highlighter.trailer.levels import gain_of
from highlighter.trailer.material import Material
from highlighter.trailer.mix import mix
from highlighter.trailer.plan import Plan, make_plan

RATE = 44_100


def noise(seconds: float, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    return (0.1 * random.normal(size=(round(seconds * RATE), 2))).astype(np.float32)


def rendered(plan: Plan, store: ExcerptStore) -> np.ndarray:
    return np.concatenate(list(mix(plan, store)))


def level(samples: np.ndarray) -> float:
    return float(10.0 * np.log10(np.mean(samples**2)))


@pytest.mark.parametrize("seconds", [3.0, 5.0, 12.0])
def test_energy_stays_flat_through_joins_of_unrelated_sounds(tmp_path, seconds):
    with ExcerptStore(RATE, tmp_path) as store:
        for seed in range(4):
            store.add(noise(seconds + 6.0, seed), 0.0)
        plan = make_plan([Material(3.0, 0.0, seconds + 6.0, -14.0, -3.0)] * 4, seconds=seconds)
        sound = rendered(plan, store)
    settled = level(sound[RATE : round(plan.joins[0].middle * RATE) - RATE])
    for join in plan.joins:
        middle, half = round(join.middle * RATE), round(join.seconds / 2.0 * RATE)
        pieces = np.array_split(sound[middle - half : middle + half], 8)
        assert [level(piece) for piece in pieces] == pytest.approx([settled] * 8, abs=1.0)


def test_a_fragment_is_heard_at_its_chapter_start_sample_by_sample(tmp_path):
    """Each track is one click at a known time; the trailer has each click where the plan says."""
    clicks = [5.0, 6.25, 4.5]
    with ExcerptStore(RATE, tmp_path) as store:
        tracks = []
        for click in clicks:
            samples = np.zeros((20 * RATE, 2), dtype=np.float32)
            samples[round((click + 1.0) * RATE)] = 1.0
            store.add(samples[2 * RATE :], 2.0)
            tracks.append(Material(click, 2.0, 20.0, -14.0, -1.5))
        plan = make_plan(tracks, seconds=4.0)
        sound = rendered(plan, store)
    found = np.flatnonzero(np.abs(sound[:, 0]) > 0.5)
    expected = [round((one.start + 1.0) * RATE) for one in plan.fragments]
    assert found.tolist() == expected


def test_forty_fragments_end_where_the_plan_ends(tmp_path):
    with ExcerptStore(RATE, tmp_path) as store:
        for seed in range(40):
            store.add(noise(4.0, seed), 0.0)
        tracks = [Material(1.0 / 3.0, 0.0, 3.3 + 0.013 * place, -14.0, -3.0) for place in range(40)]
        plan = make_plan(tracks, seconds=2.7)
        assert len(rendered(plan, store)) == round(plan.duration * RATE)


def test_it_starts_and_ends_in_silence_without_a_click(tmp_path):
    with ExcerptStore(RATE, tmp_path) as store:
        store.add(np.full((10 * RATE, 2), 0.5, dtype=np.float32), 0.0)
        sound = rendered(make_plan([Material(1.0, 0.0, 10.0, -14.0, -6.0)], seconds=5.0), store)
    assert np.abs(sound[[0, -1]]).max() < 1e-3
    assert np.abs(np.diff(sound, axis=0)).max() < 1e-3


def test_gains_are_applied(tmp_path):
    with ExcerptStore(RATE, tmp_path) as store:
        store.add(noise(10.0, 1), 0.0)
        loud = rendered(make_plan([Material(1.0, 0.0, 10.0, -8.0, 0.0)], seconds=6.0), store)
        plain = rendered(make_plan([Material(1.0, 0.0, 10.0, -14.0, -6.0)], seconds=6.0), store)
    assert level(plain) - level(loud) == pytest.approx(6.0, abs=0.01)


def test_the_caller_is_asked_before_each_fragment(tmp_path):
    places: list[int] = []
    with ExcerptStore(RATE, tmp_path) as store:
        for seed in range(3):
            store.add(noise(6.0, seed), 0.0)
        plan = make_plan([Material(1.0, 0.0, 6.0, -14.0, -3.0)] * 3, seconds=4.0)
        list(mix(plan, store, before_fragment=places.append))
    assert places == [0, 1, 2]


def test_reading_beyond_an_excerpt_gives_silence_not_the_neighbour(tmp_path):
    with ExcerptStore(RATE, tmp_path) as store:
        store.add(np.ones((100, 2), dtype=np.float32), 1.0)
        store.add(np.full((100, 2), 2.0, dtype=np.float32), 1.0)
        samples = store.read(0, 1.0 - 10 / RATE, 120)
    assert samples[:10].max() == samples[110:].max() == 0.0
    assert samples[10:110].min() == samples[10:110].max() == 1.0


def test_the_store_leaves_nothing_behind_and_says_when_there_is_no_place(tmp_path):
    with ExcerptStore(RATE, tmp_path) as store:
        store.add(noise(1.0, 0), 0.0)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(TrailerNotWrittenError, match="no room"):
        ExcerptStore(RATE, tmp_path / "missing")


def test_gains_are_those_of_what_is_played_not_of_what_lies_nearby(tmp_path):
    louder_later = noise(20.0, 1)
    louder_later[: 10 * RATE] *= 0.1
    with ExcerptStore(RATE, tmp_path) as store:
        store.add(louder_later, 0.0)
        plan = make_plan([Material(11.0, 0.0, 20.0, -40.0, -20.0)], seconds=8.0)
        blocks = mix(plan, store, gain=lambda played: gain_of(played, RATE, -1.5))
        sound = np.concatenate(list(blocks))
    meter = pyloudnorm.Meter(RATE)
    assert meter.integrated_loudness(sound[RATE : 6 * RATE]) == pytest.approx(-14.0, abs=0.3)


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 6, 7, 8])
def test_any_number_of_channels_becomes_two_without_clipping(channels):
    samples = np.ones((10, channels), dtype=np.float32)
    stereo = to_stereo(samples)
    assert stereo.shape == (10, 2)
    assert np.abs(stereo).max() <= 1.0 + 1e-6
    left = np.zeros((10, channels), dtype=np.float32)
    left[:, 0] = 1.0
    assert to_stereo(left)[0, 0] > 0.3
    if channels > 1:
        assert to_stereo(left)[0, 1] == 0.0

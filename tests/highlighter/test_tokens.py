"""Tokens: a track as networks see it, whatever its level, length or noise."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from highlighter.analysis.hearing import TABLE_RATE
from highlighter.highlight.recurrence import (
    around_each,
    covering,
    novelty,
    recurrence,
    transposed,
)
from highlighter.highlight.similarity import MOST_ROWS
from highlighter.highlight.tokens import GROUPS, WIDTH, Tokens, tokens_of

Tables = tuple[np.ndarray, np.ndarray, np.ndarray]


def passage(seconds: float, seed: int, loud: float = 0.0) -> Tables:
    """Return bands, chroma and onsets of chords that change every two seconds."""
    rng = np.random.default_rng(seed)
    rows = round(seconds * TABLE_RATE)
    chords = rng.random((rows // 11 + 1, 12)) ** 3
    colours = rng.normal(-3.0, 0.6, (rows // 11 + 1, 40))
    which = np.arange(rows) // 11
    bands = 10.0 ** (colours[which] + loud / 10.0 + rng.normal(0.0, 0.05, (rows, 40)))
    onsets = rng.random(rows * 16)
    return bands.astype(np.float32), chords[which].astype(np.float32), onsets.astype(np.float32)


def joined(*parts: Tables) -> Tables:
    bands, chroma, onsets = (np.concatenate(table) for table in zip(*parts, strict=True))
    return bands, chroma, onsets


def seen(tables: Tables) -> Tokens:
    return tokens_of(*tables, tables[0].shape[0] / TABLE_RATE)


@pytest.fixture(scope="module")
def song() -> Tables:
    """Verse, chorus, verse, chorus, bridge, chorus: 30 s each, choruses 4 dB louder."""
    chorus = passage(30, 1, 4.0)
    return joined(passage(30, 2), chorus, passage(30, 3), chorus, passage(30, 4), chorus)


def column(name: str, offset: int) -> int:
    return GROUPS[name].start + offset


def test_the_groups_cover_every_column_once() -> None:
    covered = [index for group in GROUPS.values() for index in range(group.start, group.stop)]
    assert covered == list(range(WIDTH))


def test_there_are_about_two_and_seven_tenths_of_a_token_per_second(song: Tables) -> None:
    tokens = seen(song)
    assert tokens.rate == pytest.approx(2.69, abs=0.01)
    assert tokens.values.shape == (pytest.approx(180 * tokens.rate, abs=1.5), WIDTH)
    assert tokens.values.dtype == np.float32
    count = tokens.values.shape[0]
    assert tokens.relations.shape == (3, (count + 1) // 2, (count + 1) // 2)


@pytest.mark.parametrize("decibels", [-24.0, 18.0])
def test_the_level_of_the_recording_does_not_matter(song: Tables, decibels: float) -> None:
    bands, chroma, onsets = song
    louder = seen((bands * np.float32(10.0 ** (decibels / 10.0)), chroma, onsets))
    np.testing.assert_allclose(louder.values, seen(song).values, atol=2e-3)


def test_an_equaliser_hardly_changes_the_spectrum_that_is_seen(song: Tables) -> None:
    bands, chroma, onsets = song
    tilted = bands * np.logspace(-0.6, 0.6, 40).astype(np.float32)
    mel = GROUPS["mel"]
    np.testing.assert_allclose(
        seen((tilted, chroma, onsets)).values[:, mel], seen(song).values[:, mel], atol=0.05
    )


def test_a_passage_that_comes_back_is_seen_as_such(song: Tables) -> None:
    tokens = seen(song)
    seconds = np.arange(tokens.values.shape[0]) / tokens.rate
    several = tokens.values[:, column("repetition", 1)]
    chorus = (seconds % 60 > 33) & (seconds % 60 < 57)
    others = (seconds % 60 > 6) & (seconds % 60 < 22)
    assert several[chorus].min() > several[others].max() + 0.2


def test_a_louder_passage_is_seen_as_such(song: Tables) -> None:
    tokens = seen(song)
    seconds = np.arange(tokens.values.shape[0]) / tokens.rate
    rank = tokens.values[:, column("force", 2)]
    assert rank[(seconds % 60 > 34) & (seconds % 60 < 56)].min() > 0.0
    assert rank[(seconds % 60 > 4) & (seconds % 60 < 26)].max() < 0.0


def test_a_repeat_in_a_higher_key_is_found_by_its_harmony() -> None:
    rng = np.random.default_rng(5)
    harmony = rng.random((120, 12)).astype(np.float32)
    harmony[80:110] = np.roll(harmony[20:50], 2, axis=1)
    same, any_key = transposed(harmony, 0), transposed(harmony)
    assert any_key[20:50, 80:110].diagonal().min() > 0.9
    assert same[20:50, 80:110].diagonal().mean() < 0.5


def test_relations_of_repeats_stand_out_off_the_diagonal(song: Tables) -> None:
    tokens = seen(song)
    rate = tokens.rate / 2
    one, other = round(45 * rate), round(105 * rate)
    assert tokens.relations[0, one, other] > 0.6
    assert abs(tokens.relations[0, one, round(15 * rate)]) < 0.5


@pytest.mark.parametrize("rows", [0, 1, 3, 43, 700])
def test_silence_has_tokens_that_tell_nothing(rows: int) -> None:
    tokens = tokens_of(
        np.full((rows, 40), 1e-8, np.float32),
        np.zeros((rows, 12), np.float32),
        np.zeros(rows * 16, np.float32),
        rows / TABLE_RATE,
    )
    assert tokens.values.shape == (max(2, rows // 2), WIDTH)
    assert np.abs(tokens.values).max() < 1e-3
    assert np.isfinite(tokens.relations).all()


@pytest.mark.parametrize("rows", [4, 21, 43, 130])
def test_short_tracks_have_finite_tokens(rows: int) -> None:
    tokens = seen(passage(rows / TABLE_RATE, 3))
    assert np.isfinite(tokens.values).all()
    assert np.abs(tokens.values).max() <= 4.0
    assert np.abs(tokens.relations).max() <= 1.0


def test_three_hours_have_bounded_tables() -> None:
    tokens = seen(passage(3 * 3600.0, 7))
    assert tokens.values.shape[0] <= MOST_ROWS
    assert tokens.rate < 0.2
    assert np.isfinite(tokens.values).all()


def test_values_that_are_no_numbers_do_no_harm(song: Tables) -> None:
    bands, chroma, onsets = (table.copy() for table in song)
    bands[10], chroma[20], onsets[30:40] = np.nan, np.inf, np.nan
    tokens = tokens_of(bands, chroma, onsets, 180.0)
    assert np.isfinite(tokens.values).all()
    assert np.isfinite(tokens.relations).all()


def test_nothing_tells_where_in_the_track_a_token_lies() -> None:
    chorus, verse = passage(20, 1), passage(20, 2)
    looped = joined(*[verse, chorus] * 8)
    values = seen(looped).values
    period = round(40 * TABLE_RATE / 2)
    middle = values[3 * period : 4 * period]
    later = values[4 * period : 5 * period]
    assert np.median(np.abs(middle - later)) < 0.1
    order = GROUPS["order"]
    assert np.median(np.abs(middle[:, order] - later[:, order])) < 0.1


def test_a_passage_whose_repeats_come_late_is_told_from_one_whose_repeats_come_early() -> None:
    early, late = passage(25, 1), passage(25, 2)
    tokens = seen(joined(early, passage(25, 3), early, late, passage(25, 4), late))
    seconds = np.arange(tokens.values.shape[0]) / tokens.rate
    mean, first, last = (tokens.values[:, column("order", offset)] for offset in range(3))
    one, other = (seconds > 56) & (seconds < 69), (seconds > 81) & (seconds < 94)
    assert mean[one].max() + 0.5 < mean[other].min()
    assert first[one].min() > 0.5 > first[other].max()
    assert last[other].min() > 0.5 > last[one].max()


def test_recurrence_equals_the_plain_definition_on_a_small_matrix() -> None:
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((40, 6)).astype(np.float32)
    rows[25:33] = rows[5:13]
    matrix = (rows @ rows.T).astype(np.float32)
    matrix /= np.sqrt(np.outer(matrix.diagonal(), matrix.diagonal()))
    found = recurrence(matrix, 4, 8, 2.0)
    sums = np.array(
        [[np.mean([matrix[i + k, j + k] for k in range(4)]) for j in range(37)] for i in range(37)]
    )
    far = np.abs(np.subtract.outer(np.arange(37), np.arange(37))) >= 8
    usual = np.median(sums[far])
    assert found.usual == pytest.approx(usual, abs=1e-5)
    best = np.where(far, (sums - usual) / (1.0 - usual), -1.0).max(axis=1)
    expected = covering(np.maximum(best, 0.0).astype(np.float32), 4, 40)
    np.testing.assert_allclose(found.best, expected, atol=1e-5)


def test_means_around_each_cell_follow_the_diagonals_to_the_edges() -> None:
    matrix = np.random.default_rng(1).random((9, 9)).astype(np.float32)
    smooth = around_each(matrix, 4)
    for i in range(9):
        for j in range(9):
            cells = [
                matrix[i + k, j + k]
                for k in range(-2, 3)
                if min(i, j) + k >= 0 and max(i, j) + k < 9
            ]
            assert smooth[i, j] == pytest.approx(float(np.mean(cells)), abs=1e-5)


def test_novelty_is_greatest_where_the_sound_changes() -> None:
    features = np.zeros((60, 2), dtype=np.float32)
    features[:30, 0], features[30:, 1] = 1.0, 1.0
    found = novelty(features, 8)
    assert found.argmax() == 30
    assert found[30] == pytest.approx(2.0)
    assert found[10] == 0.0


def test_tokens_import_no_learning_package() -> None:
    script = "import sys, highlighter.highlight.tokens\nprint(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"torch", "onnxruntime", "scipy.signal", "librosa", "sklearn"} & set(loaded)

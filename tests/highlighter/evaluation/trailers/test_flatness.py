"""Energy in joins: equal power is flat, curves that add to one lose 3 dB."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from highlighter.evaluation.trailers.flatness import flatness
from highlighter.evaluation.trailers.learning import Known
from highlighter.evaluation.trailers.mixture import SIGMOID, Mixture, Part, Seam
from highlighter.evaluation.trailers.peers import (
    by_tempo,
    cut_mixture,
    logistic,
    render_peer,
    sigmoid_mixture,
)
from highlighter.evaluation.trailers.sounding import measured
from highlighter.trailer.transitions.sound import crossfade

RATE = 44_100
LEVELS = (0.2, 0.05)
MakeKnown = Callable[..., Known]


@pytest.fixture(scope="module")
def noises(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return two files of 30 s of noise, 12 dB apart."""
    folder = tmp_path_factory.mktemp("noise")
    rng = np.random.default_rng(5)
    paths = []
    for number, level in enumerate(LEVELS):
        noise = level * rng.standard_normal((30 * RATE, 2)).clip(-4, 4)
        paths.append(folder / f"{number}.wav")
        soundfile.write(paths[-1], noise, RATE, subtype="FLOAT")
    return paths


def test_equal_power_is_flat_also_where_levels_were_changed(noises: list[Path]) -> None:
    (first, _), (second, _) = (soundfile.read(path, dtype="float32") for path in noises)
    half = 2 * RATE
    first, second = 0.5 * first, 2.0 * second  # as levelling would
    mix = np.concatenate(
        [
            first[5 * RATE : 15 * RATE - half],
            crossfade(
                first[15 * RATE - half : 15 * RATE + half],
                second[10 * RATE - half : 10 * RATE + half],
            ),
            second[10 * RATE + half : 20 * RATE],
        ]
    )
    mixture = Mixture((Part(0, 0.0, 10.0, 5.0), Part(1, 10.0, 20.0, 10.0)), (Seam("plain", 4.0),))
    (found,) = flatness(mix, RATE, mixture, noises)
    assert found is not None
    assert found.kind == "plain"
    assert found.middle == pytest.approx(0.0, abs=0.2)
    assert found.whole == pytest.approx(0.0, abs=0.2)


def test_the_sigmoid_loses_3_db_in_the_middle(noises: list[Path], known: MakeKnown) -> None:
    tracks = [known(place, path=path) for place, path in enumerate(noises)]
    mixture = sigmoid_mixture(tracks, 8.0)
    sound = render_peer(mixture, noises)
    heard = measured(sound, RATE, mixture, noises)
    assert sound.shape == (16 * RATE, 2)
    (found,) = heard.flatness
    assert found is not None
    assert found.kind == SIGMOID
    assert found.middle == pytest.approx(-2.8, abs=0.3)
    assert -2.0 < found.whole < -0.3
    assert abs(heard.loudnesses[0] - heard.loudnesses[1]) == pytest.approx(12.0, abs=1.5)


def test_hard_cuts_have_no_energy_to_lose(noises: list[Path], known: MakeKnown) -> None:
    tracks = [known(place, path=path) for place, path in enumerate(noises)]
    mixture = cut_mixture(tracks, 4.0)
    sound = render_peer(mixture, noises)
    source, _ = soundfile.read(noises[0], dtype="float32")
    np.testing.assert_allclose(sound[RATE : 3 * RATE], source[11 * RATE : 13 * RATE], atol=1e-6)
    assert flatness(sound, RATE, mixture, noises) == (None,)


def test_the_peer_sorts_by_rising_tempo_and_folds_nothing() -> None:
    assert by_tempo([174.0, None, 87.0, 120.0, None]) == (2, 3, 0, 1, 4)


def test_the_logistic_curve_and_its_reverse_add_to_one() -> None:
    rise = logistic(1000)
    np.testing.assert_allclose(rise + rise[::-1], 1.0, atol=1e-6)
    assert (np.diff(rise[:, 0]) > 0.0).all()
    assert rise[0] < 0.01

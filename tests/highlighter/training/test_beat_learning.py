"""The beat network's songs and its way into the shipped form."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from highlighter.rhythm.features import WIDTH
from highlighter.rhythm.network import beat_network
from highlighter.rhythm.spectrum import BANDS, CHROMA_STRIDE, FRAME_RATE
from highlighter.training.beat_songs import CROP, BeatSong, look

torch = pytest.importorskip("torch", reason="torch is only installed for training")


@pytest.fixture
def song() -> BeatSong:
    """Return a minute in which every beat is a burst in all bands, at 90 beats per minute."""
    rows = round(60 * FRAME_RATE)
    beats = np.arange(0.5, 59.5, 60 / 90)
    levels = np.full((rows, BANDS), -8.0, dtype=np.float32)
    for place in np.round(beats * FRAME_RATE).astype(int):
        levels[place : place + 6] = -2.0
    chroma = np.ones((-(-rows // CHROMA_STRIDE), 12), dtype=np.float32)
    return BeatSong(levels, chroma, beats, beats[::4])


def test_an_unchanged_look_has_its_targets_on_its_bursts(song: BeatSong) -> None:
    seen, target = look(song, None)
    assert seen.shape == (CROP, WIDTH)
    assert target.shape == (2, CROP // 2)
    inside = song.beats[song.beats < CROP / FRAME_RATE - 0.1]
    assert np.count_nonzero(target[0] == 1.0) == pytest.approx(inside.size, abs=1)
    places = np.round(inside * FRAME_RATE / 2).astype(int)
    assert (target[0, places] == 1.0).all()


@pytest.mark.parametrize("seed", range(12))
def test_however_it_is_changed_bursts_stay_on_their_targets(song: BeatSong, seed: int) -> None:
    seen, target = look(song, np.random.default_rng(seed))
    assert np.isfinite(seen).all()
    rising = seen[:, BANDS // 2 : BANDS].mean(axis=1)
    at = np.flatnonzero(target[0] == 1.0) * 2
    at = at[(at > 20) & (at < CROP - 20)]
    near = rising[at[:, None] + np.arange(-6, 7)].max(axis=1)
    assert np.median(near) > 4 * np.median(rising)
    assert set(np.flatnonzero(target[1] == 1.0)) <= set(np.flatnonzero(target[0] > 0.3))


def test_what_is_written_computes_what_was_learnt(song: BeatSong, tmp_path: Path) -> None:
    from highlighter.training.beat_learning import learn, write

    network = learn([song, song], [], steps=3, seed=1)
    write(tmp_path / "beats.npz", network, "a test")
    seen, _ = look(song, np.random.default_rng(2))
    with torch.no_grad():
        logits = network(torch.from_numpy(seen[None]).transpose(1, 2))[0].T
    expected = torch.sigmoid(logits).numpy()
    assert beat_network(tmp_path / "beats.npz").activations(seen) == pytest.approx(
        expected, abs=1e-4
    )

"""The shipped weights: what they are, and what is refused."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from highlighter.rhythm import RhythmModelError
from highlighter.rhythm.features import WIDTH
from highlighter.rhythm.network import FORMAT, MODEL, BeatNetwork, beat_network


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    for path in (MODEL, MODEL.with_suffix(".json")):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path / MODEL.name


def described(path: Path, data: bytes, **changes: object) -> None:
    manifest = {"format": FORMAT, "sha256": hashlib.sha256(data).hexdigest(), **changes}
    path.write_bytes(data)
    path.with_suffix(".json").write_text(json.dumps(manifest), "utf-8")


def test_the_shipped_network_is_what_its_manifest_describes() -> None:
    manifest = json.loads(MODEL.with_suffix(".json").read_text("utf-8"))
    assert manifest["licence"] == "MIT"
    assert manifest["bytes"] == MODEL.stat().st_size
    network = beat_network()
    weights = [network.first, network.first_bias, network.last, network.last_bias]
    for layer in network.layers:
        weights += [layer.weight, layer.bias, layer.mix, layer.mix_bias]
    assert sum(weight.size for weight in weights) < 100_000


@pytest.mark.parametrize("rows", [0, 1, 2, 3, 501])
def test_there_is_a_probability_for_every_second_frame(rows: int) -> None:
    random = np.random.default_rng(0)
    seen = random.random((rows, WIDTH), dtype=np.float32)
    sure = beat_network().activations(seen)
    assert sure.shape == (-(-rows // 2), 2)
    assert ((sure >= 0.0) & (sure <= 1.0)).all()


def test_the_arithmetic_is_that_of_dilated_convolutions() -> None:
    network = beat_network()
    random = np.random.default_rng(1)
    rows = random.standard_normal((70, WIDTH))
    whole = _plainly(network, rows)
    assert network.activations(rows.astype(np.float32)) == pytest.approx(whole, abs=1e-4)


def _plainly(network: BeatNetwork, rows: np.ndarray) -> np.ndarray:
    def elu(values: np.ndarray) -> np.ndarray:
        return np.where(values > 0, values, np.exp(np.minimum(values, 0)) - 1)

    def convolved(rows: np.ndarray, weight: np.ndarray, bias: np.ndarray, reach: int) -> np.ndarray:
        result = np.tile(bias.astype(np.float64), (rows.shape[0], 1))
        for row in range(rows.shape[0]):
            for tap in range(weight.shape[0]):
                place = row + (tap - weight.shape[0] // 2) * reach
                if 0 <= place < rows.shape[0]:
                    result[row] += rows[place] @ weight[tap]
        return result

    heard = elu(convolved(rows, network.first, network.first_bias, 1)[::2])
    for number, layer in enumerate(network.layers):
        inner = elu(convolved(heard, layer.weight, layer.bias, 2**number))
        heard = heard + inner @ layer.mix + layer.mix_bias
    logits = elu(heard) @ network.last + network.last_bias
    return np.asarray(1 / (1 + np.exp(-logits)))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RhythmModelError) as caught:
        beat_network(tmp_path / "none.npz")
    assert "none.npz" in str(caught.value.which)
    assert caught.value.code == "highlight.model"


def test_a_changed_byte_is_noticed(copied: Path) -> None:
    data = bytearray(copied.read_bytes())
    data[len(data) // 2] ^= 1
    copied.write_bytes(bytes(data))
    with pytest.raises(RhythmModelError, match="SHA-256"):
        beat_network(copied)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "other"}', "not json"])
def test_a_manifest_that_describes_something_else_is_refused(copied: Path, text: str) -> None:
    copied.with_suffix(".json").write_text(text, "utf-8")
    with pytest.raises(RhythmModelError):
        beat_network(copied)


def test_what_is_no_archive_of_weights_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "beats.npz"
    described(path, b"no archive at all")
    with pytest.raises(RhythmModelError):
        beat_network(path)


def test_weights_for_other_features_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "beats.npz"
    with np.load(MODEL, allow_pickle=False) as stored:
        weights = {name: stored[name] for name in stored.files}
    weights["first.weight"] = weights["first.weight"][:, :-1]
    with (tmp_path / "new.npz").open("wb") as file:
        np.savez(file, **weights)
    described(path, (tmp_path / "new.npz").read_bytes())
    with pytest.raises(RhythmModelError, match="features"):
        beat_network(path)

"""The shipped network: it answers for any track, and a file that is not it is refused by name."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from highlighter.analysis.hearing import TABLE_RATE
from highlighter.errors import HighlightModelError
from highlighter.highlight import network as served
from highlighter.highlight.network import MODEL, Network, default_network
from highlighter.highlight.tokens import VERSION, Tokens, tokens_of


def song(seconds: float, seed: int = 0) -> Tokens:
    """Return tokens of four sections of which the second and the last are louder and the same."""
    rng = np.random.default_rng(seed)
    rows = round(seconds * TABLE_RATE)
    part = np.arange(rows) * 4 // max(1, rows)
    kind = np.array([0, 1, 2, 1])[part]
    place = np.arange(rows) - part * rows // 4
    colours, chords = rng.normal(-3.0, 0.6, (3, 400, 40)), rng.random((3, 400, 12)) ** 3
    bands = colours[kind, place // 11 % 400] + 0.5 * (kind == 1)[:, None]
    onsets = rng.random(rows * 16) * np.repeat(1.0 + (kind == 1), 16)
    return tokens_of(
        (10.0**bands).astype(np.float32),
        chords[kind, place // 11 % 400].astype(np.float32),
        onsets.astype(np.float32),
        rows / TABLE_RATE,
    )


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """Return a copy of the shipped network, with its manifest."""
    path = tmp_path / "copy.onnx"
    shutil.copy(MODEL, path)
    shutil.copy(MODEL.with_suffix(".json"), path.with_suffix(".json"))
    return path


def test_the_shipped_network_is_small_and_is_what_its_manifest_says() -> None:
    network = default_network()
    assert network is not None
    assert MODEL.stat().st_size < 2_000_000
    assert network.manifest["tokens_version"] == VERSION
    assert network.manifest["licence"] == "MIT"
    assert network.manifest["parameters"] < 600_000


@pytest.mark.parametrize("seconds", [0.1, 1.0, 8.0, 61.3, 240.0, 1_500.0])
def test_tracks_of_any_length_have_curves_of_theirs(seconds: float) -> None:
    network = default_network()
    assert network is not None
    tokens = song(seconds)
    curves = network.curves(tokens)
    assert curves.interest.shape == curves.starts.shape == (tokens.values.shape[0],)
    assert curves.rate == tokens.rate
    for curve in (curves.interest, curves.starts):
        assert curve.min() >= 0.0
        assert curve.max() <= 1.0


def test_silence_has_a_flat_curve() -> None:
    network = default_network()
    assert network is not None
    rows = 600
    silence = tokens_of(
        np.full((rows, 40), 1e-8, np.float32),
        np.zeros((rows, 12), np.float32),
        np.zeros(rows * 16, np.float32),
        rows / TABLE_RATE,
    )
    middle = network.interest(silence)[40:-40]
    assert np.ptp(middle) < 0.1


def test_a_passage_that_comes_back_louder_is_more_interesting_than_the_rest() -> None:
    network = default_network()
    assert network is not None
    interest = network.interest(song(200.0))
    parts = [one.mean() for one in np.array_split(interest, 4)]
    assert min(parts[1], parts[3]) > max(parts[0], parts[2]) + 0.1


def test_the_same_tokens_have_the_same_answer() -> None:
    network = default_network()
    assert network is not None
    tokens = song(100.0)
    np.testing.assert_array_equal(network.interest(tokens), network.interest(tokens))


def test_the_shipped_network_is_opened_once() -> None:
    assert default_network() is default_network()


def test_confidence_rises_with_interest() -> None:
    network = default_network()
    assert network is not None
    shares = [network.confidence(best) for best in np.linspace(0.0, 1.0, 21)]
    assert shares == sorted(shares)
    assert 0.0 <= shares[0] < shares[-1] <= 1.0


def test_without_a_shipped_network_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served, "MODEL", tmp_path / "highlight.onnx")
    assert default_network() is None


def test_a_damaged_network_is_refused_with_its_name(copied: Path) -> None:
    content = bytearray(copied.read_bytes())
    content[len(content) // 2] ^= 0xFF
    copied.write_bytes(content)
    with pytest.raises(HighlightModelError, match="SHA-256") as refused:
        Network(copied)
    assert "copy.onnx" in str(refused.value)


def test_a_truncated_network_is_refused(copied: Path) -> None:
    copied.write_bytes(copied.read_bytes()[:1000])
    with pytest.raises(HighlightModelError, match=r"copy\.onnx"):
        Network(copied)


def test_a_file_that_is_no_network_is_refused_even_if_the_manifest_names_it(copied: Path) -> None:
    import hashlib

    copied.write_bytes(b"not a network at all")
    beside = copied.with_suffix(".json")
    manifest = json.loads(beside.read_text())
    manifest["sha256"] = hashlib.sha256(copied.read_bytes()).hexdigest()
    beside.write_text(json.dumps(manifest))
    with pytest.raises(HighlightModelError, match="no network"):
        Network(copied)


def test_a_network_for_other_tokens_is_refused(copied: Path) -> None:
    beside = copied.with_suffix(".json")
    manifest = json.loads(beside.read_text())
    manifest["tokens_version"] = VERSION + 1
    beside.write_text(json.dumps(manifest))
    with pytest.raises(HighlightModelError, match="made for tokens"):
        Network(copied)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "other"}', "\ufffd{"])
def test_a_manifest_that_describes_nothing_is_refused(copied: Path, text: str) -> None:
    copied.with_suffix(".json").write_text(text, encoding="utf-8")
    with pytest.raises(HighlightModelError, match=r"copy\.json"):
        Network(copied)


def test_a_network_without_its_manifest_is_refused(copied: Path) -> None:
    copied.with_suffix(".json").unlink()
    with pytest.raises(HighlightModelError, match=r"copy\.json"):
        Network(copied)


def test_onnxruntime_is_loaded_when_a_network_is_opened_and_no_sooner() -> None:
    script = (
        "import sys\n"
        "from highlighter.highlight.network import default_network\n"
        "print('onnxruntime' in sys.modules)\n"
        "default_network()\n"
        "print('onnxruntime' in sys.modules, 'torch' in sys.modules)"
    )
    lines = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert lines == ["False", "True", "False"]

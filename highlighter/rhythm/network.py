"""A small network that says where beats and bars begin, by numpy alone.

A temporal convolutional network, after M. E. P. Davies and S. Böck, *Temporal convolutional
networks for musical audio beat tracking*, EUSIPCO 2019: convolutions over time whose reach doubles
from layer to layer. What it learnt from is in its manifest.
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from highlighter.analysis.frames import Float32
from highlighter.products import product
from highlighter.rhythm.errors import RhythmModelError
from highlighter.rhythm.features import WIDTH

MODEL = Path(__file__).with_name("models") / "beats.npz"
"""The shipped weights; beside it, with the ending ``.json``, the manifest that describes them."""

FORMAT = "hooklist-beats-network-1"
STRIDE = 2
"""Frames of features per row of activations."""

_LARGEST = 4 << 20


@dataclass(frozen=True, slots=True, eq=False)
class _Layer:
    """A convolution over time, and what is made of it.

    Attributes
    ----------
    weight, bias
        (taps, channels in, channels out) and (channels out,).
    mix, mix_bias
        (channels, channels) and (channels,).
    """

    weight: Float32
    bias: Float32
    mix: Float32
    mix_bias: Float32


@dataclass(frozen=True, slots=True, eq=False)
class BeatNetwork:
    """Weights, ready to be used. Layer i reaches 2^i rows per tap."""

    first: Float32
    first_bias: Float32
    layers: tuple[_Layer, ...]
    last: Float32
    last_bias: Float32

    def activations(self, features: Float32) -> Float32:
        """Return (ceil(n / 2), 2) probabilities that a beat, and a bar, begins.

        Parameters
        ----------
        features
            (n, `WIDTH`).
        """
        if not features.shape[0]:
            return np.zeros((0, 2), dtype=np.float32)
        rows = _elu(_convolved(features, self.first, self.first_bias, 1, STRIDE))
        for number, layer in enumerate(self.layers):
            heard = _elu(_convolved(rows, layer.weight, layer.bias, 1 << number))
            rows = rows + product(heard, layer.mix) + layer.mix_bias
        logits = product(_elu(rows), self.last) + self.last_bias
        sure: Float32 = 1.0 / (1.0 + np.exp(-logits))
        return sure


def _convolved(
    rows: Float32, weight: Float32, bias: Float32, reach: int, stride: int = 1
) -> Float32:
    taps, count = weight.shape[0], -(-rows.shape[0] // stride)
    half = taps // 2 * reach
    padded = np.pad(rows, ((half, half + stride), (0, 0)))
    total = np.tile(bias, (count, 1))
    for tap in range(taps):
        seen = padded[tap * reach :: stride][:count]
        total += product(np.ascontiguousarray(seen), weight[tap])
    return total


def _elu(values: Float32) -> Float32:
    """Return the exponential linear unit (D.-A. Clevert et al., ICLR 2016)."""
    below = np.expm1(np.minimum(values, np.float32(0.0)))
    return np.where(values > 0.0, values, below)


@lru_cache(maxsize=2)
def beat_network(path: Path = MODEL) -> BeatNetwork:
    """Return the network in a file.

    Raises
    ------
    RhythmModelError
        Weights or manifest are missing, damaged, or not what each other says.
    """
    data = _checked(path)
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            part = {name: stored[name].astype(np.float32) for name in stored.files}
        count = sum(name.endswith(".mix") for name in part)
        network = BeatNetwork(
            part["first.weight"],
            part["first.bias"],
            tuple(
                _Layer(*(part[f"{n}.{name}"] for name in ("weight", "bias", "mix", "mix_bias")))
                for n in range(count)
            ),
            part["last.weight"],
            part["last.bias"],
        )
        if network.first.shape[1] != WIDTH or network.last.shape[1] != 2:
            raise ValueError(f"it is for {network.first.shape[1]} features, not {WIDTH}")
    except (ValueError, KeyError, OSError, EOFError) as error:
        raise _unusable(path, str(error)) from error
    return network


def _checked(path: Path) -> bytes:
    manifest_path = path.with_suffix(".json")
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
        manifest = json.loads(manifest_path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _unusable(path, str(error)) from error
    if len(data) > _LARGEST:
        raise _unusable(path, f"it has more than {_LARGEST:,} bytes")
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise _unusable(path, f"{manifest_path.name} does not describe a {FORMAT}")
    if hashlib.sha256(data).hexdigest() != manifest.get("sha256"):
        raise _unusable(path, f"it is not the file that {manifest_path.name} describes (SHA-256)")
    return data


def _unusable(path: Path, why: str) -> RhythmModelError:
    return RhythmModelError(
        "The beat network cannot be used",
        which=str(path),
        why=why,
        next_step="install the package anew, or restore the file",
    )

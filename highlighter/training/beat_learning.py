"""Learning the beat network, and writing it as the weights that `highlighter.rhythm` reads.

``python -m highlighter.training.beat_learning --songs DIR --out beats.npz [--steps N]``
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from highlighter.rhythm.features import WIDTH
from highlighter.rhythm.network import FORMAT
from highlighter.training.beat_songs import BeatSong, look, read

CHANNELS, TAPS, LAYERS = 32, 5, 8
_BATCH = 6
_RATE, _WARM = 2.5e-3, 10
_KEPT_ASIDE = 3
"""Songs whose number ends so are for checking."""


class _Layer(nn.Module):
    def __init__(self, reach: int) -> None:
        super().__init__()
        half = reach * (TAPS // 2)
        self.over_time = nn.Conv1d(
            CHANNELS, CHANNELS, TAPS, dilation=reach, padding=half, bias=False
        )
        self.norm = nn.BatchNorm1d(CHANNELS)
        self.mix = nn.Conv1d(CHANNELS, CHANNELS, 1)
        self.dropout = nn.Dropout(0.1)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        heard = self.dropout(functional.elu(self.norm(self.over_time(rows))))
        result: torch.Tensor = rows + self.mix(heard)
        return result


class TemporalNetwork(nn.Module):
    """What `highlighter.rhythm.network.BeatNetwork` computes, in a form that can learn."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv1d(WIDTH, CHANNELS, TAPS, stride=2, padding=TAPS // 2, bias=False)
        self.norm = nn.BatchNorm1d(CHANNELS)
        self.layers = nn.ModuleList(_Layer(1 << number) for number in range(LAYERS))
        self.last = nn.Conv1d(CHANNELS, 2, 1)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Return (n, 2, rows / 2) logits of (n, `WIDTH`, rows) features."""
        rows = functional.elu(self.norm(self.first(features)))
        for layer in self.layers:
            rows = layer(rows)
        logits: torch.Tensor = self.last(functional.elu(rows))
        return logits


def learn(songs: list[BeatSong], checked: list[BeatSong], steps: int, seed: int) -> TemporalNetwork:
    """Return a network after so many steps; prints its loss on `checked` as it goes.

    Parameters
    ----------
    songs, checked
        To learn from, and to check with.
    steps
        Of the optimiser; the rate of learning falls to nothing over them.
    seed
        The same seed and songs give the same network on the same machine.
    """
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    random = np.random.default_rng(seed)
    network = TemporalNetwork()
    optimiser = torch.optim.AdamW(network.parameters(), _RATE, weight_decay=1e-3)
    for step in range(steps):
        falling = 0.5 + 0.5 * math.cos(math.pi * step / steps)
        for group in optimiser.param_groups:
            group["lr"] = _RATE * max(0.02, falling) * min(1.0, (step + 1) / _WARM)
        chosen = random.choice(len(songs), size=min(_BATCH, len(songs)), replace=False)
        network.train()
        loss = _loss(network, [look(songs[number], random) for number in chosen])
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        if checked and (step + 1) % 50 == 0:
            network.eval()
            with torch.no_grad():
                check = float(_loss(network, [look(song, None) for song in checked]))
            print(f"{step + 1}/{steps} loss {loss.item():.4f}, check {check:.4f}", flush=True)
    return network.eval()


def _loss(
    network: TemporalNetwork, looks: list[tuple[NDArray[np.float32], NDArray[np.float32]]]
) -> torch.Tensor:
    seen = torch.from_numpy(np.stack([part for part, _ in looks])).transpose(1, 2)
    target = torch.from_numpy(np.stack([wanted for _, wanted in looks]))
    return functional.binary_cross_entropy_with_logits(network(seen), target)


def weights(network: TemporalNetwork) -> dict[str, NDArray[np.float32]]:
    """Return the arrays that `highlighter.rhythm.network` reads, normalisation folded in."""
    part: dict[str, NDArray[np.float32]] = {}

    def folded(name: str, bias: str, over_time: nn.Conv1d, norm: nn.BatchNorm1d) -> None:
        assert norm.running_var is not None and norm.running_mean is not None  # noqa: S101, PT018
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        part[name] = _array((over_time.weight * scale[:, None, None]).permute(2, 1, 0))
        part[bias] = _array(norm.bias - norm.running_mean * scale)

    folded("first.weight", "first.bias", network.first, network.norm)
    for number, layer in enumerate(network.layers):
        folded(f"{number}.weight", f"{number}.bias", layer.over_time, layer.norm)
        part[f"{number}.mix"] = _array(layer.mix.weight[:, :, 0].T)
        part[f"{number}.mix_bias"] = _array(layer.mix.bias)
    part["last.weight"] = _array(network.last.weight[:, :, 0].T)
    assert network.last.bias is not None  # noqa: S101
    part["last.bias"] = _array(network.last.bias)
    return part


def _array(values: torch.Tensor) -> NDArray[np.float32]:
    return np.ascontiguousarray(values.detach().numpy().astype(np.float32))


def write(path: Path, network: TemporalNetwork, about: str) -> None:
    """Write the weights, and their manifest beside them."""
    arrays = weights(network)
    stored: dict[str, Any] = dict(arrays)
    with path.open("wb") as file:
        np.savez(file, **stored)
    data = path.read_bytes()
    manifest = {
        "format": FORMAT,
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
        "parameters": sum(array.size for array in arrays.values()),
        "made": datetime.now(UTC).date().isoformat(),
        "data": about,
        "licence": "MIT",
    }
    path.with_suffix(".json").write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")


def main() -> None:
    """Learn from a folder of songs, and write the network."""
    parser = argparse.ArgumentParser(description="Learn the beat network.")
    parser.add_argument("--songs", type=Path, required=True, metavar="DIR")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    parser.add_argument("--steps", type=int, default=1200, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    options = parser.parse_args()
    paths = sorted(options.songs.glob("*.npz"))
    aside = [path for path in paths if int(path.stem) % 10 == _KEPT_ASIDE]
    learnt = [read(path) for path in paths if path not in aside]
    network = learn(learnt, [read(path) for path in aside], options.steps, options.seed)
    write(
        options.out,
        network,
        f"{len(learnt)} songs of POP909 (MIT), arranged and rendered with FluidSynth, 85 s of "
        "each; no recorded song",
    )


if __name__ == "__main__":
    main()

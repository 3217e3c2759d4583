"""From trained weights to the file that is shipped: one ONNX graph, and what is known of it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import warnings
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from highlighter.highlight.network import FORMAT, Network
from highlighter.highlight.tokens import VERSION, WIDTH, Tokens
from highlighter.training.errors import ExportError
from highlighter.training.scores import NAMES, SECONDS, Floats, Prediction, window_start

_LARGEST = 2_000_000
_NEAR = 1e-4
_OPSET = 17


class Ensemble(nn.Module):
    """The mean of several networks, of one song, as probabilities.

    Parameters
    ----------
    networks
        Trained on the same inputs, with two outputs.
    """

    def __init__(self, networks: Sequence[Any]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)

    def forward(self, tokens: Any, relations: Any, mask: Any) -> tuple[Any, Any]:
        """Return (n,) interest and (n,) starts of a batch of one."""
        given = {"tokens": tokens, "relations": relations}
        said = [torch.sigmoid(network(given, mask)) for network in self.networks]
        mean = sum(said[1:], said[0]) / len(said)
        return mean[0, :, 0], mean[0, :, 1]


def export(
    networks: Sequence[Any],
    path: Path,
    about: Mapping[str, Any],
) -> Path:
    """Write networks as one ``.onnx``, and the manifest beside it.

    Parameters
    ----------
    networks
        Trained networks over `tokens` and `relations`.
    path
        Of the ``.onnx``.
    about
        What the manifest says beside what is known here: data, licence, scores, confidence.

    Raises
    ------
    ExportError
        The file is too large, or computes something else than the networks.
    """
    ensemble = Ensemble(networks).eval()
    half = 40
    given = (
        torch.randn(1, 2 * half, WIDTH),
        torch.rand(1, 3, half, half) * 2.0 - 1.0,
        torch.ones(1, 2 * half),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # The exporter by tracing: it needs no further package, and nothing here branches on data.
        torch.onnx.export(
            ensemble,
            given,
            str(part),
            input_names=["tokens", "relations", "mask"],
            output_names=["interest", "starts"],
            dynamic_axes={
                "tokens": {1: "n"},
                "relations": {2: "m", 3: "m"},
                "mask": {1: "n"},
                "interest": {0: "n"},
                "starts": {0: "n"},
            },
            opset_version=_OPSET,
            dynamo=False,
        )
    content = part.read_bytes()
    if len(content) > _LARGEST:
        raise ExportError(
            "The network is too large to be shipped",
            which=str(path),
            why=f"{len(content):,} bytes, at most {_LARGEST:,} are",
            next_step="fewer seeds, or a smaller width",
        )
    manifest = {
        "format": FORMAT,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "tokens_version": VERSION,
        "parameters": sum(one.numel() for net in networks for one in net.parameters()),
        "members": len(networks),
        "made": datetime.now(UTC).date().isoformat(),
        "revision": revision(),
        "torch": torch.__version__,
        **about,
    }
    part.replace(path)
    path.with_suffix(".json").write_text(
        json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    difference = disagreement(ensemble, Network(path))
    if difference > _NEAR:
        raise ExportError(
            "What was exported does not compute what was trained",
            which=str(path),
            why=f"they differ by {difference:.1e}, at most {_NEAR:.0e} is allowed",
        )
    return path


def disagreement(ensemble: Any, network: Network, seed: int = 0) -> float:
    """Return the largest difference between torch and onnxruntime, over several lengths."""
    rng = np.random.default_rng(seed)
    largest = 0.0
    for count in (7, 120, 645):
        half = (count + 1) // 2
        seen = Tokens(
            values=rng.standard_normal((count, WIDTH)).astype(np.float32),
            rate=2.69,
            relations=rng.uniform(-1.0, 1.0, (3, half, half)).astype(np.float32),
            duration=count / 2.69,
        )
        tokens, relations = torch.from_numpy(seen.values)[None], torch.from_numpy(seen.relations)
        with torch.no_grad():
            interest, starts = ensemble(tokens, relations[None], torch.ones(1, count))
        said = network.curves(seen)
        for ours, theirs in ((said.interest, interest), (said.starts, starts)):
            largest = max(largest, float(np.abs(ours - theirs.numpy()).max()))
    return largest


def confidence_points(
    said: Sequence[Prediction], precision: Floats, bins: int = 6
) -> dict[str, list[float]]:
    """Return how often windows were half chorus, by their mean interest: isotonic, few points.

    Parameters
    ----------
    said
        Curves of songs that were not learnt from.
    precision
        (songs,) share of each one's window that is chorus.
    bins
        Points at most.
    """
    means = []
    for one in said:
        first = round(window_start(one) * one.rate)
        means.append(float(one.interest[first : first + round(SECONDS * one.rate)].mean()))
    order = np.argsort(means)
    places, shares = [0.0], [0.0]
    for group in np.array_split(order, min(bins, len(means))):
        places.append(round(float(np.mean([means[index] for index in group])), 4))
        # One song more that failed: a bin of hits alone is no certainty.
        hits = float((precision[group] >= 0.5).sum())
        shares.append(max(shares[-1], round(hits / (group.size + 1.0), 4)))
    return {"interest": places, "share": shares}


def table_of_scores(mean: Floats, songs: int) -> dict[str, float]:
    """Return mean scores by name, for the manifest."""
    named = {name: round(float(value), 4) for name, value in zip(NAMES, mean, strict=True)}
    return {"songs": songs, **named}


def revision() -> str:
    """Return the git revision of the code, `unknown` outside a checkout."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607 - git is found on the path
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return done.stdout.strip()


__all__ = [
    "Ensemble",
    "confidence_points",
    "disagreement",
    "export",
    "revision",
    "table_of_scores",
]

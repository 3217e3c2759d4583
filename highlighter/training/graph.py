"""Any architecture as an ONNX graph that takes its tables and gives its curve."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from torch import nn

from highlighter.training.architectures import INPUTS
from highlighter.training.errors import ExportError

_OPSET = 17
_NEAR = 1e-4
_LENGTHS = (9, 120, 645)


class _Face(nn.Module):
    """A network for one song, all of it song, as probabilities."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network
        self.names = tuple(network.inputs)
        self.place = next(place for place, one in enumerate(self.names) if not INPUTS[one].square)

    def forward(self, *tables: Any) -> Any:
        """Return (n,) or (n, 2)."""
        steps = INPUTS[self.names[self.place]].steps
        mask = torch.ones_like(tables[self.place][:, ::steps, 0])
        return torch.sigmoid(self.network(dict(zip(self.names, tables, strict=True)), mask))[0]


def write_graph(network: Any, path: Path) -> int:
    """Write a trained network as ``.onnx`` and return its bytes.

    Its inputs bear the names of `INPUTS`; its output is ``said``: (n,) interest, or (n, 2) with
    the starts of choruses behind it.

    Raises
    ------
    ExportError
        The graph computes something else than the network.
    """
    face = _Face(network).eval()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    axes = {
        name: {
            "": {1: f"{name} rows"},
            "m": {2: "m", 3: "m"},
        }[INPUTS[name].square]
        for name in face.names
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # The exporter by tracing: it needs no further package, and no network branches on data.
        torch.onnx.export(
            face,
            tuple(torch.from_numpy(one) for one in _drawn(face.names, 64).values()),
            str(part),
            input_names=list(face.names),
            output_names=["said"],
            dynamic_axes={**axes, "said": {0: "n"}},
            opset_version=_OPSET,
            dynamo=False,
        )
    difference = _difference(face, part)
    if not difference <= _NEAR:
        raise ExportError(
            "What was exported does not compute what was trained",
            which=str(path),
            why=f"they differ by {difference:.1e}, at most {_NEAR:.0e} is allowed",
        )
    part.replace(path)
    return path.stat().st_size


def _difference(face: Any, path: Path) -> float:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    largest = 0.0
    for tokens in _LENGTHS:
        given = _drawn(face.names, tokens)
        with torch.no_grad():
            expected = face(*(torch.from_numpy(one) for one in given.values())).numpy()
        found = session.run(None, given)[0]
        if found.shape != expected.shape:
            return float("inf")
        largest = max(largest, float(np.abs(found - expected).max()))
    return largest


def _drawn(names: tuple[str, ...], tokens: int) -> dict[str, Any]:
    """Return tables of one song of noise."""
    rng = np.random.default_rng(tokens)
    half, drawn = (tokens + 1) // 2, {}
    for name in names:
        kind = INPUTS[name]
        shape = {
            "": (1, tokens * kind.steps, kind.width),
            "m": (1, kind.width, half, half),
        }[kind.square]
        drawn[name] = rng.uniform(-1.0, 1.0, shape).astype(np.float32)
    return drawn

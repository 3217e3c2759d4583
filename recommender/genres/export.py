"""Writing a classifier so that it runs without the packages it was trained with.

::

    DIR/model.json    labels, inputs, the pool, the threshold, where it comes from, SHA-256 of:
    DIR/model.onnx    the trees (ONNX ai.onnx.ml TreeEnsembleClassifier)
    DIR/arrays.npz    everything else, as plain arrays
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from recommender.genres.errors import ModelUnwritable
from recommender.genres.learning import Parts
from recommender.genres.pooling import Pool

FORMAT = 1
MANIFEST = "model.json"
TREES = "model.onnx"
ARRAYS = "arrays.npz"


def write_model(
    out: Path,
    parts: Parts,
    pool: Pool,
    labels: tuple[str, ...],
    *,
    threshold: float,
    about: Mapping[str, Any],
) -> Path:
    """Write the classifier into a folder, the manifest last.

    Parameters
    ----------
    out
        The folder; made if it is not there.
    parts, pool, labels
        The classifier.
    threshold
        Confidence below which an answer counts as unknown.
    about
        What it was trained on and how good it was found: plain values for JSON.

    Raises
    ------
    ModelUnwritable
        The folder cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / MANIFEST).unlink(missing_ok=True)
        files = [ARRAYS]
        np.savez_compressed(out / ARRAYS, **arrays_of(parts, pool))
        if parts.trees is not None:
            parts.trees.save_model(str(out / TREES), format="onnx")
            files.append(TREES)
        else:
            (out / TREES).unlink(missing_ok=True)
        preparation = parts.preparation
        manifest = {
            "format": FORMAT,
            "labels": list(labels),
            "threshold": threshold,
            "parts": list(parts.names),
            "steps": list(preparation.steps),
            "columns": list(preparation.columns),
            "inputs": list(preparation.inputs),
            "indicators": list(preparation.indicators),
            "hints": list(preparation.hints.labels) if preparation.hints else [],
            "about": dict(about),
            "sha256": {name: digest(out / name) for name in files},
        }
        aside = out / f"{MANIFEST}.part"
        aside.write_text(json.dumps(manifest, indent=1, ensure_ascii=False), encoding="utf-8")
        os.replace(aside, out / MANIFEST)
    except OSError as error:
        raise ModelUnwritable(
            "The model cannot be written",
            which=str(out),
            why=error.strerror or str(error),
            next_step="check the folder's owner and the free space",
        ) from error
    return out / MANIFEST


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def arrays_of(parts: Parts, pool: Pool) -> dict[str, Any]:
    """Return all numbers of a classifier but the trees', by name."""
    prepared = parts.preparation
    found: dict[str, Any] = {
        "pool.weights": pool.weights,
        "pool.bias": pool.bias,
        "medians": prepared.medians,
        "logged": prepared.logged,
        "low": prepared.low,
        "high": prepared.high,
        "mean": prepared.mean,
        "deviation": prepared.deviation,
    }
    if prepared.hints is not None:
        hints = prepared.hints
        # Half precision: log-odds are far coarser than that, and it halves the file.
        found["hints.titles"] = hints.titles.weights.astype(np.float16)
        found["hints.credits"] = hints.credits.weights.astype(np.float16)
        found["hints.mean"], found["hints.deviation"] = hints.mean, hints.deviation
        for at, (weights, bias) in enumerate(hints.layers):
            found[f"hints.layer{at}.weights"], found[f"hints.layer{at}.bias"] = weights, bias
    if parts.kernel is not None:
        kernel = parts.kernel
        found["kernel.centres"], found["kernel.weights"] = kernel.centres, kernel.weights
        found["kernel.numbers"] = np.array([kernel.gamma, kernel.sharpness])
    if parts.gaussians is not None:
        gaussians = parts.gaussians
        found["gaussians.means"] = gaussians.means
        found["gaussians.whiteners"] = gaussians.whiteners
        found["gaussians.offsets"] = gaussians.offsets
        found["gaussians.numbers"] = np.array([gaussians.sharpness])
    if parts.words is not None:
        found["words.weights"] = parts.words.weights.astype(np.float16)
    return found

"""Networks in ONNX, asked beside the default: the shipped kind, and every architecture's graph.

Two kinds of file are known. One has a manifest and is what `highlighter.highlight.network` serves;
the other is what training writes for any architecture (``python -m highlighter.training compare``):
inputs by the names of the tables it wants, one output, the curve, with the starts of choruses
behind it where it has them. The clip is chosen by the rule of training's own table
(`highlighter.training.scores.window_start`), so that both tell the same of an architecture.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from highlighter.evaluation.metrics import Floats

LARGEST = 256 << 20


def find_models(folder: Path) -> list[Path]:
    """Return the ``.onnx`` files in a folder and in the folders directly in it."""
    found = [*folder.glob("*.onnx"), *folder.glob("*/*.onnx")]
    return sorted(path.resolve() for path in found if path.is_file())


def model_name(path: Path) -> str:
    """Return what a model is called: its file's name, or its folder's if that says nothing."""
    return path.parent.name if path.stem in {"model", "network", "graph"} else path.stem


def asked(
    path: Path, sound: Any, models: Sequence[Path], seconds: float
) -> Iterator[tuple[Path, float, Floats, float, str]]:
    """Yield, for each model, its file, where its clip starts, its curve and rate, or why not.

    Parameters
    ----------
    path, sound
        The song's file, and what was heard of it: `highlighter.analysis.Sound`.
    models
        Files ``NAME.onnx``.
    seconds
        Length of the clip.

    Yields
    ------
    The file; the start in seconds; (n,) the curve in [0, 1]; its values per second; and a sentence
    where the model failed, in which case the curve is empty.
    """
    from highlighter.training.scores import Prediction, window_start

    seen = _Seen(path, sound)
    for model in models:
        try:
            interest, starts, rate = _curves(model, seen)
            prediction = Prediction(interest, starts, rate, sound.duration)
            yield model, window_start(prediction, seconds), interest, rate, ""
        except Exception as failure:  # one model that fails is a finding, not the end of the others
            yield model, 0.0, np.zeros(0), 0.0, f"{type(failure).__name__}: {failure}"[:300]


class _Seen:
    """A song as networks see it; each table is worked out once, when a model wants it."""

    def __init__(self, path: Path, sound: Any) -> None:
        self._path, self._sound = path, sound
        self._tokens: Any = None
        self._tables: dict[str, Any] = {}

    @property
    def tokens(self) -> Any:
        if self._tokens is None:
            from highlighter.highlight.tokens import tokens

            self._tokens = tokens(self._sound)
        return self._tokens

    def tables(self, names: Sequence[str]) -> dict[str, Any]:
        missing = [name for name in names if name not in self._tables]
        if missing:
            from highlighter.training.cost import tables_of

            self._tables |= tables_of(self._path, missing)
        return {name: self._tables[name] for name in names}


def _curves(model: Path, seen: _Seen) -> tuple[Floats, Floats, float]:
    """Return interest and starts, (n,) each, and their rate."""
    rate = float(seen.tokens.rate)
    if _has_manifest(model):
        from highlighter.highlight.network import Network

        said = Network(model).curves(seen.tokens)
        return said.interest, said.starts, rate
    session = _session(model)
    out = session.run(None, seen.tables([one.name for one in session.get_inputs()]))[0]
    values = np.asarray(out, dtype=np.float64).reshape(np.shape(out)[0], -1)
    if not np.isfinite(values).all():
        raise ValueError("its answer is no curve")
    interest = values[:, 0]
    return interest, values[:, 1] if values.shape[1] > 1 else np.zeros(interest.size), rate


def _has_manifest(model: Path) -> bool:
    """Return whether a model is of the shipped kind, by what lies beside it."""
    try:
        manifest = json.loads(model.with_suffix(".json").read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and "tokens_version" in manifest


def _session(model: Path) -> Any:
    import onnxruntime

    if model.stat().st_size > LARGEST:
        raise ValueError(f"it has more than {LARGEST:,} bytes")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])

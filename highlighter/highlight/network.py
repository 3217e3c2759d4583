"""The shipped network: from tokens to curves of interest, by onnxruntime on one thread."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from highlighter.errors import HighlightModelError
from highlighter.highlight.tokens import VERSION, WIDTH, Tokens

Float64 = NDArray[np.float64]

MODELS = Path(__file__).with_name("models")
MODEL = MODELS / "highlight.onnx"
"""The shipped network; beside it, with the ending ``.json``, the manifest that describes it."""

FORMAT = "hooklist-highlight-network-1"
_LARGEST = 8 << 20
_INPUTS = {"tokens", "relations", "mask"}


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """What the network says of a track.

    Attributes
    ----------
    interest
        (n,) 0 to 1: how surely each token is chorus.
    starts
        (n,) 0 to 1: how surely a chorus begins there.
    rate
        Tokens per second; value i stands for the time from i / `rate` to (i + 1) / `rate`.
    """

    interest: Float64
    starts: Float64
    rate: float


class Network:
    """A network in ONNX, with its manifest.

    Parameters
    ----------
    path
        The ``.onnx``; the manifest lies beside it with the ending ``.json``.

    Raises
    ------
    HighlightModelError
        Either file is missing, damaged, not what the other describes, or for other tokens.
    """

    def __init__(self, path: Path = MODEL) -> None:
        self.path = path
        self.manifest = _manifest(path)
        self._session = _session(path, _checked(path, self.manifest))

    def curves(self, seen: Tokens) -> Curves:
        """Return the curves of a track, about 20 ms for four minutes.

        Raises
        ------
        HighlightModelError
            The network failed on these tokens, or its answer is no curve.
        """
        count = seen.values.shape[0]
        half = seen.relations.shape[1]
        tokens = np.zeros((1, 2 * half, WIDTH), dtype=np.float32)
        mask = np.zeros((1, 2 * half), dtype=np.float32)
        tokens[0, :count], mask[0, :count] = seen.values, 1.0
        given = {"tokens": tokens, "relations": seen.relations[None], "mask": mask}
        try:
            said = self._session.run(["interest", "starts"], given)
        except Exception as error:
            raise _refused(self.path, f"it fails: {error}") from error
        interest, starts = (np.asarray(one, dtype=np.float64).ravel()[:count] for one in said)
        if interest.size != count or not np.isfinite(interest).all():
            raise _refused(self.path, "its answer is no curve of the track")
        return Curves(interest, np.nan_to_num(starts), seen.rate)

    def interest(self, seen: Tokens) -> Float64:
        """Return (n,) 0 to 1: how surely each token is chorus; see `curves`."""
        return self.curves(seen).interest

    def confidence(self, best: float) -> float:
        """Return how often a window with this mean interest was at least half chorus, 0 to 1.

        Measured on songs that the network did not learn from.

        Parameters
        ----------
        best
            Mean of `Curves.interest` inside the window.
        """
        points = self.manifest.get("confidence", {})
        places, shares = points.get("interest", [0.0, 1.0]), points.get("share", [0.0, 1.0])
        return float(np.interp(best, places, shares))


def default_network() -> Network | None:
    """Return the shipped network, opened once per process; None where none is shipped.

    Raises
    ------
    HighlightModelError
        There is one, and it cannot be used.
    """
    return _opened(MODEL) if MODEL.exists() else None


@lru_cache(maxsize=2)
def _opened(path: Path) -> Network:
    return Network(path)


def _manifest(path: Path) -> dict[str, Any]:
    beside = path.with_suffix(".json")
    try:
        manifest = json.loads(beside.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _refused(beside, f"it cannot be read: {error}") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise _refused(beside, f"it does not describe a network of the format {FORMAT}")
    if manifest.get("tokens_version") != VERSION:
        raise _refused(
            beside, f"it was made for tokens {manifest.get('tokens_version')}, not {VERSION}"
        )
    return manifest


def _checked(path: Path, manifest: dict[str, Any]) -> bytes:
    try:
        if path.stat().st_size > _LARGEST:
            raise _refused(path, f"it has more than {_LARGEST:,} bytes")
        content = path.read_bytes()
    except OSError as error:
        raise _refused(path, f"it cannot be read: {error}") from error
    if hashlib.sha256(content).hexdigest() != manifest.get("sha256"):
        raise _refused(path, "its SHA-256 is not the one in the manifest")
    return content


def _session(path: Path, content: bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # Without the arena, memory of one long track is given back.
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        names = {one.name for one in session.get_inputs()}
    except Exception as error:
        raise _refused(path, f"it is no network: {str(error).splitlines()[0]}") from error
    if names != _INPUTS:
        raise _refused(path, f"it wants {', '.join(sorted(names))}")
    return session


def _refused(path: Path, why: str) -> HighlightModelError:
    return HighlightModelError(
        "The highlight network cannot be used",
        which=str(path),
        why=why,
        next_step="install the package again, or train and export a network",
    )

"""What an answer costs: processor time and memory of a fresh process that hears files.

The process that measures has torch and a corpus in its memory, so each model is run in a process
of its own, which imports what a product would: numpy, the decoder, onnxruntime.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from highlighter.training.errors import CostUnknownError

_SECONDS_PER_FILE = 120.0
_FINER = {"mel10", "semitones"}


@dataclass(frozen=True, slots=True)
class Spent:
    """What one song costs, once the process is warm.

    Attributes
    ----------
    seconds
        Of processor time from file to curve, the median over files.
    network_seconds
        The part of it that the network takes.
    megabytes
        Most memory that the process held.
    """

    seconds: float
    network_seconds: float
    megabytes: float


def spent_in_a_fresh_process(model: Path | None, files: Sequence[Path]) -> Spent:
    """Return what a model costs on these files, one thread each for everything.

    Parameters
    ----------
    model
        As `graph.write_graph` writes it; None for the curve that needs no training.
    files
        Songs; the first is heard once more before, to warm up.

    Raises
    ------
    CostUnknownError
        The process failed.
    """
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    order = [sys.executable, "-m", __name__, str(model or ""), *(str(one) for one in files)]
    said = ""
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter, this module
            order,
            capture_output=True,
            text=True,
            timeout=_SECONDS_PER_FILE * (len(files) + 1),
            check=False,
            env={**os.environ, **threads},
        )
        said = (done.stderr.strip().splitlines() or [""])[-1]
        plain = json.loads(done.stdout.strip().splitlines()[-1])
        return Spent(*(float(plain[one.name]) for one in fields(Spent)))
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, IndexError) as error:
        raise CostUnknownError(
            "What a model costs could not be measured",
            which=str(model or "the curve without training"),
            why=said or str(error),
        ) from error


def spent_on(model: Path | None, files: Sequence[Path]) -> Spent:
    """Return what a model costs in this process."""
    session = _session(model) if model is not None else None
    spans = [_heard(session, path) for path in (files[0], *files)][1:]
    return Spent(
        seconds=median(before + after for before, after in spans),
        network_seconds=median(after for _, after in spans),
        megabytes=_most_megabytes(),
    )


def _most_megabytes() -> float:
    """Return the most memory that this process held since it began.

    `getrusage` also counts what the parent held when it started this process (Linux keeps the
    larger of both over an exec), so the kernel's own mark of this program is read where there is
    one.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return float(status.split("VmHWM:")[1].split()[0]) / 1e3
    except (OSError, IndexError, ValueError):
        unit = 1e6 if sys.platform == "darwin" else 1e3
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def _session(model: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def _heard(session: Any, path: Path) -> tuple[float, float]:
    """Return processor seconds until the tables are there, and until the curve is."""
    began = time.process_time()
    if session is None:
        from highlighter.analysis.hearing import listen_for_highlight
        from highlighter.training.architectures.similarity_baseline import curve

        sound = listen_for_highlight(path)
        ready = time.process_time()
        curve(sound.chroma, sound.bands, sound.duration)
    else:
        names = [one.name for one in session.get_inputs()]
        tables = tables_of(path, names)
        ready = time.process_time()
        session.run(None, tables)
    return ready - began, time.process_time() - ready


def tables_of(path: Path, names: Sequence[str]) -> dict[str, Any]:
    """Return a file's tables, (1, …) each, as a graph with these inputs takes them."""
    from highlighter.analysis.hearing import listen_for_highlight
    from highlighter.training.batches import ONSETS_PER_ROW, Recording, batch_of, example_of
    from highlighter.training.labelled import heard

    if _FINER.intersection(names):
        song = heard(path)
    else:
        sound = listen_for_highlight(path)
        rows = sound.bands.shape[0]
        onsets = np.zeros(rows * ONSETS_PER_ROW, dtype=np.float32)
        onsets[: min(onsets.size, sound.onsets.size)] = sound.onsets[: onsets.size]
        none = np.zeros(0)
        song = Recording(
            name=path.stem,
            song=path.stem,
            split="test",
            duration=sound.duration,
            bands=np.log10(np.maximum(sound.bands, np.float32(1e-8))),
            chroma=sound.chroma,
            onsets=onsets,
            extra={},
            target=np.zeros(rows, dtype=np.float32),
            weight=np.zeros(rows, dtype=np.float32),
            starts=none,
            ends=none,
        )
    return dict(batch_of([example_of(song, list(names))]).inputs)


def main(arguments: Sequence[str]) -> None:
    """Print what the model, empty for none, costs on the files, as JSON."""
    model, *files = arguments
    print(
        json.dumps(asdict(spent_on(Path(model) if model else None, [Path(one) for one in files])))
    )


if __name__ == "__main__":
    main(sys.argv[1:])

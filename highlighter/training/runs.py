"""What a training was given and what came of it, written down while it runs.

Every run is a file of its own in the out folder, one JSON object per line, so that a run that was
stopped keeps what it had. Where MLflow is installed it is told the same; nothing else is needed,
and an MLflow that fails is left alone after one warning: no training should end for its diary.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import math
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from highlighter.training.errors import RunNotWrittenError

_GIT_SECONDS = 10.0
_EXPERIMENT = "hooklist highlights"


class Run:
    """One run's diary; a context manager.

    Parameters
    ----------
    folder
        Where ``runs/NAME.jsonl`` goes.
    name
        What is run; letters, digits and ``.+-_`` are kept.
    params
        Plain values it was given.
    clock
        Seconds since the epoch.
    mlflow
        The module, or None for none; by default it is looked for.

    Raises
    ------
    RunNotWrittenError
        The file cannot be begun.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        params: Mapping[str, Any],
        clock: Callable[[], float] = time.time,
        mlflow: Any = "look for it",
    ) -> None:
        self.name = re.sub(r"[^A-Za-z0-9.+_-]+", "-", name)
        self.path = folder / "runs" / f"{self.name}.jsonl"
        self._clock = clock
        self._mlflow = _mlflow(folder) if mlflow == "look for it" else mlflow
        about = {**params, "revision": revision(), "python": platform.python_version()}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._write({"run": self.name, "params": about})
        except OSError as error:
            raise RunNotWrittenError(
                "The diary of a run cannot be begun",
                which=str(self.path),
                why=error.strerror or "it cannot be written",
                next_step="name another folder with --out",
            ) from error
        self._tell(lambda: self._begin(about))

    def metrics(self, values: Mapping[str, float], step: int | None = None) -> None:
        """Write measured numbers down, of the pass `step`; those that are not finite stay out."""
        finite = {name: float(value) for name, value in values.items() if math.isfinite(value)}
        self._write({"step": step, "metrics": finite})
        allowed = {re.sub(r"[^A-Za-z0-9_./: -]", "", name): one for name, one in finite.items()}
        self._tell(lambda: self._mlflow.log_metrics(allowed, step=step))

    def file(self, path: Path) -> None:
        """Write down that a file was made; MLflow keeps a copy."""
        self._write({"file": path.name, "bytes": path.stat().st_size})
        self._tell(lambda: self._mlflow.log_artifact(str(path)))

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        status = "done" if kind is None else "failed"
        self._write({"status": status, "why": "" if error is None else str(error)})
        self._tell(lambda: self._mlflow.end_run("FINISHED" if kind is None else "FAILED"))

    def _begin(self, about: Mapping[str, Any]) -> None:
        self._mlflow.set_experiment(_EXPERIMENT)
        self._mlflow.start_run(run_name=self.name)
        self._mlflow.log_params(about)

    def _write(self, entry: Mapping[str, Any]) -> None:
        line = json.dumps({"time": round(self._clock(), 3), **entry}, ensure_ascii=False)
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")

    def _tell(self, told: Callable[[], Any]) -> None:
        if self._mlflow is None:
            return
        try:
            told()
        except Exception as error:  # whatever a server, a store or a version may answer
            mlflow, self._mlflow = self._mlflow, None
            print(f"MLflow is left out from here on: {error}", file=sys.stderr)
            with contextlib.suppress(Exception):
                mlflow.end_run("FAILED")


def read_run(path: Path) -> list[dict[str, Any]]:
    """Return the entries of a run's file, up to a last line that was cut off."""
    entries = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            entries.append(json.loads(line))
        except ValueError:
            break
    return entries


def revision() -> str:
    """Return this source's git revision, with ``+`` where files differ from it, or ``unknown``."""
    git = shutil.which("git")
    if git is None:
        return "unknown"
    found = [
        subprocess.run(  # noqa: S603 - git as found on PATH, on our own folder
            [git, "-C", str(Path(__file__).parent), *arguments],
            capture_output=True,
            text=True,
            timeout=_GIT_SECONDS,
            check=False,
        )
        for arguments in (("rev-parse", "HEAD"), ("status", "--porcelain", "--", "."))
    ]
    if any(one.returncode for one in found):
        return "unknown"
    return found[0].stdout.strip() + ("+" if found[1].stdout.strip() else "")


def _mlflow(folder: Path) -> Any:
    """Return MLflow set up, or None where it is not installed.

    It keeps its records beside the diary unless MLFLOW_TRACKING_URI says otherwise, and gives a
    server that does not answer up soon.
    """
    if importlib.util.find_spec("mlflow") is None:
        return None
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    try:
        mlflow = importlib.import_module("mlflow")
        if not os.environ.get("MLFLOW_TRACKING_URI"):
            folder.mkdir(parents=True, exist_ok=True)
            mlflow.set_tracking_uri(f"sqlite:///{(folder / 'mlflow.db').resolve()}")
            if mlflow.get_experiment_by_name(_EXPERIMENT) is None:
                # Or copies of files would go to the folder that one happens to be in.
                files = (folder / "mlflow-files").resolve().as_uri()
                mlflow.create_experiment(_EXPERIMENT, artifact_location=files)
    except Exception as error:  # a broken installation is as none
        print(f"MLflow is left out: {error}", file=sys.stderr)
        return None
    return mlflow

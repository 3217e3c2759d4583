"""A trained classifier as it is served: onnxruntime and numpy, no training package.

The folder is read once; every file is checked against the manifest's SHA-256 first. Answers carry
the pooled, calibrated probability as their confidence.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recommender.catalogue.values import clean_text, parse_artists, parse_number
from recommender.genres.companions import GaussianModel, KernelModel
from recommender.genres.errors import ModelDamaged, ModelMissing
from recommender.genres.export import ARRAYS, FORMAT, MANIFEST, TREES, digest
from recommender.genres.hints import Hints
from recommender.genres.learning import Parts
from recommender.genres.pooling import Pool
from recommender.genres.preparation import Preparation
from recommender.genres.table import GenreTable
from recommender.genres.words import WordTable

Matrix = np.ndarray[Any, np.dtype[np.float64]]

BATCH = 4_096
_MOST_MANIFEST = 4_000_000


@dataclass(frozen=True)
class Prediction:
    """What a track is taken for.

    Attributes
    ----------
    genre
        The likeliest label, whatever its confidence.
    confidence
        Its calibrated probability, 0–1.
    top
        The likeliest labels with theirs, best first, at most five.
    """

    genre: str
    confidence: float
    top: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Classifier:
    """A loaded classifier.

    Attributes
    ----------
    labels
        What it can answer.
    columns
        The columns of numbers it reads; one that is missing counts as not known.
    threshold
        Confidence below which its answer should count as unknown.
    about
        What it was trained on and how good it was found.
    parts, pool
        The models and how they are joined.
    """

    labels: tuple[str, ...]
    columns: tuple[str, ...]
    threshold: float
    about: Mapping[str, Any]
    parts: Parts
    pool: Pool

    def probabilities(self, table: GenreTable) -> Matrix:
        """Return rows × labels.

        Raises
        ------
        NoFeatures
            The table has none of `columns`.
        """
        pieces = [
            self.pool(self.parts.answers(table.take(range(at, min(at + BATCH, len(table))))))
            for at in range(0, len(table), BATCH)
        ]
        return np.concatenate(pieces) if pieces else np.zeros((0, len(self.labels)))

    def predict(self, rows: GenreTable | Iterable[Mapping[str, Any]]) -> list[Prediction]:
        """Return one prediction per row.

        Parameters
        ----------
        rows
            A table, or mappings with the names of `columns` and, where known, `title`, `album`
            and `artists` (a sequence, or one text); `duration` in seconds.

        Raises
        ------
        NoFeatures
            No row has any of `columns`.
        """
        table = rows if isinstance(rows, GenreTable) else table_of(rows, self.columns)
        found = self.probabilities(table)
        best = np.argsort(-found, axis=1, kind="stable")[:, :5]
        answers = []
        for row, order in enumerate(best):
            top = tuple((self.labels[at], float(found[row, at])) for at in order)
            answers.append(Prediction(top[0][0], top[0][1], top))
        return answers


class _Trees:
    """The ONNX session in the shape of a fitted model."""

    def __init__(self, path: Path, classes: int) -> None:
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name
        self._classes = classes

    def predict_proba(self, rows: np.ndarray[Any, Any]) -> Matrix:
        given = self._session.run(["probabilities"], {self._input: rows})[0]
        if isinstance(given, list):  # CatBoost writes a map per row
            given = np.array([[one[at] for at in range(self._classes)] for one in given])
        result: Matrix = np.asarray(given, np.float64)
        return result


def load_classifier(folder: Path | str) -> Classifier:
    """Load the classifier of a folder that ``hooklist genres train`` wrote.

    Raises
    ------
    ModelMissing
        The folder holds none.
    ModelDamaged
        A file is missing or changed, or the model is of another version.
    """
    folder = Path(folder)
    manifest = _manifest(folder)
    for name, expected in manifest["sha256"].items():
        path = folder / name
        if name not in (TREES, ARRAYS) or not path.is_file() or digest(path) != expected:
            raise _damaged(folder, f"{name} is missing or is not what was written")
    try:
        with np.load(folder / ARRAYS, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        labels = tuple(str(label) for label in manifest["labels"])
        preparation = _preparation(manifest, arrays)
        parts = _parts(folder, manifest, arrays, preparation, len(labels))
        pool = Pool(arrays["pool.weights"], arrays["pool.bias"])
        return Classifier(
            labels=labels,
            columns=preparation.columns,
            threshold=float(manifest["threshold"]),
            about=manifest.get("about", {}),
            parts=parts,
            pool=pool,
        )
    except (KeyError, TypeError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise _damaged(folder, str(error)) from error


def table_of(rows: Iterable[Mapping[str, Any]], columns: Iterable[str]) -> GenreTable:
    """Return mappings as a table with these columns; what is no finite number is not known."""
    given = list(rows)
    return GenreTable(
        numbers={
            name: np.array(
                [np.nan if (v := parse_number(row.get(name))) is None else v for row in given],
                np.float64,
            )
            for name in columns
        },
        artists=tuple(parse_artists(row.get("artists")) for row in given),
        credits=tuple("; ".join(parse_artists(row.get("artists"))) for row in given),
        titles=tuple(clean_text(row.get("title")) for row in given),
        albums=tuple(clean_text(row.get("album")) for row in given),
        rows=len(given),
    )


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        raise ModelMissing(
            "There is no genre model here",
            which=str(folder),
            why=f"it has no {MANIFEST}",
            next_step="train one: hooklist genres train TABLE --label COLUMN --out DIR",
        )
    try:
        if path.stat().st_size > _MOST_MANIFEST:
            raise _damaged(folder, f"{MANIFEST} is too large")
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(folder, f"{MANIFEST} cannot be read: {error}") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise _damaged(folder, "it is of another version of Hooklist")
    return manifest


def _damaged(folder: Path, why: str) -> ModelDamaged:
    return ModelDamaged(
        "The genre model cannot be used",
        which=str(folder),
        why=why,
        next_step="train it again, or copy the whole folder again",
    )


def _preparation(manifest: Mapping[str, Any], arrays: Mapping[str, Any]) -> Preparation:
    hints = None
    if manifest["hints"]:
        layers: list[tuple[Any, Any]] = []
        while f"hints.layer{len(layers)}.weights" in arrays:
            name = f"hints.layer{len(layers)}"
            layers.append((arrays[f"{name}.weights"], arrays[f"{name}.bias"]))
        hints = Hints(
            labels=tuple(manifest["hints"]),
            titles=WordTable(arrays["hints.titles"].astype(np.float32)),
            credits=WordTable(arrays["hints.credits"].astype(np.float32)),
            mean=arrays["hints.mean"],
            deviation=arrays["hints.deviation"],
            layers=tuple(layers),
        )
    return Preparation(
        steps=tuple(manifest["steps"]),
        columns=tuple(manifest["columns"]),
        medians=arrays["medians"],
        inputs=tuple(manifest["inputs"]),
        indicators=tuple(manifest["indicators"]),
        logged=arrays["logged"],
        low=arrays["low"],
        high=arrays["high"],
        mean=arrays["mean"],
        deviation=arrays["deviation"],
        hints=hints,
    )


def _parts(
    folder: Path,
    manifest: Mapping[str, Any],
    arrays: Mapping[str, Any],
    preparation: Preparation,
    classes: int,
) -> Parts:
    names = manifest["parts"]
    kernel = gaussians = words = None
    if "kernel" in names:
        gamma, sharpness = (float(one) for one in arrays["kernel.numbers"])
        kernel = KernelModel(arrays["kernel.centres"], arrays["kernel.weights"], gamma, sharpness)
    if "gaussians" in names:
        gaussians = GaussianModel(
            arrays["gaussians.means"],
            arrays["gaussians.whiteners"],
            arrays["gaussians.offsets"],
            float(arrays["gaussians.numbers"][0]),
        )
    if "words" in names:
        words = WordTable(arrays["words.weights"].astype(np.float32))
    return Parts(
        preparation=preparation,
        classes=classes,
        trees=_Trees(folder / TREES, classes) if "trees" in names else None,
        kernel=kernel,
        gaussians=gaussians,
        words=words,
    )

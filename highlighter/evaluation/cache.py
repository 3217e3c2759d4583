"""Answers that were given before, by what the files held and what listened to them.

An answer is found again only while the song, the length asked for and every file that could change
the answer (the highlighter's code, its models and tables, the genres' vocabulary, the libraries'
versions) are byte for byte what they were.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import highlighter
import hooklist_genres
from highlighter.evaluation.hear import Answer, Listening

_VERSION = 1
_LARGEST = 16 << 20
_NOT_LISTENING = {"training", "trailer", "sandbox", "__pycache__"}
_LISTENING = {"hear.py", "baselines.py", "metrics.py", "models.py"}
_LIBRARIES = ("numpy", "scipy", "soundfile", "soxr", "av", "onnxruntime")


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def listener_hash(models: Sequence[Path] = ()) -> str:
    """Return a hash of everything that decides what is answered for a song."""
    total = hashlib.sha256()
    # What makes the tables of other architectures lies among what trains them.
    skipped = _NOT_LISTENING - ({"training"} if models else set())
    for package in (highlighter, hooklist_genres):
        root = Path(str(package.__file__)).parent
        for path in sorted(root.rglob("*")):
            parts = path.relative_to(root).parts
            own = parts[0] == "evaluation" and path.name not in _LISTENING
            if path.is_file() and not own and not skipped.intersection(parts):
                total.update(f"{'/'.join(parts)} {file_hash(path)}\n".encode())
    for path in models:
        total.update(f"{path} {file_hash(path)}\n".encode())
        beside = path.with_suffix(".json")
        if beside.is_file():
            total.update(f"{file_hash(beside)}\n".encode())
    for name in _LIBRARIES:
        total.update(f"{name} {version(name)}\n".encode())
    return total.hexdigest()


class AnswerCache:
    """Answers by key, one small JSON file each.

    Parameters
    ----------
    folder
        Where they lie; made when the first is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def key(self, *parts: object) -> str:
        """Return the name under which the answer to exactly these parts is kept."""
        return hashlib.sha256(json.dumps([_VERSION, *map(str, parts)]).encode()).hexdigest()[:40]

    def get(self, key: str) -> dict[str, Any] | None:
        """Return what was kept, or None: also where the file is damaged."""
        path = self._folder / f"{key}.json"
        try:
            if path.stat().st_size > _LARGEST:
                return None
            plain = json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError):
            return None
        return plain if isinstance(plain, dict) else None

    def put(self, key: str, plain: dict[str, Any]) -> None:
        """Keep an answer; whole or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True)
        written = self._folder / f"{key}.{os.getpid()}.part"
        written.write_text(json.dumps(plain, ensure_ascii=False), encoding="utf-8")
        written.replace(self._folder / f"{key}.json")


def to_json(listening: Listening) -> dict[str, Any]:
    """Return plain values."""
    return asdict(listening)


def from_json(plain: dict[str, Any]) -> Listening | None:
    """Return what `to_json` was made from; None where it cannot be that."""
    try:
        answers = tuple(
            Answer(**{**one, "curve": tuple(float(value) for value in one["curve"])})
            for one in plain["answers"]
        )
        return Listening(float(plain["duration"]), str(plain["genre"]), answers)
    except (KeyError, TypeError, ValueError):
        return None

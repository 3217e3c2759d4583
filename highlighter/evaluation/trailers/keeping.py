"""What was computed before, by what it was computed from: values, not only JSON's.

Kept in the sandbox's own coding (JSON and npy), so that plans' inputs survive as what they are.
"""

from __future__ import annotations

import hashlib
import json
import os
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import highlighter
import hooklist_genres
from highlighter.evaluation.cache import file_hash
from highlighter.sandbox.codec import CodecError, pack, unpack

_VERSION = 1
_LARGEST = 16 << 20
_APART = {"training", "sandbox", "evaluation", "__pycache__"}
_LIBRARIES = ("numpy", "scipy", "soundfile", "soxr", "av", "onnxruntime", "python-stretch")

T = TypeVar("T")


def code_hash(*beside: Path) -> str:
    """Return a hash of all code and data that decides what a trailer sounds like.

    Parameters
    ----------
    beside
        Further files that decide it.
    """
    total = hashlib.sha256()
    for package in (highlighter, hooklist_genres):
        root = Path(str(package.__file__)).parent
        for path in sorted(root.rglob("*")):
            parts = path.relative_to(root).parts
            if path.is_file() and not _APART.intersection(parts):
                total.update(f"{'/'.join(parts)} {file_hash(path)}\n".encode())
    for path in beside:
        total.update(f"{path.name} {file_hash(path)}\n".encode())
    for name in _LIBRARIES:
        total.update(f"{name} {_version(name)}\n".encode())
    return total.hexdigest()


class Kept:
    """Values by key, one file each.

    Parameters
    ----------
    folder
        Where they lie; made when the first is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def key(self, *parts: object) -> str:
        """Return the name under which what was made of exactly these parts is kept."""
        return hashlib.sha256(json.dumps([_VERSION, *map(str, parts)]).encode()).hexdigest()[:40]

    def get(self, key: str, kind: type[T]) -> T | None:
        """Return what was kept, None where it is missing, damaged or something else."""
        path = self._folder / key
        try:
            if path.stat().st_size > _LARGEST:
                return None
            value = unpack(path.read_bytes(), trusted=True)
        except (OSError, CodecError):
            return None
        return value if isinstance(value, kind) else None

    def put(self, key: str, value: Any) -> None:
        """Keep a value; whole or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True)
        written = self._folder / f"{key}.{os.getpid()}.part"
        written.write_bytes(pack(value))
        written.replace(self._folder / key)


def _version(name: str) -> str:
    from importlib.metadata import PackageNotFoundError

    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"

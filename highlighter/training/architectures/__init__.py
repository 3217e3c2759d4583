"""Networks that find choruses, one per file; `protocol` says what they have in common."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from highlighter.training.architectures.protocol import INPUTS, Architecture
from highlighter.training.errors import ArchitectureUnknownError

NAMES = ("ours", "hooknet", "bilstm", "pglsum", "deepchorus")
"""Those that are trained; `similarity_baseline` needs no training."""


def build(name: str, settings: Mapping[str, Any] | None = None) -> Architecture:
    """Return a new network with random weights.

    Parameters
    ----------
    name
        One of `NAMES`.
    settings
        Sizes, by the names that its ``build`` knows; empty or None: its own.

    Raises
    ------
    ArchitectureUnknownError
        There is no such architecture.
    """
    if name not in NAMES:
        raise ArchitectureUnknownError(
            "There is no such architecture", which=name, next_step=f"one of {', '.join(NAMES)}"
        )
    module = importlib.import_module(f"highlighter.training.architectures.{name}")
    network: Architecture = module.build(dict(settings or {}))
    return network


__all__ = ["INPUTS", "NAMES", "Architecture", "build"]

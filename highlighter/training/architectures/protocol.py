"""What every architecture takes and gives, so that one harness trains, measures and exports all.

A module `highlighter.training.architectures.NAME` has a function ``build(settings) -> nn.Module``,
where `settings` is its part of ``params.yaml`` (empty: its own defaults). The module it returns has

``inputs``
    a tuple of names from `INPUTS`: what its ``forward`` finds in its first argument;
``forward(batch, mask)``
    batch: a dictionary of float32 tensors, B songs of n tokens each, shaped as `INPUTS` says;
    mask: (B, n) float32, 1 for tokens and 0 for padding at the end.
    Returns (B, n) logits of being chorus, or (B, n, 2): the second, of a chorus beginning there.

Padding is zero in every input. What is exported is the same module with batches of one song and
a mask of ones, so n must stay dynamic: no loops over ``shape``, no reshapes to a fixed n.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from highlighter.highlight.tokens import WIDTH


@dataclass(frozen=True, slots=True)
class Input:
    """One kind of table that a network may ask for.

    Attributes
    ----------
    width
        Columns, or channels of a square one.
    steps
        Rows per token.
    square
        "" for (B, n · steps, width); "m" for (B, width, m, m), m = ⌈n / 2⌉.
    """

    width: int
    steps: int = 1
    square: str = ""


INPUTS: dict[str, Input] = {
    "tokens": Input(WIDTH),
    "relations": Input(3, square="m"),
    "mel10": Input(64, steps=4),
    "semitones": Input(84, steps=2),
    "bands": Input(40, steps=2),
    "chroma": Input(12, steps=2),
    "tempogram": Input(32),
}
"""Rates: 2.69 tokens a second. All but chroma and tempogram are relative to the track's mean."""


class Architecture(Protocol):
    """What ``build`` returns: a ``torch.nn.Module`` that also names its inputs."""

    inputs: tuple[str, ...]

    def __call__(self, batch: Mapping[str, Any], mask: Any) -> Any:
        """Return (B, n) or (B, n, 2) logits; see this module."""

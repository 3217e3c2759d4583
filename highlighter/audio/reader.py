"""What a decoder must offer, so that everything above it need not know which one it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from highlighter.audio.model import Float32

BLOCK = 1 << 16
"""Frames per block: large enough that numpy's overhead vanishes, 0.5 MB in stereo."""


class Reader(Protocol):
    """An open file."""

    codec: str
    sample_rate: int
    channels: int
    expected_frames: int
    """Frames the header promises; 0 where it promises nothing."""
    damaged: int
    """Pieces that could not be decoded so far."""

    def blocks(self, first_frame: int) -> Iterator[Float32]:
        """Yield float32 (≤ BLOCK, channels) from `first_frame` to the end of the file."""
        ...

    def close(self) -> None:
        """Close the file; may be called twice."""
        ...

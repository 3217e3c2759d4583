"""How much a file may ask of this machine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that hold for the header and, since headers lie, again while decoding.

    Attributes
    ----------
    max_seconds
        Longest playing time.
    max_channels
        Most channels.
    min_sample_rate, max_sample_rate
        Hz.
    max_bytes
        Largest file.
    max_decoded_bytes
        Most memory for samples that are held at once (`decode`); streams hold one block only.
    """

    max_seconds: float = 3 * 3600.0
    max_channels: int = 8
    min_sample_rate: int = 1_000
    max_sample_rate: int = 192_000
    max_bytes: int = 2 << 30
    max_decoded_bytes: int = 1 << 30


DEFAULT_LIMITS = Limits()
"""For files the operator chose."""

UPLOAD_LIMITS = Limits(max_seconds=15 * 60.0, max_bytes=200 << 20, max_decoded_bytes=512 << 20)
"""For files a stranger sent (OWASP ASVS 5.0, 5.2.1 to 5.2.3)."""

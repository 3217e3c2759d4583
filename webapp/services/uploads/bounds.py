"""How much of what a visitor may bring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.store.clock import HOUR

if TYPE_CHECKING:
    from highlighter.audio import Limits
    from webapp.settings import Settings

MEGABYTE = 1_000_000
FILES_PER_FORM = 3
"""A form without a script may carry as many bytes as so many of the largest files."""

_FAILED_KEPT = 30


@dataclass(frozen=True, slots=True)
class UploadBounds:
    """What the operator allows.

    Parameters
    ----------
    files
        Files of one visitor at a time.
    file_bytes, visitor_bytes, server_bytes
        Bytes of a file, of all files of a visitor, of all files here; 0 for the last takes none.
    seconds
        Playing time of a file.
    keep_seconds
        After which a file is removed.
    """

    files: int
    file_bytes: int
    visitor_bytes: int
    server_bytes: int
    seconds: float
    keep_seconds: float
    failed: int = _FAILED_KEPT

    @property
    def form_bytes(self) -> int:
        """Bytes of one request, whatever it carries."""
        return FILES_PER_FORM * self.file_bytes

    def for_decoding(self) -> Limits:
        """Return them as the decoder holds them, before and while it decodes."""
        from highlighter.audio import Limits

        return Limits(
            max_seconds=self.seconds, max_bytes=self.file_bytes, max_decoded_bytes=512 << 20
        )


def bounds_of(settings: Settings) -> UploadBounds:
    """Return the bounds that the settings state."""
    return UploadBounds(
        files=settings.upload_files,
        file_bytes=settings.upload_megabytes * MEGABYTE,
        visitor_bytes=settings.upload_visitor_megabytes * MEGABYTE,
        server_bytes=settings.upload_server_megabytes * MEGABYTE,
        seconds=60.0 * settings.upload_minutes,
        keep_seconds=HOUR * settings.upload_hours,
    )

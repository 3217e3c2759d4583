"""Why a file is not taken, or something cannot be made of it."""

from __future__ import annotations

from typing import Any, ClassVar

from hooklist_errors import HooklistError


class UploadUnknown(HooklistError):
    """No such file is in this browser's box, or it was removed already."""

    code: ClassVar[str] = "uploads.unknown"


class UploadsOff(HooklistError):
    """The operator takes no files."""

    code: ClassVar[str] = "uploads.off"


class UploadKind(HooklistError):
    """The name or the bytes say that it is no kind of audio that is taken."""

    code: ClassVar[str] = "uploads.kind"


class UploadTooLarge(HooklistError):
    """The file has more bytes than one may have."""

    code: ClassVar[str] = "uploads.too_large"


class UploadEmpty(HooklistError):
    """The file has no bytes."""

    code: ClassVar[str] = "uploads.empty"


class UploadBrokenOff(HooklistError):
    """Fewer bytes came than were announced."""

    code: ClassVar[str] = "uploads.broken_off"


class UploadTwice(HooklistError):
    """The same bytes are there already."""

    code: ClassVar[str] = "uploads.twice"


class TooManyUploads(HooklistError):
    """The visitor has as many files, or bytes, as one may have."""

    code: ClassVar[str] = "uploads.too_many"


class NoRoomForUploads(HooklistError):
    """The server has no room left, by its setting or by its disk.

    Parameters
    ----------
    what, more
        As for `HooklistError`.
    retry_after
        Seconds after which files of others may have gone.
    """

    code: ClassVar[str] = "uploads.no_room"

    def __init__(self, what: str, *, retry_after: float = 600.0, **more: Any) -> None:
        super().__init__(what, **more)
        self.retry_after = retry_after


class UploadNotReady(HooklistError):
    """The file has not been heard yet, or cannot be."""

    code: ClassVar[str] = "uploads.not_ready"


class NothingPicked(HooklistError):
    """A mix was asked for of no file."""

    code: ClassVar[str] = "uploads.nothing_picked"


class MixUnknown(HooklistError):
    """There is no mix of these files, or not in this format."""

    code: ClassVar[str] = "uploads.no_mix"


class _Busy(HooklistError):
    """Too much of one kind is under way at this moment.

    Parameters
    ----------
    what, more
        As for `HooklistError`.
    retry_after
        Seconds.
    """

    def __init__(self, what: str, *, retry_after: float = 5.0, **more: Any) -> None:
        super().__init__(what, **more)
        self.retry_after = retry_after


class CuttersBusy(_Busy):
    """Too many highlights are being cut at this moment."""

    code: ClassVar[str] = "uploads.busy"


class MixersBusy(_Busy):
    """Too many mixes of everybody wait at this moment."""

    code: ClassVar[str] = "uploads.mixes_busy"

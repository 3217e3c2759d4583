"""Why a request is turned away at the door."""

from __future__ import annotations

from typing import Any, ClassVar

from hooklist_errors import HooklistError


class CrossSiteRequest(HooklistError):
    """Something that changes things was asked for by a page of another site."""

    code: ClassVar[str] = "request.cross_site"


class FormExpired(HooklistError):
    """The form does not carry the secret of this session."""

    code: ClassVar[str] = "request.form_expired"


class LoginNeeded(HooklistError):
    """The page is somebody's own, and nobody is logged in."""

    code: ClassVar[str] = "login.needed"


class TooManyRequests(HooklistError):
    """Something was asked for more often than one person needs.

    Parameters
    ----------
    what, more
        As for `HooklistError`.
    retry_after
        Seconds until it may be asked for again.
    """

    code: ClassVar[str] = "request.too_many"

    def __init__(self, what: str, *, retry_after: float, **more: Any) -> None:
        super().__init__(what, **more)
        self.retry_after = retry_after

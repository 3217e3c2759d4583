"""Why a request is turned away at the door."""

from __future__ import annotations

from typing import ClassVar

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

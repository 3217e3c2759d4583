"""How each error looks from outside: its HTTP status, exit status and headline, in one table.

The sentence itself comes with the error; this table adds what only a face knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

from hooklist_errors import HooklistError

EXIT_FAILED = 1
EXIT_WRONG_USE = 2


@dataclass(frozen=True)
class Face:
    """What a face adds to an error.

    Parameters
    ----------
    status
        HTTP status.
    title
        Headline of the page, translated.
    exit_status
        Exit status of a command that ends with this error.
    """

    status: int
    title: Any
    exit_status: int = EXIT_FAILED


_UNKNOWN = Face(500, _("Something went wrong on our side"))

FACES: dict[str, Face] = {
    "internal": _UNKNOWN,
    "configuration": Face(500, _("Hooklist is not set up completely"), EXIT_WRONG_USE),
    "catalogue.none": Face(503, _("There is no catalogue yet")),
    "audio.unavailable": Face(503, _("The audio cannot be had at the moment")),
    "request.invalid": Face(422, _("That could not be understood"), EXIT_WRONG_USE),
    "request.not_found": Face(404, _("There is nothing here")),
    "playlist.no_seed_matched": Face(422, _("None of these seeds is in the catalogue")),
}


def face_of(error: HooklistError) -> Face:
    """Return how `error` is shown; an unlisted code shows as an internal error.

    A code is looked up whole, then by its prefixes: ``audio.unreadable`` falls back to ``audio``.
    """
    code = error.code
    while code:
        if code in FACES:
            return FACES[code]
        code = code.rpartition(".")[0]
    return _UNKNOWN


def as_json(error: HooklistError, *, request_id: str = "") -> dict[str, Any]:
    """Return `error` as the body every JSON answer uses for failures."""
    body: dict[str, Any] = {
        "code": error.code,
        "message": str(error),
        "what": error.what,
        "which": error.which,
        "why": error.why,
        "kept": error.kept,
        "next": error.next_step,
    }
    if request_id:
        body["request_id"] = request_id
    return {"error": {key: value for key, value in body.items() if value}}

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
    "request.invalid": Face(422, _("That could not be understood"), EXIT_WRONG_USE),
    "request.not_found": Face(404, _("There is nothing here")),
    "request.cross_site": Face(403, _("That came from another site")),
    "request.form_expired": Face(400, _("This form is too old")),
    "request.too_many": Face(429, _("That was too much at once")),
    "login.needed": Face(401, _("Please log in")),
    "login.denied": Face(403, _("You did not allow it")),
    "login.failed": Face(502, _("The login did not work")),
    "login.state_invalid": Face(400, _("This login cannot be finished")),
    "session.unknown": Face(401, _("Your session has ended")),
    "share.unknown": Face(404, _("This link opens nothing")),
    "list.unreadable": Face(422, _("The list cannot be read")),
    "list.empty": Face(422, _("The list is empty")),
    "list.too_large": Face(413, _("The list is too large")),
    "playlist.unknown": Face(404, _("There is no such playlist")),
    "playlist.changed": Face(409, _("This playlist has changed meanwhile")),
    "playlist.no_seed_matched": Face(422, _("None of these seeds is in the catalogue")),
    "highlight.model": Face(503, _("The highlight network is damaged")),
    "highlight.unknown": Face(409, _("This track has not been heard yet")),
    "listening.unwritable": Face(507, _("The result cannot be written")),
    "catalogue": Face(503, _("The catalogue cannot be used")),
    "catalogue.missing": Face(503, _("There is no catalogue yet")),
    "catalogue.corrupt": Face(503, _("The catalogue is damaged")),
    "catalogue.busy": Face(409, _("The catalogue is being built")),
    "catalogue.empty": Face(422, _("No usable row")),
    "catalogue.source_missing": Face(422, _("A source is missing"), EXIT_WRONG_USE),
    "catalogue.source_columns": Face(422, _("A source has no tracks")),
    "catalogue.source_unreadable": Face(422, _("A source cannot be read")),
    "catalogue.unwritable": Face(507, _("The catalogue cannot be written")),
    "recommend": Face(422, _("No playlist can be made")),
    "recommend.bad_request": Face(422, _("No playlist can be made"), EXIT_WRONG_USE),
    "recommend.no_seeds": Face(422, _("There are no seeds"), EXIT_WRONG_USE),
    "recommend.nothing_left": Face(422, _("The filters leave no track")),
    "recommend.unknown_seeds": Face(422, _("None of the seeds is known")),
    "recommend.batch_unreadable": Face(422, _("The batch cannot be read")),
    "audio.failed": Face(422, _("The audio cannot be used")),
    "audio.bad_request": Face(422, _("The audio cannot be used"), EXIT_WRONG_USE),
    "audio.crashed": Face(422, _("The audio cannot be used")),
    "audio.empty": Face(422, _("The audio is empty")),
    "audio.forbidden": Face(422, _("The audio cannot be read")),
    "audio.missing": Face(404, _("The audio is missing")),
    "audio.not_a_file": Face(422, _("The audio cannot be used")),
    "audio.out_of_memory": Face(422, _("The audio cannot be used")),
    "audio.stopped": Face(409, _("The work was stopped")),
    "audio.timeout": Face(504, _("The audio took too long")),
    "audio.too_large": Face(413, _("The audio is too large")),
    "audio.too_long": Face(413, _("The audio is too long")),
    "audio.unavailable": Face(503, _("The audio cannot be had at the moment")),
    "audio.unplayable": Face(415, _("Browsers do not play this kind of file")),
    "audio.unreadable": Face(422, _("The audio cannot be read")),
    "audio.unsupported": Face(422, _("This kind of audio is not read")),
    "trailer.failed": Face(422, _("There is no trailer")),
    "trailer.bad_request": Face(422, _("There is no trailer"), EXIT_WRONG_USE),
    "trailer.cancelled": Face(409, _("The trailer was stopped")),
    "trailer.no_derivatives": Face(422, _("The licence forbids mixing")),
    "trailer.not_written": Face(507, _("The trailer could not be written")),
    "trailer.nothing_to_play": Face(422, _("Nothing in this playlist can be heard")),
    "trailer.silent": Face(422, _("The audio is silent")),
    "trailer.unknown_format": Face(422, _("There is no such format"), EXIT_WRONG_USE),
    "feedback.full": Face(507, _("The message was not kept")),
    "listening_test.unreadable": Face(422, _("The listening test cannot be shown"), EXIT_WRONG_USE),
    "uploads.unknown": Face(404, _("There is no such file")),
    "uploads.off": Face(503, _("No files are taken here")),
    "uploads.kind": Face(415, _("This kind of file is not taken")),
    "uploads.too_large": Face(413, _("The file is too large")),
    "uploads.empty": Face(422, _("The file is empty")),
    "uploads.broken_off": Face(400, _("The file did not arrive whole")),
    "uploads.twice": Face(409, _("This file is there already")),
    "uploads.too_many": Face(409, _("There are enough files already")),
    "uploads.no_room": Face(507, _("There is no room for files now")),
    "uploads.not_ready": Face(409, _("This file has not been heard yet")),
    "uploads.nothing_picked": Face(422, _("Nothing is picked")),
    "uploads.no_mix": Face(404, _("There is no such mix")),
    "uploads.busy": Face(503, _("Too much is being cut at this moment")),
    "uploads.mixes_busy": Face(503, _("Too many mixes wait at this moment")),
    "save.unknown": Face(404, _("There is no such save")),
    "save.nothing": Face(422, _("Nothing in this playlist can be saved")),
    "save.too_long": Face(422, _("The playlist is too long to be saved")),
    "save.differs": Face(502, _("The saved playlist reads back differently")),
    "jobs.failed": Face(500, _("The work could not be done")),
    "jobs.unknown": Face(404, _("There is no such job")),
    "jobs.too_many": Face(429, _("You have enough under way")),
    "jobs.key_reused": Face(409, _("That request cannot be taken on")),
    "jobs.abandoned": Face(500, _("The work was given up")),
    "jobs.cancelled": Face(409, _("The work was cancelled")),
    "jobs.crashed": Face(500, _("The work failed unexpectedly")),
    "jobs.expired": Face(504, _("The work waited too long")),
    "jobs.interrupted": Face(503, _("The work was interrupted")),
    "jobs.lost": Face(409, _("The work is done elsewhere")),
    "jobs.overdue": Face(504, _("The work took too long")),
    "jobs.parked": Face(503, _("The work waits")),
    "spotify.failed": Face(502, _("Spotify could not do that")),
    "spotify.app": Face(500, _("The Spotify app is not set up correctly")),
    "spotify.budget": Face(503, _("Enough was asked of Spotify for now")),
    "spotify.forbidden": Face(403, _("Spotify refuses that")),
    "spotify.foreign_playlist": Face(403, _("Spotify does not show this playlist's tracks")),
    "spotify.not_allowed_user": Face(403, _("Your account is not on the app's list")),
    "spotify.not_found": Face(404, _("Spotify does not have that")),
    "spotify.premium": Face(403, _("Spotify wants Premium for that")),
    "spotify.owner_premium": Face(503, _("The Spotify app is stopped")),
    "spotify.quota": Face(503, _("Spotify's quota is used up")),
    "spotify.rate_limited": Face(503, _("Spotify asks us to slow down")),
    "spotify.reconnect": Face(401, _("Please connect to Spotify again")),
    "spotify.refused": Face(502, _("Spotify refuses the request")),
    "spotify.scope": Face(403, _("Spotify needs your permission for that")),
    "spotify.timeout": Face(504, _("Spotify takes too long")),
    "spotify.unavailable": Face(503, _("Spotify does not answer")),
    "spotify.unreadable": Face(502, _("Spotify's answer makes no sense")),
    "evaluate": Face(422, _("The evaluation cannot be made")),
    "evaluate.data_missing": Face(422, _("The evaluation cannot be made")),
    "evaluate.playlists_unreadable": Face(422, _("The evaluation cannot be made")),
    "evaluate.highlights": Face(422, _("The evaluation cannot be made")),
    "evaluate.songs_missing": Face(422, _("The evaluation cannot be made")),
    "evaluate.labels_unreadable": Face(422, _("The evaluation cannot be made")),
    "evaluate.archive_unsafe": Face(422, _("The evaluation cannot be made")),
    "evaluate.not_written": Face(507, _("The result cannot be written")),
    "evaluate.bad_request": Face(422, _("The evaluation cannot be made"), EXIT_WRONG_USE),
    "genres": Face(422, _("The genres cannot be told")),
    "genres.bad_request": Face(422, _("The genres cannot be told"), EXIT_WRONG_USE),
    "genres.data_missing": Face(422, _("The evaluation cannot be made")),
    "genres.label_missing": Face(422, _("The table has no such labels"), EXIT_WRONG_USE),
    "genres.model_damaged": Face(503, _("The genre model is damaged")),
    "genres.model_missing": Face(503, _("There is no genre model")),
    "genres.no_features": Face(422, _("The table has no features")),
    "genres.one_class": Face(422, _("There is nothing to tell apart")),
    "genres.package_missing": Face(500, _("A training package is missing"), EXIT_WRONG_USE),
    "genres.too_few_rows": Face(422, _("There are too few rows")),
    "genres.unsuited": Face(422, _("The model does not suit")),
    "genres.unwritable": Face(507, _("The result cannot be written")),
    "training.architecture_unknown": Face(422, _("The training cannot go on"), EXIT_WRONG_USE),
    "training.corpus_missing": Face(422, _("The training cannot go on")),
    "training.corpus_unusable": Face(422, _("The training cannot go on")),
    "training.cost_unknown": Face(500, _("The training cannot go on")),
    "training.dataset_missing": Face(422, _("The training cannot go on")),
    "training.export": Face(500, _("The network cannot be exported")),
    "training.failed": Face(500, _("The training cannot go on")),
    "training.labels_unreadable": Face(422, _("The training cannot go on")),
    "training.parameters": Face(422, _("The training cannot go on"), EXIT_WRONG_USE),
    "training.recording_unreadable": Face(422, _("The training cannot go on")),
    "training.run_not_written": Face(500, _("The training cannot go on")),
    "training.run_unreadable": Face(422, _("The training cannot go on")),
    "training.song": Face(500, _("The training cannot go on")),
    "training.song_unreadable": Face(422, _("The training cannot go on")),
    "training.synthesiser_failed": Face(500, _("The training cannot go on")),
    "training.synthesiser_missing": Face(500, _("A training package is missing"), EXIT_WRONG_USE),
    "training.table_not_written": Face(500, _("The training cannot go on")),
    "store.failed": Face(500, _("The database failed")),
    "store.busy": Face(503, _("The database is busy")),
    "store.conflict": Face(409, _("That does not fit what is there")),
    "store.damaged": Face(500, _("The database is damaged")),
    "store.full": Face(507, _("There is no room left")),
    "store.misconfigured": Face(500, _("The database is not set up correctly"), EXIT_WRONG_USE),
    "store.newer": Face(500, _("The database is of a later release")),
    "store.read_only": Face(503, _("The database cannot be written")),
    "store.unavailable": Face(503, _("The database does not answer")),
    "store.value": Face(422, _("That is too large")),
}


def face_of(error: HooklistError) -> Face:
    """Return how `error` is shown; an unlisted code shows as an internal error.

    A test sees to it that every code is listed.
    """
    return FACES.get(error.code, _UNKNOWN)


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

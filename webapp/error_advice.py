"""What each error means, in sentences that can be translated: cause, what is kept, what to do.

Exceptions carry sentences of their own, in English and about the very case. A page in another
language says these instead, and keeps from the exception what needs no translation: its `which`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

from webapp.i18n import SOURCE, Translated, language, sentence


@dataclass(frozen=True)
class Advice:
    """What an error means, whichever thing it happened to.

    Parameters
    ----------
    cause
        One sentence.
    next_step, kept
        What to do, as a sentence, and what was not lost, as a noun; either may be empty.
    """

    cause: Any
    next_step: Any = ""
    kept: Any = ""


@dataclass(frozen=True)
class ErrorWords:
    """An error in the language of this answer.

    Parameters
    ----------
    why
        What happened, without the name of the thing it happened to.
    cause, next_step
        Sentences; either may be empty.
    kept
        What was not lost; may be empty.
    """

    why: str
    cause: str
    next_step: str
    kept: str


def error_words(code: str, said: Mapping[str, Any]) -> ErrorWords:
    """Return an error in the language of this answer.

    Parameters
    ----------
    code
        Its code.
    said
        Of the exception: ``what``, ``which``, ``why``, ``kept`` and ``next_step``, in English
        unless they are `webapp.i18n.Translated`.
    """
    why = said.get("why") or said.get("what") or ""
    kept, next_step = said.get("kept") or "", said.get("next_step") or ""
    if language() != SOURCE:
        advice = ADVICE.get(code) or ADVICE["internal"]
        if not isinstance(why, Translated):
            why = advice.cause
        if kept and not isinstance(kept, Translated):
            kept = advice.kept
        if not isinstance(next_step, Translated):
            next_step = advice.next_step
    cause = sentence(str(why))
    if cause and (which := str(said.get("which") or "")):
        cause = f"{which}: {cause}"
    return ErrorWords(str(why), cause, sentence(str(next_step)), str(kept))


_TRY_AGAIN = _("Try again.")
_TRY_LATER = _("Try again in a moment.")
_OPERATOR = _("Whoever runs this Hooklist has to see to it.")
_LOG = _("Try again; if it stays so, tell whoever runs this Hooklist: the cause is in the log.")
_SEE_HISTORY = _("Look in your history.")
_OTHER_FILE = _("Take another file.")
_BY_ITSELF = _("Nothing to do: it goes on by itself.")
_UNTOUCHED = _("what was there before")
_PLAYLISTS = _("your playlists")
_PLAYLIST = _("the playlist")
_THE_REST = _("everything else")
_OTHER_FILES = _("the other files")
_BASKET = _("the seeds in the basket")

ADVICE: dict[str, Advice] = {
    "internal": Advice(_("A failure that nobody foresaw."), _LOG, _("what you had done before")),
    "configuration": Advice(_("A setting is missing or cannot be used."), _OPERATOR),
    "request.invalid": Advice(
        _("A value is missing, out of range, or not of the right kind."),
        _("Correct it and send it again."),
        _UNTOUCHED,
    ),
    "request.not_found": Advice(
        _("The address leads nowhere, or this belongs to somebody else."),
        _("Check the address, or go back to the start page."),
    ),
    "request.cross_site": Advice(
        _("A page of another site asked for this; nothing was changed."),
        _("Use Hooklist's own pages."),
        _UNTOUCHED,
    ),
    "request.form_expired": Advice(
        _("You have logged in or out since this form was opened."),
        _("Go back, reload the page and send it again."),
        _UNTOUCHED,
    ),
    "request.too_many": Advice(
        _("This was asked for more often than one person needs."),
        _("Wait a moment, then try again."),
        _UNTOUCHED,
    ),
    "login.needed": Advice(
        _("This page is somebody's own."), _("Log in with Spotify, and you come back here.")
    ),
    "login.denied": Advice(
        _("Cancel was pressed on Spotify's page; nothing was read or changed."),
        _("Log in again when you like."),
    ),
    "login.failed": Advice(_("Spotify ended the login without saying yes or no."), _TRY_AGAIN),
    "login.state_invalid": Advice(
        _("The login came back late, twice, or in another browser."),
        _("Log in again from the start page."),
        _UNTOUCHED,
    ),
    "session.unknown": Advice(
        _("It ended after two weeks without use, or was ended elsewhere."),
        _("Log in again."),
        _PLAYLISTS,
    ),
    "share.unknown": Advice(
        _("The link was ended, its playlist was deleted, or it was not copied completely."),
        _("Ask whoever sent it for a new one."),
    ),
    "list.unreadable": Advice(
        _("The file is damaged, or of a kind that is not known here."),
        _("Bring a list as M3U8, XSPF, JSPF, CSV or JSON."),
        _("the basket, as it was"),
    ),
    "list.empty": Advice(_("The file names no track."), _OTHER_FILE, _("the basket, as it was")),
    "list.too_large": Advice(
        _("The list has more than a million bytes."),
        _("Bring a shorter one."),
        _("the basket, as it was"),
    ),
    "playlist.unknown": Advice(_("It was deleted, or belongs to somebody else."), _SEE_HISTORY),
    "playlist.changed": Advice(
        _("It was changed in another tab."),
        _("Reload the page, then make your change again."),
        _("both versions, until you reload"),
    ),
    "playlist.no_seed_matched": Advice(
        _("So there is nothing to start from; no playlist was made."),
        _("Choose other seeds, or ask whoever runs this Hooklist which music is in it."),
        _BASKET,
    ),
    "highlight.model": Advice(
        _("Its file is damaged, or made for another release."), _OPERATOR, _PLAYLIST
    ),
    "highlight.unknown": Advice(
        _("So its seconds are not known yet, and its highlight cannot be moved."),
        _("Wait for the trailer, then move it."),
    ),
    "listening.unwritable": Advice(_("There is no space or no permission."), _OPERATOR, _UNTOUCHED),
    "catalogue": Advice(
        _("The catalogue of music cannot be opened or read."), _OPERATOR, _PLAYLISTS
    ),
    "catalogue.missing": Advice(_("No music was read in yet."), _OPERATOR),
    "catalogue.corrupt": Advice(
        _("A file of the catalogue is missing or changed."), _OPERATOR, _PLAYLISTS
    ),
    "catalogue.busy": Advice(_("Another build is writing it."), _("Wait for it."), _UNTOUCHED),
    "catalogue.empty": Advice(
        _("Not one row of the sources could be used."), _OPERATOR, _UNTOUCHED
    ),
    "catalogue.source_missing": Advice(_("There is no such file or folder."), _OPERATOR),
    "catalogue.source_columns": Advice(_("The table has no column that names a track."), _OPERATOR),
    "catalogue.source_unreadable": Advice(
        _("The table cannot be opened or decoded."), _OPERATOR, _UNTOUCHED
    ),
    "catalogue.unwritable": Advice(_("There is no space or no permission."), _OPERATOR, _UNTOUCHED),
    "recommend": Advice(_("This request cannot be answered."), _("Change it and try again.")),
    "recommend.bad_request": Advice(
        _("A value is out of its range."), _("Correct it and send it again.")
    ),
    "recommend.no_seeds": Advice(
        _("A playlist needs at least one seed."), _("Put a track into the basket.")
    ),
    "recommend.nothing_left": Advice(
        _("Every track that could be taken is barred by what you chose."),
        _("Loosen what bars most, then try again."),
        _("what you have"),
    ),
    "recommend.unknown_seeds": Advice(
        _("None of them is in the catalogue."), _("Choose other seeds."), _BASKET
    ),
    "recommend.batch_unreadable": Advice(
        _("Its file cannot be read, or its answers cannot be written."), _OPERATOR
    ),
    "audio.failed": Advice(
        _("The file could not be turned into sound."), _OTHER_FILE, _OTHER_FILES
    ),
    "audio.bad_request": Advice(
        _("The part that was asked for does not exist."), _("Choose another part.")
    ),
    "audio.crashed": Advice(
        _("Opening the file ended the program that reads it; the file is left out."),
        _OTHER_FILE,
        _OTHER_FILES,
    ),
    "audio.empty": Advice(_("There is no sound in the file."), _OTHER_FILE, _OTHER_FILES),
    "audio.forbidden": Advice(_("The file is there, but Hooklist may not read it."), _OPERATOR),
    "audio.missing": Advice(_("There is no such file."), _OPERATOR, _PLAYLIST),
    "audio.not_a_file": Advice(_("The path leads to something that is no file."), _OPERATOR),
    "audio.out_of_memory": Advice(
        _("The file wanted more memory than it may have."), _OTHER_FILE, _OTHER_FILES
    ),
    "audio.stopped": Advice(_("It was stopped on request; nothing was written.")),
    "audio.timeout": Advice(
        _("Reading the file took longer than it may."),
        _("Try again, or take another file."),
        _OTHER_FILES,
    ),
    "audio.too_large": Advice(
        _("The file takes more bytes than are allowed."),
        _("Take a shorter file, or a smaller format."),
        _OTHER_FILES,
    ),
    "audio.too_long": Advice(
        _("It plays longer than is allowed."), _("Take a shorter file."), _OTHER_FILES
    ),
    "audio.unavailable": Advice(
        _("The file is not where the catalogue says."), _TRY_LATER, _PLAYLIST
    ),
    "audio.unplayable": Advice(
        _("The track can still be heard in the trailer."),
        _("Hear it in the trailer, or open it at its source."),
    ),
    "audio.unreadable": Advice(
        _("The file says that it is audio, but no sound comes out of it."),
        _("Copy or export it again, or take another file."),
        _OTHER_FILES,
    ),
    "audio.unsupported": Advice(
        _("The file is of no kind that is read here, or has too many channels."),
        _OTHER_FILE,
        _OTHER_FILES,
    ),
    "trailer.failed": Advice(_("The trailer could not be made."), _TRY_AGAIN, _PLAYLIST),
    "trailer.bad_request": Advice(
        _("The trailer was asked for in a way that does not exist."),
        _("Choose another way, then try again."),
        _PLAYLIST,
    ),
    "trailer.cancelled": Advice(
        _("It was stopped on request; nothing was written."),
        _("Start it again when you want it."),
        _PLAYLIST,
    ),
    "trailer.no_derivatives": Advice(
        _("So this track is left out of the trailer, as was asked."), kept=_PLAYLIST
    ),
    "trailer.not_written": Advice(_("There is no space or no permission."), _OPERATOR, _PLAYLIST),
    "trailer.nothing_to_play": Advice(
        _("Not one of its tracks has audio here that can be read."),
        _("Hear the tracks on Spotify."),
        _PLAYLIST,
    ),
    "trailer.silent": Advice(
        _("There is no sound in the part that would be played; the track is left out."),
        kept=_PLAYLIST,
    ),
    "trailer.unknown_format": Advice(
        _("Trailers are written as MP3, Opus and M4A."), _("Choose one of these.")
    ),
    "feedback.full": Advice(
        _("As many messages are kept already as there may be."),
        _("Try again later, or write to whoever runs this Hooklist in another way."),
    ),
    "listening_test.unreadable": Advice(
        _("Its list of pairs cannot be read, or a sound is missing."),
        _OPERATOR,
        _("the votes given so far"),
    ),
    "uploads.unknown": Advice(
        _("It was removed, its time is over, or it was brought in another browser."),
        _("Bring it again."),
    ),
    "uploads.off": Advice(_("Whoever runs this Hooklist has switched uploads off.")),
    "uploads.kind": Advice(
        _("MP3, WAV, FLAC, Ogg, Opus and M4A are taken, if name and content agree."),
        _OTHER_FILE,
        _OTHER_FILES,
    ),
    "uploads.too_large": Advice(
        _("It has more bytes than one file may have."),
        _("Take a shorter file, or a smaller format."),
        _OTHER_FILES,
    ),
    "uploads.empty": Advice(_("It has no bytes."), _("Copy or export it again."), _OTHER_FILES),
    "uploads.broken_off": Advice(
        _("Fewer bytes came than were announced."), _("Send it again."), _OTHER_FILES
    ),
    "uploads.twice": Advice(
        _("The same file was brought before, perhaps under another name."),
        kept=_("the one that is there"),
    ),
    "uploads.too_many": Advice(
        _("No more fit into your box."), _("Remove one, then bring the next."), _OTHER_FILES
    ),
    "uploads.no_room": Advice(
        _("The files of all visitors together have reached their limit."),
        _("Try again later; files go by themselves."),
        _("what is there"),
    ),
    "uploads.not_ready": Advice(_("So there is nothing to play, move or mix yet."), _BY_ITSELF),
    "uploads.nothing_picked": Advice(
        _("A mix needs at least one file that has been heard."), _("Pick one.")
    ),
    "uploads.no_mix": Advice(
        _("It was never made, or one of its files was removed."), _("Make it again.")
    ),
    "uploads.busy": Advice(
        _("Highlights are cut a few at a time."), _("Try again in some seconds.")
    ),
    "uploads.mixes_busy": Advice(
        _("Mixes are made one after the other, and everybody's wait in one line."),
        _("Try again in a minute."),
        kept=_("your files, and what is picked"),
    ),
    "save.unknown": Advice(
        _("It was deleted with its playlist, or belongs to somebody else."), _SEE_HISTORY
    ),
    "save.nothing": Advice(_("None of its tracks is at Spotify."), kept=_("the playlist, here")),
    "save.too_long": Advice(
        _("At most 500 tracks can be saved at once."), _("Shorten the list."), _PLAYLIST
    ),
    "save.differs": Advice(
        _("Perhaps it is being changed elsewhere at the same time."),
        _("Save it again."),
        _("the playlist, here, complete"),
    ),
    "jobs.failed": Advice(_("What was asked could not be done."), _LOG, _THE_REST),
    "jobs.unknown": Advice(_("It is long over, or belongs to somebody else."), _SEE_HISTORY),
    "jobs.too_many": Advice(
        _("More than enough of your work waits already."),
        _("Wait until something is finished, or cancel it."),
        _("what waits"),
    ),
    "jobs.key_reused": Advice(
        _("This request was sent before, with other content."),
        _("Reload the page, then try again."),
    ),
    "jobs.abandoned": Advice(_("It failed each time it was tried."), _LOG, _THE_REST),
    "jobs.cancelled": Advice(_("You cancelled it; nothing was changed."), kept=_UNTOUCHED),
    "jobs.crashed": Advice(_("A failure that nobody foresaw."), _LOG, _THE_REST),
    "jobs.expired": Advice(_("It waited for longer than it may."), _TRY_AGAIN, _UNTOUCHED),
    "jobs.interrupted": Advice(_("The server is being restarted."), _BY_ITSELF),
    "jobs.lost": Advice(_("Somebody else does it already; nothing is done twice."), _BY_ITSELF),
    "jobs.overdue": Advice(
        _("It took longer than it may and was given up."), _TRY_AGAIN, _UNTOUCHED
    ),
    "jobs.parked": Advice(_("It goes on when what it waits for has happened."), _BY_ITSELF),
    "spotify.failed": Advice(_("Spotify did not say why."), _TRY_AGAIN, _UNTOUCHED),
    "spotify.app": Advice(
        _("Spotify does not know this Hooklist's id, its secret or its address."), _OPERATOR
    ),
    "spotify.budget": Advice(
        _("Hooklist keeps below Spotify's limits."), _TRY_LATER, _("everything")
    ),
    "spotify.forbidden": Advice(_("Spotify did not say why."), _TRY_LATER, _UNTOUCHED),
    "spotify.foreign_playlist": Advice(
        _("It belongs to somebody else, and Spotify shows its tracks to its owner only."),
        _("Copy it to a playlist of your own."),
    ),
    "spotify.not_allowed_user": Advice(
        _("At Spotify this Hooklist is open to the people on its list only."),
        _("Ask whoever runs it to add you, with your e-mail address at Spotify."),
    ),
    "spotify.not_found": Advice(_("It was removed, or the link is wrong."), _("Check the link.")),
    "spotify.premium": Advice(
        _("Spotify plays in other programs for Premium accounts only."),
        _("Listen on Spotify: each track leads there."),
    ),
    "spotify.owner_premium": Advice(
        _("Whoever runs this Hooklist has no Premium any more, so Spotify has stopped it."),
        _("It works again some hours after Premium is renewed."),
        _PLAYLISTS,
    ),
    "spotify.quota": Advice(
        _("It is shared with other programs and lasts for hours."),
        _("Saves go on by themselves."),
        _PLAYLISTS,
    ),
    "spotify.rate_limited": Advice(
        _("For some seconds or minutes, nothing is asked of Spotify."),
        _("Saves go on by themselves."),
        _UNTOUCHED,
    ),
    "spotify.reconnect": Advice(
        _("The connection to Spotify has ended: it lasts six months, or you removed it."),
        _("Connect again; what waits goes on then."),
        _PLAYLISTS,
    ),
    "spotify.refused": Advice(_("It says that the request itself is wrong."), _LOG, _UNTOUCHED),
    "spotify.scope": Advice(
        _("You have not agreed yet to what this needs."), _("Allow it at Spotify."), _UNTOUCHED
    ),
    "spotify.timeout": Advice(_("The answer was not complete in time."), _TRY_AGAIN, _UNTOUCHED),
    "spotify.unavailable": Advice(
        _("That passes by itself; you stay logged in."),
        _("Try again in a moment; saves go on by themselves."),
        _("what you made"),
    ),
    "spotify.unreadable": Advice(
        _("It was not what Spotify says it answers."), _TRY_AGAIN, _UNTOUCHED
    ),
    "store.failed": Advice(_("Nothing of this step was written."), _LOG, _UNTOUCHED),
    "store.busy": Advice(_("Somebody else held it for too long."), _TRY_AGAIN, _UNTOUCHED),
    "store.conflict": Advice(
        _("Something it belongs to is gone; nothing was written."),
        _("Reload the page."),
        _UNTOUCHED,
    ),
    "store.damaged": Advice(_("It has to be put back from its last copy."), _OPERATOR),
    "store.full": Advice(_("Nothing of this step was written."), _OPERATOR, _UNTOUCHED),
    "store.misconfigured": Advice(
        _("An address of a database or cache, or a key, cannot be used."), _OPERATOR
    ),
    "store.newer": Advice(_("This Hooklist is older than its database."), _OPERATOR),
    "store.read_only": Advice(_("Hooklist has no right to write it."), _OPERATOR, _UNTOUCHED),
    "store.unavailable": Advice(
        _("That passes by itself; nothing of this step was written."), _TRY_AGAIN, _UNTOUCHED
    ),
    "store.value": Advice(
        _("A value is too large for its place, or no plain text."), _("Make it shorter.")
    ),
}
"""By code. Commands have errors of their own, which no page shows: `COMMANDS` names them."""

COMMANDS = ("training", "evaluate", "genres")

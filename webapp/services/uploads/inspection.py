"""What a file is: by its name, by its first bytes, and by its header, in this order."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from hooklist_errors import HooklistError
from webapp.services.uploads.errors import UploadKind

if TYPE_CHECKING:
    from highlighter.audio import Limits

KINDS: dict[str, frozenset[str]] = {
    ".mp3": frozenset({"mp3"}),
    ".wav": frozenset({"wav"}),
    ".flac": frozenset({"flac"}),
    ".ogg": frozenset({"vorbis", "opus"}),
    ".oga": frozenset({"vorbis", "opus"}),
    ".opus": frozenset({"opus"}),
    ".m4a": frozenset({"m4a"}),
}
"""Endings that are taken, and what their first bytes may be (`highlighter.audio.formats`)."""

INSPECT_SECONDS = 20.0
INSPECT_MEGABYTES = 1_024
_LONGEST_TAG = 300
_MOST_ARTISTS = 8


def ending_of(name: str) -> str:
    """Return the ending of a file's name, small.

    Raises
    ------
    UploadKind
        If it is none that is taken.
    """
    ending = PurePosixPath(name).suffix.lower()
    if ending not in KINDS:
        raise UploadKind(
            "This file was not taken",
            which=name,
            why=f"its name ends in {ending}" if ending else "its name has no ending",
            next_step="bring MP3, WAV, FLAC, Ogg, Opus or M4A",
        )
    return ending


def check_kind(path: Path, name: str, limits: Limits) -> None:
    """Compare a file's first bytes with its name's ending.

    Raises
    ------
    UploadKind
        If they are of no kind of audio, or of another than the ending says.
    """
    from highlighter.audio.formats import identify
    from highlighter.errors import AudioError

    ending = ending_of(name)
    try:
        found = identify(path, limits).name
    except AudioError as error:
        raise UploadKind(
            "This file is not audio that is read here",
            which=name,
            why=error.why,
            next_step="bring MP3, WAV, FLAC, Ogg, Opus or M4A",
        ) from error
    if found not in KINDS[ending]:
        raise UploadKind(
            "This file is not what its name says",
            which=name,
            why=f"it ends in {ending} and begins like {found}",
            next_step="rename it, or export it again",
        )


def inspect(path: Path, name: str, limits: Limits) -> dict[str, Any]:
    """Return what header and tags of a file say, read in a child process; nothing is decoded.

    Parameters
    ----------
    path
        On the shelf.
    name
        As its visitor called it: it stands for the tags where there are none.
    limits
        Playing time, sample rate and channels.

    Returns
    -------
    dict
        ``title``, ``artists``, ``licence``, ``genre``, ``genre_source``, ``genre_confidence``,
        ``duration`` (seconds, as the header says), ``sample_rate``, ``channels``, ``codec``.

    Raises
    ------
    hooklist_errors.HooklistError
        With a code of ``audio.…``: too long, unsupported, unreadable, or it killed the child.
    """
    from highlighter.sandbox import run_isolated

    return run_isolated(
        read_header, path, name, limits, timeout=INSPECT_SECONDS, memory_mb=INSPECT_MEGABYTES
    )


def read_header(path: Path, name: str, limits: Limits) -> dict[str, Any]:
    """Do the work of `inspect`; to be run in a child."""
    from highlighter.audio import probe
    from hooklist_genres import most_trusted
    from webapp.services.music_folder import read_tags, tags_from_name

    info = probe(path, limits=limits)
    named = tags_from_name(PurePosixPath(name).stem)
    tags = read_tags(path)
    # Without tags the reader answers with the name on the shelf, which says nothing.
    untitled = tags.title == tags_from_name(path.stem).title
    genre = most_trusted(tag=tags.genre)
    return {
        "title": _short((named.title if untitled else tags.title) or name),
        "artists": [_short(one) for one in (tags.artists or named.artists)[:_MOST_ARTISTS]],
        "licence": _short(tags.licence),
        "genre": _short(genre.genre),
        "genre_source": genre.source,
        "genre_confidence": genre.confidence,
        "duration": info.duration,
        "sample_rate": info.sample_rate,
        "channels": info.channels,
        "codec": info.codec,
    }


def named_for_visitor(error: HooklistError, name: str) -> HooklistError:
    """Return an error that names the file as its visitor did, not its place on our disk."""
    error.which = name
    error.details = {}
    return error


def _short(text: str) -> str:
    return text[:_LONGEST_TAG]

"""Songs whose choruses people marked: a labels file, and the audio beside it."""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from highlighter.evaluation.archive import read_member
from highlighter.evaluation.errors import LabelsUnreadableError, NoLabelledSongsError
from highlighter.evaluation.metrics import Span

LABEL_FILES = ("songs.json", "labels.json")
RWC_ARCHIVES = ("structure/rwc_pop_dev.tar.gz", "rwc_pop_dev.tar.gz")
RWC_CHORUSES = "rwc_pop/chorus.json"
RWC_NAME = "RWC Popular, rendered"

_LARGEST_LABELS = 64 << 20
_LAST_SECOND = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Song:
    """A song with its truth.

    Attributes
    ----------
    name
        Of the file, as the labels have it.
    path
        Where the audio is, or would be: it may be missing.
    choruses
        Pairs (start, end) in seconds, as they were marked; empty where none was.
    genre
        As the labels say; empty where they do not.
    data_set
        Which songs are measured together.
    """

    name: str
    path: Path
    choruses: tuple[Span, ...]
    genre: str = ""
    data_set: str = ""


def read_songs(data: Path | str, rendered: Path | str | None = None) -> tuple[Song, ...]:
    """Return the labelled songs of a folder, in the order of their labels.

    Parameters
    ----------
    data
        A folder of audio with ``songs.json`` or ``labels.json``, or a data folder that holds
        ``songs/songs.json``, ``structure/rwc_pop_dev.tar.gz``, or both.
    rendered
        Where the archive's songs lie as ``NAME.wav``; without it they are left out.

    Raises
    ------
    NoLabelledSongsError
        There are no labels under the names looked for.
    LabelsUnreadableError
        A labels file cannot be read, or one of its entries cannot be used.
    ArchiveUnsafeError
        The archive is damaged.
    """
    data = Path(data)
    songs: list[Song] = []
    for folder in (data, data / "songs"):
        labels = next((folder / one for one in LABEL_FILES if (folder / one).is_file()), None)
        if labels is not None:
            songs += _beside(labels)
    archive = rwc_archive(data)
    if archive is not None and rendered is not None:
        songs += rwc_songs(archive, Path(rendered))
    if not songs and archive is None:
        raise NoLabelledSongsError(
            "There is nothing to evaluate highlights with",
            which=str(data),
            why="none of " + ", ".join((*LABEL_FILES, "songs/songs.json", RWC_ARCHIVES[0])),
            next_step="name a folder with songs and a labels file with --data",
        )
    return tuple(songs)


def rwc_archive(data: Path) -> Path | None:
    """Return the archive of MIDI files with choruses that a data folder holds, or None."""
    return next((data / one for one in RWC_ARCHIVES if (data / one).is_file()), None)


def rwc_songs(archive: Path, folder: Path) -> tuple[Song, ...]:
    """Return the songs of the archive, each as ``NAME.wav`` in a folder (there or not).

    Raises
    ------
    ArchiveUnsafeError, LabelsUnreadableError
        The archive cannot be read, or its choruses cannot be used.
    """
    text = read_member(archive, RWC_CHORUSES, _LARGEST_LABELS)
    entries = _entries(text, f"{archive}: {RWC_CHORUSES}")
    return tuple(
        Song(name, folder / f"{name}.wav", choruses, genre, RWC_NAME)
        for name, choruses, genre in entries
    )


def _beside(labels: Path) -> Iterator[Song]:
    """Yield the songs of a labels file; a name finds its file also where accents are coded apart.

    Names may leave the ending out.
    """
    try:
        if labels.stat().st_size > _LARGEST_LABELS:
            raise _unusable(str(labels), "it is larger than 64 MB")
        text = labels.read_bytes()
        files = sorted(one for one in labels.parent.iterdir() if one.is_file())
    except OSError as error:
        raise _unusable(str(labels), error.strerror or "it cannot be read") from error
    known = {_form(one.stem): one for one in files if one.suffix.lower() in _AUDIO_ENDINGS}
    known |= {_form(one.name): one for one in files}
    data_set = labels.parent.resolve().name
    for name, choruses, genre in _entries(text, str(labels)):
        path = known.get(_form(name), labels.parent / name)
        yield Song(name, path, choruses, genre, data_set)


_AUDIO_ENDINGS = {".mp3", ".flac", ".wav", ".ogg", ".opus", ".m4a", ".aac", ".aiff", ".aif"}


def _form(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _entries(text: bytes, which: str) -> Iterator[tuple[str, tuple[Span, ...], str]]:
    """Yield name, choruses and genre of each entry of a labels file."""
    try:
        plain = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _unusable(which, f"it is no JSON ({error})") from error
    if not isinstance(plain, Mapping):
        raise _unusable(which, "it is no object with a file name for each song")
    for name, entry in plain.items():
        if not name or name in {".", ".."} or any(one in name for one in "/\\\0"):
            raise _unusable(which, f"{name[:80]!r} is no file name")
        marked = entry.get("chorus", []) if isinstance(entry, Mapping) else entry
        genre = entry.get("genre") if isinstance(entry, Mapping) else None
        choruses = tuple(_choruses(marked, which, name))
        yield name, choruses, str(genre).strip() if genre else ""


def _choruses(marked: Any, which: str, name: str) -> Iterator[Span]:
    if not isinstance(marked, list):
        raise _unusable(which, f"the chorus of {name!r} is no list of pairs of seconds")
    for one in marked:
        pair = one if isinstance(one, list) and len(one) == 2 else [math.nan, math.nan]
        numbers = all(type(second) in (int, float) for second in pair)
        if not numbers or not 0.0 <= pair[0] < pair[1] <= _LAST_SECOND:
            raise _unusable(which, f"{str(one)[:80]} of {name!r} is no chorus from a second to one")
        yield float(pair[0]), float(pair[1])


def _unusable(which: str, why: str) -> LabelsUnreadableError:
    return LabelsUnreadableError(
        "The labels cannot be used",
        which=which,
        why=why,
        next_step='write {"song.mp3": {"chorus": [[start, end], …]}}, in seconds',
    )

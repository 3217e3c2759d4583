"""*hooklist catalogue build* and *add*: tables and music folders become one catalogue."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hooklist_errors import HooklistError
from hooklist_genres import Labelled, most_trusted
from webapp.errors import SourceMissing
from webapp.services.music_folder import audio_files, read_tags, row_of
from webapp.services.studies import Studies, features_of

if TYPE_CHECKING:
    from recommender import BuildReport, Source, UpdateReport
    from recommender.catalogue.sources import RawChunk
    from recommender.genre_guess import GenreGuesser

Ear = Callable[[Path], Labelled | None]
"""Estimates a file's genre from how it sounds; None where it is not sure enough."""

Told = Callable[[int, Path, str], None]
"""Told the number of files heard, the last of them, and why it failed (empty if it did not)."""

CHUNK_FILES = 64


@dataclass(frozen=True)
class FolderSource:
    """A folder of audio files as a source of catalogue rows; each file is heard once, ever.

    Parameters
    ----------
    folder
        The operator's music.
    studies
        Hears files, or remembers them.
    listeners
        Files heard at the same time.
    told
        Called after each file.
    ear
        Estimates the genre of a file whose tags name none.
    """

    folder: Path
    studies: Studies = field(repr=False)
    listeners: int = field(default_factory=lambda: max(1, os.cpu_count() or 1))
    told: Told | None = field(default=None, repr=False)
    ear: Ear | None = field(default=None, repr=False)
    licence: str = ""

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self.folder.name or str(self.folder)

    def chunks(self) -> Iterator[RawChunk]:
        """Yield the rows; a file that cannot be heard is given back as broken, with the reason."""
        from recommender.catalogue.delimited import Record
        from recommender.catalogue.sources import ROW_COLUMNS, RawChunk

        files = audio_files(self.folder)
        number = 0
        with ThreadPoolExecutor(self.listeners, thread_name_prefix="listener") as pool:
            while batch := list(islice(files, CHUNK_FILES)):
                rows: list[dict[str, Any]] = []
                lines: list[int] = []
                broken: list[Record] = []
                for path, row, reason in pool.map(self._row, batch):
                    number += 1
                    if row is None:
                        broken.append(Record(number, [], reason, str(path)))
                    else:
                        rows.append(row)
                        lines.append(number)
                    if self.told is not None:
                        self.told(number, path, reason)
                columns = {name: [row.get(name) for row in rows] for name in ROW_COLUMNS}
                yield RawChunk(columns=columns, lines=lines, broken=broken, heard=True)

    def _row(self, path: Path) -> tuple[Path, dict[str, Any] | None, str]:
        try:
            study = self.studies.of(path)
            duration = float(study.analysis["duration"])
            tags, ear = read_tags(path), self.ear
            genre = most_trusted(tag=tags.genre, guess=None if ear is None else lambda: ear(path))
            return path, row_of(path, tags, features_of(study), duration, genre), ""
        except HooklistError as error:
            return path, None, f"{error.code}: {error.why or error.what}"
        except OSError as error:
            return path, None, f"audio.unreadable: {error.strerror or error}"


def sources_of(
    paths: Sequence[Path],
    studies: Callable[[], Studies],
    told: Told | None = None,
    ear: Callable[[], Ear | None] = lambda: None,
) -> list[Source]:
    """Return the sources that paths name: tables by their endings, folders as music.

    Parameters
    ----------
    paths
        Tables or folders.
    studies
        Makes what hears audio; only called if there is a folder.
    told
        Called after each file heard.
    ear
        Makes what estimates genres by ear; only called if there is a folder.

    Raises
    ------
    SourceMissing
        If a path does not exist or is neither.
    """
    from recommender import TableSource
    from recommender.catalogue.sources import TABLE_SUFFIXES, is_table

    found: list[Source] = []
    for path in paths:
        if path.is_dir():
            found.append(FolderSource(path, studies(), told=told, ear=ear()))
        elif path.is_file() and is_table(path):
            found.append(TableSource(path))
        else:
            raise SourceMissing(
                "cannot read the source",
                which=str(path),
                why="there is no such file or folder"
                if not path.exists()
                else f"it is neither a folder nor a table ({', '.join(TABLE_SUFFIXES)})",
                next_step="name tables or folders of audio files",
            )
    return found


def build(
    sources: Sequence[Source],
    out: Path,
    told: Callable[[str], None],
    *,
    space: str = "auto",
    playlists: Path | None = None,
    guesser: GenreGuesser | None = None,
) -> BuildReport:
    """Build the catalogue; see `recommender.build_catalogue`."""
    from recommender import build_catalogue

    return build_catalogue(
        sources,
        out,
        progress=lambda phase, rows: told(f"{phase} {rows:,}"),
        space=space,
        playlists=playlists,
        guesser=guesser,
    )


def add(
    sources: Sequence[Source],
    out: Path,
    told: Callable[[str], None],
    guesser: GenreGuesser | None = None,
) -> UpdateReport:
    """Add to the catalogue; see `recommender.append_to_catalogue`."""
    from recommender import append_to_catalogue

    return append_to_catalogue(
        sources, out, progress=lambda phase, rows: told(f"{phase} {rows:,}"), guesser=guesser
    )

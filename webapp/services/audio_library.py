"""From a catalogue row to a local audio file that may be decoded."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import requests

from webapp.errors import AudioUnavailable

DEMO_SCHEME = "demo:"
_DEMO_ID = re.compile(r"[0-9A-Za-z]{22}\Z")
LARGEST_DEMO_FILE = 128 * 1024 * 1024


class AudioLibrary(Protocol):
    """Where audio comes from."""

    def has(self, audio: str) -> bool:
        """Return whether `audio` (a catalogue row's column) can name playable audio."""
        ...

    def fetch(self, audio: str) -> Path:
        """Return a local file with the audio.

        Raises
        ------
        webapp.errors.AudioUnavailable
            If it is missing or cannot be reached.
        """
        ...


@dataclass(frozen=True)
class FolderAudio:
    """Audio files on this machine, named by absolute paths in the operator's own catalogue."""

    def has(self, audio: str) -> bool:
        """Return whether the row names a file."""
        return audio.startswith("/")

    def fetch(self, audio: str) -> Path:
        """Return the file itself."""
        path = Path(audio)
        if not path.is_file():
            raise AudioUnavailable(
                "cannot find the audio",
                which=path.name,
                why="the file is not where the catalogue says",
                next_step="build the catalogue again",
            )
        return path


@dataclass(frozen=True)
class DemoAudio:
    """The demo's generated tracks, rendered by the stand-in and kept here once fetched.

    Parameters
    ----------
    base_url
        Where the stand-in serves ``/audio/<id>``; loopback.
    folder
        Where fetched files are kept.
    timeout
        Seconds to wait for a rendering; the whole transfer gets twice as long.
    """

    base_url: str
    folder: Path
    timeout: float = 30.0

    def has(self, audio: str) -> bool:
        """Return whether the row names a generated track."""
        return audio.startswith(DEMO_SCHEME)

    def fetch(self, audio: str) -> Path:
        """Return the rendered track, from the folder or from the stand-in."""
        track_id = audio.removeprefix(DEMO_SCHEME)
        if not _DEMO_ID.match(track_id):
            raise AudioUnavailable("cannot find the audio", which=audio, why="it is not a demo id")
        kept = self.folder / f"{track_id}.audio"
        if not kept.is_file():
            self._download(f"{self.base_url}/audio/{track_id}", kept)
        return kept

    def _download(self, url: str, target: Path) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=".fetch-")
        try:
            with (
                os.fdopen(handle, "wb") as part,
                requests.get(url, timeout=(3, self.timeout), stream=True) as answer,
            ):
                answer.raise_for_status()
                size = 0
                for block in answer.iter_content(1 << 18):
                    size += len(block)
                    if size > LARGEST_DEMO_FILE:
                        raise AudioUnavailable("cannot fetch the audio", which=url, why="too large")
                    part.write(block)
            os.replace(name, target)
        except requests.RequestException as error:
            raise AudioUnavailable(
                "cannot fetch the audio",
                which=target.stem,
                why=f"the stand-in did not serve it ({type(error).__name__})",
                next_step="try again",
            ) from error
        finally:
            Path(name).unlink(missing_ok=True)


@dataclass(frozen=True)
class AudioSources:
    """Several libraries as one: the first that knows the row answers."""

    libraries: tuple[AudioLibrary, ...]

    def has(self, audio: str) -> bool:
        """Return whether any library knows the row."""
        return bool(audio) and any(library.has(audio) for library in self.libraries)

    def fetch(self, audio: str) -> Path:
        """Return a local file from the library that knows the row."""
        for library in self.libraries:
            if library.has(audio):
                return library.fetch(audio)
        raise AudioUnavailable("cannot find the audio", which=audio or "no audio in the catalogue")


def content_key(path: Path) -> str:
    """Return the SHA-256 of a file's content: the name its analysis is kept under."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""Rendered audio on disk: written whole or not at all."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from tempfile import mkstemp

from standin.music.errors import CacheUnusable
from standin.music.library import track

EDITION = 2
"""Part of the file name; raised when the sound changes, so that no cache is stale."""

_FLAC_COMPRESSION = (
    0.0  # libsndfile's 0 to 1; the fastest level, a few per cent larger than the best
)


_one_at_a_time = threading.Lock()
"""A render needs some 200 MB: threads take turns, so that memory stays bounded."""


def cached_audio(track_id: str, folder: Path) -> Path:
    """Return the FLAC file of a track in `folder`, rendering it if it is not there.

    Threads of a process render in turn. Other processes may do the same at the same time: each
    writes its own temporary file, and renaming it is atomic.

    Raises
    ------
    TrackUnknown
        If the library has no such id.
    CacheUnusable
        If the folder cannot be written.
    """
    track(track_id)
    place = Path(folder) / f"{track_id}.{EDITION}.flac"
    if not place.is_file():
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with _one_at_a_time:
                if not place.is_file():
                    write_audio(track_id, place)
        except OSError as error:
            raise CacheUnusable(
                "cannot keep generated audio",
                which=str(place),
                why=error.strerror or str(error),
                next_step="give a folder that can be written and has space",
            ) from error
    return place


def write_audio(track_id: str, out: Path) -> None:
    """Render a track into a 16-bit FLAC (or, by its suffix, WAV) file through a temporary one.

    Raises
    ------
    TrackUnknown
        If the library has no such id.
    OSError
        If the file cannot be written.
    """
    import soundfile

    from standin.music.rendering import render

    rendered = render(track_id)
    wav = out.suffix.lower() == ".wav"
    handle, name = mkstemp(prefix=f".{out.stem}.", suffix=".part", dir=out.parent)
    half_done = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            soundfile.write(
                file,
                rendered.samples,
                rendered.sample_rate,
                format="WAV" if wav else "FLAC",
                subtype="PCM_16",
                compression_level=None if wav else _FLAC_COMPRESSION,
            )
        half_done.chmod(0o644)
        half_done.replace(out)
    except soundfile.LibsndfileError as error:
        raise OSError(f"{error} while writing {out}") from error
    finally:
        half_done.unlink(missing_ok=True)

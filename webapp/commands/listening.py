"""``hooklist listening``: what listeners heard, skipped and replayed, for people and models."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from webapp.errors import AudioUnavailable, ListeningUnwritable

if TYPE_CHECKING:
    from webapp.wiring import Services

_SHOWN_EVIDENCE = 0.01


def export(options: argparse.Namespace) -> int:
    """Write what a model can be trained on, one line per piece of audio."""
    with _services() as services:
        written = write_lines(options.out, services.most_replayed.targets())
    print(f"{options.out}: {written} pieces of audio")
    return 0


def show(options: argparse.Namespace) -> int:
    """Tell what listeners say of audio files."""
    from webapp.services.audio_library import content_key

    with _services() as services:
        keys = {content_key(_file(path)): path for path in options.files}
        targets = services.most_replayed.targets_of(keys)
        for key, path in keys.items():
            target = targets.get(key)
            if options.json:
                print(json.dumps({"file": str(path), **(target or {"content_key": key})}))
            else:
                print(f"{path}: {in_words(target)}")
    return 0


def forget(options: argparse.Namespace) -> int:
    """Forget what was counted, of files or of everything."""
    from webapp.services.audio_library import content_key
    from webapp.store import HeardCounts

    with _services() as services:
        counts = HeardCounts(services.engine, services.clock)
        if options.all:
            gone = counts.delete_all()
        else:
            gone = sum(counts.delete(content_key(_file(path))) for path in options.files)
    print(f"forgotten: {gone} pieces of audio")
    return 0


def in_words(target: Mapping[str, Any] | None) -> str:
    """Return one line on what listeners say."""
    if target is None:
        return "nobody was offered any of it yet"
    most = max(target["offers"])
    evidence = max(target["evidence"])
    if evidence < _SHOWN_EVIDENCE:
        return f"offered to {most} listeners at most, too few to tell"
    # What is sure counts for more than what is extreme.
    said = [
        (sure * (liked - 0.5), second, liked)
        for second, (liked, sure) in enumerate(
            zip(target["curve"], target["evidence"], strict=True)
        )
    ]
    (_, at, best), (_, where, worst) = max(said), min(said)
    return (
        f"offered to {most} listeners at most; liked most around {at} s ({best:.2f}), "
        f"least around {where} s ({worst:.2f}; 0.50 is usual); evidence {evidence:.2f}"
    )


def write_lines(out: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    """Write one JSON object per line, all or nothing, and return how many.

    Raises
    ------
    ListeningUnwritable
        If the file cannot be written; one that was there stays.
    """
    written = 0
    try:
        handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}-")
        draft = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                for row in rows:
                    file.write(json.dumps(row, separators=(",", ":")) + "\n")
                    written += 1
            draft.replace(out)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise ListeningUnwritable(
            "The export cannot be written",
            which=str(out),
            why=error.strerror or type(error).__name__,
            kept="what was there before",
            next_step="name a file in a folder that can be written to",
        ) from error
    return written


def _file(path: Path) -> Path:
    if not path.is_file():
        raise AudioUnavailable(
            "cannot find the audio",
            which=str(path),
            why="there is no such file",
            next_step="name an audio file",
        )
    return path


@contextmanager
def _services() -> Iterator[Services]:
    from webapp.settings import load_settings
    from webapp.wiring import open_services

    services = open_services(load_settings())
    try:
        yield services
    finally:
        services.close()

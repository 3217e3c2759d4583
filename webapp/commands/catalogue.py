"""``hooklist catalogue build``."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import ExitStack
from pathlib import Path


def build(options: argparse.Namespace) -> int:
    """Read the sources into a catalogue, say what became of every row, and return the status."""
    from webapp.services.catalogue_build import build as build_from
    from webapp.services.catalogue_build import sources_of
    from webapp.services.studies import Studies

    with ExitStack() as stack:

        def studies() -> Studies:
            from webapp.services.listening import METHOD, close_listeners, listen
            from webapp.settings import load_settings
            from webapp.store import TrackStudies, migrate, open_engine

            settings = load_settings()
            settings.data_dir.mkdir(parents=True, exist_ok=True)
            engine = open_engine(settings.database)
            stack.callback(engine.dispose)
            stack.callback(close_listeners)
            migrate(engine)
            return Studies(TrackStudies(engine), listen, METHOD)

        report = build_from(
            sources_of(options.sources, studies, _told),
            options.out,
            _tell,
            space=options.space,
            playlists=options.playlists,
        )
    if options.json:
        print(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        print(
            f"{report.read:,} read = {report.accepted:,} accepted + {report.merged:,} merged"
            f" + {report.rejected:,} rejected"
        )
        if report.rejected:
            print(f"why rows were rejected: {report.rejects}")
        print(f"catalogue: {report.path} (version {report.version})")
    return 1 if report.rejected and not report.accepted else 0


def _tell(message: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{message}", end="", file=sys.stderr, flush=True)


def _told(number: int, path: Path, reason: str) -> None:
    if reason:
        print(f"hooklist: {path.name}: {reason}", file=sys.stderr)
    else:
        _tell(f"{number} files heard: {path.name}")

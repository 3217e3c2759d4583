"""``hooklist catalogue build``, ``add`` and ``remove``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recommender import BuildReport, Source, UpdateReport
    from recommender.genre_guess import GenreGuesser
    from webapp.services.catalogue_build import Ear
    from webapp.services.studies import Studies
    from webapp.store import TrackStudies


@dataclass
class _Failures:
    """Counts the inputs that could not be read, each told on its line as it comes."""

    files: int = 0

    def told(self, number: int, path: Path, reason: str) -> None:
        if reason:
            self.files += 1
            print(f"hooklist: {path.name}: {reason}", file=sys.stderr)
        else:
            _tell(f"{number} files heard: {path.name}")


def build(options: argparse.Namespace) -> int:
    """Read the sources into a catalogue, say what became of every row, and return the status."""
    from webapp.services.catalogue_build import build as build_from

    failures = _Failures()
    guesser = _guesser(options.genre_model)
    with _sources(options.sources, failures, guesser) as sources:
        report = build_from(
            sources,
            options.out,
            _tell,
            space=options.space,
            playlists=options.playlists,
            guesser=guesser,
        )
    if options.json:
        print(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        print(
            f"{report.read:,} read = {report.accepted:,} accepted + {report.merged:,} merged"
            f" + {report.rejected:,} rejected"
        )
        _print_genres(report.genres)
        _print_where(report)
    return 1 if failures.files else 0


def add(options: argparse.Namespace) -> int:
    """Add the sources' rows to a catalogue that is there."""
    from webapp.services.catalogue_build import add as add_from

    failures = _Failures()
    guesser = _guesser(options.genre_model)
    with _sources(options.sources, failures, guesser) as sources:
        report = add_from(sources, options.out, _tell, guesser)
    if options.json:
        print(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        print(
            f"{report.read:,} read = {report.new:,} new + {report.merged:,} merged"
            f" + {report.rejected:,} rejected; {report.tracks:,} tracks now"
        )
        _print_where(report)
        _advise(report)
    return 1 if failures.files else 0


def remove(options: argparse.Namespace) -> int:
    """Take tracks out of a catalogue."""
    from recommender import remove_from_catalogue

    report = remove_from_catalogue(options.ids, options.out)
    for one in report.unknown:
        print(f"hooklist: {one}: no track of the catalogue has this id", file=sys.stderr)
    if options.json:
        print(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        print(f"{report.removed:,} removed; {report.tracks:,} tracks now")
        _print_where(report)
    return 1 if report.unknown else 0


@contextmanager
def _sources(
    paths: list[Path], failures: _Failures, guesser: GenreGuesser | None
) -> Iterator[list[Source]]:
    """Give the sources that paths name, with what hears audio files if there is a folder."""
    from webapp.services.catalogue_build import sources_of

    with ExitStack() as stack:

        @cache
        def kept() -> TrackStudies:
            from webapp.services.listening import close_listeners
            from webapp.settings import load_settings
            from webapp.store import TrackStudies, migrate, open_engine

            settings = load_settings()
            settings.data_dir.mkdir(parents=True, exist_ok=True)
            engine = open_engine(settings.database)
            stack.callback(engine.dispose)
            stack.callback(close_listeners)
            migrate(engine)
            return TrackStudies(engine)

        def studies() -> Studies:
            from webapp.services.listening import listen, method
            from webapp.services.studies import Studies

            return Studies(kept(), listen, method())

        def ear() -> Ear | None:
            from webapp.services.genre_guess import ear_of

            return None if guesser is None else ear_of(guesser, kept())

        yield sources_of(paths, studies, failures.told, ear)


def _guesser(model: Path | None) -> GenreGuesser | None:
    if model is None:
        return None
    from webapp.services.genre_guess import load_guesser

    return load_guesser(model)


def _print_genres(genres: dict[str, int]) -> None:
    told = (f"{count:,} {source}" for source, count in genres.items() if count)
    print(f"genres: {', '.join(told)}")


def _print_where(report: BuildReport | UpdateReport) -> None:
    if report.rejected:
        print(f"why rows were rejected: {report.rejects}")
    print(f"catalogue: {report.path} (version {report.version})")


def _advise(report: UpdateReport) -> None:
    added = report.since_build["added"]
    if added * 10 > report.tracks:
        print(
            f"{added:,} tracks were added since the catalogue was built: a build would fit the"
            " space to them, too, and search them faster"
        )


def _tell(message: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{message}", end="", file=sys.stderr, flush=True)

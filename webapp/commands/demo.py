"""``hooklist demo``."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from webapp.demo import (
    DemoPlan,
    demo_environment,
    plan_demo,
    stand_in_command,
    wait_until_up,
    write_library,
)
from webapp.errors import ConfigurationError
from webapp.logging_setup import set_up_logging
from webapp.supervisor import Supervisor

if TYPE_CHECKING:
    from webapp.settings import Settings
    from webapp.wiring import Services

GENERATED_TABLE_PATIENCE = 30.0


def demo(options: argparse.Namespace) -> int:
    """Run everything on this machine until Ctrl-C."""
    data_dir = Path(os.environ.get("HOOKLIST_DATA_DIR") or "data")
    plan = plan_demo(options.port, options.music, data_dir)
    # Children inherit these; nothing of a real set-up may leak into the demo.
    for name in [name for name in os.environ if name.startswith("HOOKLIST_")]:
        del os.environ[name]
    os.environ.update(demo_environment(plan))
    supervisor = Supervisor()
    try:
        return _run(plan, supervisor)
    finally:
        supervisor.stop()


def _run(plan: DemoPlan, supervisor: Supervisor) -> int:
    stand_in = table = None
    if plan.music is None:
        # Both start while this process is still importing, which takes longest.
        stand_in = supervisor.start("stand-in", stand_in_command(plan))
        table = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "standin.music", "table", "--out", os.fspath(_fresh(plan))],
            stdout=subprocess.DEVNULL,
        )
    from webapp.server import serve_until_stopped
    from webapp.settings import load_settings
    from webapp.wiring import open_services

    settings = load_settings()
    set_up_logging(settings.log_level)
    services = open_services(settings)
    try:
        if table is not None:
            build_from_generated(plan, table, settings)
        else:
            build_from_music(plan, settings, services)
        stand_in = stand_in or supervisor.start("stand-in", stand_in_command(plan))
        wait_until_up(plan.stand_in_url, stand_in)
        serve_until_stopped(
            services,
            supervisor,
            announce=f"Hooklist demo: {plan.base_url}   (Ctrl-C stops it)",
            workers=settings.workers,
        )
    finally:
        services.close()
    return 0


def build_from_generated(
    plan: DemoPlan, table: subprocess.Popen[bytes], settings: Settings
) -> None:
    """Build the catalogue from the generated library's table, unless it is that already.

    Raises
    ------
    ConfigurationError
        If the table could not be written.
    """
    from webapp.services.catalogue_build import build, sources_of

    if table.wait(GENERATED_TABLE_PATIENCE) != 0:
        raise ConfigurationError(
            "cannot start the demo",
            which="generated library",
            why="its table was not written",
            next_step="its own message is above",
        )
    kept, fresh = plan.folder / "generated-library.csv", _fresh(plan)
    built = _is_readable(settings.catalogue_path)
    if built and kept.is_file() and kept.read_bytes() == fresh.read_bytes():
        fresh.unlink()
        return
    build(sources_of([fresh], _no_studies), settings.catalogue_path, lambda _: None)
    # Only now, so that a build that was interrupted is done again.
    os.replace(fresh, kept)


def _is_readable(catalogue: Path) -> bool:
    """Return whether there is a catalogue that this version of the program understands."""
    from recommender import open_catalogue
    from recommender.errors import CatalogueError

    try:
        open_catalogue(catalogue, verify=False)
    except CatalogueError:
        return False
    return True


def _fresh(plan: DemoPlan) -> Path:
    return plan.folder / "generated-library.new.csv"


def build_from_music(plan: DemoPlan, settings: Settings, services: Services) -> None:
    """Hear the music folder (what is known already is not heard again) and build the catalogue."""
    from recommender import open_catalogue
    from webapp.services.catalogue_build import FolderSource, build

    assert plan.music is not None  # noqa: S101 - the caller has looked

    def told(number: int, path: Path, reason: str) -> None:
        print(f"  {number:4}  {path.name}{'  – ' + reason if reason else ''}", file=sys.stderr)

    print(f"Listening to {plan.music} (each file once):", file=sys.stderr)
    source = FolderSource(plan.music, services.studies, told=told)
    report = build([source], settings.catalogue_path, lambda _: None)
    print(f"{report.accepted} of {report.read} files are in the catalogue.", file=sys.stderr)
    tracks = open_catalogue(settings.catalogue_path)
    write_library((vars(track) for track in tracks), plan.library_file)


def _no_studies() -> NoReturn:
    raise AssertionError("a table needs no listening")

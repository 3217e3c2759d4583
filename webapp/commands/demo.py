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
from webapp.logging_setup import set_up_logging
from webapp.settings import Settings, load_settings
from webapp.supervisor import Supervisor

if TYPE_CHECKING:
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
    settings = load_settings()
    set_up_logging(settings.log_level)
    from webapp.server import serve_until_stopped
    from webapp.wiring import open_services

    services = open_services(settings)
    supervisor = Supervisor()
    try:
        if plan.music is None:
            stand_in = supervisor.start("stand-in", stand_in_command(plan, settings.redirect_uri))
            build_from_generated(settings)
        else:
            build_from_music(plan, settings, services)
            stand_in = supervisor.start("stand-in", stand_in_command(plan, settings.redirect_uri))
        wait_until_up(plan.stand_in_url, stand_in)
        serve_until_stopped(
            services,
            supervisor,
            announce=f"Hooklist demo: {plan.base_url}   (Ctrl-C stops it)",
            workers=settings.workers,
        )
    finally:
        supervisor.stop()
        services.close()
    return 0


def build_from_generated(settings: Settings) -> None:
    """Build the catalogue from the generated library's table, unless it is that already."""
    from webapp.services.catalogue_build import build, sources_of

    table = settings.data_dir / "generated-library.csv"
    fresh = table.with_suffix(".new.csv")
    subprocess.run(  # noqa: S603
        [sys.executable, "-m", "standin.music", "table", "--out", os.fspath(fresh)],
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=GENERATED_TABLE_PATIENCE,
    )
    built = (settings.catalogue_path / "CURRENT").is_file()
    if built and table.is_file() and table.read_bytes() == fresh.read_bytes():
        fresh.unlink()
        return
    os.replace(fresh, table)
    build(sources_of([table], _no_studies), settings.catalogue_path, lambda _: None)


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

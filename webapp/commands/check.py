"""``hooklist check``: whether this installation could serve people, and what to mend if not."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from hooklist_errors import HooklistError
from webapp.logging_setup import set_up_logging

if TYPE_CHECKING:
    from webapp.services.setup_check import Finding
    from webapp.settings import Settings
    from webapp.wiring import Services

SIGNS = {"good": "ok", "unknown": "?", "warn": "look", "bad": "MEND"}


def check(options: argparse.Namespace) -> int:
    """Check everything; exit status 1 if something has to be mended."""
    from webapp.settings import load_settings

    settings = load_settings()
    set_up_logging("ERROR", as_json=False)
    findings = list(_findings(settings, ask=not options.offline))
    if options.json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            print(f"{SIGNS[finding.state]:>4}  {finding.title}: {finding.sentence}")
            if finding.mend:
                print(f"      {finding.mend}")
    return 1 if any(finding.wrong for finding in findings) else 0


def _findings(settings: Settings, *, ask: bool) -> Iterator[Finding]:
    from webapp.wiring import open_services

    ready = _try("settings", "Settings", settings.check_ready_to_serve, "complete")
    yield ready
    try:
        services = open_services(settings)
    except HooklistError as error:
        yield _failed("database", "Database", error)
        return
    try:
        yield _try("database", "Database", services.jobs.counts, "opened, and up to date")
        yield _try("files", "Data folder", lambda: _write(settings), str(settings.data_dir))
        yield _room(settings)
        yield _cache(services)
        yield _catalogue(services)
        yield _workers(services)
        if not ready.wrong:
            user_id = _operator(services)
            checks = services.setup_check
            yield from checks.ask(user_id) if ask else checks.seen(user_id)
    finally:
        services.close()


def _write(settings: Settings) -> None:
    with tempfile.TemporaryFile(dir=settings.data_dir) as probe:
        probe.write(b"hooklist")


def _try(name: str, title: str, what: Callable[[], object], good: str) -> Finding:
    from webapp.services.setup_check import Finding

    try:
        what()
    except HooklistError as error:
        return _failed(name, title, error)
    except OSError as error:
        mend = "Check the folder's owner and the free space."
        return Finding(name, title, "bad", f"{error.strerror or error}.", mend)
    return Finding(name, title, "good", f"{good}.")


def _failed(name: str, title: str, error: HooklistError) -> Finding:
    from webapp.i18n import sentence
    from webapp.services.setup_check import Finding

    told = ": ".join(part for part in (error.which, error.why or error.what) if part)
    return Finding(name, title, "bad", sentence(told), sentence(error.next_step))


def _room(settings: Settings) -> Finding:
    from webapp.services.installation import disk_facts
    from webapp.services.setup_check import Finding

    disk = disk_facts(settings)
    told = f"{disk.free / 1e9:.1f} of {disk.total / 1e9:.1f} GB are free."
    if disk.little:
        return Finding("disk", "Disk", "bad", told, "Make room: trailers need it.")
    return Finding("disk", "Disk", "good", told)


def _cache(services: Services) -> Finding:
    from webapp.services.setup_check import Finding

    health = services.ephemeral.health()
    if health.healthy:
        where = "Redis or Valkey answers" if health.kind == "redis" else "without Redis or Valkey"
        return Finding("cache", "Cache", "good", f"{where}.")
    mend = "Check HOOKLIST_REDIS_URL and its password; until then each process has its own."
    return Finding("cache", "Cache", "warn", f"It is away: {health.trouble}.", mend)


def _catalogue(services: Services) -> Finding:
    from webapp.services.installation import catalogue_facts
    from webapp.services.setup_check import Finding

    try:
        facts = catalogue_facts(services.recommendations)
    except HooklistError as error:
        return _failed("catalogue", "Catalogue", error)
    told = f"version {facts.version}, {facts.rows:,} tracks, {facts.audio:,} with audio."
    return Finding("catalogue", "Catalogue", "good", told)


def _workers(services: Services) -> Finding:
    from webapp.services.setup_check import Finding

    alive = [sign for sign in services.worker_signs.list() if sign.alive]
    if alive:
        return Finding("workers", "Workers", "good", f"{len(alive)} at work.")
    mend = "None is needed for this check; `hooklist serve` starts them."
    return Finding("workers", "Workers", "unknown", "None has given a sign of life.", mend)


def _operator(services: Services) -> str | None:
    """Return an operator who has logged in, to ask Spotify as; None if nobody has."""
    for account in services.settings.operators:
        user = services.users.of_account(account)
        if user is not None:
            return user.id
    return None

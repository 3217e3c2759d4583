"""The operator's overview in words and numbers, ready for its page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import format_decimal, format_percent

from hooklist_errors import HooklistError
from webapp.i18n import _, ngettext
from webapp.jobs.overview import JobGlimpse, look_at_jobs
from webapp.routes.failures import Failure, failure_of
from webapp.routes.moments import Moment, moment
from webapp.services.installation import (
    CatalogueFacts,
    DiskFacts,
    age_of,
    catalogue_facts,
    disk_facts,
    versions,
)
from webapp.store.census import take_census
from webapp.wiring import services


@dataclass(frozen=True)
class Fact:
    """A line of a card.

    Parameters
    ----------
    label
        What.
    value
        How much; foreign names are possible in it.
    moment
        In place of a value.
    tone
        ``bad`` or ``warn`` where it should be looked at.
    """

    label: str
    value: str = ""
    moment: Moment | None = None
    tone: str = ""


@dataclass(frozen=True)
class JobLine:
    """A job in the operator's list.

    Parameters
    ----------
    id
        Of the job.
    kind, state, code, why, worker
        As they are kept.
    at
        When it ended, or was asked for.
    until
        When a parked one goes on.
    """

    id: str
    kind: str
    state: str
    code: str
    why: str
    worker: str
    at: Moment | None
    until: Moment | None


def overview() -> dict[str, Any]:
    """Return what the page shows."""
    catalogue, missing = _catalogue()
    jobs = look_at_jobs(services().engine, services().clock)
    now = services().clock()
    return {
        "catalogue": catalogue,
        "catalogue_failure": missing,
        "jobs": _job_facts(jobs.counts, jobs.oldest_waiting, sum(jobs.failed_today.values())),
        "failed_codes": [(code, number(count)) for code, count in jobs.failed_today.items()],
        "job_lists": [
            (_("Failed within a day"), [_line(job, now) for job in jobs.failed]),
            (_("Waiting for a moment or an event"), [_line(job, now) for job in jobs.parked]),
            (_("Running"), [_line(job, now) for job in jobs.running]),
        ],
        "workers": [
            (sign.id, ", ".join(sign.kinds), moment(sign.seen, now=now), sign.alive)
            for sign in services().worker_signs.list()
        ],
        "pace": _pace_facts(now),
        "disk": _disk_facts(disk_facts(services().settings)),
        "people": _people_facts(),
        "versions": [
            Fact(name, value)
            for name, value in versions(services().engine, services().ephemeral).items()
        ],
    }


def number(value: float) -> str:
    """Return a number as the reader's language groups it."""
    return str(format_decimal(value))


def size_words(size: int) -> str:
    """Return bytes as kilo-, mega- or gigabytes (powers of 1000)."""
    units = (
        (1e9, _("%(size)s GB")),
        (1e6, _("%(size)s MB")),
        (1e3, _("%(size)s kB")),
    )
    for unit, words in units:
        if size >= unit:
            return words.replace(" ", "\u00a0") % {"size": number(round(size / unit, 1))}
    return _("%(size)s bytes", size=size)


def _age_words(days: float) -> str:
    return ngettext("%(days)s day", "%(days)s days", round(days), days=number(days))


def _catalogue() -> tuple[list[Fact], Failure | None]:
    try:
        facts = catalogue_facts(services().recommendations)
    except HooklistError as error:
        return [], failure_of(error, next_page="")
    return _catalogue_facts(facts), None


def _catalogue_facts(facts: CatalogueFacts) -> list[Fact]:
    age = age_of(facts.built, services().clock)
    built = moment(facts.built)
    return [
        Fact(_("Tracks"), number(facts.rows)),
        Fact(_("Version"), facts.version),
        Fact(_("Built"), moment=built) if built else Fact(_("Built"), _("not told")),
        Fact(_("Age"), _age_words(age) if age is not None else "–"),
        Fact(
            _("Sources"),
            "; ".join(
                _("%(name)s: %(read)s rows, %(refused)s refused",
                  name=name, read=number(read), refused=number(refused))
                for name, read, refused in facts.sources
            ),
        ),
        Fact(_("Refused rows"), number(facts.refused), tone="warn" if facts.refused else ""),
        Fact(_("Merged rows"), number(facts.merged)),
        Fact(_("With audio"), _share(facts.audio, facts.rows)),
        Fact(_("With a licence"), _share(facts.licence, facts.rows)),
        Fact(_("With a Spotify id"), _share(facts.spotify, facts.rows)),
        Fact(_("With a genre"), _share(facts.genre, facts.rows)),
        Fact(_("Taste space"), facts.space or "–"),
        Fact(
            _("Index"),
            _("%(kind)s, finds %(share)s of the 30 nearest",
              kind=facts.index, share=format_percent(facts.recall, "#,##0.0\u00a0%"))
            if facts.recall is not None
            else _("exact"),
        ),
    ]  # fmt: skip


def _share(part: int, whole: int) -> str:
    share = format_percent(part / whole if whole else 0.0, "#,##0\u00a0%")
    return f"{number(part)} ({share})"


def _job_facts(counts: dict[str, int], oldest: float | None, failed: int) -> list[Fact]:
    now = services().clock()
    late = oldest is not None and now - oldest > 60
    return [
        Fact(_("Waiting"), number(counts.get("queued", 0))),
        Fact(_("Oldest waiting since"), moment=moment(oldest, now=now), tone="warn" if late else "")
        if oldest is not None
        else Fact(_("Oldest waiting since"), _("nothing waits")),
        Fact(_("Running"), number(counts.get("running", 0))),
        Fact(_("Parked"), number(counts.get("parked", 0))),
        Fact(_("Failed within a day"), number(failed), tone="bad" if failed else ""),
        Fact(_("Done, and kept for a month"), number(counts.get("done", 0))),
    ]


def _pace_facts(now: float) -> list[Fact]:
    pace = services().spotify.pace()
    until = moment(pace.cooldown.until, now=now) if pace.cooldown else None
    facts = [
        Fact(
            _("Requests that may be made at once"),
            _("%(left)s of %(most)s, %(rate)s more each second",
              left=number(max(0, int(pace.left))), most=number(pace.burst), rate=number(pace.rate)),
        ),
        Fact(
            _("After failures in a row"),
            _("nothing is asked for %(seconds)s s", seconds=number(round(pace.stopped)))
            if pace.stopped
            else _("not stopped"),
            tone="warn" if pace.stopped else "",
        ),
    ]  # fmt: skip
    if pace.cooldown is None:
        return [*facts, Fact(_("Pause that Spotify has asked for"), _("none"))]
    return [
        *facts,
        Fact(_("Spotify wants to be left alone until"), moment=until, tone="bad"),
        Fact(_("Because of"), pace.cooldown.reason),
    ]


def _disk_facts(disk: DiskFacts) -> list[Fact]:
    names = {
        "trailers": _("Trailers"),
        "uploads": _("Uploads"),
        "audio": _("Fetched audio"),
        "catalogue": _("Catalogue"),
        "database": _("Database"),
    }
    return [
        Fact(
            _("Free"),
            _("%(free)s of %(total)s", free=size_words(disk.free), total=size_words(disk.total)),
            tone="bad" if disk.little else "",
        ),
        *(
            Fact(
                names[folder.name],
                _("%(size)s in %(files)s files",
                  size=("" if folder.whole else "> ") + size_words(folder.size),
                  files=number(folder.files)),
            )
            for folder in disk.folders
        ),
    ]  # fmt: skip


def _people_facts() -> list[Fact]:
    census = take_census(services().engine, services().clock)
    return [
        Fact(_("Users"), number(census.users)),
        Fact(_("Seen within a day"), number(census.users_today)),
        Fact(_("Connected to Spotify"), number(census.connected)),
        Fact(
            _("Have to connect again"),
            number(census.to_reconnect),
            tone="warn" if census.to_reconnect else "",
        ),
        Fact(_("Browsers logged in"), number(census.sessions_logged_in)),
        Fact(_("Browsers without a login"), number(census.sessions - census.sessions_logged_in)),
        Fact(_("Playlists"), number(census.playlists)),
    ]


def _line(job: JobGlimpse, now: float) -> JobLine:
    return JobLine(
        id=job.id,
        kind=job.kind,
        state=job.state,
        code=job.code,
        why=job.why,
        worker=job.worker,
        at=moment(job.finished_at or job.created_at, now=now),
        until=moment(job.run_at, now=now) if job.run_at and job.run_at > now else None,
    )

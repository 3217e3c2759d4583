"""Moments as pages show them: UTC in the HTML, the reader's own clock once the script runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from babel.dates import format_datetime

from webapp.i18n import SOURCE, _, language


@dataclass(frozen=True)
class Moment:
    """A moment.

    Parameters
    ----------
    iso
        For machines, ISO 8601 in UTC.
    utc
        For readers without the script; names the zone.
    """

    iso: str
    utc: str

    def to_data(self) -> dict[str, str]:
        """Return it for a JSON answer."""
        return {"iso": self.iso, "utc": self.utc}


def moment(seconds: float | None, *, now: float | None = None) -> Moment | None:
    """Return a moment given as seconds since the epoch; None stays None.

    Parameters
    ----------
    seconds
        The moment.
    now
        If given and on the same day (in UTC), the day is left out.
    """
    if seconds is None:
        return None
    at = datetime.fromtimestamp(seconds, UTC)
    same_day = now is not None and at.date() == datetime.fromtimestamp(now, UTC).date()
    clock = _("%(time)s UTC", time=_written(at, with_day=not same_day))
    return Moment(at.strftime("%Y-%m-%dT%H:%M:%SZ"), clock)


def _written(at: datetime, *, with_day: bool) -> str:
    name = language().replace("-", "_")
    if not with_day:
        return at.strftime("%H:%M")
    # English is read by people who write days in different orders: only this one is clear to all.
    if name == SOURCE:
        return at.strftime("%Y-%m-%d %H:%M")
    return str(format_datetime(at, "d MMM y, HH:mm", locale=name))

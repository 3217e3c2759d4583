"""What has to be tidied up about once an hour, so that what is kept has its bounds and its end."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from webapp.services.materials import MOST_KEPT
from webapp.services.studies import MOST_UPLOADED
from webapp.services.trailer_leftovers import remove_leftovers

if TYPE_CHECKING:
    from webapp.wiring import Services


def chores_of(found: Services) -> tuple[Callable[[], object], ...]:
    """Return the chores, in their order: what sessions leave behind goes after them."""
    return (
        found.sessions.purge,
        found.uploads.clean,
        found.keeping.purge,
        partial(_tidy_trailers, found),
        partial(_tidy_materials, found),
        found.jobs.purge,
        found.cooldowns.purge,
        partial(_tidy_feedback, found),
        found.worker_signs.purge,
        found.tallies.purge,
        found.tokens.reencrypt,
    )


def _tidy_trailers(found: Services) -> None:
    """Remove the sound of playlists that are gone."""
    remove_leftovers(found.settings.trailers_path, found.playlists.there)


def _tidy_materials(found: Services) -> None:
    """Keep what is known of parts of files, and of strangers' files, within bounds."""
    from webapp.services.listening import MATERIAL

    found.track_studies.thin(MATERIAL, MOST_KEPT)
    found.track_studies.thin_uploaded(MOST_UPLOADED)


def _tidy_feedback(found: Services) -> None:
    """Forget what is old of what listeners said and did, and count today's users."""
    days = found.settings.feedback_days
    found.events.purge(days)
    found.messages.purge(4 * days)
    found.events.count_users()

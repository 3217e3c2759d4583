"""Fixtures around the gateway."""

from tests.webapp.spotify.world import empty_database, spotify, world  # noqa: F401

"""The fixtures of the serving tests."""

from tests.webapp.serving.small_servers import alone, fronted  # noqa: F401

"""The stores' fixtures."""

from tests.webapp.store.fixtures import (  # noqa: F401
    ada,
    bob,
    clock,
    database_url,
    engine,
    migrated_file,
    monotonic,
    postgres_url,
    sqlite_url,
    valkey,
)

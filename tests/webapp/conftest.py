"""An empty database of this release's tables is made once, and copied for whoever needs one."""

from tests.webapp.store.fixtures import migrated_file, sqlite_url  # noqa: F401

"""Steps from one release's tables to the next, run by `webapp.store.migrate` through Alembic.

To add one: change ``webapp/store/schema.py``, add ``versions/<next number>_<what>.py`` whose
``down_revision`` is the last one, and set `HEAD`. Tests compare the result with the schema.
"""

from __future__ import annotations

from pathlib import Path

HEAD = "0008"
"""The last revision; here, so that the usual start finds out without importing Alembic."""

SCRIPTS = Path(__file__).resolve().parent

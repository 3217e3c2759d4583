"""Alembic's way in: runs the steps on the connection, and inside the transaction, it is given."""

from __future__ import annotations

from alembic import context

from webapp.store.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    # SQLite changes a table by making it anew.
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()

"""Whose job comes first, and which studies uploads alone have made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column(
        "job", sa.Column("turn_at", sa.Double(), server_default=sa.text("0"), nullable=False)
    )
    # What waits already keeps its order.
    op.execute("UPDATE job SET turn_at = created_at")
    op.drop_index("ix_job_waiting", table_name="job")
    op.create_index(
        "ix_job_waiting",
        "job",
        ["turn_at", "id"],
        sqlite_where=sa.text("state IN ('queued', 'parked')"),
        postgresql_where=sa.text("state IN ('queued', 'parked')"),
    )
    op.add_column(
        "track_study",
        sa.Column("uploaded", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.create_index(
        "ix_track_study_uploaded",
        "track_study",
        ["updated_at"],
        sqlite_where=sa.text("uploaded = 1"),
        postgresql_where=sa.text("uploaded"),
    )

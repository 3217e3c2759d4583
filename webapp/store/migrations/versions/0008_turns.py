"""Whose job comes first, which studies uploads alone have made, baskets out of sessions."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

# Kept in the session until 0007 moved them to the account.
_CHOSEN = ("basket", "basket_less", "shape")


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
    _take_over_baskets()


def _take_over_baskets() -> None:
    """Give users who have no draft yet what they were choosing in their latest session."""
    connection = op.get_bind()
    sessions = connection.execute(
        sa.text(
            "SELECT user_id, data, last_seen FROM session WHERE user_id IS NOT NULL"
            " AND user_id NOT IN (SELECT user_id FROM draft) ORDER BY last_seen"
        )
    ).all()
    latest: dict[str, tuple[str, float]] = {}
    for session in sessions:
        data = json.loads(session.data)
        chosen = {name: data[name] for name in _CHOSEN if data.get(name)}
        if chosen:
            kept = json.dumps(chosen, separators=(",", ":"))
            latest[session.user_id] = (kept, session.last_seen)
    for user_id, (kept, moment) in latest.items():
        connection.execute(
            sa.text("INSERT INTO draft (user_id, data, updated_at) VALUES (:user, :data, :moment)"),
            {"user": user_id, "data": kept, "moment": moment},
        )

"""What listeners heard, skipped and replayed; the highlights they moved; and whether they share."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column(
        "user",
        sa.Column("shares_listening", sa.Boolean(), server_default=sa.true(), nullable=False),
    )
    op.create_table(
        "heard_count",
        sa.Column("content_key", sa.String(length=128), nullable=False),
        sa.Column("heard", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("replayed", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("content_key", name=op.f("pk_heard_count")),
    )
    op.create_table(
        "moved_highlight",
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("content_key", sa.String(length=128), nullable=False),
        sa.Column("start", sa.Double(), nullable=False),
        sa.Column("end", sa.Double(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user.id"],
            name=op.f("fk_moved_highlight_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "content_key", name=op.f("pk_moved_highlight")),
    )
    op.create_index(op.f("ix_moved_highlight_content_key"), "moved_highlight", ["content_key"])

"""Files that a visitor brings, without Spotify."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add boxes of uploads, and the uploads in them."""
    op.create_table(
        "upload_box",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=True),
        sa.Column("session_handle", sa.String(length=32), nullable=False),
        sa.Column("hear_job", sa.String(length=32), nullable=True),
        sa.Column("mix", sa.Text(), nullable=True),
        sa.Column("mix_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_upload_box_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_box")),
    )
    op.create_index(op.f("ix_upload_box_user_id"), "upload_box", ["user_id"])
    op.create_index(op.f("ix_upload_box_session_handle"), "upload_box", ["session_handle"])
    op.create_table(
        "upload",
        sa.Column("box_id", sa.String(length=32), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("file", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("content_key", sa.String(length=128), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("picked", sa.Boolean(), nullable=False),
        sa.Column("track", sa.Text(), nullable=True),
        sa.Column("study", sa.String(length=120), nullable=True),
        sa.Column("start", sa.Double(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.CheckConstraint(
            "state IN ('receiving', 'waiting', 'ready', 'failed')", name=op.f("ck_upload_state")
        ),
        sa.ForeignKeyConstraint(
            ["box_id"], ["upload_box.id"], name=op.f("fk_upload_box_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("box_id", "id", name=op.f("pk_upload")),
    )
    op.create_index(op.f("ix_upload_expires_at"), "upload", ["expires_at"])

"""What listeners say: thumbs, ratings, messages, votes; and what happened, without who it was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add six tables."""
    _of_users()
    _of_nobody()


def _of_users() -> None:
    op.create_table(
        "thumb",
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("track_id", sa.String(length=300), nullable=False),
        sa.Column("up", sa.Boolean(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("artists", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_thumb_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "track_id", name=op.f("pk_thumb")),
    )
    op.create_table(
        "rating",
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("place", sa.Double(), nullable=False),
        sa.Column("strategy", sa.String(length=60), nullable=False),
        sa.Column("variants", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.CheckConstraint("kind IN ('highlight', 'trailer')", name=op.f("ck_rating_kind")),
        sa.CheckConstraint("value BETWEEN 1 AND 5", name=op.f("ck_rating_value")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_rating_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "kind", "subject", name=op.f("pk_rating")),
    )


def _of_nobody() -> None:
    op.create_table(
        "listener_event",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("visit", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("playlist", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("strategy", sa.String(length=60), nullable=False),
        sa.Column("variants", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listener_event")),
        sa.UniqueConstraint(
            "visit",
            "kind",
            "playlist",
            "subject",
            name=op.f("uq_listener_event_visit_kind_playlist_subject"),
        ),
    )
    op.create_index(op.f("ix_listener_event_day"), "listener_event", ["day"])
    op.create_table(
        "user_count",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("in_day", sa.Integer(), nullable=False),
        sa.Column("in_week", sa.Integer(), nullable=False),
        sa.Column("in_month", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_user_count")),
    )
    op.create_table(
        "feedback_message",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("topic", sa.String(length=32), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("page", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("read_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_message")),
    )
    op.create_index(op.f("ix_feedback_message_created_at"), "feedback_message", ["created_at"])
    op.create_table(
        "listening_vote",
        sa.Column("test", sa.String(length=64), nullable=False),
        sa.Column("voter", sa.String(length=32), nullable=False),
        sa.Column("pair", sa.String(length=64), nullable=False),
        sa.Column("choice", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.CheckConstraint("choice IN ('a', 'b', 'none')", name=op.f("ck_listening_vote_choice")),
        sa.PrimaryKeyConstraint("test", "voter", "pair", name=op.f("pk_listening_vote")),
    )

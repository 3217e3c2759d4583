"""Links under which a playlist may be read, playlists put into the bin, covers of saved ones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "shared_link",
        sa.Column("playlist_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("revoked_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["playlist_id"],
            ["playlist.id"],
            name=op.f("fk_shared_link_playlist_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user.id"],
            name=op.f("fk_shared_link_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("playlist_id", name=op.f("pk_shared_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_shared_link_token_hash")),
    )
    op.create_index(op.f("ix_shared_link_user_id"), "shared_link", ["user_id"])
    op.add_column("playlist", sa.Column("deleted_at", sa.Double(), nullable=True))
    op.create_index(op.f("ix_playlist_deleted_at"), "playlist", ["deleted_at"])
    op.add_column(
        "save", sa.Column("cover", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("save", sa.Column("cover_digest", sa.String(length=64), nullable=True))
    op.add_column("save", sa.Column("cover_error", sa.String(length=120), nullable=True))

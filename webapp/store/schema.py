"""The tables. A change here needs a migration (``docs/storage.md``); a test compares the two.

Every moment is seconds since the epoch in UTC (`webapp.store.clock`). Rows that belong to a user
go with the user (``ON DELETE CASCADE``).
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
    false,
    text,
    true,
)

from webapp.store.values import Json, Words

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

SESSION_BYTES = 64_000
TRAILER_BYTES = 1_000_000
STUDY_BYTES = 2_000_000
HEARD_BYTES = 400_000


def _id() -> Column[str]:
    return Column("id", Words(32), primary_key=True)


def _owner(*, nullable: bool = False, index: bool = True) -> Column[str]:
    return Column(
        "user_id", ForeignKey("user.id", ondelete="CASCADE"), nullable=nullable, index=index
    )


def _moment(name: str, *, nullable: bool = False, index: bool = False) -> Column[float]:
    return Column(name, Double, nullable=nullable, index=index)


USER = Table(
    "user",
    METADATA,
    _id(),
    Column("spotify_account_id", Words(255), nullable=False, unique=True),
    Column("display_name", Words(), nullable=False),
    Column("shares_listening", Boolean, nullable=False, server_default=true()),
    _moment("created_at"),
    _moment("last_seen"),
)

SESSION = Table(
    "session",
    METADATA,
    Column("id_hash", Words(64), primary_key=True),
    _owner(nullable=True),
    Column("handle", Words(32), nullable=False, unique=True),
    Column("data", Json(SESSION_BYTES), nullable=False),
    Column("label", Words(200), nullable=False),
    _moment("created_at"),
    _moment("last_seen"),
    _moment("idle_expires_at", index=True),
    _moment("expires_at"),
)

LOGIN = Table(
    "login",
    METADATA,
    Column("state_hash", Words(64), primary_key=True),
    Column(
        "session_hash",
        ForeignKey("session.id_hash", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("verifier", Words(200), nullable=False),
    Column("next", Words(), nullable=False),
    _moment("created_at"),
    _moment("expires_at", index=True),
)

TOKEN = Table(
    "token",
    METADATA,
    Column("user_id", ForeignKey("user.id", ondelete="CASCADE"), primary_key=True),
    Column("ciphertext", LargeBinary, nullable=False),
    Column("scopes", Words(), nullable=False),
    _moment("authorized_at"),
    _moment("expires_at"),
    Column("needs_reconnect", Boolean, nullable=False, server_default=false()),
    _moment("updated_at"),
)

LEASE = Table(
    "lease",
    METADATA,
    Column("name", Words(120), primary_key=True),
    Column("holder", Words(32), nullable=False),
    _moment("taken_at"),
)

PLAYLIST = Table(
    "playlist",
    METADATA,
    _id(),
    _owner(index=False),
    Column("title", Words(), nullable=False),
    Column("seeds", Json(), nullable=False),
    Column("options", Json(), nullable=False),
    Column("tracks", Json(4_000_000), nullable=False),
    Column("notes", Json(), nullable=False),
    Column("catalogue_version", Words(120), nullable=False),
    Column("state", Words(16), nullable=False),
    Column("error", Json(), nullable=True),
    Column("version", Integer, nullable=False),
    Column("trailer", Json(TRAILER_BYTES), nullable=True),
    Column("trailer_state", Words(16), nullable=False),
    _moment("created_at"),
    _moment("updated_at"),
    _moment("deleted_at", nullable=True, index=True),
    CheckConstraint("state IN ('pending', 'ready', 'failed')", name="state"),
    CheckConstraint(
        "trailer_state IN ('none', 'pending', 'ready', 'failed')", name="trailer_state"
    ),
    Index("ix_playlist_user_id_created_at", "user_id", "created_at"),
)

PLAYLIST_STEP = Table(
    "playlist_step",
    METADATA,
    Column("playlist_id", ForeignKey("playlist.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("what", Json(), nullable=False),
    Column("tracks", Json(4_000_000), nullable=False),
    Column("options", Json(), nullable=False),
    Column("notes", Json(), nullable=False),
    _moment("created_at"),
)

SAVE = Table(
    "save",
    METADATA,
    _id(),
    _owner(index=False),
    Column(
        "playlist_id", ForeignKey("playlist.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("name", Words(), nullable=False),
    Column("description", Words(), nullable=False),
    Column("public", Boolean, nullable=False),
    Column("uris", Json(), nullable=False),
    Column("marker", Words(32), nullable=False, unique=True),
    Column("spotify_playlist_id", Words(), nullable=True),
    Column("spotify_url", Words(), nullable=True),
    Column("snapshot", Words(), nullable=True),
    Column("state", Words(16), nullable=False),
    Column("written", Integer, nullable=False),
    Column("error_code", Words(120), nullable=True),
    _moment("parked_until", nullable=True),
    _moment("created_at"),
    _moment("updated_at"),
    Column("cover", Boolean, nullable=False, server_default=false()),
    Column("cover_digest", Words(64), nullable=True),
    Column("cover_error", Words(120), nullable=True),
    UniqueConstraint("user_id", "playlist_id"),
    CheckConstraint("state IN ('pending', 'writing', 'parked', 'done', 'failed')", name="state"),
)

JOB = Table(
    "job",
    METADATA,
    _id(),
    _owner(nullable=True, index=False),
    Column("kind", Words(60), nullable=False),
    Column("lane", Words(60), nullable=False),
    Column("payload", Json(), nullable=False),
    Column("idempotency", Words(64), nullable=True, unique=True),
    Column("state", Words(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("max_attempts", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("beat", Integer, nullable=False),
    Column("worker", Words(120), nullable=True),
    Column("cancel_asked", Boolean, nullable=False),
    Column("step", Words(120), nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("message", Words(), nullable=False),
    Column("result", Json(), nullable=True),
    Column("error", Json(), nullable=True),
    Column("reason", Words(), nullable=True),
    _moment("run_at", nullable=True),
    _moment("created_at"),
    _moment("updated_at"),
    _moment("started_at", nullable=True),
    _moment("finished_at", nullable=True, index=True),
    # Where it stands in the queue.
    Column("turn_at", Double, nullable=False, server_default=text("0")),
    CheckConstraint(
        "state IN ('queued', 'parked', 'running', 'done', 'failed', 'cancelled')", name="state"
    ),
    # The queue in its order, without the many jobs that are over.
    Index(
        "ix_job_waiting",
        "turn_at",
        "id",
        sqlite_where=text("state IN ('queued', 'parked')"),
        postgresql_where=text("state IN ('queued', 'parked')"),
    ),
    # One running job per user and lane, whatever workers race for: the database refuses a second.
    Index(
        "uq_job_running",
        "user_id",
        "lane",
        unique=True,
        sqlite_where=text("state = 'running'"),
        postgresql_where=text("state = 'running'"),
    ),
    Index("ix_job_user_id_created_at", "user_id", "created_at"),
)

TRACK_STUDY = Table(
    "track_study",
    METADATA,
    Column("content_key", Words(128), primary_key=True),
    Column("method", Words(120), primary_key=True),
    Column("analysis", Json(STUDY_BYTES), nullable=True),
    Column("highlight", Json(STUDY_BYTES), nullable=True),
    _moment("created_at"),
    _moment("updated_at"),
    # Only ever asked for by uploads: nothing that users keep needs it.
    Column("uploaded", Boolean, nullable=False, server_default=false()),
    Index(
        "ix_track_study_uploaded",
        "updated_at",
        sqlite_where=text("uploaded = 1"),
        postgresql_where=text("uploaded"),
    ),
)

# No user, session or moment of a single listening is in it: sums over everybody.
HEARD_COUNT = Table(
    "heard_count",
    METADATA,
    Column("content_key", Words(128), primary_key=True),
    Column("heard", Integer, nullable=False),
    Column("skipped", Integer, nullable=False),
    Column("replayed", Integer, nullable=False),
    _moment("created_at"),
    _moment("updated_at"),
    # Last, so that sums over all rows need not read past it.
    Column("counts", Json(HEARD_BYTES), nullable=False),
)

MOVED_HIGHLIGHT = Table(
    "moved_highlight",
    METADATA,
    Column("user_id", ForeignKey("user.id", ondelete="CASCADE"), primary_key=True),
    Column("content_key", Words(128), primary_key=True, index=True),
    Column("start", Double, nullable=False),
    Column("end", Double, nullable=False),
    Column("version", Integer, nullable=False),
    _moment("created_at"),
    _moment("updated_at"),
)

# What a visitor brings, with or without an account: the rows go when the files do, within hours.
UPLOAD_BOX = Table(
    "upload_box",
    METADATA,
    _id(),
    _owner(nullable=True),
    Column("session_handle", Words(32), nullable=False, index=True),
    Column("hear_job", Words(32), nullable=True),
    Column("mix", Json(TRAILER_BYTES), nullable=True),
    Column("mix_version", Integer, nullable=False),
    _moment("created_at"),
    _moment("updated_at"),
)

UPLOAD = Table(
    "upload",
    METADATA,
    Column("box_id", ForeignKey("upload_box.id", ondelete="CASCADE"), primary_key=True),
    Column("id", Words(32), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("name", Words(255), nullable=False),
    Column("file", Words(64), nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("content_key", Words(128), nullable=True),
    Column("state", Words(16), nullable=False),
    Column("picked", Boolean, nullable=False),
    Column("track", Json(20_000), nullable=True),
    Column("study", Words(120), nullable=True),
    Column("start", Double, nullable=True),
    Column("error", Json(20_000), nullable=True),
    _moment("created_at"),
    _moment("updated_at"),
    _moment("expires_at", index=True),
    CheckConstraint("state IN ('receiving', 'waiting', 'ready', 'failed')", name="state"),
)

COOLDOWN = Table(
    "cooldown",
    METADATA,
    Column("name", Words(200), primary_key=True),
    _moment("set_at"),
    _moment("until"),
    Column("reason", Words(), nullable=False),
)

THUMB = Table(
    "thumb",
    METADATA,
    Column("user_id", ForeignKey("user.id", ondelete="CASCADE"), primary_key=True),
    Column("track_id", Words(300), primary_key=True),
    Column("up", Boolean, nullable=False),
    Column("title", Words(), nullable=False),
    Column("artists", Json(), nullable=False),
    _moment("created_at"),
    _moment("updated_at"),
)

RATING = Table(
    "rating",
    METADATA,
    Column("user_id", ForeignKey("user.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", Words(16), primary_key=True),
    Column("subject", Words(160), primary_key=True),
    Column("value", Integer, nullable=False),
    # Of a highlight, the second at which it began when it was rated.
    Column("place", Double, nullable=False),
    Column("strategy", Words(60), nullable=False),
    Column("variants", Json(), nullable=False),
    _moment("created_at"),
    _moment("updated_at"),
    CheckConstraint("kind IN ('highlight', 'trailer')", name="kind"),
    CheckConstraint("value BETWEEN 1 AND 5", name="value"),
)

# What happened, under a pseudonym of one visit that is nowhere joined with a user; days, no times.
LISTENER_EVENT = Table(
    "listener_event",
    METADATA,
    _id(),
    Column("day", Integer, nullable=False, index=True),
    Column("visit", Words(32), nullable=False),
    Column("kind", Words(32), nullable=False),
    Column("playlist", Words(32), nullable=False),
    Column("subject", Words(32), nullable=False),
    Column("strategy", Words(60), nullable=False),
    Column("variants", Json(), nullable=False),
    UniqueConstraint("visit", "kind", "playlist", "subject"),
)

USER_COUNT = Table(
    "user_count",
    METADATA,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("in_day", Integer, nullable=False),
    Column("in_week", Integer, nullable=False),
    Column("in_month", Integer, nullable=False),
)

FEEDBACK_MESSAGE = Table(
    "feedback_message",
    METADATA,
    _id(),
    Column("topic", Words(32), nullable=False),
    Column("text", Words(), nullable=False),
    Column("page", Words(), nullable=False),
    Column("contact", Words(), nullable=False),
    _moment("created_at", index=True),
    _moment("read_at", nullable=True),
)

LISTENING_VOTE = Table(
    "listening_vote",
    METADATA,
    Column("test", Words(64), primary_key=True),
    Column("voter", Words(32), primary_key=True),
    Column("pair", Words(64), primary_key=True),
    Column("choice", Words(8), nullable=False),
    Column("reason", Words(), nullable=False),
    _moment("created_at"),
    _moment("updated_at"),
    CheckConstraint("choice IN ('a', 'b', 'none')", name="choice"),
)

META = Table(
    "meta",
    METADATA,
    Column("name", Words(120), primary_key=True),
    Column("value", Json(), nullable=False),
    _moment("updated_at"),
)

# The link itself is nowhere: whoever reads the database can open nothing with what is in it.
SHARED_LINK = Table(
    "shared_link",
    METADATA,
    Column("playlist_id", ForeignKey("playlist.id", ondelete="CASCADE"), primary_key=True),
    _owner(),
    Column("nonce", Words(32), nullable=False),
    Column("token_hash", Words(64), nullable=True, unique=True),
    _moment("created_at"),
    _moment("revoked_at", nullable=True),
)

# What a user is choosing and has not asked for yet; in place of the session, which may end.
DRAFT = Table(
    "draft",
    METADATA,
    Column("user_id", ForeignKey("user.id", ondelete="CASCADE"), primary_key=True),
    Column("data", Json(SESSION_BYTES), nullable=False),
    _moment("updated_at"),
)

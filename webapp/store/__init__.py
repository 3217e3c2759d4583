"""What must be kept, in SQL: users, sessions, tokens, playlists, saves, studies; and what need not.

The truth lives in SQLite (default) or PostgreSQL; `webapp.store.ephemeral` is a cache that may
vanish at any time. What is kept, where and how long: ``docs/storage.md``.

Names are imported when first used, because SQLAlchemy costs half a second that a command which
keeps nothing need not pay.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from webapp.store.clock import Clock as Clock
    from webapp.store.cooldowns import Cooldown as Cooldown
    from webapp.store.cooldowns import Cooldowns as Cooldowns
    from webapp.store.drafts import Drafts as Drafts
    from webapp.store.engine import open_engine as open_engine
    from webapp.store.engine import reading as reading
    from webapp.store.engine import writing as writing
    from webapp.store.ephemeral import Ephemeral as Ephemeral
    from webapp.store.ephemeral import Wakeup as Wakeup
    from webapp.store.ephemeral import open_ephemeral as open_ephemeral
    from webapp.store.feedback_messages import FeedbackMessage as FeedbackMessage
    from webapp.store.feedback_messages import FeedbackMessages as FeedbackMessages
    from webapp.store.heard_counts import HeardCount as HeardCount
    from webapp.store.heard_counts import HeardCounts as HeardCounts
    from webapp.store.leases import Leases as Leases
    from webapp.store.listener_events import ListenerEvent as ListenerEvent
    from webapp.store.listener_events import ListenerEvents as ListenerEvents
    from webapp.store.listener_events import UserCount as UserCount
    from webapp.store.listening_votes import ListeningVote as ListeningVote
    from webapp.store.listening_votes import ListeningVotes as ListeningVotes
    from webapp.store.logins import Login as Login
    from webapp.store.logins import Logins as Logins
    from webapp.store.meta import Meta as Meta
    from webapp.store.moved_highlights import MovedHighlight as MovedHighlight
    from webapp.store.moved_highlights import MovedHighlights as MovedHighlights
    from webapp.store.playlist_bin import PlaylistBin as PlaylistBin
    from webapp.store.playlist_steps import PlaylistStep as PlaylistStep
    from webapp.store.playlist_steps import PlaylistSteps as PlaylistSteps
    from webapp.store.playlists import Playlist as Playlist
    from webapp.store.playlists import Playlists as Playlists
    from webapp.store.ratings import Opinion as Opinion
    from webapp.store.ratings import Rating as Rating
    from webapp.store.ratings import Ratings as Ratings
    from webapp.store.saves import Save as Save
    from webapp.store.saves import Saves as Saves
    from webapp.store.sessions import Session as Session
    from webapp.store.sessions import Sessions as Sessions
    from webapp.store.shared_links import SharedLink as SharedLink
    from webapp.store.shared_links import SharedLinks as SharedLinks
    from webapp.store.thumbs import Thumb as Thumb
    from webapp.store.thumbs import Thumbs as Thumbs
    from webapp.store.tokens import Token as Token
    from webapp.store.tokens import Tokens as Tokens
    from webapp.store.track_studies import TrackStudies as TrackStudies
    from webapp.store.track_studies import TrackStudy as TrackStudy
    from webapp.store.upgrade import migrate as migrate
    from webapp.store.uploads import Upload as Upload
    from webapp.store.uploads import UploadBox as UploadBox
    from webapp.store.uploads import Uploads as Uploads
    from webapp.store.users import User as User
    from webapp.store.users import Users as Users
    from webapp.store.values import new_id as new_id

_HOMES = {
    "Clock": "clock",
    "Cooldown": "cooldowns",
    "Cooldowns": "cooldowns",
    "Drafts": "drafts",
    "Ephemeral": "ephemeral",
    "FeedbackMessage": "feedback_messages",
    "FeedbackMessages": "feedback_messages",
    "HeardCount": "heard_counts",
    "HeardCounts": "heard_counts",
    "Leases": "leases",
    "ListenerEvent": "listener_events",
    "ListenerEvents": "listener_events",
    "ListeningVote": "listening_votes",
    "ListeningVotes": "listening_votes",
    "Login": "logins",
    "Logins": "logins",
    "Meta": "meta",
    "MovedHighlight": "moved_highlights",
    "MovedHighlights": "moved_highlights",
    "Opinion": "ratings",
    "Playlist": "playlists",
    "PlaylistBin": "playlist_bin",
    "PlaylistStep": "playlist_steps",
    "PlaylistSteps": "playlist_steps",
    "Playlists": "playlists",
    "Rating": "ratings",
    "Ratings": "ratings",
    "Save": "saves",
    "Saves": "saves",
    "Session": "sessions",
    "Sessions": "sessions",
    "SharedLink": "shared_links",
    "SharedLinks": "shared_links",
    "Thumb": "thumbs",
    "Thumbs": "thumbs",
    "Token": "tokens",
    "Tokens": "tokens",
    "TrackStudies": "track_studies",
    "TrackStudy": "track_studies",
    "Upload": "uploads",
    "UploadBox": "uploads",
    "Uploads": "uploads",
    "User": "users",
    "UserCount": "listener_events",
    "Users": "users",
    "Wakeup": "ephemeral",
    "migrate": "upgrade",
    "new_id": "values",
    "open_engine": "engine",
    "open_ephemeral": "ephemeral",
    "reading": "engine",
    "writing": "engine",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)

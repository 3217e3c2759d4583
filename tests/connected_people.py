"""People who are connected to the stand-in Spotify, and tracks of its library as seeds."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from standin.people import BY_KEY
from standin.samples import sample_tracks
from webapp.store import Token, User


def connect(services: Any, spotify: Any, person: str, scopes: Collection[str]) -> User:
    """Connect a person whom the stand-in knows, as the end of a login does; return the user."""
    granted = spotify.grant(person, sorted(scopes))
    who, now = BY_KEY[person], services.clock()
    user: User = services.users.upsert(who.account_id, who.display_name)
    token = Token(
        access_token=granted["access_token"],
        refresh_token=granted["refresh_token"],
        scopes=frozenset(granted["scope"].split()),
        authorized_at=now,
        expires_at=now + granted["expires_in"],
    )
    services.tokens.put(user.id, token)
    return user


def seed_data(number: int) -> dict[str, Any]:
    """Return a track of the stand-in's library as a basket keeps it."""
    track = sample_tracks()[number]
    return {
        "spotify_id": track["id"],
        "title": track["title"],
        "artists": list(track["artists"]),
        "album": track["album"],
        "duration": track["duration_ms"] / 1000,
        "isrc": track["isrc"],
        "cover": "",
        "url": "",
    }

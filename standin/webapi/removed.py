"""Calls that Spotify has taken away from new apps, and what they answer now.

The list is Spotify's changelog of February 2026 (and of November 2024 for features, analysis
and recommendations); the statuses are those observed with new apps in 2026.
"""

from __future__ import annotations

from standin.routing import Routes

_FORBIDDEN = (
    ("POST", "/v1/users/{user}/playlists"),
    ("GET", "/v1/users/{user}"),
    ("GET", "/v1/users/{user}/playlists"),
    *((method, "/v1/playlists/{id}/tracks") for method in ("GET", "POST", "PUT", "DELETE")),
    *((method, "/v1/playlists/{id}/followers") for method in ("PUT", "DELETE")),
    ("GET", "/v1/playlists/{id}/followers/contains"),
    *(
        ("GET", f"/v1/{kind}")
        for kind in ("tracks", "albums", "artists", "episodes", "shows", "audiobooks", "chapters")
    ),
    ("GET", "/v1/artists/{id}/top-tracks"),
    ("GET", "/v1/markets"),
    ("GET", "/v1/browse/new-releases"),
    ("GET", "/v1/browse/categories"),
    ("GET", "/v1/browse/categories/{id}"),
    *(
        (method, f"/v1/me/{kind}")
        for kind in ("albums", "audiobooks", "episodes", "shows", "tracks", "following")
        for method in ("PUT", "DELETE")
    ),
    *(
        ("GET", f"/v1/me/{kind}/contains")
        for kind in ("albums", "audiobooks", "episodes", "shows", "tracks", "following")
    ),
    ("GET", "/v1/audio-features"),
    ("GET", "/v1/audio-features/{id}"),
    ("GET", "/v1/audio-analysis/{id}"),
)
_GONE = (
    ("GET", "/v1/recommendations"),
    ("GET", "/v1/recommendations/available-genre-seeds"),
    ("GET", "/v1/artists/{id}/related-artists"),
    ("GET", "/v1/browse/featured-playlists"),
    ("GET", "/v1/browse/categories/{id}/playlists"),
)


def removed_calls() -> Routes[int]:
    """Return the removed calls with the status each answers."""
    routes: Routes[int] = Routes()
    for method, pattern in _FORBIDDEN:
        routes.add(method, pattern, 403)
    for method, pattern in _GONE:
        routes.add(method, pattern, 404)
    return routes

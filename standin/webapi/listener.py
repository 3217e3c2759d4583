"""The caller's own profile, favourites, history and liked songs."""

from __future__ import annotations

from typing import Any

from standin.clock import iso_milliseconds, iso_seconds
from standin.identifiers import is_id
from standin.library import Track
from standin.listening import (
    TIME_RANGES,
    Liked,
    Play,
    liked_songs,
    recent_plays,
    top_artists,
    top_tracks,
)
from standin.webapi.access import ApiRoutes, Visit
from standin.webapi.failures import bad_request, not_found
from standin.webapi.paging import paging, whole_number
from standin.wire import Response, empty_response, json_response
from standin.world import World

MAX_LIBRARY_URIS = 40
_LIBRARY_KINDS = ("track", "album", "episode", "show", "audiobook", "user", "playlist")


def track_object(visit: Visit, track: Track) -> dict[str, Any]:
    """Return the TrackObject of a track, with its place on its album."""
    siblings = visit.world.library.albums.get(track.album_object.id, ())
    return visit.objects.track(track, siblings)


def me(visit: Visit) -> Response:
    """``GET /me``: the public part needs no scope."""
    return json_response(visit.objects.me(visit.person))


def top(visit: Visit) -> Response:
    """``GET /me/top/{tracks|artists}``."""
    visit.require("user-top-read")
    kind = visit.parts["kind"]
    if kind not in {"tracks", "artists"}:
        raise not_found("Service not found")
    time_range = visit.request.arg("time_range") or "medium_term"
    if time_range not in TIME_RANGES:
        raise bad_request("Invalid time range")
    limit = whole_number(visit.request, "limit", 20, 1, 50)
    offset = whole_number(visit.request, "offset", 0, 0, None)
    href, library = f"{visit.objects.api}/me/top/{kind}", visit.world.library
    if kind == "tracks":
        return json_response(
            paging(
                href,
                visit.request,
                top_tracks(library, visit.person, time_range),
                lambda track: track_object(visit, track),
                limit=limit,
                offset=offset,
            )
        )
    return json_response(
        paging(
            href,
            visit.request,
            top_artists(library, visit.person, time_range),
            lambda artist: visit.objects.artist(artist, full=True),
            limit=limit,
            offset=offset,
        )
    )


def recently_played(visit: Visit) -> Response:
    """``GET /me/player/recently-played``: paged by cursor, and still ``track``."""
    visit.require("user-read-recently-played")
    limit = whole_number(visit.request, "limit", 20, 1, 50)
    after = whole_number(visit.request, "after", -1, 0, None)
    before = whole_number(visit.request, "before", -1, 0, None)
    if after >= 0 and before >= 0:
        raise bad_request("Only one of 'after' and 'before' may be specified")
    plays = recent_plays(visit.world.library, visit.person, visit.world.born)
    wanted = [
        play
        for play in plays
        if play.played_at_ms > after and (before < 0 or play.played_at_ms < before)
    ]
    page = wanted[:limit]
    href = f"{visit.objects.api}/me/player/recently-played"
    oldest = page[-1].played_at_ms if page else None
    more = oldest is not None and after < 0 and any(p.played_at_ms < oldest for p in plays)
    return json_response(
        {
            "href": f"{href}?limit={limit}",
            "items": [_play(visit, play) for play in page],
            "limit": limit,
            "next": f"{href}?before={oldest}&limit={limit}" if more else None,
            "cursors": {"after": str(page[0].played_at_ms), "before": str(oldest)}
            if page
            else None,
            "total": len(plays),
        }
    )


def _play(visit: Visit, play: Play) -> dict[str, Any]:
    context = None
    if play.context:
        album_id = play.context.rsplit(":", 1)[1]
        context = {
            "external_urls": {"spotify": f"{visit.objects.open}/album/{album_id}"},
            "href": f"{visit.objects.api}/albums/{album_id}",
            "type": "album",
            "uri": play.context,
        }
    return {
        "context": context,
        "played_at": iso_milliseconds(play.played_at_ms),
        "track": track_object(visit, play.track),
    }


def saved_tracks(visit: Visit) -> Response:
    """``GET /me/tracks``: liked songs, newest first, and still ``track``."""
    visit.require("user-library-read")
    limit = whole_number(visit.request, "limit", 20, 1, 50)
    offset = whole_number(visit.request, "offset", 0, 0, None)
    page = paging(
        f"{visit.objects.api}/me/tracks",
        visit.request,
        _liked(visit),
        lambda liked: {
            "added_at": iso_seconds(liked.added_at),
            "track": track_object(visit, liked.track),
        },
        limit=limit,
        offset=offset,
    )
    return json_response(page)


def _liked(visit: Visit) -> list[Liked]:
    changes = visit.world.liked_changes.get(visit.person.key, {})
    given = liked_songs(visit.world.library, visit.person, visit.world.born)
    kept = [liked for liked in given if liked.track.id not in changes]
    for track_id, added_at in changes.items():
        track = visit.world.track(track_id)
        if track is not None and added_at is not None:
            kept.append(Liked(track, added_at))
    return sorted(kept, key=lambda liked: -liked.added_at)


# -- /me/library: one door for liking, following and taking back ------------------------------


def save_to_library(visit: Visit) -> Response:
    """``PUT /me/library?uris=``: like songs, follow playlists."""
    for kind, thing in _library_uris(visit):
        _require_for(visit, kind)
        _set_in_library(visit, kind, thing, True)
    return empty_response(200)


def remove_from_library(visit: Visit) -> Response:
    """``DELETE /me/library?uris=``: also how an own playlist is deleted."""
    for kind, thing in _library_uris(visit):
        _require_for(visit, kind)
        _set_in_library(visit, kind, thing, False)
    return empty_response(200)


def library_contains(visit: Visit) -> Response:
    """``GET /me/library/contains?uris=``: one true or false per URI, in order."""
    visit.require("user-library-read", "user-follow-read", "playlist-read-private")
    liked = {item.track.id for item in _liked(visit)}
    followed = {item.id for item in visit.world.followed_by(visit.person)}
    held = {"track": liked, "playlist": followed}
    uris = _library_uris(visit, ("artist",))
    return json_response([thing in held.get(kind, set()) for kind, thing in uris])


def _library_uris(visit: Visit, more_kinds: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    # The query is the only place: a body is ignored, whatever the migration guide's sample shows.
    uris = [uri for uri in (visit.request.arg("uris") or "").split(",") if uri]
    if not uris:
        raise bad_request("Missing required field: uris")
    if len(uris) > MAX_LIBRARY_URIS:
        raise bad_request(f"Too many uris, maximum is {MAX_LIBRARY_URIS}")
    found = []
    for uri in uris:
        pieces = uri.split(":")
        known = (*_LIBRARY_KINDS, *more_kinds)
        if len(pieces) != 3 or pieces[0] != "spotify" or pieces[1] not in known:
            raise bad_request(f"Invalid uri: {uri[:200]}")
        if pieces[1] != "user" and not is_id(pieces[2]):
            raise bad_request(f"Invalid uri: {uri[:200]}")
        found.append((pieces[1], pieces[2]))
    return found


def _require_for(visit: Visit, kind: str) -> None:
    if kind == "playlist":
        visit.require("playlist-modify-public", "playlist-modify-private")
    elif kind == "user":
        visit.require("user-follow-modify")
    else:
        visit.require("user-library-modify")


def _set_in_library(visit: Visit, kind: str, thing: str, wanted: bool) -> None:
    if kind == "track" and visit.world.track(thing) is not None:
        visit.world.set_liked(visit.person, thing, wanted)
    if kind == "playlist":
        _follow(visit.world, visit.person.key, thing, wanted)


def _follow(world: World, person: str, playlist_id: str, wanted: bool) -> None:
    playlist = world.playlists.get(playlist_id)
    if playlist is None:
        raise not_found()
    if wanted != (person in playlist.followers):
        others = [key for key in playlist.followers if key != person]
        playlist.followers = [*others, person] if wanted else others
        world.keep(playlist)


def register(routes: ApiRoutes) -> None:
    """Add this area's calls."""
    routes.add("GET", "/v1/me", me)
    routes.add("GET", "/v1/me/top/{kind}", top)
    routes.add("GET", "/v1/me/player/recently-played", recently_played)
    routes.add("GET", "/v1/me/tracks", saved_tracks)
    routes.add("PUT", "/v1/me/library", save_to_library)
    routes.add("DELETE", "/v1/me/library", remove_from_library)
    routes.add("GET", "/v1/me/library/contains", library_contains)

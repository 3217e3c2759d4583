"""Looking things up: one track, album or artist, and searching."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from standin.identifiers import is_id
from standin.library import Album, Artist, Track
from standin.listening import known_tracks
from standin.webapi.access import ApiRoutes, Visit
from standin.webapi.failures import bad_request, not_found
from standin.webapi.listener import track_object
from standin.webapi.matching import parse_query, search_tracks
from standin.webapi.paging import paging, whole_number
from standin.wire import Response, json_response

_TYPES = ("album", "artist", "playlist", "track", "show", "episode", "audiobook")


def _id(visit: Visit) -> str:
    given = visit.parts["id"]
    if not is_id(given):
        raise bad_request("Invalid base62 id")
    return given


def track(visit: Visit) -> Response:
    """``GET /tracks/{id}``: one id only."""
    found = visit.world.track(_id(visit))
    if found is None:
        raise not_found()
    return json_response(track_object(visit, found))


def artist(visit: Visit) -> Response:
    """``GET /artists/{id}``."""
    found = visit.world.library.artists.get(_id(visit))
    if found is None:
        raise not_found()
    return json_response(visit.objects.artist(found, full=True))


def _album_tracks(visit: Visit) -> tuple[Track, ...]:
    tracks = visit.world.library.albums.get(_id(visit))
    if tracks is None:
        raise not_found()
    return tracks


def _tracks_page(visit: Visit, tracks: Sequence[Track], limit: int, offset: int) -> dict[str, Any]:
    return paging(
        f"{visit.objects.api}/albums/{visit.parts['id']}/tracks",
        visit.request,
        list(enumerate(tracks, 1)),
        lambda numbered: visit.objects.simple_track(numbered[1], numbered[0]),
        limit=limit,
        offset=offset,
    )


def album(visit: Visit) -> Response:
    """``GET /albums/{id}``."""
    tracks = _album_tracks(visit)
    plain = visit.objects.album(tracks[0].album_object, len(tracks))
    page = _tracks_page(visit, tracks, 50, 0)
    return json_response(
        {**plain, "copyrights": [], "external_ids": {}, "genres": [], "tracks": page}
    )


def album_tracks(visit: Visit) -> Response:
    """``GET /albums/{id}/tracks``."""
    limit = whole_number(visit.request, "limit", 20, 1, 50)
    offset = whole_number(visit.request, "offset", 0, 0, None)
    return json_response(_tracks_page(visit, _album_tracks(visit), limit, offset))


def search(visit: Visit) -> Response:
    """``GET /search``: at most 10 a page, 5 by default, offset up to 1000."""
    text = (visit.request.arg("q") or "").strip()
    if not text:
        raise bad_request("No search query")
    types = [kind for kind in (visit.request.arg("type") or "").split(",") if kind]
    if not types:
        raise bad_request("Missing parameter type")
    if any(kind not in _TYPES for kind in types):
        raise bad_request("Bad search type field " + ",".join(types)[:200])
    limit = whole_number(visit.request, "limit", 5, 0, 10)
    offset = whole_number(visit.request, "offset", 0, 0, 1000)
    found = search_tracks(known_tracks(visit.world.library, visit.person), parse_query(text))

    def page(items: Sequence[Any], shape: Callable[[Any], Any]) -> dict[str, Any]:
        href = f"{visit.objects.api}/search"
        return paging(href, visit.request, items, shape, limit=limit, offset=offset)

    answers: dict[str, Callable[[], dict[str, Any]]] = {
        "track": lambda: page(found, lambda item: track_object(visit, item)),
        "artist": lambda: page(_artists(found), lambda item: visit.objects.artist(item, full=True)),
        "album": lambda: page(_albums(found), lambda item: _album_object(visit, item)),
    }
    nothing: list[Any] = []
    return json_response(
        {
            f"{kind}s": answers[kind]() if kind in answers else page(nothing, lambda item: item)
            for kind in types
        }
    )


def _artists(found: Sequence[Track]) -> list[Artist]:
    return list({item.id: item for track in found for item in track.artist_objects}.values())


def _albums(found: Sequence[Track]) -> list[Album]:
    return list({item.album_object.id: item.album_object for item in found}.values())


def _album_object(visit: Visit, item: Album) -> dict[str, Any]:
    return visit.objects.album(item, len(visit.world.library.albums.get(item.id, (item,))))


def register(routes: ApiRoutes) -> None:
    """Add this area's calls."""
    routes.add("GET", "/v1/tracks/{id}", track)
    routes.add("GET", "/v1/artists/{id}", artist)
    routes.add("GET", "/v1/albums/{id}", album)
    routes.add("GET", "/v1/albums/{id}/tracks", album_tracks)
    routes.add("GET", "/v1/search", search)

"""The JSON objects of the Web API, with the fields they still have for a new app.

Shapes follow Spotify's OpenAPI description after the February to July 2026 changes.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_plus

from standin.clock import iso_seconds
from standin.identifiers import base62
from standin.library import Album, Artist, Track
from standin.people import BY_KEY, Person
from standin.playlists import SPOTIFY, Entry, Playlist, episode_uri, owner_of

Json = dict[str, Any]
COVER_SIZES = (640, 300, 64)


class Objects:
    """Makes objects whose addresses lie on one origin.

    Parameters
    ----------
    origin
        ``http://127.0.0.1:PORT``.
    """

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.api = f"{origin}/v1"
        self.open = f"{origin}/open"

    def images(self, name: str) -> list[Json]:
        """Return the three sizes of a cover."""
        return [
            {"url": f"{self.origin}/covers/{name}?size={size}", "height": size, "width": size}
            for size in COVER_SIZES
        ]

    def artist(self, artist: Artist, *, full: bool = False) -> Json:
        """SimplifiedArtistObject, or ArtistObject (no genres, followers, popularity any more)."""
        plain: Json = {
            "external_urls": {"spotify": f"{self.open}/artist/{artist.id}"},
            "href": f"{self.api}/artists/{artist.id}",
            "id": artist.id,
            "name": artist.name,
            "type": "artist",
            "uri": f"spotify:artist:{artist.id}",
        }
        return {**plain, "images": self.images(artist.id)} if full else plain

    def album(self, album: Album, total_tracks: int) -> Json:
        """SimplifiedAlbumObject."""
        return {
            "album_type": "single" if total_tracks == 1 else "album",
            "artists": [self.artist(artist) for artist in album.artists],
            "external_urls": {"spotify": f"{self.open}/album/{album.id}"},
            "href": f"{self.api}/albums/{album.id}",
            "id": album.id,
            "images": self.images(album.id),
            "name": album.title,
            # Spotify writes "0000" where it does not know the year.
            "release_date": f"{album.year or 0:04d}",
            "release_date_precision": "year",
            "total_tracks": total_tracks,
            "type": "album",
            "uri": f"spotify:album:{album.id}",
        }

    def simple_track(self, track: Track, number: int = 1) -> Json:
        """SimplifiedTrackObject, as albums contain it."""
        return {
            "artists": [self.artist(artist) for artist in track.artist_objects],
            "disc_number": 1,
            "duration_ms": track.duration_ms,
            "explicit": track.explicit,
            "external_urls": {"spotify": f"{self.open}/track/{track.id}"},
            "href": f"{self.api}/tracks/{track.id}",
            "id": track.id,
            "is_local": False,
            "is_playable": True,
            "name": track.title,
            "preview_url": None,
            "track_number": number,
            "type": "track",
            "uri": track.uri,
        }

    def track(self, track: Track, siblings: tuple[Track, ...] = ()) -> Json:
        """TrackObject; `siblings` are the tracks of its album in order."""
        number = siblings.index(track) + 1 if track in siblings else 1
        return {
            "album": self.album(track.album_object, max(1, len(siblings))),
            **self.simple_track(track, number),
            "external_ids": {"isrc": track.isrc} if track.isrc else {},
        }

    def local_track(self, uri: str) -> Json:
        """Return a file of the user's own inside a playlist: no id, few facts."""
        artist, album, title, seconds = (unquote_plus(part) for part in uri.split(":")[2:6])
        nobody: Json = {
            "external_urls": {},
            "href": None,
            "id": None,
            "type": "artist",
            "uri": None,
        }
        return {
            "album": {
                "album_type": None,
                "artists": [],
                "external_urls": {},
                "href": None,
                "id": None,
                "images": [],
                "name": album,
                "release_date": None,
                "release_date_precision": None,
                "type": "album",
                "uri": None,
            },
            "artists": [{**nobody, "name": artist, "type": "artist"}],
            "disc_number": 0,
            "duration_ms": int(seconds) * 1000,
            "explicit": False,
            "external_ids": {},
            "external_urls": {},
            "href": None,
            "id": None,
            "is_local": True,
            "name": title,
            "preview_url": None,
            "track_number": 0,
            "type": "track",
            "uri": uri,
        }

    def episode(self) -> Json:
        """EpisodeObject of the one episode there is."""
        episode_id = episode_uri().rsplit(":", 1)[1]
        show_id = base62("show", 1)
        return {
            "description": "An episode inside a playlist of tracks.",
            "duration_ms": 1_800_000,
            "explicit": False,
            "external_urls": {"spotify": f"{self.open}/episode/{episode_id}"},
            "href": f"{self.api}/episodes/{episode_id}",
            "html_description": "<p>An episode inside a playlist of tracks.</p>",
            "id": episode_id,
            "images": self.images(show_id),
            "is_externally_hosted": False,
            "is_playable": True,
            "languages": ["en"],
            "name": "Episode 1: What a stand-in is for",
            "release_date": "2026-01-05",
            "release_date_precision": "day",
            "show": {
                "description": "A show.",
                "external_urls": {"spotify": f"{self.open}/show/{show_id}"},
                "href": f"{self.api}/shows/{show_id}",
                "id": show_id,
                "images": self.images(show_id),
                "name": "Standing In",
                "type": "show",
                "uri": f"spotify:show:{show_id}",
            },
            "type": "episode",
            "uri": episode_uri(),
        }

    def owner(self, person: Person) -> Json:
        """Return a user as others see them."""
        return {
            "display_name": person.display_name,
            "external_urls": {"spotify": f"{self.open}/user/{person.id}"},
            "href": f"{self.api}/users/{person.id}",
            "id": person.id,
            "type": "user",
            "uri": person.uri,
        }

    def me(self, person: Person) -> Json:
        """Return a user as they see themselves; no country, email or product any more."""
        pictures = self.images(person.account_id)[:2] if person.key != "empty" else []
        return {**self.owner(person), "account_id": person.account_id, "images": pictures}

    def playlist(self, playlist: Playlist, old_names: bool) -> Json:
        """SimplifiedPlaylistObject: contents as an address and a count."""
        contents = {
            "href": f"{self.api}/playlists/{playlist.id}/{'tracks' if old_names else 'items'}",
            "total": len(playlist.entries),
        }
        return {
            "collaborative": playlist.collaborative,
            "description": playlist.description,
            "external_urls": {"spotify": f"{self.open}/playlist/{playlist.id}"},
            "href": f"{self.api}/playlists/{playlist.id}",
            "id": playlist.id,
            "images": self._playlist_images(playlist),
            "name": playlist.name,
            "owner": self.owner(owner_of(playlist)),
            "primary_color": None,
            "public": playlist.public,
            "snapshot_id": playlist.snapshot_id,
            ("tracks" if old_names else "items"): contents,
            "type": "playlist",
            "uri": playlist.uri,
        }

    def _playlist_images(self, playlist: Playlist) -> list[Json] | None:
        if playlist.image:
            url = f"{self.origin}/covers/playlist/{playlist.id}.jpg?v={len(playlist.snapshots)}"
            return [{"url": url, "height": None, "width": None}]
        return self.images(playlist.id)[:1] if playlist.entries else None

    def entry(self, entry: Entry, item: Json | None, old_names: bool) -> Json:
        """PlaylistTrackObject: `item` is None for what is no longer available."""
        person = BY_KEY.get(entry.added_by, SPOTIFY)
        added_by = {k: v for k, v in self.owner(person).items() if k != "display_name"}
        return {
            "added_at": iso_seconds(entry.added_at),
            "added_by": added_by,
            "is_local": entry.kind == "local",
            "primary_color": None,
            ("track" if old_names else "item"): item,
            "video_thumbnail": {"url": None},
        }

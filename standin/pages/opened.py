"""What stands for open.spotify.com: a page per playlist and per track."""

from __future__ import annotations

from html import escape

from standin.library import Track
from standin.pages.layout import page
from standin.playlists import Entry, Playlist, owner_of
from standin.wire import Response
from standin.world import World


def playlist_page(world: World, playlist_id: str) -> Response:
    """Return a playlist's page: its name, owner, visibility and tracks in order.

    Private playlists are shown too: there is nobody else on this machine.
    """
    playlist = world.playlists.get(playlist_id)
    if playlist is None:
        return missing_page("playlist")
    seen = "Shared privately" if playlist.collaborative else "Private playlist"
    visibility = "Public playlist" if playlist.public else seen
    rows = "".join(_row(world, entry) for entry in playlist.entries)
    listed = f'<ol class="tracks">{rows}</ol>' if rows else "<p>Nothing in here yet.</p>"
    count = len(playlist.entries)
    about = playlist.description
    content = f"""<div class="head">
<img src="{_cover(playlist)}" alt="" width="144" height="144">
<div><p class="soft" id="visibility">{visibility}</p>
<h1 id="playlist-name"><bdi>{escape(playlist.name)}</bdi></h1>
{f'<p id="description">{escape(about)}</p>' if about else ""}
<p class="soft">by <b id="owner"><bdi>{escape(owner_of(playlist).display_name)}</bdi></b>,
<span id="count">{count} {"track" if count == 1 else "tracks"}</span></p></div>
</div>
{listed}"""
    return page(f"{playlist.name} – Stand-in Spotify", content)


def _cover(playlist: Playlist) -> str:
    if playlist.image:
        return f"/covers/playlist/{playlist.id}.jpg?v={len(playlist.snapshots)}"
    return f"/covers/{playlist.id}?size=300"


def _row(world: World, entry: Entry) -> str:
    track = world.track(entry.uri.rsplit(":", 1)[-1]) if entry.kind == "track" else None
    if track is None:
        words = {
            "local": "A file on somebody's own machine",
            "episode": "An episode of a podcast",
        }.get(entry.kind, "A track that is no longer available")
        return (
            f'<li data-uri="{escape(entry.uri)}"><span class="soft">{words}</span>'
            '<span class="length">–</span></li>'
        )
    return (
        f'<li data-uri="{escape(track.uri)}"><span>'
        f'<a class="name" href="/open/track/{track.id}"><bdi>{escape(_title(track))}</bdi></a>'
        f'{_explicit(track)}<span class="artists soft"><bdi>{escape(_artists(track))}</bdi></span>'
        f'</span><span class="length">{_length(track)}</span></li>'
    )


def track_page(world: World, track_id: str) -> Response:
    """Return a track's page, with a player where this machine can make its sound."""
    track = world.track(track_id)
    if track is None:
        return missing_page("track")
    label = f"Play {_title(track)}"
    playable = world.library.generated and world.library.get(track_id) is not None
    player = (
        f'<audio controls preload="none" src="/audio/{track.id}" aria-label="{escape(label)}">'
        "</audio>"
        if playable
        else '<p class="soft">There is no sound for this track on this machine.</p>'
    )
    year = f", {track.year}" if track.year else ""
    content = f"""<div class="head">
<img src="/covers/{track.album_object.id}?size=300" alt="" width="144" height="144">
<div><p class="soft">Track, {_length(track)}</p>
<h1 id="track-name"><bdi>{escape(_title(track))}</bdi></h1>
<p id="artists"><bdi>{escape(_artists(track))}</bdi> {_explicit(track)}</p>
<p class="soft"><bdi>{escape(track.album_object.title)}</bdi>{year}</p></div>
</div>
{player}"""
    return page(f"{_title(track)} – Stand-in Spotify", content)


def embedded_track(world: World, track_id: str) -> Response:
    """Return a track's page for a frame in somebody else's page, as Spotify's embed is."""
    whole = track_page(world, track_id)
    framed = tuple(
        (name, value.replace("frame-ancestors 'none'", "frame-ancestors *"))
        for name, value in whole.headers
        if name != "X-Frame-Options"
    )
    return Response(
        whole.status, whole.body, (*framed, ("Cross-Origin-Resource-Policy", "cross-origin"))
    )


def missing_page(kind: str) -> Response:
    """Return the page for what does not exist."""
    content = f"<h1>There is no such {kind} here</h1><p>The address may be incomplete.</p>"
    return page(f"No such {kind} – Stand-in Spotify", content, 404)


def _title(track: Track) -> str:
    return track.title.strip() or "(without a name)"


def _artists(track: Track) -> str:
    return ", ".join(track.artists)


def _explicit(track: Track) -> str:
    return '<abbr class="explicit" title="Explicit">E</abbr> ' if track.explicit else ""


def _length(track: Track) -> str:
    minutes, seconds = divmod(round(track.duration_ms / 1000), 60)
    return f"{minutes}:{seconds:02d}"

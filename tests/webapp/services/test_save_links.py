"""Tracks without a Spotify id are looked for when they are saved: once, and never wrongly."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from standin.samples import sample_tracks
from tests.webapp.spotify.world import World, empty_database, spotify, world  # noqa: F401
from webapp.services.saving.errors import NothingToSave
from webapp.services.saving.links import find_on_spotify, linked, queries, unlinked


def from_a_folder(row: Any, **changed: Any) -> dict[str, Any]:
    """Return a track as a music folder's catalogue has it: named, but without an id."""
    return {
        "spotify_id": "",
        "title": row["title"],
        "artists": list(row["artists"]),
        "duration": row["duration_ms"] / 1000,
        "isrc": "",
        **changed,
    }


def a_playlist(world: World, user_id: str, tracks: Iterable[dict[str, Any]]) -> str:  # noqa: F811
    made = world.playlists.create(user_id, title="From my folder", seeds=[], options={})
    world.playlists.set_ready(made.id, tracks=list(tracks), notes=[], catalogue_version="1")
    return made.id


def saved_uris(world: World, person: str) -> list[str]:  # noqa: F811
    (playlist,) = [
        one for one in world.spotify.playlists(person) if one["name"] == "From my folder"
    ]
    return list(playlist["uris"])


def test_tracks_of_a_music_folder_are_found_and_saved_in_order(world: World) -> None:  # noqa: F811
    rows = sample_tracks(500)[:6]
    user_id = world.log_in("rich")
    playlist_id = a_playlist(world, user_id, [from_a_folder(row) for row in rows])
    world.save.start(user_id, playlist_id)
    assert world.worker().run_once()
    assert world.save.status(user_id, playlist_id).state == "done"
    assert saved_uris(world, "rich") == [f"spotify:track:{row['id']}" for row in rows]


def test_what_spotify_does_not_have_is_left_out_and_named(world: World) -> None:  # noqa: F811
    rows = sample_tracks(500)[:3]
    tracks = [from_a_folder(row) for row in rows]
    tracks[1]["title"] = "Only on my disk"
    user_id = world.log_in("rich")
    playlist_id = a_playlist(world, user_id, tracks)
    world.save.start(user_id, playlist_id)
    assert world.worker().run_once()
    status = world.save.status(user_id, playlist_id)
    assert [track.title for track in status.left_out] == ["Only on my disk"]
    assert len(saved_uris(world, "rich")) == 2


def test_another_version_is_not_taken_for_the_track(world: World) -> None:  # noqa: F811
    row = sample_tracks(500)[0]
    user_id = world.log_in("rich")
    tracks = [
        from_a_folder(row, title=f"{row['title']} (Live)"),
        from_a_folder(row, duration=row["duration_ms"] / 1000 + 10),
    ]
    playlist_id = a_playlist(world, user_id, tracks)
    world.save.start(user_id, playlist_id)
    assert world.worker().run_once()
    status = world.save.status(user_id, playlist_id)
    assert status.state == "failed"
    assert status.error["code"] == NothingToSave.code


def test_what_was_found_before_a_pause_is_not_asked_again(world: World) -> None:  # noqa: F811
    rows = sample_tracks(500)[:4]
    user_id = world.log_in("rich")
    playlist_id = a_playlist(world, user_id, [from_a_folder(row) for row in rows])
    world.spotify.fault("GET", "/v1/search", status=429, retry_after=86400, after=2)
    world.save.start(user_id, playlist_id)
    world.worker().run_once()
    assert world.save.status(user_id, playlist_id).state == "parked"
    kept = world.playlists.get(playlist_id, user_id).tracks
    assert [bool(track["spotify_id"]) for track in kept] == [True, True, False, False]


def test_a_list_that_is_changed_while_it_is_looked_up_is_saved_as_it_is_then(
    world: World,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = sample_tracks(500)[:4]
    user_id = world.log_in("rich")
    playlist_id = a_playlist(world, user_id, [from_a_folder(row) for row in rows])
    asked: list[str] = []

    def looked_up_while_the_listener_turns_the_list_round(track: Any, search: Any) -> Any:
        if not asked:
            now = world.playlists.get(playlist_id, user_id)
            turned = list(reversed(now.tracks))
            world.playlists.update_tracks(playlist_id, user_id, version=now.version, tracks=turned)

        def told(query: str) -> Any:
            asked.append(query)
            return search(query)

        return linked(track, told)

    monkeypatch.setattr(
        "webapp.services.saving.writing.linked", looked_up_while_the_listener_turns_the_list_round
    )
    world.save.start(user_id, playlist_id)
    assert world.worker().run_once()
    assert world.save.status(user_id, playlist_id).state == "done"
    expected = [f"spotify:track:{row['id']}" for row in reversed(rows)]
    assert saved_uris(world, "rich") == expected


@pytest.mark.parametrize(
    ("track", "expected"),
    [
        (
            {"title": "Better", "artists": ["A"], "isrc": "USABC1900001"},
            ["isrc:USABC1900001", 'track:"Better" artist:"A"', "Better A"],
        ),
        ({"title": 'Say "Hi": now', "artists": []}, ["Say Hi now"]),
        ({"title": "", "artists": ["A"]}, []),
    ],
)
def test_the_surest_search_is_tried_first(track: dict[str, Any], expected: list[str]) -> None:
    from recommender.catalogue.match import ForeignTrack

    wanted = ForeignTrack(
        title=track["title"], artists=tuple(track["artists"]), isrc=track.get("isrc", "")
    )
    assert queries(wanted) == expected


def test_a_track_is_searched_once_whether_it_is_found_or_not() -> None:
    asked: list[str] = []

    def nothing(query: str) -> list[Any]:
        asked.append(query)
        return []

    track = {"title": "Better", "artists": ["A"], "spotify_id": ""}
    assert find_on_spotify(track, nothing) is None
    searched = linked(track, nothing)
    assert unlinked([track, searched]) == [0]

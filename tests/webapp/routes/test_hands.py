"""Hands on a playlist through its page: every button is a form that works without scripts."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest


def text(answer: Any) -> str:
    return html.unescape(answer.get_data(as_text=True))


class Hands:
    """Somebody with a playlist of ten in front of them."""

    def __init__(self, site: Any) -> None:
        self.site = site
        self.visitor = site.browser("rich")
        for number in (1, 2):
            self.visitor.add(number)
        self.playlist = self.visitor.make()

    def page(self) -> str:
        return text(self.visitor.get(f"/p/{self.playlist}"))

    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = self.visitor.get(f"/api/v1/playlists/{self.playlist}").get_json()
        return found

    def ids(self) -> list[str]:
        return [track["id"] for track in self.told()["tracks"]]

    def do(self, act: str, version: object = None) -> Any:
        version = self.told()["version"] if version is None else version
        return self.visitor.post(
            f"/p/{self.playlist}/revise", {"act": act, "version": str(version)}
        )


@pytest.fixture
def hands(site: Any) -> Hands:
    return Hands(site)


def test_every_row_offers_everything_with_the_track_in_the_name(hands: Hands) -> None:
    page = hands.page()
    title = hands.told()["tracks"][0]["title"]
    for name in ("Keep", "Replace", "More like this:", "Less like this:", "Remove", "Change"):
        assert f'aria-label="{name} {title}"' in page
    assert page.count('aria-pressed="false"') == 10 * 3, "kept, thumb up, thumb down"
    assert page.count('form="hands"') == 10 * 6 + 2
    assert "Asked for: 10 tracks" in page
    assert "Undo" not in page


def test_never_this_artist_is_one_press_that_holds_from_then_on_and_can_be_undone(
    hands: Hands,
) -> None:
    tracks = hands.told()["tracks"]
    artist = tracks[3]["artists"][0]
    assert f'Never anything by {artist}"' in hands.page()
    assert hands.do(f"never_artist {tracks[3]['id']}").status_code == 303
    after = hands.told()["tracks"]
    assert len(after) == 10
    assert all(artist not in track["artists"] for track in after)
    stayed = [track["id"] for track in tracks if artist not in track["artists"]]
    assert [track["id"] for track in after if track["id"] in stayed] == stayed
    page = hands.page()
    assert f"Undo: nothing by {artist}, " in page
    assert f"Asked for: 10 tracks · nothing by {artist}" in page
    hands.do("undo")
    assert hands.ids() == [track["id"] for track in tracks]
    assert f"nothing by {artist}" not in hands.page()


def test_a_kept_track_shows_it_and_the_reader_comes_back_to_its_row(hands: Hands) -> None:
    kept = hands.ids()[3]
    answer = hands.do(f"lock {kept}")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/p/{hands.playlist}#track-4")
    assert f'value="unlock {kept}" data-act="lock"' in hands.page()
    hands.do(f"unlock {kept}")
    assert f'value="lock {kept}"' in hands.page()


def test_a_removed_track_can_be_brought_back_by_a_button_that_names_it(hands: Hands) -> None:
    before = hands.told()
    gone = before["tracks"][2]
    assert hands.do(f"remove {gone['id']}").headers["Location"].endswith("#track-3")
    page = hands.page()
    assert f"Undo: removed “{gone['title']}”" in page
    assert "9 tracks" in page
    assert hands.do("undo").status_code == 303
    assert hands.told()["tracks"] == before["tracks"]
    assert "Undo" not in hands.page()


@pytest.mark.parametrize("act", ["replace", "more_like", "less_like"])
def test_a_row_is_changed_and_the_undo_says_how(hands: Hands, act: str) -> None:
    before = hands.ids()
    assert hands.do(f"{act} {before[4]}").status_code == 303
    after = hands.ids()
    assert len(after) == 10
    assert (before[4] in after) == (act == "more_like")
    assert {"replace": "replaced", "more_like": "more like", "less_like": "less like"}[
        act
    ] in hands.page()


def test_the_list_grows_and_is_picked_anew_around_what_is_kept(hands: Hands) -> None:
    before = hands.ids()
    assert hands.do("extend 10").status_code == 303
    assert hands.ids()[:10] == before
    assert len(hands.ids()) == 20
    assert "Undo: 10 new tracks at the end" in hands.page()
    hands.do(f"lock {before[0]}")
    assert hands.do("refresh").headers["Location"].endswith("#list-title")
    assert hands.ids()[0] == before[0]
    assert not set(hands.ids()[1:]) & set(before)


def test_of_two_tabs_the_second_is_told_and_can_still_have_its_way(hands: Hands) -> None:
    version, ids = hands.told()["version"], hands.ids()
    hands.do(f"remove {ids[0]}", version)
    late = hands.do(f"remove {ids[1]}", version)
    page = text(late)
    assert late.status_code == 409
    assert "This playlist has changed meanwhile" in page
    assert hands.ids() == ids[1:]
    again = re.search(r'value="(remove [^"]+)" id="do-again"', page)
    shown = re.search(r'name="version" value="(\d+)"', page)
    assert again
    assert shown
    assert "Leave it as it is" in page
    assert hands.do(again[1], shown[1]).status_code == 303
    assert hands.ids() == ids[2:]


def test_what_makes_no_sense_any_more_is_not_offered_again(hands: Hands) -> None:
    version, ids = hands.told()["version"], hands.ids()
    hands.do(f"remove {ids[0]}", version)
    page = text(hands.do(f"replace {ids[0]}", version))
    assert "do-again" not in page
    assert "This playlist has changed meanwhile" in page


@pytest.mark.parametrize(
    ("act", "version"),
    [
        ("", None),
        ("remove", None),
        ("remove nobody", None),
        ("dance row-1", None),
        ("extend x", "x"),
        ("extend 99999", None),
        ("refresh row-1", None),
        ("remove \x00<b>", None),
        ("REMOVE row-1", None),
        ("undo", None),
        ("undo", "-1"),
    ],
)
def test_what_cannot_be_done_is_told_on_the_page_with_the_list_as_it_was(
    hands: Hands, act: str, version: str | None
) -> None:
    before = hands.told()
    answer = hands.do(act, version)
    assert answer.status_code == 422
    page = text(answer)
    assert page.count('class="entry"') == 10
    assert 'class="notice bad"' in page
    assert hands.told() == before


def test_a_list_taken_apart_to_the_last_track_can_be_filled_again(hands: Hands) -> None:
    for one in hands.ids():
        assert hands.do(f"remove {one}").status_code == 303
    page = hands.page()
    assert "The list is empty" in page
    assert "Undo: removed" in page
    assert hands.do("undo").status_code == 303
    assert len(hands.ids()) == 1


def test_hostile_titles_are_only_text_in_buttons_and_undo(site: Any, hands: Hands) -> None:
    user = site.services.sessions.load(hands.visitor.cookie()).user_id
    kept = site.services.playlists.get(hands.playlist, user)
    evil = '"><img src=x onerror=alert(1)>%(title)s{title}'
    tracks = [{**kept.tracks[0], "title": evil}, *kept.tracks[1:]]
    site.services.playlists.update_tracks(hands.playlist, user, version=kept.version, tracks=tracks)
    raw = hands.visitor.get(f"/p/{hands.playlist}").get_data(as_text=True)
    assert "<img src=x" not in raw
    assert hands.do(f"remove {kept.tracks[0]['id']}").status_code == 303
    assert f"Undo: removed “{evil}”" in hands.page()
    assert "<img src=x" not in hands.visitor.get(f"/p/{hands.playlist}").get_data(as_text=True)


def test_somebody_elses_playlist_cannot_be_changed(site: Any, hands: Hands) -> None:
    stranger = site.browser("second")
    before = hands.told()
    for act in ("refresh", "undo", f"lock {hands.ids()[0]}"):
        answer = stranger.post(
            f"/p/{hands.playlist}/revise", {"act": act, "version": str(before["version"])}
        )
        assert answer.status_code == 404
    assert hands.told() == before


def test_after_a_change_the_saved_playlist_stays_and_the_new_version_is_offered(
    site: Any, hands: Hands
) -> None:
    visitor = hands.visitor
    answer = visitor.post(f"/p/{hands.playlist}/save", {"name": "Mine", "public": "0"})
    address = visitor.get(answer.headers["Location"]).headers["Location"]
    visitor.get(visitor.answered(address, "rich"))
    site.work()
    assert hands.told()["save"]["state"] == "done"
    first = site.spotify.playlists("rich")[0]
    hands.do(f"replace {hands.ids()[0]}")
    told = hands.told()["save"]
    assert (told["state"], told["button"]) == ("changed", "Save the changes")
    assert "as it was before your last changes" in hands.page()
    assert site.spotify.playlists("rich")[0] == first
    visitor.post(f"/p/{hands.playlist}/save", {"name": "Mine", "public": "0"})
    site.work()
    assert hands.told()["save"]["state"] == "done"
    saved = [one for one in site.spotify.playlists("rich") if one["name"] == "Mine"]
    assert len(saved) == 1, "the same playlist, not a second one"
    urls = [track["url"].rpartition("/")[2] for track in hands.told()["tracks"]]
    assert saved[0]["uris"] == [f"spotify:track:{one}" for one in urls]
    hands.do("undo")
    assert hands.told()["save"]["state"] == "changed"

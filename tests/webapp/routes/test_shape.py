"""The shape of a playlist: read from the form, kept in the session, stored as plain wishes."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest

from tests.connected_people import seed_data
from webapp.errors import InvalidRequest
from webapp.routes.energy_curve import curve_path, x_of, y_of
from webapp.routes.presets import VALUES, presets, with_preset
from webapp.routes.shape import PLAIN, form_values, is_plain, wishes_of


def text(answer: Any) -> str:
    return html.unescape(answer.get_data(as_text=True))


def made(site: Any, visitor: Any, key: str = "1" * 32, **fields: str) -> Any:
    """Make a playlist of a shape; return it as it is stored."""
    answer = visitor.post("/make", {"length": "10", "idempotency_key": key, **fields})
    assert answer.status_code == 303, text(answer)
    site.work()
    user = site.services.sessions.load(visitor.cookie()).user_id
    return site.services.playlists.list(user)[0]


@pytest.fixture
def visitor(site: Any) -> Any:
    someone = site.browser("rich")
    for number in (1, 2):
        someone.add(number)
    return someone


def test_untouched_it_wishes_nothing() -> None:
    from recommender.wishes import Wishes

    assert wishes_of(form_values({})) == Wishes()
    assert is_plain(form_values({"length": "50"}))


def test_every_field_arrives_in_the_wishes() -> None:
    wishes = wishes_of(
        form_values(
            {
                "minutes": "42.5",
                "familiarity": "-0.75",
                "popularity": "1",
                "curve": "own",
                **{f"point_{at}": str(value) for at, value in enumerate((0, 2, 10, 7, 1), start=1)},
                "flow": "0",
                "year_from": " 1990 ",
                "tempo_to": "128.5",
                "clean": "1",
                "avoid": "christmas, Live ,, christmas",
                "artists": "ABBA, Queen,\r\n\r\n , \r\nTyler, The Creator\r\nABBA, Queen",
                "bridge": "1",
            }
        )
    )
    assert (wishes.minutes, wishes.familiarity, wishes.popularity) == (42.5, -0.75, 1.0)
    assert wishes.curve == ((0.0, 0.0), (0.25, 0.2), (0.5, 1.0), (0.75, 0.7), (1.0, 0.1))
    assert (wishes.flow, wishes.bridge) == (0.0, True)
    assert wishes.filters.years == (1990, None)
    assert wishes.filters.tempo == (None, 128.5)
    assert wishes.filters.explicit is False
    assert wishes.filters.avoid_words == ("christmas", "Live")
    assert wishes.filters.avoid_artists == ("ABBA, Queen", "Tyler, The Creator")


@pytest.mark.parametrize("curve", ["flat", "rise", "wave", "peak", "cool-down"])
def test_a_curve_that_is_offered_is_known_to_the_recommender(curve: str) -> None:
    assert wishes_of(form_values({"curve": curve})).curve == curve


@pytest.mark.parametrize(
    ("fields", "named", "why"),
    [
        ({"minutes": "4"}, "Minutes", "from 5 to 300"),
        ({"minutes": "nan"}, "Minutes", "from 5 to 300"),
        ({"minutes": "1e999"}, "Minutes", "from 5 to 300"),
        ({"familiarity": "1.5"}, "Familiar or new", "from -1 to 1"),
        ({"popularity": "x"}, "Hidden gems or hits", "from -1 to 1"),
        ({"flow": "-1"}, "Flow", "from 0 to 1"),
        ({"curve": "zigzag"}, "Energy", "changed on its way"),
        ({"curve": "own", "point_3": "11"}, "point_3", "changed on its way"),
        ({"year_from": "19x0"}, "Years", "from 1000 to 2100"),
        ({"year_from": "2000", "year_to": "1990"}, "Years, 2000–1990", "ends before it begins"),
        ({"tempo_from": "140", "tempo_to": "120.5"}, "Tempo, 140–120.5", "ends before"),
        ({"tempo_to": "5"}, "Tempo", "from 20 to 400"),
        ({"avoid": ",".join(f"w{n}" for n in range(40))}, "Words to avoid", "30"),
        ({"artists": "\n".join(f"a{n}" for n in range(31))}, "Artists to avoid", "30"),
        ({"mine": "some"}, "Tracks I already have", "changed on its way"),
    ],
)
def test_what_does_not_fit_is_named_as_the_page_calls_it(
    site: Any, fields: dict[str, str], named: str, why: str
) -> None:
    with site.app.test_request_context(), pytest.raises(InvalidRequest) as refused:
        wishes_of(form_values(fields))
    assert refused.value.which == named
    assert why in refused.value.why


def test_a_refused_form_comes_back_as_it_was_filled_in(site: Any, visitor: Any) -> None:
    sent = {
        "length": "20",
        "year_from": "2000",
        "year_to": "1990",
        "avoid": "live",
        "curve": "wave",
    }
    answer = visitor.post("/make", {**sent, "idempotency_key": "1" * 32})
    page = text(answer)
    assert answer.status_code == 422
    assert "it ends before it begins" in page.lower()
    assert 'name="year_from" min="1000" max="2100" value="2000"' in page
    assert 'name="avoid" value="live"' in page
    assert 'value="wave" checked' in page
    assert '<option value="20" selected>' in page
    assert re.search(r'<details class="shape" data-shape open>', page)
    assert "2 of 10" in page


def test_what_was_chosen_is_there_for_the_next_playlist_until_it_is_put_back(
    site: Any, visitor: Any
) -> None:
    made(site, visitor, curve="rise", familiarity="-1", clean="1")
    page = text(visitor.get("/seeds"))
    assert 'value="rise" checked' in page
    assert re.search(r'name="clean" value="1" checked', page)
    assert visitor.post("/seeds/plain").status_code == 303
    page = text(visitor.get("/seeds"))
    assert 'value="" checked' in page
    assert '<details class="shape" data-shape>' in page


@pytest.mark.parametrize("button", ["add", "remove", "less"])
def test_without_scripts_a_button_of_the_basket_takes_the_form_along(
    visitor: Any, button: str
) -> None:
    known = seed_data(1)["spotify_id"]
    fields = {"seed": json.dumps(seed_data(5))} if button == "add" else {"spotify_id": known}
    visitor.post(f"/seeds/{button}", {**PLAIN, "shape": "1", "minutes": "45", **fields})
    assert 'name="minutes" min="5" max="300" value="45"' in text(visitor.get("/seeds"))


def test_a_script_keeps_the_fields_as_they_are_even_half_filled(visitor: Any) -> None:
    answer = visitor.call("PUT", "/api/v1/shape", {"year_from": "19", "curve": "peak", "odd": "x"})
    assert (answer.status_code, answer.get_data()) == (204, b"")
    page = text(visitor.get("/seeds"))
    assert 'name="year_from" min="1000" max="2100" value="19"' in page
    for wrong in ([], {"year_from": 19}, {"avoid": "x" * 201}, {"artists": "x" * 1501}, "text"):
        assert visitor.call("PUT", "/api/v1/shape", wrong).status_code == 422


def test_the_wishes_are_stored_with_the_playlist_and_told_in_words(site: Any, visitor: Any) -> None:
    playlist = made(site, visitor, curve="rise", flow="1", avoid="live", year_from="1950")
    wishes = playlist.options["wishes"]
    assert (wishes["curve"], wishes["flow"], wishes["length"]) == ("rise", 1.0, 10)
    assert wishes["filters"]["avoid_words"] == ["live"]
    page = text(visitor.get(f"/p/{playlist.id}"))
    told = "10 tracks · rising energy · smooth from track to track · years 1950 or more"
    assert f"Asked for: {told} · without “live”" in page


def test_artists_to_avoid_are_kept_with_their_lines_stored_and_told(
    site: Any, visitor: Any
) -> None:
    usual = made(site, visitor)
    seeds = {name for seed in usual.seeds for name in seed["artists"]}
    first = next(name for track in usual.tracks for name in track["artists"] if name not in seeds)
    asked = f"{first.upper()}\r\nNobody <b> Ever"
    playlist = made(site, visitor, artists=asked)
    assert playlist.id != usual.id
    credits = {name for track in playlist.tracks for name in track["artists"]}
    assert first not in credits
    page = text(visitor.get(f"/p/{playlist.id}"))
    assert f"Asked for: 10 tracks · nothing by {first.upper()}, Nobody <b> Ever" in page
    assert "Not in the catalogue, so there was nothing to avoid: Nobody <b> Ever." in page
    assert f">{first.upper()}\nNobody <b> Ever</textarea>" in text(visitor.get("/seeds"))


def test_a_seeds_artist_who_is_avoided_is_told_and_everybody_else_comes(
    site: Any, visitor: Any
) -> None:
    artist = seed_data(1)["artists"][0]
    playlist = made(site, visitor, artists=artist)
    assert len(playlist.tracks) == 10
    assert all(artist not in track["artists"] for track in playlist.tracks)
    told = f"Nothing by {artist} comes, as you asked; your seeds still count"
    assert told in text(visitor.get(f"/p/{playlist.id}"))


def test_nothing_of_an_earlier_playlist_comes_again_where_that_is_asked(
    site: Any, visitor: Any
) -> None:
    usual = made(site, visitor)
    fresh = made(site, visitor, mine="all")
    assert fresh.id != usual.id
    had = {track["id"] for track in usual.tracks}
    assert had.isdisjoint(track["id"] for track in fresh.tracks)
    page = text(visitor.get(f"/p/{fresh.id}"))
    assert "Asked for: 10 tracks · nothing from your earlier playlists" in page
    assert "10 tracks of the catalogue were left out because you have them already." in page
    assert '<option value="all" selected>' in text(visitor.get("/seeds"))


def liked_by(site: Any, visitor: Any) -> set[str]:
    """Return the Spotify ids of everything this visitor has liked."""
    user = site.services.sessions.load(visitor.cookie()).user_id
    found: set[str] = set()
    offset: int | None = 0
    while offset is not None:
        page = site.services.spotify.for_user(user).liked(offset)
        found |= {song.id for song in page.items}
        offset = page.next_offset
    return found


def test_no_liked_song_comes_where_that_is_asked_and_none_with_later_changes(
    site: Any, visitor: Any
) -> None:
    liked = liked_by(site, visitor)
    usual = made(site, visitor, length="30")
    assert liked & {track["spotify_id"] for track in usual.tracks}, "else nothing is tested"
    fresh = made(site, visitor, length="30", liked="1")
    assert fresh.id != usual.id
    assert not liked & {track["spotify_id"] for track in fresh.tracks}
    page = text(visitor.get(f"/p/{fresh.id}"))
    assert "nothing from your Liked Songs" in page
    assert "were left out because you have them already." in page
    assert 'name="liked" value="1" checked' in text(visitor.get("/seeds"))
    # What was found stays with the playlist: a change asks nothing of Spotify.
    site.spotify.quota("GET", "/v1/me/tracks", retry_after=7200)
    act = {"act": "refresh", "version": str(fresh.version)}
    assert visitor.post(f"/p/{fresh.id}/revise", act).status_code in {200, 303}
    changed = site.services.playlists.get(fresh.id, fresh.user_id)
    assert {track["id"] for track in changed.tracks} != {track["id"] for track in fresh.tracks}
    assert not liked & {track["spotify_id"] for track in changed.tracks}


def test_liked_songs_that_cannot_be_read_hold_no_playlist_up(site: Any, visitor: Any) -> None:
    site.spotify.quota("GET", "/v1/me/tracks", retry_after=7200)
    playlist = made(site, visitor, liked="1")
    assert len(playlist.tracks) == 10
    assert "Your Liked Songs could not be read" in text(visitor.get(f"/p/{playlist.id}"))


def test_another_shape_is_another_wish_and_the_same_click_is_one(site: Any, visitor: Any) -> None:
    first = made(site, visitor)
    assert made(site, visitor).id == first.id
    assert made(site, visitor, curve="wave").id != first.id


def test_a_seed_marked_less_like_this_counts_against(site: Any, visitor: Any) -> None:
    away = seed_data(1)["spotify_id"]
    answer = visitor.call("PATCH", f"/api/v1/seeds/{away}", {"less": True}).get_json()
    assert answer["less"] == [away]
    assert len(answer["seeds"]) == 2
    playlist = made(site, visitor)
    assert [seed["spotify_id"] for seed in playlist.seeds] == [seed_data(2)["spotify_id"]]
    assert playlist.options["wishes"]["less_like"] == ["row-1"]
    assert playlist.options["matched"] == ["row-2"]
    assert f"less like “{seed_data(1)['title']}”" in text(visitor.get(f"/p/{playlist.id}"))


def test_a_mark_goes_with_its_seed_and_needs_one(visitor: Any) -> None:
    away = seed_data(1)["spotify_id"]
    visitor.post("/seeds/less", {"spotify_id": away})
    assert 'class="chip away"' in text(visitor.get("/seeds"))
    visitor.call("DELETE", f"/api/v1/seeds/{away}")
    assert visitor.add(1).get_json()["less"] == []
    assert visitor.call("PATCH", "/api/v1/seeds/unknown", {"less": True}).get_json()["less"] == []
    assert visitor.call("PATCH", f"/api/v1/seeds/{away}", {"less": "yes"}).status_code == 422


def test_seeds_that_are_all_marked_leave_nothing_to_be_like(visitor: Any) -> None:
    for number in (1, 2):
        visitor.call("PATCH", f"/api/v1/seeds/{seed_data(number)['spotify_id']}", {"less": True})
    answer = visitor.post("/make", {"length": "10", "idempotency_key": "1" * 32})
    assert answer.status_code == 422
    assert "nothing to be like" in text(answer)


def test_a_path_needs_two_ends(site: Any) -> None:
    someone = site.browser("rich")
    someone.add(1)
    answer = someone.post("/make", {"length": "10", "bridge": "1", "idempotency_key": "1" * 32})
    assert answer.status_code == 422
    assert "it needs two seeds" in text(answer).lower()


def test_filters_that_leave_nothing_say_which_one_to_loosen(site: Any, visitor: Any) -> None:
    answer = visitor.post("/make", {"length": "10", "year_to": "1001", "idempotency_key": "1" * 32})
    site.work()
    page = text(visitor.get(answer.headers["Location"]))
    assert "The filters leave no track" in page
    assert "years leaves out 200" in page
    assert "Back to your seeds" in page


def test_minutes_are_fitted_and_told(site: Any, visitor: Any) -> None:
    playlist = made(site, visitor, minutes="45")
    lasting = sum(track["duration"] for track in playlist.tracks)
    assert abs(lasting - 45 * 60) <= 15
    assert "Asked for: 45 minutes" in text(visitor.get(f"/p/{playlist.id}"))


def test_a_ready_made_shape_is_one_press_and_says_so(site: Any, visitor: Any) -> None:
    asked = {"preset": "party", "shape": "1", "length": "50", "avoid": "live", "curve": ""}
    assert visitor.post("/seeds/preset", asked).status_code == 303
    page = text(visitor.get("/seeds"))
    pressed = re.findall(r'<button class="preset"[^>]*value="(\w+)"[^>]*aria-pressed="true"', page)
    assert pressed == ["party"]
    assert '<option value="50" selected>' in page
    assert 'value="live"' in page
    # What the buttons hold for scripts is what the server would set.
    raw = visitor.get("/seeds").get_data(as_text=True)
    held = json.loads(html.unescape(re.findall(r'value="party"[^>]*data-preset="([^"]+)"', raw)[0]))
    assert held["popularity"] == "0.5"


@pytest.mark.parametrize("name", list(VALUES))
def test_every_ready_made_shape_wishes_something_real(name: str) -> None:
    from recommender.wishes import Wishes

    shape = with_preset({}, name)
    assert [preset.name for preset in presets(shape) if preset.chosen] == [name]
    assert wishes_of(shape) != Wishes()
    assert with_preset(shape, "none") == shape


def test_a_curve_by_name_leaves_the_sliders_plain(site: Any, visitor: Any) -> None:
    values = form_values({"curve": "rise", "point_1": "9"})
    assert values["point_1"] == PLAIN["point_1"]
    assert form_values({"curve": "own", "point_1": "9"})["point_1"] == "9"


def test_only_these_genres_reach_the_wishes_and_the_page(site: Any, visitor: Any) -> None:
    assert wishes_of(form_values({"genres": "pop, rock ,"})).filters.genres == ("pop", "rock")
    playlist = made(site, visitor, genres="pop, folk")
    assert "only “pop”, “folk”" in text(visitor.get(f"/p/{playlist.id}"))
    genres = {track["genre"] for track in playlist.tracks}
    assert all(genre.endswith(("pop", "folk")) for genre in genres)  # a family, or one of it


@pytest.mark.parametrize("heights", [[0, 10, 0, 10, 0], [5] * 5, [9, 7, 5, 3, 1]])
def test_the_drawn_line_goes_through_its_points_and_stays_in_its_box(heights: list[int]) -> None:
    path = curve_path(heights)
    numbers = [float(number) for number in re.findall(r"-?[0-9.]+", path)]
    assert all(0 <= number <= 100 for number in numbers)
    for at, height in enumerate(heights):
        assert f"{x_of(at):g}" in path
        assert f"{y_of(height):g}" in path

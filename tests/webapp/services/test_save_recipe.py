"""The recipe of a save, against a Spotify that shows things late, counts wrongly or is interfered
with: what a real one may do and the stand-in does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.services.saving.errors import SaveDiffers
from webapp.services.saving.links import LOOKED_FOR
from webapp.services.saving.plan import LeftOut, plan_save
from webapp.services.saving.recipe import Recipe, description_of
from webapp.spotify.errors import SpotifyNotFound, SpotifyUnavailable
from webapp.spotify.objects import PlaylistSummary
from webapp.spotify.writing import Written
from webapp.store.saves import Save

ID = "p" * 22


def uris(count: int, first: int = 0) -> tuple[str, ...]:
    return tuple(f"spotify:track:{number:022d}" for number in range(first, first + count))


def a_save(count: int, **more: object) -> Save:
    save = Save(
        id="s",
        user_id="u",
        playlist_id="l",
        name="Evening",
        description="from Hooklist",
        public=False,
        uris=uris(count),
        marker="0123456789",
        spotify_playlist_id=None,
        spotify_url=None,
        snapshot=None,
        state="pending",
        written=0,
        error_code=None,
        parked_until=None,
        created_at=1.0,
        updated_at=1.0,
    )
    return replace(save, **more)  # type: ignore[arg-type]


class LateSpotify:
    """A Spotify whose lists, counts and contents lag behind, and whose writes may lose answers."""

    def __init__(self, *, lag: int = 0, lose: Callable[[str], str] = lambda _call: "") -> None:
        self.lists: dict[str, list[str]] = {}
        self.names: dict[str, tuple[str, str, bool]] = {}
        self.lag = lag
        self.lose = lose
        self.calls: list[str] = []
        self._shown: dict[str, list[tuple[str, ...]]] = {}
        self._listed = 0

    def _write(self, call: str, effect: Callable[[], None]) -> None:
        self.calls.append(call)
        fate = self.lose(call)
        if fate != "refused":
            effect()
            for name, items in self.lists.items():
                self._shown.setdefault(name, []).append(tuple(items))
        if fate:
            raise SpotifyUnavailable("lost", why="HTTP 502")

    def _see(self, playlist_id: str) -> tuple[str, ...]:
        """Show what was there `lag` looks ago at most; each look catches up by one."""
        shown = self._shown[playlist_id]
        while len(shown) > self.lag + 1:
            shown.pop(0)
        return shown.pop(0) if len(shown) > 1 else shown[0]

    def create_playlist(
        self, name: str, *, public: bool = False, description: str = ""
    ) -> PlaylistSummary:
        made = f"{len(self.lists):022d}"

        def effect() -> None:
            self.lists[made] = []
            self.names[made] = (name, description, public)
            self._listed = self.lag

        self._write("create", effect)
        return self.playlist_summary(made)

    def change_details(
        self, playlist_id: str, name: str, *, public: bool, description: str = ""
    ) -> None:
        self.calls.append("rename")
        self.names[playlist_id] = (name, description, public)

    def replace_items(self, playlist_id: str, uris: Sequence[str]) -> str:
        self._write("replace", lambda: self.lists[playlist_id].__setitem__(slice(None), uris))
        return "snapshot"

    def add_items(self, playlist_id: str, uris: Sequence[str], position: int) -> str:
        def effect() -> None:
            self.lists[playlist_id][position:position] = uris

        self._write("add", effect)
        return "snapshot"

    def playlist_summary(self, playlist_id: str) -> PlaylistSummary:
        if playlist_id not in self.names:
            raise SpotifyNotFound("gone")
        name, description, public = self.names[playlist_id]
        return PlaylistSummary(playlist_id, name, description, public, True, "", f"u/{playlist_id}")

    def find_own(self, marker: str) -> PlaylistSummary | None:
        self.calls.append("find")
        if self._listed > 0:
            self._listed -= 1
            return None
        for playlist_id, (_, description, _) in self.names.items():
            if marker in description:
                return self.playlist_summary(playlist_id)
        return None

    def item_total(self, playlist_id: str) -> int:
        return len(self._see(playlist_id))

    def written(self, playlist_id: str, at_most: int) -> Written:
        seen = self._see(playlist_id)
        return Written(len(seen), seen[:at_most])


class Notes:
    """Remembers what was noted."""

    def __init__(self) -> None:
        self.playlists: list[str | None] = []
        self.steps: list[tuple[str, int, int]] = []
        self.attempts = 0

    def playlist(self, playlist_id: str | None, url: str | None) -> None:
        self.playlists.append(playlist_id)

    def attempt(self) -> None:
        self.attempts += 1

    def step(self, name: str, done: int, total: int) -> None:
        self.steps.append((name, done, total))


def run(spotify: LateSpotify, save: Save) -> tuple[object, Notes]:
    notes = Notes()
    recipe = Recipe(spotify, notes, sleep=lambda _: None)
    return recipe.run(save), notes


@pytest.mark.parametrize("count", [1, 99, 100, 101, 200, 250, 500])
def test_every_length_is_written_whole_and_in_order(count: int) -> None:
    spotify = LateSpotify()
    saved, notes = run(spotify, a_save(count))
    assert list(spotify.lists.values()) == [list(uris(count))]
    assert saved.tracks == count  # type: ignore[attr-defined]
    assert spotify.calls == ["create", "replace", *["add"] * ((count - 1) // 100)]
    assert [step for step in notes.steps if step[0] == "writing"][-1] == ("writing", count, count)


def test_a_new_save_does_not_search_and_a_begun_one_does() -> None:
    fresh, begun = LateSpotify(), LateSpotify()
    run(fresh, a_save(3))
    run(begun, a_save(3, state="writing", updated_at=2.0))
    assert "find" not in fresh.calls
    assert begun.calls[:2] == ["find", "create"]


@pytest.mark.parametrize("lag", [0, 1, 2, 3])
def test_what_shows_late_is_waited_for_and_nothing_is_written_twice(lag: int) -> None:
    spotify = LateSpotify(lag=lag)
    run(spotify, a_save(350))
    assert list(spotify.lists.values()) == [list(uris(350))]
    assert spotify.calls.count("replace") == 1
    assert spotify.calls.count("add") == 3


def test_a_created_playlist_that_is_listed_late_is_found_and_not_made_again() -> None:
    spotify = LateSpotify(lag=3, lose=lambda call: "lost" if call == "create" else "")
    run(spotify, a_save(3))
    assert len(spotify.lists) == 1


def test_a_creation_that_cannot_be_found_is_left_to_the_next_run() -> None:
    fates = iter(["refused", "", "", "", ""])
    spotify = LateSpotify(lose=lambda _: next(fates))
    with pytest.raises(SpotifyUnavailable):
        run(spotify, a_save(3))
    assert spotify.lists == {}
    run(spotify, a_save(3, state="writing", updated_at=2.0))
    assert len(spotify.lists) == 1


def test_a_playlist_that_was_deleted_meanwhile_is_made_again() -> None:
    spotify = LateSpotify()
    _, notes = run(spotify, a_save(3, spotify_playlist_id="gone", state="writing", updated_at=2.0))
    assert notes.playlists[0] is None
    assert len(spotify.lists) == 1


def test_what_an_earlier_run_has_left_is_replaced() -> None:
    spotify = LateSpotify()
    saved, _ = run(spotify, a_save(250))
    playlist_id = saved.playlist_id  # type: ignore[attr-defined]
    spotify.lists[playlist_id][150:] = uris(7, first=900)
    spotify.calls.clear()
    left = a_save(
        250, spotify_playlist_id=playlist_id, written=200, state="writing", updated_at=2.0
    )
    run(spotify, left)
    assert spotify.lists == {playlist_id: list(uris(250))}
    assert spotify.calls == ["replace", "add", "add"]


def test_a_lost_answer_is_not_answered_by_adding_once_more() -> None:
    fates = iter(["", "", "lost"])
    spotify = LateSpotify(lag=3, lose=lambda _: next(fates, ""))
    run(spotify, a_save(101))
    assert list(spotify.lists.values()) == [list(uris(101))]
    assert spotify.calls == ["create", "replace", "add"]


def test_what_is_refused_once_is_begun_anew_and_what_is_refused_again_is_left_for_later() -> None:
    fates = iter(["", "", "refused"])
    spotify = LateSpotify(lose=lambda _: next(fates, ""))
    run(spotify, a_save(101))
    assert list(spotify.lists.values()) == [list(uris(101))]
    refusing = LateSpotify(lose=lambda call: "refused" if call == "add" else "")
    with pytest.raises(SpotifyUnavailable):
        run(refusing, a_save(101))
    assert refusing.calls.count("add") == 2


def test_a_renamed_save_renames_its_playlist() -> None:
    spotify = LateSpotify()
    saved, _ = run(spotify, a_save(3))
    playlist_id = saved.playlist_id  # type: ignore[attr-defined]
    run(
        spotify,
        a_save(3, name="Morning", public=True, spotify_playlist_id=playlist_id, updated_at=2.0),
    )
    assert spotify.names[playlist_id][0::2] == ("Morning", True)
    assert len(spotify.lists) == 1


class Meddled(LateSpotify):
    """Somebody adds a track of theirs whenever we look."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def written(self, playlist_id: str, at_most: int) -> Written:
        if self.times > 0:
            self.times -= 1
            items = self.lists[playlist_id]
            items.insert(0, "spotify:track:" + "x" * 22)
            self._shown[playlist_id] = [tuple(items)]
        return super().written(playlist_id, at_most)


def test_a_list_that_was_changed_meanwhile_is_written_anew() -> None:
    spotify = Meddled(times=1)
    run(spotify, a_save(120))
    assert list(spotify.lists.values()) == [list(uris(120))]


def test_a_list_that_never_reads_back_right_is_given_up_and_told() -> None:
    spotify = Meddled(times=1000)
    with pytest.raises(SaveDiffers):
        run(spotify, a_save(120))
    assert spotify.calls.count("replace") == 3


class OtherRelease(LateSpotify):
    """Shows another release of some tracks, and one that is no longer available."""

    def written(self, playlist_id: str, at_most: int) -> Written:
        seen: list[str | None] = list(super().written(playlist_id, at_most).uris)
        seen[1], seen[2] = "spotify:track:" + "y" * 22, None
        return Written(len(seen), tuple(seen))


def test_another_release_of_a_track_is_accepted_and_counted() -> None:
    saved, _ = run(OtherRelease(), a_save(5))
    assert saved.substituted == 1  # type: ignore[attr-defined]


@settings(max_examples=300, deadline=None)
@given(
    count=st.integers(1, 500),
    lag=st.integers(0, 2),
    fates=st.lists(st.sampled_from(["", "", "lost", "refused"]), max_size=12),
)
def test_whatever_answers_are_lost_the_list_ends_up_right_in_one_playlist(
    count: int, lag: int, fates: list[str]
) -> None:
    left = iter(fates)
    spotify = LateSpotify(lag=lag, lose=lambda _: next(left, ""))
    save = a_save(count)
    for _ in range(len(fates) + 2):
        notes = Notes()
        try:
            Recipe(spotify, notes, sleep=lambda _: None).run(save)
            break
        except SpotifyUnavailable:
            # Another run, knowing what was noted.
            noted = [playlist for playlist in notes.playlists if playlist]
            written = [done for name, done, _ in notes.steps if name == "writing"]
            save = replace(
                save,
                state="writing",
                updated_at=save.updated_at + 1,
                spotify_playlist_id=noted[-1] if noted else save.spotify_playlist_id,
                written=written[-1] if written else save.written,
            )
    else:
        raise AssertionError("it never ended")
    assert list(spotify.lists.values()) == [list(uris(count))]


def test_the_marker_always_has_room_in_the_description() -> None:
    for text in ("", "short", "long " * 200, "a" * 400):
        told = description_of(a_save(1, description=text))
        assert told.endswith("tm:0123456789")
        assert len(told) <= 300


def test_tracks_without_a_spotify_id_are_left_out_and_named() -> None:
    plan = plan_save(
        [
            {"spotify_id": "a" * 22, "title": "Here", "artists": ["A"]},
            {"spotify_id": "", "title": "Not there", "artists": ["B", "C"], LOOKED_FOR: True},
            {"title": "Nor this", "artists": None, LOOKED_FOR: True},
            {"spotify_id": "", "title": "Not looked for yet", "artists": ["D"]},
            {"spotify_id": "a" * 22, "title": "Here again", "artists": []},
            {"spotify_id": "../../me", "title": "Wrong", "artists": [], LOOKED_FOR: True},
        ]
    )
    assert plan.uris == ("spotify:track:" + "a" * 22,) * 2
    assert plan.left_out == (
        LeftOut("Not there", ("B", "C")),
        LeftOut("Nor this", ()),
        LeftOut("Wrong", ()),
    )
    assert plan.to_look_for == 1

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from recommender.errors import BadRequest, NothingLeft
from recommender.playlist import Playlist
from recommender.revision import (
    ACTIONS,
    MOST_PASSED,
    Draft,
    Extend,
    LessLike,
    Lock,
    MoreLike,
    Neither,
    NeverArtist,
    Refresh,
    Remove,
    Replace,
    Unlock,
    action_of,
    revise,
)
from recommender.wishes import Filters, Wishes

SEEDS = ("m00010", "m01200", "m02100")
NOTHING = Draft((), Wishes(), ()).to_json()


@pytest.fixture(scope="module")
def draft(market):
    wishes = Wishes(length=20)
    return Draft.of(market.recommend(SEEDS, wishes), wishes)


@pytest.fixture(scope="module")
def timed(market):
    wishes = Wishes(minutes=60)
    return Draft.of(market.recommend(SEEDS, wishes), wishes)


def seconds(market, draft):
    return sum(market.catalogue.get(one).duration for one in draft.tracks)


def consistent(revised):
    """Return the draft, having seen that the tracks told are those of the draft."""
    assert tuple(item.track.id for item in revised.tracks) == revised.draft.tracks
    assert revised.draft.locked <= set(revised.draft.tracks)
    assert not set(revised.draft.removed) & set(revised.draft.tracks)
    return revised.draft


def test_a_fresh_draft_has_the_playlists_tracks_and_locks_what_was_kept(market):
    wishes = Wishes(length=5, kept={1: "m00500"})
    draft = Draft.of(market.recommend(SEEDS, wishes), wishes)
    assert draft.tracks[1] == "m00500"
    assert draft.locked == {"m00500"}
    assert draft.wishes.kept == {}


def test_locking_and_unlocking_only_mark(market, draft):
    one = draft.tracks[4]
    locked = consistent(revise(market, draft, Lock(one)))
    assert locked == replace(draft, locked=frozenset({one}))
    assert consistent(revise(market, locked, Unlock(one))) == draft


def test_removing_makes_the_list_one_shorter_and_moves_nothing_else(market, draft):
    one = draft.tracks[4]
    after = consistent(revise(market, draft, Remove(one)))
    assert after.tracks == draft.tracks[:4] + draft.tracks[5:]
    assert after.removed == (one,)


def test_a_removed_track_never_comes_back(market, draft):
    after = draft
    for _ in range(3):
        after = consistent(revise(market, after, Remove(after.tracks[0])))
    for action in (Refresh(), Extend(10), MoreLike(after.tracks[-1])):
        assert not set(after.removed) & set(consistent(revise(market, after, action)).tracks)


def test_replacing_puts_another_at_that_place_and_leaves_all_else(market, draft):
    seen = {draft.tracks[7]}
    after = draft
    for _ in range(4):
        after = consistent(revise(market, after, Replace(after.tracks[7])))
        assert after.tracks[:7] == draft.tracks[:7]
        assert after.tracks[8:] == draft.tracks[8:]
        assert after.tracks[7] not in seen
        seen.add(after.tracks[7])
    assert set(after.removed) == seen - {after.tracks[7]}


def test_more_like_keeps_the_track_and_draws_the_rest_towards_it(market, draft):
    one = draft.tracks[9]
    locked = consistent(revise(market, draft, Lock(draft.tracks[2])))
    after = consistent(revise(market, locked, MoreLike(one)))
    assert len(after.tracks) == len(draft.tracks)
    assert after.tracks[2] == draft.tracks[2]
    assert after.tracks[9] == one
    assert after.locked == {draft.tracks[2], one}
    assert after.wishes.more_like == (one,)
    assert mean_distance(market, after, one) < mean_distance(market, draft, one)


def test_less_like_drops_the_track_and_keeps_away_from_it(market, draft):
    one = draft.tracks[9]
    after = consistent(revise(market, draft, LessLike(one)))
    assert len(after.tracks) == len(draft.tracks)
    assert one not in after.tracks
    assert after.wishes.less_like == (one,)
    assert after.removed == (one,)
    assert mean_distance(market, after, one) > mean_distance(market, draft, one)


def mean_distance(market, draft, one):
    row_of = market.catalogue.row_of
    _, (point,) = market.vectors_of([row_of(one)])
    _, others = market.vectors_of([row_of(other) for other in draft.tracks if other != one])
    return np.linalg.norm(others - point, axis=1).mean()


def test_what_was_liked_more_can_be_liked_less(market, draft):
    one = draft.tracks[0]
    liked = consistent(revise(market, draft, MoreLike(one)))
    after = consistent(revise(market, liked, LessLike(one)))
    assert after.wishes.more_like == ()
    assert one not in after.locked


def test_what_was_liked_more_can_be_taken_back(market, draft):
    one = draft.tracks[9]
    locked = consistent(revise(market, draft, Lock(draft.tracks[2])))
    liked = consistent(revise(market, locked, MoreLike(one)))
    after = consistent(revise(market, liked, Neither(one)))
    assert after.wishes.more_like == ()
    assert after.locked == {draft.tracks[2]}
    assert (after.tracks[2], after.tracks[9]) == (draft.tracks[2], one)
    assert after.removed == ()
    assert set(after.tracks) != set(liked.tracks)
    assert len(after.tracks) == len(draft.tracks)


def test_extending_leaves_all_and_adds_at_the_end(market, draft):
    after = consistent(revise(market, draft, Extend(7)))
    assert after.tracks[:20] == draft.tracks
    assert len(after.tracks) == 27
    assert after.wishes.length == 27


def test_refreshing_keeps_what_is_locked_where_it_is_and_nothing_else(market, draft):
    locked = draft
    for at in (0, 5, 19):
        locked = consistent(revise(market, locked, Lock(draft.tracks[at])))
    after = consistent(revise(market, locked, Refresh()))
    assert len(after.tracks) == 20
    kept = {draft.tracks[at] for at in (0, 5, 19)}
    assert set(after.tracks) & set(draft.tracks) == kept
    assert all(after.tracks[at] == draft.tracks[at] for at in (0, 5, 19))
    assert set(after.passed) == set(draft.tracks) - kept
    assert after.removed == ()


def test_what_was_refreshed_away_comes_again_only_when_many_others_have_come(market, draft):
    removed = consistent(revise(market, draft, Remove(draft.tracks[3])))
    many = tuple(f"gone-{number}" for number in range(MOST_PASSED))
    after = consistent(revise(market, replace(removed, passed=many), Refresh()))
    assert after.passed == (*many[len(removed.tracks) :], *removed.tracks)
    assert not set(after.tracks) & {*removed.tracks, *after.removed}
    assert after.removed == (draft.tracks[3],)


def by(market, draft, artist):
    return {one for one in draft.tracks if artist in market.catalogue.get(one).artists}


def test_never_an_artist_puts_others_in_their_places_and_moves_nothing_else(market, draft):
    counts = {
        artist: len(by(market, draft, artist))
        for one in draft.tracks
        for artist in market.catalogue.get(one).artists[:1]
    }
    artist = max(counts, key=lambda name: counts[name])
    theirs = [one for one in draft.tracks if one in by(market, draft, artist)]
    assert len(theirs) > 1
    after = consistent(revise(market, draft, NeverArtist(theirs[0])))
    assert after.wishes.filters.avoid_artists == (artist,)
    assert not by(market, after, artist)
    assert [(at, one) for at, one in enumerate(draft.tracks) if one not in theirs] == [
        (at, one) for at, one in enumerate(after.tracks) if one in draft.tracks
    ]
    assert len(after.tracks) == len(draft.tracks)
    later = consistent(revise(market, after, Refresh()))
    assert not by(market, later, artist)
    assert not by(market, consistent(revise(market, later, Extend(10))), artist)


def test_a_locked_track_outlives_that_its_artist_is_avoided(market, draft):
    counted = [(one, market.catalogue.get(one).artists[0]) for one in draft.tracks]
    one, artist = next(pair for pair in counted if len(by(market, draft, pair[1])) > 1)
    locked = next(other for other in by(market, draft, artist) if other != one)
    kept = consistent(revise(market, draft, Lock(locked)))
    after = consistent(revise(market, kept, NeverArtist(one)))
    assert by(market, after, artist) == {locked}
    assert after.tracks.index(locked) == draft.tracks.index(locked)


def test_a_list_of_minutes_keeps_its_time_when_picked_anew(market, timed):
    assert abs(seconds(market, timed) - 3600) <= 15
    one = timed.tracks[3]
    for action in (MoreLike(one), LessLike(one), NeverArtist(one), Refresh(), Replace(one)):
        after = consistent(revise(market, timed, action))
        assert abs(seconds(market, after) - 3600) <= 15, action


def test_extending_a_list_of_minutes_makes_it_as_long_as_it_became(market, timed):
    after = consistent(revise(market, timed, Extend(5)))
    assert len(after.tracks) == len(timed.tracks) + 5
    assert after.wishes.minutes * 60 == pytest.approx(seconds(market, after), abs=1.0)


def test_revising_again_gives_the_same(market, draft):
    for action in (Refresh(), MoreLike(draft.tracks[3]), Replace(draft.tracks[3])):
        assert revise(market, draft, action).draft == revise(market, draft, action).draft


def test_the_draft_that_went_in_is_not_changed(market, draft):
    before = draft.to_json()
    for action in (Refresh(), LessLike(draft.tracks[3]), Remove(draft.tracks[3])):
        revise(market, draft, action)
    assert draft.to_json() == before


def test_a_track_that_is_not_in_the_list_cannot_be_revised(market, draft):
    for kind in (Lock, Unlock, Remove, Replace, MoreLike, LessLike):
        with pytest.raises(BadRequest, match="elsewhere"):
            revise(market, draft, kind("elsewhere"))


def test_when_nothing_else_is_left_replacing_says_so_and_keeps_the_list(recommender_of, songs):
    recommender = recommender_of(songs(8))
    wishes = Wishes(length=7, artist_cap=None, gap=0)
    draft = Draft.of(recommender.recommend(["s0000"], wishes), wishes)
    assert len(draft.tracks) == 7
    with pytest.raises(NothingLeft, match="your list is as it was"):
        revise(recommender, draft, Replace(draft.tracks[0]))


def test_a_list_that_cannot_be_refilled_says_so(recommender_of, songs):
    recommender = recommender_of(songs(8))
    wishes = Wishes(length=7, artist_cap=None, gap=0)
    draft = Draft.of(recommender.recommend(["s0000"], wishes), wishes)
    revised = revise(recommender, draft, LessLike(draft.tracks[0]))
    assert len(revised.draft.tracks) == 6
    assert "too_few_tracks" in {note.code for note in revised.notes}


def test_tracks_that_left_the_catalogue_are_told(market, draft):
    stale = replace(draft, tracks=(*draft.tracks[:5], "gone"), locked=frozenset({"gone"}))
    revised = revise(market, stale, Lock(draft.tracks[0]))
    assert len(revised.tracks) == 5
    assert revised.draft.tracks == stale.tracks
    assert [note.code for note in revised.notes] == ["tracks_gone"]
    refilled = revise(market, stale, Refresh())
    assert len(refilled.draft.tracks) == 6
    assert "tracks_gone" in {note.code for note in refilled.notes}


def test_filters_hold_while_revising(market):
    wishes = Wishes(length=10, filters=Filters(tempo=(100.0, 140.0)))
    draft = Draft.of(market.recommend(SEEDS, wishes), wishes)
    for action in (Refresh(), Replace(draft.tracks[0]), Extend(5)):
        after = consistent(revise(market, draft, action))
        tempi = [market.catalogue.get(one).features["tempo"] for one in after.tracks]
        assert all(100 <= tempo <= 140 for tempo in tempi)


def test_an_empty_list_can_be_extended(market):
    empty = Draft(SEEDS, Wishes(length=5), ())
    assert revise(market, empty, Refresh()).draft.tracks == ()
    assert len(consistent(revise(market, empty, Extend(5))).tracks) == 5


# As data


def test_a_draft_survives_json(draft):
    locked = replace(draft, locked=frozenset(draft.tracks[:2]), removed=("x",))
    assert Draft.from_json(json.loads(json.dumps(locked.to_json()))) == locked


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        {},
        {"tracks": []},
        {**NOTHING, "tracks": "a"},
        {**NOTHING, "tracks": [1]},
        {**NOTHING, "tracks": ["a", "a"]},
        {**NOTHING, "tracks": ["a"], "locked": ["b"]},
        {**NOTHING, "wishes": {"x": 1}},
        {**NOTHING, "more": 1},
    ],
)
def test_what_is_no_draft_is_refused(wrong):
    with pytest.raises(BadRequest):
        Draft.from_json(wrong)


def test_actions_have_names_for_the_faces():
    assert action_of("replace", {"id": "a"}) == Replace("a")
    assert action_of("extend") == Extend(10)
    assert action_of("extend", {"count": 3}) == Extend(3)
    assert action_of("refresh") == Refresh()
    assert len(ACTIONS) == 10


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("explode", None),
        ("lock", None),
        ("lock", {"id": ""}),
        ("lock", {"id": 5}),
        ("lock", {"id": "a", "place": 3}),
        ("extend", {"count": 0}),
        ("extend", {"count": "ten"}),
        ("refresh", {"id": "a"}),
    ],
)
def test_what_is_no_action_is_refused(name, values):
    with pytest.raises(BadRequest):
        action_of(name, values)


def test_a_draft_of_an_empty_playlist_is_empty():
    assert Draft.of(Playlist(tracks=(), seeds=("a",)), Wishes()).tracks == ()

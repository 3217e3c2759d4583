from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine, func, select

from tests.webapp.store.servers import SteppingClock
from webapp.jobs import Jobs
from webapp.store import (
    Cooldowns,
    Drafts,
    FeedbackMessages,
    HeardCounts,
    Leases,
    ListenerEvent,
    ListenerEvents,
    ListeningVotes,
    Logins,
    Meta,
    MovedHighlights,
    Playlists,
    PlaylistSteps,
    Ratings,
    Saves,
    Sessions,
    SharedLinks,
    Thumbs,
    Token,
    Tokens,
    TrackStudies,
    Upload,
    Uploads,
    User,
    Users,
    reading,
    writing,
)
from webapp.store.schema import LEASE, METADATA

KEYS = ["k" * 40]


def test_the_first_login_makes_a_user_and_the_next_finds_it(
    engine: Engine, clock: SteppingClock
) -> None:
    users = Users(engine, clock)
    first = users.upsert("spotify-id", "Ada")
    clock.advance(3600)
    again = users.upsert("spotify-id", "Ada Lovelace")
    assert again.id == first.id
    assert len(first.id) == 32
    assert (again.display_name, again.created_at, again.last_seen) == (
        "Ada Lovelace",
        first.created_at,
        first.created_at + 3600,
    )
    assert users.get(first.id) == again
    assert users.get("f" * 32) is None


def test_simultaneous_first_logins_of_an_account_make_one_user(engine: Engine) -> None:
    users = Users(engine)
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: users.upsert("one", "One"), range(20)))
    assert len({user.id for user in made}) == 1


def test_a_hostile_name_is_kept_as_far_as_databases_can(engine: Engine) -> None:
    users = Users(engine)
    user = users.upsert("x", "a\x00b\ud800<img src=x onerror=alert(1)>‮" + "z" * 1000)
    kept = users.get(user.id)
    assert kept is not None
    assert kept.display_name == user.display_name
    assert kept.display_name.startswith("ab?<img src=x onerror=alert(1)>‮zzz")
    assert len(kept.display_name) == 500


def everything_of(engine: Engine, user: User) -> None:
    session_id, _ = Sessions(engine).create(user.id)
    Logins(engine).start(session_id, verifier="v")
    Tokens(engine, KEYS).put(user.id, Token("a", "r", frozenset({"s"}), 1.0, 2.0))
    playlist = Playlists(engine).create(user.id, title="t", seeds=[], options={})
    Saves(engine).start(user.id, playlist.id, name="n", public=False, uris=["u"])
    with writing(engine) as connection:
        PlaylistSteps(engine).add(playlist, {"action": "remove"}, connection)
    Jobs(engine).enqueue("k", {}, user_id=user.id)
    MovedHighlights(engine).put(user.id, "content", 60.0, 90.0)
    Drafts(engine).change(user.id, "basket", lambda _: [1])
    Thumbs(engine).put(user.id, "track", up=True)
    Ratings(engine).put(user.id, "highlight", "content", 4)
    with writing(engine) as connection:
        uploads = Uploads(engine)
        uploads.open_box(user.id, user_id=user.id, session_handle="h", connection=connection)
        uploads.add(an_upload(user.id), connection)
    SharedLinks(engine).put(playlist.id, user.id, nonce="n", token_hash=user.id * 2, anew=False)


def an_upload(box_id: str) -> Upload:
    return Upload(
        box_id=box_id,
        id="a" * 32,
        number=0,
        name="song.mp3",
        file="f",
        bytes=1,
        content_key=None,
        state="waiting",
        picked=True,
        track=None,
        study=None,
        start=None,
        error=None,
        created_at=1.0,
        updated_at=1.0,
        expires_at=2.0,
    )


def test_deleting_a_user_removes_every_row_of_theirs_and_no_other(
    engine: Engine, ada: User, bob: User
) -> None:
    everything_of(engine, ada)
    everything_of(engine, bob)
    TrackStudies(engine).put("content", "1", analysis={"bpm": 120})
    HeardCounts(engine).add({"content": {"heard": [(0, 10)]}})
    Cooldowns(engine).set("spotify", 9e9, "quota")
    Meta(engine).set("name", 1)
    events = ListenerEvents(engine)
    events.add([ListenerEvent(day=1, visit="v", kind="saved")])
    events.count_users()
    FeedbackMessages(engine).add("idea", "text")
    ListeningVotes(engine).put("test", "voter", "pair", "a")
    with Leases(engine).hold("other"):
        before = count_rows(engine)
        assert all(before.values()), f"the test leaves a table out: {before}"
        assert Users(engine).delete(ada.id)
        after = count_rows(engine)
    shared = {"track_study", "heard_count", "cooldown", "meta", "lease"}
    shared |= {"listener_event", "user_count", "feedback_message", "listening_vote"}
    assert after == {
        name: count if name in shared else count // 2 for name, count in before.items()
    }
    assert not Users(engine).delete(ada.id)


def test_deleting_a_user_leaves_no_trace_of_a_refresh_that_died(engine: Engine, ada: User) -> None:
    with engine.begin() as connection:
        connection.execute(
            LEASE.insert().values(name=f"token:{ada.id}", holder="dead", taken_at=1.0)
        )
    Users(engine).delete(ada.id)
    assert not any(count_rows(engine).values())


def count_rows(engine: Engine) -> dict[str, int]:
    with reading(engine) as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in METADATA.sorted_tables
        }

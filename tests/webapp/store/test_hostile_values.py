from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from webapp.jobs import Jobs, JobUnknown
from webapp.store import (
    Cooldowns,
    Logins,
    Meta,
    Playlists,
    Saves,
    Sessions,
    Tokens,
    TrackStudies,
    User,
    Users,
)
from webapp.store.errors import LoginStateInvalid, PlaylistUnknown, SaveUnknown, SessionUnknown
from webapp.store.values import ValueUnstorable, plain_text, to_json

HOSTILE = ["", "\x00", "a\x00b", "\ud800", "x" * 50_000, "' OR '1'='1", "%", "ü\u202e\U0001f600"]

NAMES = ["empty", "nul", "inner nul", "surrogate", "long", "sql", "wildcard", "unicode"]


@pytest.mark.parametrize("bad", HOSTILE, ids=NAMES)
def test_an_id_of_any_kind_is_simply_not_found(engine: Engine, ada: User, bad: str) -> None:
    playlist = Playlists(engine).create(ada.id, title="t", seeds=[], options={})
    Saves(engine).start(ada.id, playlist.id, name="n", public=False, uris=[])
    Jobs(engine).enqueue("k", {}, user_id=ada.id)
    session_id, _ = Sessions(engine).create(ada.id)
    refused: list[tuple[type[Exception], Callable[[], object]]] = [
        (PlaylistUnknown, lambda: Playlists(engine).get(bad, ada.id)),
        (PlaylistUnknown, lambda: Playlists(engine).get(playlist.id, bad)),
        (PlaylistUnknown, lambda: Playlists(engine).delete(bad, ada.id)),
        (SaveUnknown, lambda: Saves(engine).get(bad, ada.id)),
        (JobUnknown, lambda: Jobs(engine).get(bad, ada.id)),
        (JobUnknown, lambda: Jobs(engine).cancel(bad, ada.id)),
        (SessionUnknown, lambda: Sessions(engine).rotate(bad)),
        (LoginStateInvalid, lambda: Logins(engine).finish(bad, session_id)),
    ]
    for error, ask in refused:
        with pytest.raises(error):
            ask()
    assert Users(engine).get(bad) is None
    assert Sessions(engine).load(bad) is None
    assert not Sessions(engine).delete_by_handle(bad, ada.id)
    assert Sessions(engine).delete_all_of(bad) == 0
    assert Jobs(engine).find(bad, ada.id) is None
    assert Tokens(engine, ["k" * 40]).get(bad) is None
    assert TrackStudies(engine).get(bad, bad) is None
    assert Cooldowns(engine).get(bad) is None
    assert Meta(engine).get(bad) is None
    assert not Users(engine).delete(bad)
    assert Playlists(engine).list(ada.id) == (playlist,)


@pytest.mark.parametrize("bad", HOSTILE, ids=NAMES)
def test_text_of_any_kind_can_be_kept(engine: Engine, ada: User, bad: str) -> None:
    playlists = Playlists(engine)
    seeds = [{"title": bad, bad: 1}]
    made = playlists.create(ada.id, title=bad, seeds=seeds, options={})
    kept = playlists.get(made.id, ada.id)
    assert kept == made
    assert kept.seeds == seeds
    assert Jobs(engine).enqueue("k", {"text": bad}, user_id=ada.id, key=bad).payload == {
        "text": bad
    }
    _, session = Sessions(engine).create(data={"text": bad}, label=bad)
    assert session.data == {"text": bad}
    assert Users(engine).upsert("x", bad).display_name == plain_text(bad)


def test_what_is_no_plain_data_is_named() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    for bad in (float("inf"), {1, 2}, b"bytes", deep):
        with pytest.raises(ValueUnstorable, match="not plain JSON"):
            to_json(bad, which="it")
    with pytest.raises(ValueUnstorable, match="3 are allowed"):
        to_json("long", largest=3)

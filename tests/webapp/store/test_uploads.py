"""Boxes of uploads on both databases."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from tests.webapp.store.servers import SteppingClock
from webapp.store import Sessions, Upload, Uploads, User, Users, writing

BOX = "b" * 32


def an_upload(which: int, box_id: str = BOX, **more: object) -> Upload:
    made = Upload(
        box_id=box_id,
        id=f"{which:032x}",
        number=which,
        name=f"{which}.mp3",
        file=f"file{which}",
        bytes=100,
        content_key=None,
        state="waiting",
        picked=True,
        track=None,
        study=None,
        start=None,
        error=None,
        created_at=0.0,
        updated_at=0.0,
        expires_at=1e12,
    )
    return replace(made, **more)  # type: ignore[arg-type]


@pytest.fixture
def uploads(engine: Engine, clock: SteppingClock) -> Uploads:
    return Uploads(engine, clock)


def put(
    engine: Engine,
    uploads: Uploads,
    *those: Upload,
    user_id: str | None = None,
    handle: str = "handle",
) -> None:
    with writing(engine) as connection:
        for one in those:
            uploads.open_box(
                one.box_id, user_id=user_id, session_handle=handle, connection=connection
            )
            uploads.add(one, connection)


def test_a_box_keeps_its_files_in_their_order_and_apart_from_others(
    engine: Engine, uploads: Uploads
) -> None:
    put(engine, uploads, an_upload(2), an_upload(1), an_upload(3), an_upload(1, "c" * 32))
    assert [one.number for one in uploads.list(BOX)] == [1, 2, 3]
    assert uploads.get("c" * 32, f"{2:032x}") is None
    put(engine, uploads, an_upload(2, name="again.mp3", number=5))
    assert [one.name for one in uploads.list(BOX)] == ["1.mp3", "3.mp3", "again.mp3"]


def test_a_change_counts_only_in_the_state_it_was_made_for(
    engine: Engine, uploads: Uploads
) -> None:
    put(engine, uploads, an_upload(1))
    one = f"{1:032x}"
    ready = uploads.change(BOX, one, if_state="waiting", state="ready", track={"title": "x"})
    assert ready is not None
    assert (ready.state, ready.track) == ("ready", {"title": "x"})
    assert uploads.change(BOX, one, if_state="waiting", state="failed") is None
    assert uploads.list(BOX)[0].state == "ready"
    assert uploads.change(BOX, "f" * 32, picked=False) is None


def test_everybody_s_bytes_are_counted_but_for_what_was_refused(
    engine: Engine, uploads: Uploads
) -> None:
    other = an_upload(1, "c" * 32, bytes=50)
    put(engine, uploads, an_upload(1), an_upload(2, state="failed"), other)
    with writing(engine) as connection:
        assert uploads.total_bytes(connection) == 150


def test_reservations_at_the_same_instant_see_each_other(engine: Engine, uploads: Uploads) -> None:
    together = threading.Barrier(4)

    def reserve(which: int) -> None:
        one = an_upload(which, f"{which:032x}")
        with writing(engine) as connection:
            uploads.open_box(one.box_id, user_id=None, session_handle="h", connection=connection)
            here = uploads.total_bytes(connection)
            # All would be here at once if nobody held the others up.
            with suppress(threading.BrokenBarrierError):
                together.wait(0.2)
            if here + one.bytes <= 250:
                uploads.add(one, connection)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(reserve, range(4)))
    with writing(engine) as connection:
        assert uploads.total_bytes(connection) == 200


def test_what_is_over_or_stuck_is_found(
    engine: Engine, uploads: Uploads, clock: SteppingClock
) -> None:
    now = clock()
    put(
        engine,
        uploads,
        an_upload(1, expires_at=now - 1),
        an_upload(2, expires_at=now + 1000),
        an_upload(3, state="receiving", updated_at=now - 100),
        an_upload(4, state="receiving", updated_at=now),
    )
    assert [one.number for one in uploads.expired(stuck_before=now - 50)] == [1, 3]


def test_boxes_are_found_by_user_and_session_and_those_nobody_reaches_too(
    engine: Engine, uploads: Uploads, clock: SteppingClock, ada: User
) -> None:
    _, session = Sessions(engine, clock).create(ada.id)
    put(engine, uploads, an_upload(1), user_id=ada.id, handle=session.handle)
    put(engine, uploads, an_upload(1, "c" * 32), handle="gone")
    assert uploads.boxes_of(user_id=ada.id) == (BOX,)
    assert uploads.boxes_of(session_handle=session.handle) == (BOX,)
    assert uploads.abandoned_boxes(before=0.0) == ("c" * 32,)
    with writing(engine) as connection:
        uploads.remove(BOX, f"{1:032x}", connection)
    assert set(uploads.abandoned_boxes(before=clock() + 100)) == {BOX, "c" * 32}
    uploads.change_box("c" * 32, session_handle=session.handle)
    assert uploads.abandoned_boxes(before=0.0) == ()
    Users(engine).delete(ada.id)
    assert uploads.box(BOX) is None
    assert uploads.box_ids() == {"c" * 32}
    assert uploads.remove_box("c" * 32)
    assert uploads.list("c" * 32) == ()


def test_files_that_come_at_the_same_time_open_one_box(engine: Engine, uploads: Uploads) -> None:
    together = threading.Barrier(4)

    def bring(which: int) -> None:
        together.wait(10)
        put(engine, uploads, an_upload(which))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(bring, range(4)))
    assert len(uploads.list(BOX)) == 4
    assert uploads.box_ids() == {BOX}

"""Events, counts, messages and thumbs go when they are old or too many."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from tests.webapp.store.servers import SteppingClock
from webapp.store import (
    FeedbackMessages,
    ListenerEvent,
    ListenerEvents,
    Sessions,
    Thumbs,
    User,
    feedback_messages,
    thumbs,
)
from webapp.store.errors import FeedbackFull

DAY = 24 * 3600.0


def test_old_events_go_and_the_same_one_is_kept_once(engine: Engine, clock: SteppingClock) -> None:
    events = ListenerEvents(engine, clock)
    one = ListenerEvent(events.today(), "visit", "saved", "playlist")
    events.add([one, one])
    events.add([one])
    assert list(events.each()) == [one]
    clock.advance(90 * DAY)
    assert events.purge(90) == 0
    clock.advance(DAY)
    assert events.purge(90) == 1


def test_users_are_counted_by_period_and_the_days_largest_number_stays(
    engine: Engine, ada: User, bob: User, clock: SteppingClock
) -> None:
    events, sessions = ListenerEvents(engine, clock), Sessions(engine, clock)
    clock.now = ada.last_seen
    assert events.users_now().in_day == 2
    events.count_users()
    first = events.today()
    clock.advance(8 * DAY)
    sessions.create(bob.id)
    events.count_users()
    latest, before = events.user_counts()
    assert (latest.in_day, latest.in_week, latest.in_month) == (1, 1, 2)
    assert (before.day, before.in_day) == (first, 2)
    events.count_users()
    assert events.user_counts()[0].in_day == 1


def test_the_operators_list_has_an_end_and_old_messages_go(
    engine: Engine, clock: SteppingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feedback_messages, "MOST_MESSAGES", 2)
    messages = FeedbackMessages(engine, clock)
    first = messages.add("idea", "one")
    clock.advance(DAY)
    messages.add("idea", "two\x00")
    with pytest.raises(FeedbackFull):
        messages.add("idea", "three")
    messages.mark(first.id, read=True)
    assert [one.text for one in messages.list()] == ["two", "one"]
    assert messages.purge(1) == 0
    clock.advance(1)
    assert messages.purge(1) == 1


def test_a_user_has_so_many_thumbs_and_nobody_sees_anothers(
    engine: Engine, ada: User, bob: User, clock: SteppingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbs, "MOST_PER_USER", 2)
    kept = Thumbs(engine, clock)
    for number in range(3):
        kept.put(ada.id, f"track-{number}", up=number > 0)
        clock.advance(1)
    kept.put(bob.id, "track-1", up=False)
    assert kept.of_tracks(ada.id, ["track-0", "track-1", "track-2"]) == {
        "track-1": True,
        "track-2": True,
    }
    assert [one.track_id for one in kept.list(ada.id)] == ["track-2", "track-1"]
    kept.put(ada.id, "track-1", up=False)
    assert kept.of_tracks(ada.id, ["track-1"]) == {"track-1": False}
    assert kept.of_tracks(bob.id, ["track-1", "track-2"]) == {"track-1": False}

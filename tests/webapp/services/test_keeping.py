"""Playlists in the bin, and what becomes of the trailers they were waiting for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.webapp.services.test_trailers import Desk
from webapp.services.keeping import KeepingService
from webapp.services.trailer_requests import TrailerRequests
from webapp.store import PlaylistBin, writing


class Keeper:
    """A playlist that waits for its trailer, and the service under test."""

    def __init__(self, house: Any) -> None:
        self.desk = desk = Desk(house)
        self.house = house
        engine = house.generation._engine
        self.bin = PlaylistBin(engine)
        self.requests = TrailerRequests(engine, house.jobs, house.playlists)
        self.service = KeepingService(
            engine, house.playlists, self.bin, house.jobs, desk.service, self.requests
        )
        (by_hand,) = house.jobs.list(house.user.id)
        house.jobs.cancel(by_hand.id, house.user.id)
        with writing(engine) as connection:
            self.requests.ask(desk.playlist, connection)

    def throw_away(self) -> None:
        self.bin.put(self.desk.playlist.id, self.house.user.id)

    def have_back(self) -> None:
        self.service.restore(self.house.user.id, self.desk.playlist.id)

    def playlist(self) -> Any:
        return self.house.playlists.get(self.desk.playlist.id, self.house.user.id)

    def work(self) -> bool:
        return bool(self.house.work(trailer=self.desk.service.make_trailer))


@pytest.fixture
def keeper(house: Any) -> Keeper:
    return Keeper(house)


def test_a_trailer_whose_turn_came_in_the_bin_is_made_once_the_playlist_is_had_back(
    keeper: Keeper,
) -> None:
    # As often as somebody does that.
    for _ in range(3):
        keeper.throw_away()
        assert keeper.work()
        keeper.have_back()
    assert keeper.playlist().trailer_state == "pending"
    assert "failed" not in {job.state for job in keeper.house.jobs.list(keeper.house.user.id)}
    assert keeper.work()
    assert keeper.playlist().trailer_state == "ready"
    assert not keeper.work()


def _while_heard(keeper: Keeper) -> None:
    listen: Callable[..., Any] = keeper.desk.listener.__call__

    def throw_away(file: Any, label: Any) -> Any:
        keeper.desk.service._studies._listen = listen
        keeper.throw_away()
        return listen(file, label)

    keeper.desk.service._studies._listen = throw_away


def test_one_that_is_thrown_away_while_its_tracks_are_heard_fails_of_nothing(
    keeper: Keeper,
) -> None:
    _while_heard(keeper)
    assert keeper.work()
    job = keeper.requests.job_of(keeper.desk.playlist)
    assert job is not None
    assert (job.state, job.result and job.result["outdated"]) == ("done", True)
    keeper.have_back()
    assert keeper.work()
    assert keeper.playlist().trailer_state == "ready"


def test_one_that_is_had_back_in_time_is_made_once(keeper: Keeper) -> None:
    keeper.throw_away()
    keeper.have_back()
    assert keeper.work()
    assert not keeper.work()
    keeper.throw_away()
    keeper.have_back()
    assert keeper.playlist().trailer_state == "ready"
    assert not keeper.work()

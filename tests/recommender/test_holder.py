"""A running server gets a new catalogue without a pause."""

from __future__ import annotations

import threading

import pytest

from recommender import Recommender, RecommenderHolder, RowsSource, build_catalogue
from recommender.errors import CatalogueMissing


def build(out, songs, count):
    build_catalogue([RowsSource("r", songs(count))], out)


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_a_new_version_is_served_after_it_is_whole(tmp_path, songs):
    build(tmp_path, songs, 20)
    clock = Clock()
    holder = RecommenderHolder(tmp_path, clock=clock)
    assert len(holder.get().catalogue) == 20
    build(tmp_path, songs, 30)
    assert len(holder.get().catalogue) == 20, "not looked at again within the second"
    clock.now = 1.5
    assert len(holder.get().catalogue) == 20, "the old one serves while the new one loads"
    holder.wait(20)
    assert len(holder.get().catalogue) == 30


def test_nobody_waits_while_a_new_version_loads(tmp_path, songs):
    build(tmp_path, songs, 20)
    release = threading.Event()
    loads = []

    def slow(path):
        loads.append(path)
        if len(loads) > 1:
            assert release.wait(20)
        return Recommender.open(path)

    clock = Clock()
    holder = RecommenderHolder(tmp_path, load=slow, clock=clock)
    holder.get()
    build(tmp_path, songs, 30)
    for step in range(1, 6):
        clock.now = 2.0 * step
        assert len(holder.get().catalogue) == 20
    assert len(loads) == 2, "one load at a time"
    release.set()
    holder.wait(20)
    assert len(holder.get().catalogue) == 30


def test_a_damaged_new_version_leaves_the_old_one_serving(tmp_path, songs):
    build(tmp_path, songs, 20)
    clock = Clock()
    holder = RecommenderHolder(tmp_path, clock=clock)
    holder.get()
    build(tmp_path, songs, 30)
    (tmp_path / "versions" / "000002" / "vectors.npy").unlink()
    clock.now = 2.0
    holder.get()
    holder.wait(20)
    assert len(holder.get().catalogue) == 20
    assert holder.last_error.code == "catalogue.corrupt"
    build(tmp_path, songs, 40)
    clock.now = 4.0
    holder.get()
    holder.wait(20)
    assert len(holder.get().catalogue) == 40
    assert holder.last_error is None


def test_without_a_catalogue_the_first_call_says_so_and_a_later_one_finds_it(tmp_path, songs):
    holder = RecommenderHolder(tmp_path)
    with pytest.raises(CatalogueMissing):
        holder.get()
    build(tmp_path, songs, 10)
    assert len(holder.get().catalogue) == 10


def test_a_hundred_first_calls_load_once(tmp_path, songs):
    build(tmp_path, songs, 10)
    loads = []

    def load(path):
        loads.append(path)
        return Recommender.open(path)

    holder = RecommenderHolder(tmp_path, load=load)
    threads = [threading.Thread(target=holder.get) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(loads) == 1

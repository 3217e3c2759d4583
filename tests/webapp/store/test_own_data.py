"""Somebody's own data is written row by row, on both databases, whatever is in it."""

from __future__ import annotations

import json
import tracemalloc
from io import BytesIO
from typing import IO, cast

from sqlalchemy import Engine

from webapp.store import Playlists, User
from webapp.store.own_data import OWN, write_own_data


class Counter:
    """A file that only counts."""

    def __init__(self) -> None:
        self.bytes = 0

    def write(self, data: bytes) -> int:
        self.bytes += len(data)
        return len(data)


def make(engine: Engine, user: User, title: str, tracks: int = 1) -> None:
    playlists = Playlists(engine)
    made = playlists.create(user.id, title=title, seeds=[], options={})
    rows = [{"title": f"{title} {number}" + "x" * 100} for number in range(tracks)]
    playlists.set_ready(made.id, tracks=rows, catalogue_version="1")


def test_every_table_is_there_with_the_users_rows(engine: Engine, ada: User, bob: User) -> None:
    for title in ("One", "Два", 'Half a character \ud83d, "quoted"'):
        make(engine, ada, title)
    make(engine, bob, "Bob's")
    file = BytesIO()
    write_own_data(file, engine, ada.id, {"format": "x/1", "made_at": 1.5})
    read = json.loads(file.getvalue().decode())
    assert (read["format"], read["made_at"]) == ("x/1", 1.5)
    assert list(read["kept"]) == [table.name for table in OWN]
    titles = {row["title"] for row in read["kept"]["playlist"]}
    assert titles == {"One", "Два", 'Half a character ?, "quoted"'}
    first = {row["tracks"][0]["title"].rstrip("x") for row in read["kept"]["playlist"]}
    # Within a column of JSON it is kept as it came.
    assert 'Half a character \ud83d, "quoted" 0' in first


def test_a_long_history_is_never_in_memory_as_a_whole(engine: Engine, ada: User) -> None:
    for number in range(40):
        make(engine, ada, str(number), tracks=500)
    file = Counter()
    tracemalloc.start()
    write_own_data(cast("IO[bytes]", file), engine, ada.id, {})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert file.bytes > 2_000_000
    assert peak < file.bytes

"""The account: what is kept can be taken along, the connection given back, by its owner only."""

from __future__ import annotations

import json
from typing import Any

from tests.webapp.routes.upload_guests import Guest, music
from webapp.store import Uploads
from webapp.store.own_data import NOBODYS, OWN, own_rows, unclassified


def user_of(site: Any, visitor: Any) -> str:
    return str(site.services.sessions.load(visitor.cookie()).user_id)


def rows_of(site: Any, user_id: str) -> dict[str, list[dict[str, Any]]]:
    return {name: list(rows) for name, rows in own_rows(site.services.engine, user_id)}


def test_every_table_is_somebodys_or_it_is_said_why_not() -> None:
    assert unclassified() == []
    assert not {table.name for table in OWN} & set(NOBODYS)
    assert all(reason for reason in NOBODYS.values())


def test_no_column_that_opens_something_is_shown(site: Any) -> None:
    visitor = site.browser("rich")
    shown = rows_of(site, user_of(site, visitor))
    columns = {(table, column) for table, rows in shown.items() for row in rows for column in row}
    assert not [one for one in columns if "hash" in one[1] or one[1] in ("ciphertext", "nonce")]
    assert ("token", "scopes") in columns


def test_the_box_that_files_were_brought_to_is_not_named(site: Any) -> None:
    visitor = site.browser("rich")
    guest = Guest(visitor)
    assert guest.bring("mine.wav", music(seconds=3.0)).status_code == 201
    user = user_of(site, visitor)
    (box_id,) = Uploads(site.services.engine).boxes_of(user_id=user)
    shown = rows_of(site, user)
    assert [row["name"] for row in shown["upload"]] == ["mine.wav"]
    assert len(shown["upload_box"]) == 1
    assert box_id not in str(shown)


def test_everything_of_a_user_is_one_file_and_nothing_of_another(site: Any) -> None:
    mine, other = site.browser("rich"), site.browser("second")
    for visitor, name in ((mine, "Mine"), (other, "Theirs")):
        user = user_of(site, visitor)
        made = site.services.playlists.create(user, title=name, seeds=[], options={})
        site.services.playlists.set_ready(made.id, tracks=[], catalogue_version="1")
    answer = mine.get("/account/export")
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="hooklist-20')
    kept = json.loads(answer.get_data())["kept"]
    assert [row["title"] for row in kept["playlist"]] == ["Mine"]
    assert kept["user"][0]["display_name"]
    assert mine.cookie() not in answer.get_data(as_text=True)
    assert "Theirs" not in answer.get_data(as_text=True)


def test_where_files_lie_on_the_server_is_not_told(site: Any) -> None:
    visitor = site.browser("rich")
    kept, user = site.services.playlists, user_of(site, visitor)
    made = kept.create(user, title="Mine", seeds=[], options={})
    kept.set_ready(
        made.id, tracks=[{"id": "a", "title": "One", "audio": "/srv/x.flac"}], catalogue_version="1"
    )
    trailer = {"skipped": [{"track": 0, "error": "audio.missing", "reason": "no /srv/x.flac"}]}
    kept.set_trailer(made.id, "failed", {**trailer, "error": {"code": "a", "which": "/srv/x.flac"}})
    text = visitor.get("/account/export").get_data(as_text=True)
    row = json.loads(text)["kept"]["playlist"][0]
    assert "/srv/" not in text
    assert row["tracks"] == [{"id": "a", "title": "One"}]
    assert row["trailer"]["skipped"] == [{"track": 0, "error": "audio.missing"}]


def test_disconnecting_forgets_the_permission_and_keeps_the_playlists(site: Any) -> None:
    visitor = site.browser("rich")
    user = user_of(site, visitor)
    made = site.services.playlists.create(user, title="Stays", seeds=[], options={})
    site.services.playlists.set_ready(made.id, tracks=[], catalogue_version="1")
    assert visitor.post("/account/disconnect").status_code == 303
    assert site.services.tokens.get(user) is None
    page = visitor.get("/account").get_data(as_text=True)
    assert "not connected" in page
    assert "Connect again" in page
    assert visitor.get(f"/p/{made.id}").status_code == 200
    visitor.log_in("rich")
    assert site.services.tokens.get(user) is not None

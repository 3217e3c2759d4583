"""What somebody is choosing is theirs, in whatever browser, and no change of it is lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from webapp.store import Drafts, User, Users
from webapp.store.errors import StoreConflict, ValueUnstorable


def test_values_are_kept_by_name_for_each_user(engine: Engine, ada: User, bob: User) -> None:
    drafts = Drafts(engine)
    assert drafts.get(ada.id) == {}
    drafts.change(ada.id, "basket", lambda kept: [*(kept or []), 1])
    drafts.change(ada.id, "shape", lambda _: {"minutes": "30"})
    assert drafts.change(ada.id, "basket", lambda kept: [*kept, 2])["basket"] == [1, 2]
    assert drafts.get(ada.id) == {"basket": [1, 2], "shape": {"minutes": "30"}}
    assert drafts.get(bob.id) == {}


def test_changes_at_once_do_not_undo_each_other(engine: Engine, ada: User) -> None:
    drafts = Drafts(engine)

    def add(number: int) -> None:
        drafts.change(ada.id, "basket", lambda kept: [*(kept or []), number])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(12)))
    assert sorted(drafts.get(ada.id)["basket"]) == list(range(12))


def test_what_is_too_large_is_refused_and_the_draft_stays(engine: Engine, ada: User) -> None:
    drafts = Drafts(engine)
    drafts.change(ada.id, "basket", lambda _: [1])
    with pytest.raises(ValueUnstorable):
        drafts.change(ada.id, "shape", lambda _: "x" * 70_000)
    assert drafts.get(ada.id) == {"basket": [1]}


def test_somebody_who_is_gone_has_no_draft(engine: Engine, ada: User) -> None:
    drafts = Drafts(engine)
    drafts.change(ada.id, "basket", lambda _: [1])
    Users(engine).delete(ada.id)
    assert drafts.get(ada.id) == {}
    with pytest.raises(StoreConflict):
        drafts.change(ada.id, "basket", lambda _: [1])

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, text, update

from webapp.store import Token, Tokens, User, open_engine
from webapp.store.errors import StoreBusy, StoreConflict, StoreMisconfigured
from webapp.store.schema import TOKEN

NEW, OLD = "n" * 40, "o" * 40
TOKEN_OF_ADA = Token(
    "ACCESS-of-ada", "REFRESH-of-ada", frozenset({"user-top-read", "x"}), 100.0, 200.0
)


def test_a_token_comes_back_as_it_was_put(engine: Engine, ada: User, bob: User) -> None:
    tokens = Tokens(engine, [NEW])
    assert tokens.get(ada.id) is None
    tokens.put(ada.id, TOKEN_OF_ADA)
    assert tokens.get(ada.id) == TOKEN_OF_ADA
    assert tokens.get(bob.id) is None
    later = replace(TOKEN_OF_ADA, access_token="ACCESS-2", expires_at=300.0)
    tokens.put(ada.id, later)
    assert tokens.get(ada.id) == later
    assert tokens.delete(ada.id)
    assert tokens.get(ada.id) is None


def test_no_byte_of_the_database_files_tells_the_token(sqlite_url: str) -> None:
    from webapp.store import Users

    engine = open_engine(sqlite_url)
    ada = Users(engine).upsert("ada")
    Tokens(engine, [NEW]).put(ada.id, TOKEN_OF_ADA)
    files = list(Path(str(engine.url.database)).parent.glob("hooklist.db*"))
    content = b"".join(path.read_bytes() for path in files)
    assert b"user-top-read" in content, "the row is not in these files, so this shows nothing"
    assert b"ACCESS" not in content
    assert b"REFRESH" not in content
    assert NEW.encode() not in content
    engine.dispose()


def test_a_tokens_text_does_not_show_its_secrets() -> None:
    assert "ACCESS" not in repr(TOKEN_OF_ADA)
    assert "REFRESH" not in str(TOKEN_OF_ADA)


def test_after_rotation_the_old_key_may_be_dropped(engine: Engine, ada: User) -> None:
    Tokens(engine, [OLD]).put(ada.id, TOKEN_OF_ADA)
    both = Tokens(engine, [NEW, OLD])
    assert both.get(ada.id) == TOKEN_OF_ADA
    assert both.reencrypt() == 1
    assert both.reencrypt() == 0, "it is done already"
    assert Tokens(engine, [NEW]).get(ada.id) == TOKEN_OF_ADA


def test_a_token_that_no_key_opens_asks_to_reconnect(engine: Engine, ada: User) -> None:
    Tokens(engine, [OLD]).put(ada.id, TOKEN_OF_ADA)
    only_new = Tokens(engine, [NEW])
    found = only_new.get(ada.id)
    assert found is not None
    assert found.needs_reconnect
    assert (found.access_token, found.refresh_token) == ("", "")
    assert found.authorized_at == TOKEN_OF_ADA.authorized_at
    # Nor is what the old key could still open overwritten.
    assert only_new.reencrypt() == 0
    assert Tokens(engine, [OLD]).get(ada.id) == TOKEN_OF_ADA


def test_a_damaged_or_swapped_row_asks_to_reconnect(engine: Engine, ada: User, bob: User) -> None:
    tokens = Tokens(engine, [NEW])
    tokens.put(ada.id, TOKEN_OF_ADA)
    tokens.put(bob.id, replace(TOKEN_OF_ADA, access_token="of-bob"))
    with engine.begin() as connection:
        of_ada = connection.execute(
            text("SELECT ciphertext FROM token WHERE user_id = :id"), {"id": ada.id}
        ).scalar_one()
        connection.execute(update(TOKEN).where(TOKEN.c.user_id == bob.id).values(ciphertext=of_ada))
        connection.execute(
            update(TOKEN).where(TOKEN.c.user_id == ada.id).values(ciphertext=b"\x00garbage")
        )
    for user in (ada, bob):
        found = tokens.get(user.id)
        assert found is not None
        assert found.needs_reconnect
        assert found.access_token == ""


def test_a_refused_token_is_wiped_and_asks_to_reconnect(engine: Engine, ada: User) -> None:
    tokens = Tokens(engine, [NEW])
    tokens.mark_needs_reconnect(ada.id)
    assert tokens.get(ada.id) is None
    tokens.put(ada.id, TOKEN_OF_ADA)
    tokens.mark_needs_reconnect(ada.id)
    assert tokens.get(ada.id) == replace(
        TOKEN_OF_ADA, access_token="", refresh_token="", needs_reconnect=True
    )
    assert tokens.reencrypt() == 0
    tokens.put(ada.id, TOKEN_OF_ADA)
    assert tokens.get(ada.id) == TOKEN_OF_ADA


def test_a_token_of_a_user_who_is_gone_is_refused(engine: Engine) -> None:
    with pytest.raises(StoreConflict):
        Tokens(engine, [NEW]).put("f" * 32, TOKEN_OF_ADA)


@pytest.mark.parametrize("keys", [[], [""]])
def test_without_a_key_nothing_is_kept(engine: Engine, keys: list[str]) -> None:
    with pytest.raises(StoreMisconfigured, match="HOOKLIST_SECRET_KEY"):
        Tokens(engine, keys)


def test_eight_threads_with_an_expired_token_refresh_it_once(engine: Engine, ada: User) -> None:
    # Two instances, as two processes would have.
    stores = [Tokens(engine, [NEW]), Tokens(engine, [NEW])]
    stores[0].put(ada.id, TOKEN_OF_ADA)
    refreshed = []

    def use(number: int) -> str:
        tokens = stores[number % 2]
        with tokens.refreshing(ada.id) as token:
            assert token is not None
            if token.expires_at < 1000:
                refreshed.append(number)
                time.sleep(0.1)
                token = replace(token, access_token=f"fresh-{number}", expires_at=2000.0)
                tokens.put(ada.id, token)
        return token.access_token

    with ThreadPoolExecutor(8) as pool:
        seen = set(pool.map(use, range(8)))
    assert len(refreshed) == 1
    assert seen == {f"fresh-{refreshed[0]}"}


PROCESS = """
import sys, time
from dataclasses import replace
from webapp.store import Tokens, open_engine
url, user, key, log = sys.argv[1:]
tokens = Tokens(open_engine(url, connections=2), [key])
with tokens.refreshing(user) as token:
    if token.expires_at < 1000:
        with open(log, "a") as file:
            file.write("refreshed\\n")
        time.sleep(0.3)
        tokens.put(user, replace(token, access_token="fresh", expires_at=2000.0))
"""


def test_two_processes_with_an_expired_token_refresh_it_once(
    engine: Engine, database_url: str, ada: User, tmp_path: Path
) -> None:
    tokens = Tokens(engine, [NEW])
    tokens.put(ada.id, TOKEN_OF_ADA)
    log = tmp_path / "log"
    arguments = [sys.executable, "-c", PROCESS, database_url, ada.id, NEW, str(log)]
    processes = [subprocess.Popen(arguments) for _ in range(2)]
    assert [process.wait(30) for process in processes] == [0, 0]
    assert log.read_text() == "refreshed\n"
    held = tokens.get(ada.id)
    assert held is not None
    assert held.access_token == "fresh"


def test_waiting_for_somebody_elses_refresh_has_an_end(engine: Engine, ada: User) -> None:
    here, elsewhere = Tokens(engine, [NEW]), Tokens(engine, [NEW])
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with elsewhere.refreshing(ada.id):
            held.set()
            done.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(10)
    begun = time.monotonic()
    with pytest.raises(StoreBusy), here.refreshing(ada.id, wait=0.3):
        pass
    assert 0.3 <= time.monotonic() - begun < 2
    done.set()
    holder.join()
    with here.refreshing(ada.id, wait=1) as token:
        assert token is None


def test_an_error_while_refreshing_lets_the_next_one_try(engine: Engine, ada: User) -> None:
    tokens = Tokens(engine, [NEW])
    with pytest.raises(ZeroDivisionError), tokens.refreshing(ada.id):
        raise ZeroDivisionError
    with tokens.refreshing(ada.id, wait=0.5):
        pass

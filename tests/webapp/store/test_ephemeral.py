from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.webapp.store.servers import SteppingClock, ValkeyServer
from webapp.store import Ephemeral, open_ephemeral
from webapp.store.ephemeral_process import ProcessEphemeral
from webapp.store.errors import StoreMisconfigured, ValueUnstorable

PATIENCE = 8.0


@pytest.fixture(params=["process", "file", "valkey"])
def ephemeral(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ephemeral]:
    url = request.getfixturevalue("valkey").url if request.param == "valkey" else ""
    file = tmp_path / "ephemeral-x.db" if request.param == "file" else None
    store = open_ephemeral(url, file=file)
    assert store.health().healthy
    yield store
    store.close()


@pytest.fixture
def shared(valkey: ValkeyServer) -> Iterator[Ephemeral]:
    store = open_ephemeral(valkey.url)
    yield store
    store.close()


def eventually(check: Callable[[], object], seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.02)


class TestContract:
    def test_a_value_comes_back_until_its_time_is_over(self, ephemeral: Ephemeral) -> None:
        assert ephemeral.get("x") is None
        value = {"a": [1, 2.5, "ü\x00", None, True]}
        assert ephemeral.set("x", value, ttl=0.3)
        assert ephemeral.get("x") == value
        eventually(lambda: ephemeral.get("x") is None, 2)

    def test_what_is_done_to_a_value_changes_nothing_here(self, ephemeral: Ephemeral) -> None:
        value = {"a": [1]}
        ephemeral.set("x", value, ttl=60)
        value["a"].append(2)
        ephemeral.get("x")["a"].append(3)
        assert ephemeral.get("x") == {"a": [1]}

    def test_a_deleted_value_is_gone(self, ephemeral: Ephemeral) -> None:
        ephemeral.set("x", 1, ttl=60)
        ephemeral.delete("x")
        ephemeral.delete("never there")
        assert ephemeral.get("x") is None

    def test_a_value_that_is_too_large_is_not_kept_nor_the_one_before(
        self, ephemeral: Ephemeral
    ) -> None:
        ephemeral.set("x", "small", ttl=60)
        assert not ephemeral.set("x", "x" * 300_000, ttl=60)
        assert ephemeral.get("x") is None

    def test_only_plain_data_is_taken(self, ephemeral: Ephemeral) -> None:
        for bad in (object(), float("nan"), {1, 2}):
            with pytest.raises(ValueUnstorable):
                ephemeral.set("x", bad, ttl=60)

    @pytest.mark.parametrize("key", ["", "a b\r\nSET x 1", "ü\ud800", "k" * 5000, "../x\x00"])
    def test_any_text_is_a_key(self, ephemeral: Ephemeral, key: str) -> None:
        assert ephemeral.set(key, key[:1].isascii(), ttl=60)
        assert ephemeral.get(key) is key[:1].isascii()
        assert ephemeral.get(key + "x") is None

    def test_a_counter_allows_so_many_per_window(self, ephemeral: Ephemeral) -> None:
        hits = [ephemeral.hit("k", limit=3, window=0.5) for _ in range(5)]
        assert [hit.allowed for hit in hits] == [True, True, True, False, False]
        assert [hit.count for hit in hits] == [1, 2, 3, 4, 5]
        assert all(0 < hit.retry_after <= 0.5 for hit in hits)
        assert ephemeral.hit("other", limit=1, window=60).allowed
        eventually(lambda: ephemeral.hit("k", limit=3, window=0.5).allowed, 3)

    def test_simultaneous_hits_are_each_counted(self, ephemeral: Ephemeral) -> None:
        with ThreadPoolExecutor(8) as pool:
            hits = list(pool.map(lambda _: ephemeral.hit("k", limit=10, window=60), range(40)))
        assert sum(hit.allowed for hit in hits) == 10

    def test_a_call_wakes_a_sleeper_at_once(self, ephemeral: Ephemeral) -> None:
        wakeup = ephemeral.wakeup("jobs")
        threading.Timer(0.2, wakeup.wake).start()
        begun = time.monotonic()
        assert wakeup.wait(2.0)
        assert time.monotonic() - begun < 1.0

    def test_a_call_before_the_sleep_is_remembered_once(self, ephemeral: Ephemeral) -> None:
        wakeup = ephemeral.wakeup("jobs")
        wakeup.wake()
        assert wakeup.wait(0.2)
        assert not wakeup.wait(0.1)
        assert not ephemeral.wakeup("others").wait(0.1)

    def test_calls_that_nobody_hears_do_not_pile_up(self, ephemeral: Ephemeral) -> None:
        wakeup = ephemeral.wakeup("jobs")
        for _ in range(200):
            wakeup.wake()
        heard = sum(wakeup.wait(0.06) for _ in range(70))
        assert heard == 64


class TestProcess:
    def test_it_stays_small(self) -> None:
        store = ProcessEphemeral(most_values=3, most_bytes=1000)
        for number in range(5):
            store.set(str(number), number, ttl=60)
        assert [store.get(str(number)) for number in range(5)] == [None, None, 2, 3, 4]
        store.set("big", "x" * 990, ttl=60)
        # 992 bytes with its quotes: there is room for it alone or with few others.
        assert store.get("big") == "x" * 990
        store.set("bigger", "x" * 998, ttl=60)
        assert [store.get(key) for key in ("3", "4", "big")] == [None, None, None]
        assert store.get("bigger") == "x" * 998

    def test_what_was_used_longest_ago_goes_first(self) -> None:
        store = ProcessEphemeral(most_values=2)
        store.set("a", 1, ttl=60)
        store.set("b", 2, ttl=60)
        store.get("a")
        store.set("c", 3, ttl=60)
        assert (store.get("a"), store.get("b"), store.get("c")) == (1, None, 3)

    def test_counters_do_not_grow_without_end(self, monotonic: SteppingClock) -> None:
        store = ProcessEphemeral(monotonic)
        for number in range(60_000):
            store.hit(str(number), limit=1, window=60)
        assert len(store._counters) <= 50_000


@pytest.mark.parametrize("url", ["http://x", "redis://host:notaport", "nonsense", "redis://[::1"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(StoreMisconfigured, match="cache server"):
        open_ephemeral(url)


def test_two_processes_share_one_server_and_other_keys_are_left_alone(
    valkey: ValkeyServer, shared: Ephemeral
) -> None:
    other = open_ephemeral(valkey.url)
    shared.set("x", 1, ttl=60)
    assert other.get("x") == 1
    elsewhere = open_ephemeral(valkey.url, namespace="elsewhere:")
    assert elsewhere.get("x") is None
    assert all(key.startswith(b"hooklist:") for key in valkey.client().keys("*x*"))
    for store in (other, elsewhere):
        store.close()


def test_the_valkey_scheme_and_a_port_work_too(tmp_path: Path) -> None:
    server = ValkeyServer(tmp_path, port=True)
    server.start()
    store = open_ephemeral(server.url.replace("redis://", "valkey://"))
    try:
        assert store.health().healthy
        assert store.set("x", 1, ttl=60)
    finally:
        store.close()
        server.kill()


@pytest.mark.parametrize("foreign", [b"\x80\x04pickle", b"{half", b"x" * 400_000])
def test_what_somebody_else_wrote_under_our_key_is_no_value(
    valkey: ValkeyServer, shared: Ephemeral, foreign: bytes
) -> None:
    valkey.client().set("hooklist:c:x", foreign)
    assert shared.get("x") is None
    assert shared.health().healthy


def test_a_server_that_was_never_there_is_stood_in_for(tmp_path: Path) -> None:
    begun = time.monotonic()
    store = open_ephemeral(f"unix://{tmp_path}/none.sock")
    assert time.monotonic() - begun < 1
    assert_whole(store)
    assert not store.health().healthy
    assert store.health().trouble
    store.close()


def assert_whole(store: Ephemeral, within: float = 1.0) -> None:
    """Check that everything works, and that nothing of it waits for long."""
    begun = time.monotonic()
    assert store.set("whole", {"a": 1}, ttl=60)
    assert store.get("whole") == {"a": 1}
    store.delete("whole")
    assert store.get("whole") is None
    assert store.hit(f"whole{begun}", limit=1, window=60).allowed
    assert not store.hit(f"whole{begun}", limit=1, window=60).allowed
    store.wakeup("whole").wake()
    assert store.wakeup("whole").wait(0.5)
    assert time.monotonic() - begun < within


def test_a_killed_server_is_stood_in_for_and_used_again_when_it_is_back(
    valkey: ValkeyServer, shared: Ephemeral
) -> None:
    shared.set("before", 1, ttl=60)
    valkey.kill()
    assert_whole(shared)
    assert shared.get("before") is None
    assert not shared.health().healthy
    valkey.start()
    eventually(lambda: shared.health().healthy)
    assert_whole(shared)
    shared.set("after", 2, ttl=60)
    assert valkey.client().get("hooklist:c:after") == b"2"


def test_a_flushed_server_only_forgets(valkey: ValkeyServer, shared: Ephemeral) -> None:
    shared.set("x", 1, ttl=60)
    valkey.client().flushall()
    assert shared.get("x") is None
    assert_whole(shared)
    assert shared.health().healthy


def test_a_full_server_is_stood_in_for_until_there_is_room(
    valkey: ValkeyServer, shared: Ephemeral
) -> None:
    client = valkey.client()
    client.config_set("maxmemory-policy", "noeviction")
    client.config_set("maxmemory", "1")
    assert_whole(shared)
    assert "OOM" in shared.health().trouble or "maxmemory" in shared.health().trouble
    client.config_set("maxmemory", "0")
    eventually(lambda: shared.health().healthy)
    assert_whole(shared)


def test_a_read_only_server_is_stood_in_for(valkey: ValkeyServer, shared: Ephemeral) -> None:
    client = valkey.client()
    client.replicaof("127.0.0.1", "1")
    assert_whole(shared)
    assert not shared.health().healthy
    client.replicaof("NO", "ONE")
    eventually(lambda: shared.health().healthy)


@pytest.mark.parametrize("how", ["stopped", "paused"])
def test_a_server_that_hangs_costs_one_short_wait(
    valkey: ValkeyServer, shared: Ephemeral, how: str
) -> None:
    shared.get("x")
    if how == "stopped":
        valkey.signal(signal.SIGSTOP)
    else:
        valkey.client().client_pause(3000)
    begun = time.monotonic()
    shared.get("x")
    assert time.monotonic() - begun < 0.6
    begun = time.monotonic()
    for number in range(200):
        shared.set(f"x{number}", number, ttl=60)
        assert shared.get(f"x{number}") == number
    assert time.monotonic() - begun < 0.3
    valkey.signal(signal.SIGCONT)
    eventually(lambda: shared.health().healthy)
    assert_whole(shared)


class SlowProxy:
    """Passes bytes on to a server after a delay."""

    def __init__(self, target: str, delay: float) -> None:
        self._target = target
        self.delay = delay
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self._listener.getsockname()[1]}/0"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._target)
            threading.Thread(target=self._pass, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client, False), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, slowly: bool) -> None:
        try:
            while data := source.recv(65536):
                if slowly:
                    time.sleep(self.delay)
                target.sendall(data)
        except OSError:
            pass
        finally:
            for end in (source, target):
                end.close()

    def close(self) -> None:
        self._listener.close()


def test_a_server_that_answers_slowly_is_given_up_and_taken_back(valkey: ValkeyServer) -> None:
    proxy = SlowProxy(f"{valkey.folder}/valkey.sock", 0.0)
    store = open_ephemeral(proxy.url)
    assert store.health().healthy
    proxy.delay = 0.15
    for _ in range(3):
        store.get("x")
    assert not store.health().healthy
    assert "longer than 0.1 s" in store.health().trouble
    begun = time.monotonic()
    for _ in range(100):
        store.get("x")
    assert time.monotonic() - begun < 0.2
    proxy.delay = 0.0
    eventually(lambda: store.health().healthy)
    store.close()
    proxy.close()


def test_a_call_while_the_server_is_away_wakes_the_workers_of_this_process(
    valkey: ValkeyServer, shared: Ephemeral
) -> None:
    wakeup = shared.wakeup("jobs")
    results: list[tuple[bool, float]] = []

    def sleep() -> None:
        begun = time.monotonic()
        results.append((wakeup.wait(2.0), time.monotonic() - begun))

    sleeper = threading.Thread(target=sleep)
    sleeper.start()
    time.sleep(0.2)
    valkey.kill()
    time.sleep(0.2)
    wakeup.wake()
    sleeper.join()
    ((woken, after),) = results
    assert woken
    assert after < 1.5


def test_what_changed_while_the_server_was_away_is_not_read_from_it_later(
    valkey: ValkeyServer, shared: Ephemeral
) -> None:
    shared.set("deleted", "old", ttl=600)
    shared.set("changed", "old", ttl=600)
    shared.set("untouched", "old", ttl=600)
    valkey.signal(signal.SIGSTOP)
    shared.delete("deleted")
    shared.set("changed", "new", ttl=600)
    valkey.signal(signal.SIGCONT)
    eventually(lambda: shared.health().healthy)
    assert shared.get("deleted") is None
    assert shared.get("changed") in (None, "new")
    assert shared.get("untouched") == "old"


def test_sixteen_threads_go_on_while_the_server_dies_and_returns(
    valkey: ValkeyServer, shared: Ephemeral
) -> None:
    stop = threading.Event()
    failures: list[Any] = []
    slowest = [0.0]

    def use(number: int) -> None:
        step = 0
        while not stop.is_set():
            step += 1
            begun = time.monotonic()
            try:
                shared.set(f"{number}", step, ttl=60)
                shared.get(f"{number}")
                shared.hit(f"{number}", limit=1, window=1)
            except Exception as error:
                failures.append(error)
            slowest[0] = max(slowest[0], time.monotonic() - begun)
            time.sleep(0.005)

    threads = [threading.Thread(target=use, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        time.sleep(0.2)
        valkey.kill()
        time.sleep(0.2)
        valkey.start()
        eventually(lambda: shared.health().healthy)
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert slowest[0] < 2.0


def test_closing_ends_its_threads(valkey: ValkeyServer) -> None:
    before = set(threading.enumerate())
    store = open_ephemeral(valkey.url)
    valkey.kill()
    store.get("x")
    assert set(threading.enumerate()) - before, "no thread tries to reach the server again"
    store.close()
    assert set(threading.enumerate()) <= before

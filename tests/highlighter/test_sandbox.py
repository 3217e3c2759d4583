from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from highlighter.errors import (
    AudioCrashedError,
    AudioEmptyError,
    AudioOutOfMemoryError,
    AudioStoppedError,
    AudioTimeoutError,
)
from highlighter.highlight import Highlight
from highlighter.sandbox import Pool, run_isolated
from highlighter.sandbox.codec import CodecError, Inbox, pack, unpack

ERRANDS = Path(__file__).parent / "sandboxed"


@pytest.fixture(scope="module")
def errands() -> Iterator[ModuleType]:
    sys.path.insert(0, str(ERRANDS))
    try:
        import errands

        yield errands
    finally:
        sys.path.remove(str(ERRANDS))


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    made = Pool(1)
    yield made
    made.close()


def test_arguments_and_results_of_every_kind_come_back_as_they_went(
    errands: ModuleType, pool: Pool
) -> None:
    highlight = Highlight(1.0, 31.0, 30.0, "repetition", 0.5, "it comes back")
    values = (None, True, 3, 0.1, "ä\ud800", [1, [2]], (1, ("a",)), {"k": (2,)}, Path("/a b"))
    answer = run_isolated(errands.echo, *values, highlight, pool=pool, named=float("inf"))
    assert answer == [*values, highlight, {"named": float("inf")}]
    assert type(answer[6]) is tuple


def test_arrays_come_back_bit_by_bit(errands: ModuleType, pool: Pool) -> None:
    array = np.random.default_rng(0).standard_normal((1000, 2)).astype(np.float32)
    (answer, _) = run_isolated(errands.echo, array, pool=pool)
    assert answer.dtype == array.dtype
    assert np.array_equal(answer, array)


@pytest.mark.parametrize(
    ("errand", "told"), [("segfault", "SIGSEGV"), ("abort", "SIGABRT"), ("leave", "status 7")]
)
def test_a_child_that_dies_is_a_typed_failure_and_the_next_job_works(
    errands: ModuleType, pool: Pool, errand: str, told: str
) -> None:
    with pytest.raises(AudioCrashedError, match=told):
        run_isolated(getattr(errands, errand), pool=pool)
    assert run_isolated(errands.echo, 1, pool=pool) == [1, {}]


@pytest.mark.parametrize("errand", ["spin", "sleep_deaf"])
def test_a_child_that_does_not_end_is_stopped_in_time(
    errands: ModuleType, pool: Pool, errand: str
) -> None:
    begun = time.monotonic()
    with pytest.raises(AudioTimeoutError, match="more than 1 s"):
        run_isolated(getattr(errands, errand), timeout=1.0, pool=pool)
    assert time.monotonic() - begun < 4.0


def test_a_child_that_eats_memory_is_stopped(errands: ModuleType, pool: Pool) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(AudioOutOfMemoryError, match="1024 MB"):
        run_isolated(errands.eat_memory, memory_mb=1024, pool=pool)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_files_and_descriptors_are_bounded(errands: ModuleType, pool: Pool, tmp_path: Path) -> None:
    big = tmp_path / "big"
    with pytest.raises(AudioCrashedError):
        run_isolated(errands.write_too_much, str(big), file_mb=2, pool=pool)
    assert big.stat().st_size <= 2 << 20
    with pytest.raises(AudioCrashedError, match="Too many open files"):
        run_isolated(errands.open_many, pool=pool)


def test_a_typed_failure_arrives_as_itself(errands: ModuleType, pool: Pool) -> None:
    with pytest.raises(AudioEmptyError) as caught:
        run_isolated(errands.fail_typed, "/a.mp3", pool=pool)
    assert caught.value.which == "/a.mp3"
    assert caught.value.details == {"bytes": 0}


def test_an_untyped_failure_and_an_unsendable_result_are_told_as_crashes(
    errands: ModuleType, pool: Pool
) -> None:
    with pytest.raises(AudioCrashedError, match="KeyError"):
        run_isolated(errands.fail_plainly, pool=pool)
    with pytest.raises(AudioCrashedError, match="object cannot be sent"):
        run_isolated(errands.return_object, pool=pool)


def test_a_flood_on_the_outputs_neither_blocks_nor_reaches_this_process(
    errands: ModuleType, pool: Pool, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run_isolated(errands.chatter, timeout=20, pool=pool) == "done"
    assert capfd.readouterr() == ("", "")


def test_the_child_has_no_secrets_and_no_standard_input(
    errands: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOKLIST_SECRET_KEY", "do not tell")
    fresh = Pool(1)
    try:
        seen = run_isolated(errands.environment, pool=fresh)
        assert not [name for name in seen if name.startswith("HOOKLIST")]
        assert run_isolated(errands.stdin_text, pool=fresh) == ""
    finally:
        fresh.close()


def test_a_child_is_kept_and_replaced_after_its_share_of_jobs(errands: ModuleType) -> None:
    pool = Pool(1, jobs_each=2)
    try:
        pids = [run_isolated(errands.own_pid, pool=pool) for _ in range(4)]
    finally:
        pool.close()
    assert pids[0] == pids[1] != pids[2] == pids[3]
    assert os.getpid() not in pids


def test_a_child_is_replaced_once_it_has_grown_whatever_this_process_holds(
    errands: ModuleType,
) -> None:
    held = np.ones(40 << 20)  # 320 MB here say nothing about the child
    pools = [Pool(1, grown_mb=grown) for grown in (300.0, 1.0)]
    try:
        for pool, kept in zip(pools, (True, False), strict=True):
            pids = {run_isolated(errands.own_pid, pool=pool) for _ in range(3)}
            assert (len(pids) == 1) == kept
    finally:
        for pool in pools:
            pool.close()
    assert held[0] == 1.0


def test_progress_is_told_here_and_a_stop_ends_the_child(errands: ModuleType, pool: Pool) -> None:
    told: list[tuple[object, ...]] = []
    answer = run_isolated(
        errands.count, to=3, progress=lambda *values: told.append(values), pool=pool
    )
    assert answer == 3
    assert told == [(1, 3, "counting"), (2, 3, "counting"), (3, 3, "counting")]
    with pytest.raises(AudioStoppedError):
        run_isolated(errands.spin, timeout=30, should_stop=lambda: True, pool=pool)


def test_threads_share_the_pool_and_wait_their_turn(errands: ModuleType, pool: Pool) -> None:
    answers: list[list[object]] = []
    threads = [
        threading.Thread(
            target=lambda n=number: answers.append(run_isolated(errands.echo, n, pool=pool))
        )
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(answer[0] for answer in answers) == list(range(8))


def test_waiting_for_a_busy_pool_is_bounded(errands: ModuleType) -> None:
    pool = Pool(1)

    def occupy() -> None:
        with contextlib.suppress(AudioTimeoutError):
            run_isolated(errands.spin, timeout=2.0, pool=pool)

    other = threading.Thread(target=occupy)
    other.start()
    time.sleep(0.3)
    try:
        with pytest.raises(AudioTimeoutError, match="busy"):
            run_isolated(errands.echo, 1, timeout=0.5, pool=pool)
    finally:
        other.join(20)
        pool.close()


def test_a_child_leaves_when_its_parent_is_killed(errands: ModuleType) -> None:
    script = (
        "import sys, threading, time; sys.path.insert(0, sys.argv[1]); import errands\n"
        "from highlighter.sandbox import run_isolated\n"
        "print(run_isolated(errands.own_pid), flush=True)\n"
        "run_isolated(errands.sleep_deaf)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(ERRANDS)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    time.sleep(0.3)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    ends = time.monotonic() + 10
    while Path(f"/proc/{child}/status").exists() and time.monotonic() < ends:
        if "State:\tZ" in Path(f"/proc/{child}/status").read_text():
            break
        time.sleep(0.05)
    else:
        assert not Path(f"/proc/{child}").exists()


def test_what_cannot_be_found_by_name_or_sent_is_refused_at_once(errands: ModuleType) -> None:
    with pytest.raises(ValueError, match="cannot be found"):
        run_isolated(lambda: 1)
    with pytest.raises(ValueError, match="cannot be sent"):
        run_isolated(errands.echo, object())


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"HLS1",
        b"XXXX" + bytes(20),
        pack([1])[:-1],
        pack({"a": np.zeros(3)})[:-4],
    ],
)
def test_bytes_that_are_no_message_are_refused(message: bytes) -> None:
    with pytest.raises(CodecError):
        unpack(message, trusted=False)


def test_a_reply_cannot_name_other_classes_or_carry_objects() -> None:
    forged = pack(["x"]).replace(b'["x"]', b'{"class":"os:system","fields":{}}')
    with pytest.raises(CodecError):
        unpack(forged, trusted=False)
    text = b'{"class": "subprocess:Popen", "fields": {"args": ["true"]}}'
    framed = b"HLS1" + len(text).to_bytes(4, "big") + bytes(4) + text
    with pytest.raises(CodecError, match="not a class that may be sent"):
        unpack(framed, trusted=False)
    with pytest.raises(CodecError):
        pack(np.array([object()]))


def test_an_announced_message_beyond_the_limit_is_refused_before_it_arrives() -> None:
    with pytest.raises(CodecError, match="allowed"):
        Inbox(1000).feed((1001).to_bytes(8, "big"))

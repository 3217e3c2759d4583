"""Functions that the sandbox's tests run in a child, some of them deadly."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from highlighter.errors import AudioEmptyError


def echo(*values: Any, **named: Any) -> Any:
    return [*values, named]


def own_pid() -> int:
    return os.getpid()


def segfault() -> None:
    ctypes.string_at(0)


def abort() -> None:
    os.abort()


def leave() -> None:
    os._exit(7)


def spin() -> None:
    while True:
        pass


def sleep_deaf() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM, signal.SIGTERM})
    time.sleep(60)


def eat_memory() -> int:
    kept = []
    while True:
        kept.append(np.ones(4 << 20))


def write_too_much(path: str) -> None:
    with Path(path).open("wb") as file:
        for _ in range(64):
            file.write(bytes(1 << 20))
            file.flush()


def open_many() -> int:
    return len([Path("/dev/null").open() for _ in range(1000)])


def fail_plainly() -> None:
    raise KeyError("not told to anybody")


def fail_typed(path: str) -> None:
    raise AudioEmptyError("This file is empty", which=path, details={"bytes": 0})


def return_object() -> object:
    return object()


def chatter() -> str:
    for _ in range(2000):
        os.write(2, b"dequantization failed! " * 40)
        print("and on standard output")
    return "done"


def environment() -> dict[str, str]:
    return dict(os.environ)


def stdin_text() -> str:
    return sys.stdin.read()


def count(progress: Callable[..., None], to: int) -> int:
    for number in range(to):
        progress(number + 1, to, "counting")
    return to

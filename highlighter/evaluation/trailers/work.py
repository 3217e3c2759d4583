"""A few child processes at once, for files that come from anywhere."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any, TypeVar

from highlighter.sandbox import Pool, run_isolated
from hooklist_errors import HooklistError

TIMEOUT = 900.0
MEMORY_MB = 4_096
"""Of address space, most of which libraries reserve and do not use."""

T = TypeVar("T")
R = TypeVar("R")


class Workers:
    """Runs functions in children, a few at a time.

    Parameters
    ----------
    size
        Children at once.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._pool = Pool(size=size)
        self._stop = threading.Event()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._pool.close()

    def run(self, function: Callable[..., T], *arguments: Any) -> T | str:
        """Return what a function of this package answers in a child, or why it did not."""
        try:
            return run_isolated(
                function,
                *arguments,
                timeout=TIMEOUT,
                memory_mb=MEMORY_MB,
                pool=self._pool,
                should_stop=self._stop.is_set,
            )
        except HooklistError as error:
            return str(error)

    def each(
        self, task: Callable[[T], R], values: Sequence[T], done: Callable[[int], object]
    ) -> list[R]:
        """Return what `task` answers for each value, in order; `done` is told how many are."""
        threads = ThreadPoolExecutor(self._size)
        try:
            futures = [threads.submit(task, value) for value in values]
            for count, _ in enumerate(as_completed(futures), start=1):
                done(count)
            return [future.result() for future in futures]
        except BaseException:
            self._stop.set()
            raise
        finally:
            threads.shutdown(cancel_futures=True)

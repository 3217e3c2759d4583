"""Coalescing: who asks for what somebody is just asking for waits for that answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any, TypeVar

_Result = TypeVar("_Result")


class Flights:
    """Calls under way, by key. The key must name the user: answers are personal."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flying: dict[str, Future[Any]] = {}

    def share(self, key: str, call: Callable[[], _Result], *, wait: float) -> _Result:
        """Return what `call` returns, or what somebody's call with the same key is returning.

        Parameters
        ----------
        key
            Names the user and the whole question.
        call
            Asks.
        wait
            Seconds to wait for somebody else's call before asking ourselves.
        """
        with self._lock:
            flight = self._flying.get(key)
            leads = flight is None
            if flight is None:
                flight = self._flying[key] = Future()
        if not leads:
            try:
                joined: _Result = flight.result(timeout=wait)
            except FutureTimeout:
                if flight.done():
                    raise
                return call()
            return joined
        try:
            result = call()
        except BaseException as error:
            self._land(key)
            flight.set_exception(error)
            raise
        self._land(key)
        flight.set_result(result)
        return result

    def _land(self, key: str) -> None:
        with self._lock:
            self._flying.pop(key, None)

"""A recommender that follows its catalogue: a new version is loaded aside and swapped in."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from recommender.catalogue.artefacts import CURRENT
from recommender.recommend import Recommender

_Stamp = tuple[int, int, int]


class RecommenderHolder:
    """Gives the current recommender at once, and keeps it current in the background.

    Parameters
    ----------
    path
        The catalogue's folder.
    check_seconds
        CURRENT is looked at no more often than this (one ``stat``).
    load
        Opens the catalogue; a load that fails leaves the old recommender in place.
    clock
        Monotonic seconds.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        check_seconds: float = 1.0,
        load: Callable[[Path], Recommender] = Recommender.open,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path = Path(path)
        self.last_error: Exception | None = None
        self._check_seconds = check_seconds
        self._load = load
        self._clock = clock
        self._lock = threading.Lock()
        self._recommender: Recommender | None = None
        self._stamp: _Stamp | None = None
        self._checked = float("-inf")
        self._loading: threading.Thread | None = None

    def get(self) -> Recommender:
        """Return the recommender; only the very first call waits for loading.

        Raises
        ------
        CatalogueMissing, CatalogueCorrupt
            There is nothing to serve yet.
        """
        serving = self._recommender
        if serving is None:
            return self._first()
        now = self._clock()
        if now - self._checked >= self._check_seconds:
            with self._lock:
                self._checked = now
                stamp = self._read_stamp()
                busy = self._loading is not None and self._loading.is_alive()
                if stamp is not None and stamp != self._stamp and not busy:
                    self._loading = threading.Thread(
                        target=self._reload, args=(stamp,), name="catalogue-reload", daemon=True
                    )
                    self._loading.start()
        return serving

    def wait(self, timeout: float) -> None:
        """Wait until a reload that is under way has ended, at most `timeout` seconds."""
        with self._lock:
            # Under the lock, so that it is never one that is about to be started.
            loading = self._loading
        if loading is not None:
            loading.join(timeout)

    def _first(self) -> Recommender:
        with self._lock:
            if self._recommender is None:
                stamp = self._read_stamp()
                self._recommender = self._load(self.path)
                self._stamp, self._checked = stamp, self._clock()
            return self._recommender

    def _reload(self, stamp: _Stamp) -> None:
        try:
            fresh = self._load(self.path)
        except Exception as error:
            # Whatever it was, the old version can still be served.
            self.last_error = error
        else:
            self._recommender, self.last_error = fresh, None
        # A version that does not load is not tried again until CURRENT changes.
        self._stamp = stamp

    def _read_stamp(self) -> _Stamp | None:
        try:
            found = os.stat(self.path / CURRENT)
        except OSError:
            return None
        return (found.st_mtime_ns, found.st_ino, found.st_size)

"""The parent's view of one child process: one job at a time, with a deadline."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from highlighter.errors import (
    AudioCrashedError,
    AudioError,
    AudioOutOfMemoryError,
    AudioStoppedError,
    AudioTimeoutError,
)
from highlighter.sandbox.codec import CodecError, Inbox, pack, unpack
from hooklist_errors import HooklistError, all_errors

_TICK = 0.2  # s between looks at `should_stop`
_LARGEST_REPLY = 256 << 20
_STDERR_KEPT = 4096
_PASSED_ON = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH", "TMPDIR", "TZ")
_LENGTH_BYTES = 8


@dataclass(frozen=True, slots=True)
class Job:
    """What a child is to do, and how much it may take.

    Attributes
    ----------
    module, name
        Where the function is found.
    arguments, keywords
        What it is given.
    timeout
        Seconds of wall clock; as many of processor time.
    memory_mb
        Megabytes of address space of the whole child.
    file_mb
        Megabytes of the largest file it may write.
    open_files
        Descriptors.
    """

    module: str
    name: str
    arguments: list[Any]
    keywords: dict[str, Any]
    timeout: float
    memory_mb: int
    file_mb: int
    open_files: int


class ChildGoneError(Exception):
    """The child left, idle, before it took the job; another child can have it."""


class ChildProcess:
    """A fresh interpreter that does jobs, one after the other.

    It gets no secrets: of this process's environment it sees where programs and libraries are.
    """

    def __init__(self) -> None:
        own, theirs = socket.socketpair()
        with theirs:
            environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
            environment |= {
                "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry),
                "PYTHONDONTWRITEBYTECODE": "1",
                # One thread each: the pool is what runs side by side.
                "OPENBLAS_NUM_THREADS": "1",
                "OMP_NUM_THREADS": "1",
                "MALLOC_ARENA_MAX": "2",
                # Blocks of sound are of this size: handing each back to the system and asking for
                # it anew took a tenth of the time of a process's first song.
                "MALLOC_MMAP_THRESHOLD_": str(8 << 20),
                "MALLOC_TRIM_THRESHOLD_": str(32 << 20),
            }
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", "highlighter.sandbox", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
                env=environment,
                start_new_session=True,
            )
        self._socket = own
        self._socket.setblocking(False)
        self._inbox = Inbox(_LARGEST_REPLY)
        self._said = b""
        self.jobs = 0
        self.resident_mb = 0.0
        self.usable = True

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    def run(
        self,
        job: Job,
        progress: Callable[..., object] | None,
        should_stop: Callable[[], bool] | None,
    ) -> Any:
        """Return what the job's function returned.

        Raises
        ------
        HooklistError
            The job failed with one, took too long or too much, was stopped, or killed the child.
        ChildGoneError
            The child had left before.
        """
        deadline = time.monotonic() + job.timeout
        finished = False
        try:
            reply = self._exchange(job, deadline, progress, should_stop)
            finished = True
        finally:
            self.jobs += 1
            if not finished:
                self.close()
        resident = reply.get("resident_kb", 0)
        self.resident_mb = float(resident) / 1024.0 if isinstance(resident, int) else 0.0
        return self._answer(job, reply)

    def _exchange(
        self,
        job: Job,
        deadline: float,
        progress: Callable[..., object] | None,
        should_stop: Callable[[], bool] | None,
    ) -> dict[str, Any]:
        waiting = memoryview(_order(job, progress is not None))
        with selectors.DefaultSelector() as selector:
            both = selectors.EVENT_READ | selectors.EVENT_WRITE
            selector.register(self._socket, both)
            if self._process.stderr is not None and not self._process.stderr.closed:
                selector.register(self._process.stderr, selectors.EVENT_READ)
            while True:
                if should_stop is not None and should_stop():
                    raise AudioStoppedError("The work on this audio was stopped", which=job.name)
                left = deadline - time.monotonic()
                if left <= 0.0:
                    raise _too_slow(job)
                for key, events in selector.select(min(left, _TICK)):
                    if key.fileobj is not self._socket:
                        self._listen(selector)
                        continue
                    if events & selectors.EVENT_WRITE and waiting:
                        waiting = waiting[self._sent(waiting) :]
                        if not waiting:
                            selector.modify(self._socket, selectors.EVENT_READ)
                    if events & selectors.EVENT_READ:
                        reply = self._read(job, progress)
                        if reply is not None:
                            return reply

    def _sent(self, waiting: memoryview) -> int:
        try:
            return self._socket.send(waiting[: 1 << 20])
        except BlockingIOError:
            return 0
        except OSError:
            return len(waiting)  # the child is gone; reading will tell how

    def _read(self, job: Job, progress: Callable[..., object] | None) -> dict[str, Any] | None:
        try:
            data = self._socket.recv(1 << 20)
        except BlockingIOError:
            return None
        except OSError:
            data = b""
        if not data:
            raise self._death(job)
        try:
            messages = [unpack(message, trusted=False) for message in self._inbox.feed(data)]
        except CodecError as error:
            raise _crashed(job, f"its answer made no sense ({error})") from error
        for message in messages:
            if not isinstance(message, dict):
                raise _crashed(job, "its answer made no sense")
            if "progress" not in message:
                return message
            if progress is not None and isinstance(message["progress"], list):
                progress(*message["progress"])
        return None

    def _listen(self, selector: selectors.BaseSelector) -> None:
        """Keep the end of what the child's libraries complain about, so that none can block."""
        stream = self._process.stderr
        if stream is None:
            return
        data = os.read(stream.fileno(), 1 << 16)
        if data:
            self._said = (self._said + data)[-_STDERR_KEPT:]
        else:
            selector.unregister(stream)

    def _death(self, job: Job) -> Exception:
        """Return what the end of the child means."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(2.0)
        status = self._process.returncode
        if status == 0 and self.jobs > 0:
            return ChildGoneError()
        if status in (-signal.SIGXCPU, -signal.SIGALRM):
            return _too_slow(job)
        if status is not None and status < 0:
            name = signal.Signals(-status).name if -status in set(signal.Signals) else str(-status)
            return _crashed(job, f"the process that read it was ended by {name}")
        tail = self._said.decode(errors="replace").strip().splitlines()[-1:]
        return _crashed(job, f"the process that read it ended with status {status}", tail)

    def _answer(self, job: Job, reply: dict[str, Any]) -> Any:
        if "result" in reply:
            return reply["result"]
        if "failure" in reply and isinstance(reply["failure"], dict):
            raise _rebuilt(reply["failure"])
        if "out_of_memory" in reply:
            self.usable = False
            raise AudioOutOfMemoryError(
                "This audio needs more memory than it may have",
                which=_subject(job),
                why=f"{job.memory_mb} MB are allowed",
                next_step="use a shorter file or one with a lower sample rate",
            )
        self.usable = False
        raise _crashed(job, str(reply.get("unexpected", "its answer made no sense"))[:500])

    def close(self) -> None:
        """End the child at once; may be called twice."""
        self.usable = False
        self._socket.close()
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        if self._process.stderr is not None:
            self._process.stderr.close()

    def forget(self) -> None:
        """Close this side's descriptors only: after a fork the child belongs to the other side."""
        self.usable = False
        self._socket.close()
        if self._process.stderr is not None:
            self._process.stderr.close()
        self._process.returncode = 0


def _order(job: Job, wants_progress: bool) -> bytes:
    message = pack(
        {
            "module": job.module,
            "name": job.name,
            "arguments": job.arguments,
            "keywords": job.keywords,
            "timeout": job.timeout,
            "memory_mb": job.memory_mb,
            "file_mb": job.file_mb,
            "open_files": job.open_files,
            "progress": wants_progress,
            "import_path": [str(entry) for entry in sys.path],
            "folder": _folder(),
        }
    )
    return len(message).to_bytes(_LENGTH_BYTES, "big") + message


def _folder() -> str:
    try:
        return os.getcwd()
    except OSError:
        return "/"


def _subject(job: Job) -> str:
    """Return what a job is about: its first argument if that names something."""
    first = job.arguments[0] if job.arguments else None
    return str(first) if isinstance(first, str | os.PathLike) else job.name


def _too_slow(job: Job) -> AudioTimeoutError:
    return AudioTimeoutError(
        "This audio took too long",
        which=_subject(job),
        why=f"more than {job.timeout:g} s",
        next_step="try again, or use a shorter file",
    )


def _crashed(job: Job, why: str, more: list[str] | None = None) -> AudioCrashedError:
    return AudioCrashedError(
        "This audio could not be worked on",
        which=_subject(job),
        why=why,
        next_step="export the file again; it is probably damaged",
        details={"said": more} if more else None,
    )


_KINDS_LOCK = threading.Lock()
_KINDS: dict[str, type[HooklistError]] = {}


def _rebuilt(plain: dict[str, Any]) -> HooklistError:
    """Return a child's failure as the class that has its code here."""
    code = str(plain.get("code", ""))
    with _KINDS_LOCK:
        if code not in _KINDS:
            _KINDS.update({kind.code: kind for kind in all_errors()})
        kind = _KINDS.get(code, AudioError)
    details = plain.get("details")
    error = kind.__new__(kind)
    HooklistError.__init__(
        error,
        str(plain.get("what", "")),
        which=str(plain.get("which", "")),
        why=str(plain.get("why", "")),
        next_step=str(plain.get("next_step", "")),
        kept=str(plain.get("kept", "")),
        details=details if isinstance(details, dict) else None,
    )
    return error

"""Running functions where a bad file can do no harm: in a child process with narrow limits."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

from highlighter.sandbox.codec import CodecError
from highlighter.sandbox.pool import Pool, close_shared_pool, shared_pool
from highlighter.sandbox.process import Job

__all__ = ["CodecError", "Pool", "close_shared_pool", "run_isolated", "shared_pool"]

T = TypeVar("T")

USUAL_TIMEOUT = 120.0
USUAL_MEMORY_MB = 2_048


def run_isolated(
    function: Callable[..., T],
    *args: Any,
    timeout: float = USUAL_TIMEOUT,
    memory_mb: int = USUAL_MEMORY_MB,
    file_mb: int = 512,
    open_files: int = 64,
    progress: Callable[..., object] | None = None,
    should_stop: Callable[[], bool] | None = None,
    pool: Pool | None = None,
    **kwargs: Any,
) -> T:
    """Return `function(*args, **kwargs)`, computed in a child process.

    The child is a fresh interpreter, kept for further jobs, without this process's environment,
    with standard input closed, its error output captured, and limits on address space, processor
    time, size of written files and open descriptors. Arguments and result travel as JSON and npy:
    None, bool, int, float, str, list, tuple, dict with str keys, Path, numeric arrays, and the
    dataclasses of this package.

    Parameters
    ----------
    function
        A function that can be imported by its name: of a module, not local, not of `__main__`.
    args, kwargs
        What it is given.
    timeout
        Seconds, waiting for a free child included.
    memory_mb
        Megabytes of address space for the whole child, of which an idle one takes about 400.
    file_mb
        Megabytes of the largest file it may write.
    open_files
        Descriptors it may have.
    progress
        Called, here, with what the function passes to the `progress` argument it is then given.
    should_stop
        Asked five times a second; true ends the child.
    pool
        The children to use; those shared by this process by default.

    Raises
    ------
    HooklistError
        Whatever the function raised, if it is one; `audio.timeout`, `audio.out_of_memory`,
        `audio.stopped`; `audio.crashed` where the child died or raised anything else.
    ValueError
        The function cannot be found by its name, or an argument cannot be sent.
    """
    _check_importable(function)
    job = Job(
        module=function.__module__,
        name=function.__qualname__,
        arguments=list(args),
        keywords=dict(kwargs),
        timeout=float(timeout),
        memory_mb=int(memory_mb),
        file_mb=int(file_mb),
        open_files=int(open_files),
    )
    try:
        result: T = (pool or shared_pool()).run(job, progress, should_stop)
    except CodecError as error:
        raise ValueError(f"{job.name} was given what cannot be sent: {error}") from error
    return result


def _check_importable(function: Callable[..., Any]) -> None:
    name = getattr(function, "__qualname__", "")
    module = getattr(function, "__module__", "") or ""
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    if found is not function or module == "__main__":
        raise ValueError(f"{module}.{name} cannot be found by its name in another process")

"""The real Fourier transform by scipy's kernel, without what comes along with `scipy.fft`.

`import scipy.fft` imports scipy.special and much of numpy's tooling for other array libraries: more
than everything else that a first highlight needs. Its kernel (pocketfft, which transforms single
precision many rows at a time, in which numpy's is slower by half) needs none of it. Where a release
of scipy keeps it elsewhere, `scipy.fft` is imported after all.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import lru_cache
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Complex64 = NDArray[np.complex64]

_KERNEL = "scipy.fft._pocketfft.pypocketfft"


def rfft(rows: Float32) -> Complex64:
    """Return (n, size // 2 + 1): the transform of each of (n, size) rows, as `scipy.fft.rfft`."""
    return _transform()(rows)


@lru_cache(maxsize=1)
def _transform() -> Callable[[Float32], Complex64]:
    try:
        kernel = _kernel().r2c

        def by_kernel(rows: Float32) -> Complex64:
            spectra: Complex64 = kernel(rows, (1,), True, 0, None, 1)
            return spectra

        probe = np.arange(8, dtype=np.float32)[None]
        if np.allclose(by_kernel(probe), np.fft.rfft(probe), atol=1e-4):
            return by_kernel
    except (ImportError, AttributeError, TypeError, ValueError, OSError):
        pass  # another scipy; below is what it promises to keep
    from scipy import fft

    def by_scipy(rows: Float32) -> Complex64:
        spectra: Complex64 = fft.rfft(rows, axis=1)
        return spectra

    return by_scipy


def _kernel() -> Any:
    """Return the extension module, loaded from its file: by name, its packages would be, too."""
    package = importlib.util.find_spec("scipy")  # found, not imported
    if package is None or package.origin is None:
        raise ImportError("there is no scipy")
    folder = Path(package.origin).parent.joinpath(*_KERNEL.split(".")[1:-1])
    name = _KERNEL.rpartition(".")[2]
    files = [folder / (name + suffix) for suffix in EXTENSION_SUFFIXES]
    found = next((file for file in files if file.is_file()), None)
    if found is None:
        raise ImportError(f"{_KERNEL} is not in {folder}")
    spec = importlib.util.spec_from_file_location(_KERNEL, found)
    if spec is None or spec.loader is None:
        raise ImportError(f"{found} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

"""Arrow columns as plain arrays, read from their buffers.

Arrow's own conversion loads pandas wherever that is installed, which costs a server half a second
and fifty megabytes for nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

Mask = np.ndarray[Any, np.dtype[np.bool_]]


def known(column: pa.Array) -> Mask:
    """Return where an array has a value, shape (n,)."""
    validity = column.buffers()[0]
    if validity is None or not column.null_count:
        return np.ones(len(column), dtype=bool)
    return _bits(validity, column.offset, len(column))


def numbers(column: pa.Array) -> np.ndarray[Any, Any]:
    """Return a numeric array's values; what stands where there is none means nothing."""
    data = column.buffers()[1]
    if data is None:
        return np.zeros(len(column), dtype=column.type.to_pandas_dtype())
    kind = np.dtype(column.type.to_pandas_dtype())
    return np.frombuffer(data, dtype=kind)[column.offset : column.offset + len(column)]


def flags(column: pa.Array) -> Mask:
    """Return which of an array's booleans are true; null is not."""
    data = column.buffers()[1]
    if data is None:
        return np.zeros(len(column), dtype=bool)
    result: Mask = _bits(data, column.offset, len(column)) & known(column)
    return result


def floats(column: pa.Array) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return a numeric array as float32, NaN where there is no value."""
    values = numbers(column).astype(np.float32)
    values[~known(column)] = np.nan
    return values


def indices(rows: np.ndarray[Any, Any]) -> pa.Array:
    """Return row numbers as an Arrow array, to take by."""
    import pyarrow as pa

    plain = np.ascontiguousarray(rows, dtype=np.int64)
    return pa.Array.from_buffers(pa.int64(), len(plain), [None, pa.py_buffer(plain)])


def _bits(buffer: Any, offset: int, count: int) -> Mask:
    packed = np.frombuffer(buffer, dtype=np.uint8)
    found = np.unpackbits(packed, bitorder="little", count=offset + count)[offset:]
    return found.astype(bool)

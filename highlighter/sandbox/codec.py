"""Plain values as bytes, for two processes of which one may have been taken over by a bad file.

Nothing here can run code: values are JSON, arrays are npy without objects, and a dataclass is
only made again if it is one of this package's own and, on the distrusting side, already imported.
"""

from __future__ import annotations

import importlib
import io
import json
import socket
import struct
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

_OWN_PACKAGE = "highlighter."
_FRAME = struct.Struct("!4sII")  # magic, bytes of JSON, number of arrays
_LENGTH = struct.Struct("!Q")
_MAGIC = b"HLS1"
_MOST_ARRAYS = 64


class CodecError(Exception):
    """A value cannot be sent, or bytes are no value."""


def pack(value: Any) -> bytes:
    """Return `value` as one message.

    Raises
    ------
    CodecError
        It holds something other than None, bool, int, float, str, list, tuple, dict with str keys,
        Path, numeric arrays, and this package's dataclasses.
    """
    arrays: list[bytes] = []
    text = json.dumps(_plain(value, arrays)).encode()
    if len(arrays) > _MOST_ARRAYS:
        raise CodecError(f"{len(arrays)} arrays in one message, and {_MOST_ARRAYS} are allowed")
    lengths = b"".join(_LENGTH.pack(len(data)) for data in arrays)
    return b"".join([_FRAME.pack(_MAGIC, len(text), len(arrays)), lengths, text, *arrays])


def unpack(message: bytes, *, trusted: bool) -> Any:
    """Return the value of one message.

    Parameters
    ----------
    message
        What `pack` returned.
    trusted
        Whether modules named in it may be imported to find a dataclass.

    Raises
    ------
    CodecError
        These bytes are no value.
    """
    try:
        text, arrays = _split(message)
        return _value(json.loads(text), arrays, trusted)
    except CodecError:
        raise
    except (ValueError, TypeError, KeyError, IndexError, RecursionError, struct.error) as error:
        raise CodecError(f"not a message: {error}") from error


def send(connection: socket.socket, value: Any) -> None:
    """Send one message, its length first."""
    message = pack(value)
    connection.sendall(_LENGTH.pack(len(message)) + message)


class Inbox:
    """Puts messages together from the pieces in which a socket hands them over.

    Parameters
    ----------
    largest
        Bytes of the largest message that is taken.
    """

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._data = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Return the messages that `data` completes.

        Raises
        ------
        CodecError
            A message is announced that is too large.
        """
        self._data += data
        whole = []
        while len(self._data) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._data)
            if length > self._largest:
                raise CodecError(f"a message of {length} bytes, and {self._largest} are allowed")
            end = _LENGTH.size + length
            if len(self._data) < end:
                break
            whole.append(bytes(self._data[_LENGTH.size : end]))
            del self._data[:end]
        return whole


def _plain(value: Any, arrays: list[bytes]) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value if type(value) in (bool, int, float, str, type(None)) else _scalar(value)
    if isinstance(value, np.generic):
        return _plain(value.item(), arrays)
    if isinstance(value, list):
        return [_plain(one, arrays) for one in value]
    if isinstance(value, tuple):
        return {"tuple": [_plain(one, arrays) for one in value]}
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise CodecError("a dict with a key that is not a string cannot be sent")
        return {"dict": {key: _plain(one, arrays) for key, one in value.items()}}
    if isinstance(value, Path):
        return {"path": str(value)}
    if isinstance(value, np.ndarray):
        return {"array": _store(value, arrays)}
    if is_dataclass(value) and not isinstance(value, type):
        kind = type(value)
        named = {field.name: _plain(getattr(value, field.name), arrays) for field in fields(value)}
        return {"class": f"{kind.__module__}:{kind.__qualname__}", "fields": named}
    raise CodecError(f"a {type(value).__name__} cannot be sent")


def _scalar(value: Any) -> Any:
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return None


def _store(array: np.ndarray[Any, Any], arrays: list[bytes]) -> int:
    if array.dtype.hasobject:
        raise CodecError("an array of objects cannot be sent")
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    arrays.append(buffer.getvalue())
    return len(arrays) - 1


def _split(message: bytes) -> tuple[str, list[bytes]]:
    magic, size, count = _FRAME.unpack_from(message)
    if magic != _MAGIC or count > _MOST_ARRAYS:
        raise CodecError("not a message")
    position = _FRAME.size
    lengths = []
    for _ in range(count):
        lengths.append(_LENGTH.unpack_from(message, position)[0])
        position += _LENGTH.size
    if position + size + sum(lengths) != len(message):
        raise CodecError("a message whose parts do not add up to its length")
    text = message[position : position + size].decode()
    position += size
    arrays = []
    for length in lengths:
        arrays.append(message[position : position + length])
        position += length
    return text, arrays


def _value(plain: Any, arrays: list[bytes], trusted: bool) -> Any:
    if isinstance(plain, list):
        return [_value(one, arrays, trusted) for one in plain]
    if not isinstance(plain, dict):
        return plain
    if "dict" in plain:
        return {str(key): _value(one, arrays, trusted) for key, one in plain["dict"].items()}
    if "tuple" in plain:
        return tuple(_value(one, arrays, trusted) for one in plain["tuple"])
    if "path" in plain:
        return Path(str(plain["path"]))
    if "array" in plain:
        return np.load(io.BytesIO(arrays[int(plain["array"])]), allow_pickle=False)
    kind = _dataclass(str(plain["class"]), trusted)
    known = {field.name for field in fields(kind)}
    given = {name: _value(one, arrays, trusted) for name, one in plain["fields"].items()}
    if set(given) != known:
        raise CodecError(f"fields that are not those of {plain['class']}")
    return kind(**given)


def _dataclass(name: str, trusted: bool) -> Any:
    module_name, _, qualified = name.partition(":")
    if not module_name.startswith(_OWN_PACKAGE):
        raise CodecError(f"{name} is not a class that may be sent")
    module = importlib.import_module(module_name) if trusted else sys.modules.get(module_name)
    kind = getattr(module, qualified, None)
    if not (isinstance(kind, type) and is_dataclass(kind) and kind.__module__ == module_name):
        raise CodecError(f"{name} is not a dataclass that is known here")
    return kind

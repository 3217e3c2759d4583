"""The address that is listened on, and what is said where that cannot be."""

from __future__ import annotations

import errno
import socket

from waitress.adjustments import Adjustments

from webapp.errors import ConfigurationError

_QUEUE = 1024
"""Connections the system keeps until they are accepted."""


def listen(host: str, port: int) -> list[socket.socket]:
    """Listen on the address, or on each of those that the host's name stands for.

    Raises
    ------
    ConfigurationError
        If that cannot be.
    """
    listeners: list[socket.socket] = []
    try:
        for family, kind, protocol, address in Adjustments(host=host, port=port).listen:
            one = socket.socket(family, kind, protocol)
            listeners.append(one)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(address)
            one.listen(_QUEUE)
    except OSError as error:
        for one in listeners:
            one.close()
        raise cannot_listen(host, port, error) from error
    return listeners


def cannot_listen(host: str, port: int, error: OSError) -> ConfigurationError:
    """Return why the address cannot be listened on, and what to do."""
    taken = error.errno == errno.EADDRINUSE
    return ConfigurationError(
        "cannot serve",
        which=f"{host}:{port}",
        why="another program uses this port" if taken else error.strerror or str(error),
        next_step="stop that program or set HOOKLIST_PORT",
    )

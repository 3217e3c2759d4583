"""A browser for a load test: HTTP/1.1 over one kept connection, with a session of its own.

As little as the measured server needs, so that the generator takes little of the machine.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass, field
from typing import Any

LONGEST_ANSWER = 4_000_000
_TOKEN = re.compile(rb'name="csrf-token" content="([^"]+)"')


@dataclass
class Answer:
    """An answer, whole."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the parsed body."""
        return json.loads(self.body)


@dataclass
class Client:
    """Somebody's browser."""

    port: int
    cookie: str
    timeout: float = 30.0
    secret: str = ""
    connections: int = 0
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = field(default=None)

    async def learn_secret(self) -> None:
        """Read what the forms of this session carry."""
        page = await self.ask("GET", "/history")
        found = _TOKEN.search(page.body)
        if found is None:
            raise RuntimeError(f"nobody is logged in: {page.status}")
        self.secret = found.group(1).decode().replace("&#34;", '"')

    async def form(self, path: str, fields: dict[str, str]) -> Answer:
        """Send a form."""
        from urllib.parse import urlencode

        body = urlencode({"csrf_token": self.secret, **fields}).encode()
        return await self.ask("POST", path, body, "application/x-www-form-urlencoded")

    async def call(self, method: str, path: str, data: Any = None) -> Answer:
        """Send JSON."""
        body = b"" if data is None else json.dumps(data).encode()
        return await self.ask(method, path, body, "application/json")

    async def ask(self, method: str, path: str, body: bytes = b"", kind: str = "") -> Answer:
        """Send a request and return the answer; a connection that was closed is opened again."""
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Cookie: __Host-sid={self.cookie}\r\nSec-Fetch-Site: same-origin\r\n"
            "Accept: */*\r\nAccept-Language: en\r\n"
        )
        if method not in {"GET", "HEAD"}:
            head += f"X-CSRFToken: {self.secret}\r\nContent-Type: {kind}\r\n"
            head += f"Content-Length: {len(body)}\r\n"
        return await asyncio.wait_for(self._exchange(head.encode() + b"\r\n" + body), self.timeout)

    def close(self) -> None:
        """Close the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _exchange(self, sent: bytes) -> Answer:
        for last in (False, True):
            if self._streams is None:
                self._streams = await asyncio.open_connection("127.0.0.1", self.port)
                self.connections += 1
            reader, writer = self._streams
            try:
                writer.write(sent)
                await writer.drain()
                line = await reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                self.close()  # an idle connection that the server has closed
                if last:
                    raise
                continue
            return await self._read(line, reader)
        raise ConnectionError("unreachable")

    async def _read(self, head: bytes, reader: asyncio.StreamReader) -> Answer:
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines if line)
        }
        status = int(first.split()[1])
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = b""
            while size := int(await reader.readline(), 16):
                body += await reader.readexactly(size)
                await reader.readexactly(2)
            await reader.readexactly(2)
        elif status in {204, 304}:
            body = b""
        elif "content-length" in headers:
            body = await reader.readexactly(min(int(headers["content-length"]), LONGEST_ANSWER))
        else:
            body = await reader.read(LONGEST_ANSWER)
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(status, headers, body)

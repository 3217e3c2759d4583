"""Visitors without an account, and the files they bring."""

from __future__ import annotations

import io
import re
import secrets
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

RATE = 22_050


@dataclass
class Guest:
    """Somebody's browser that has opened the page of uploads."""

    visitor: Any

    def secret(self) -> str:
        page = self.visitor.get("/uploads").get_data(as_text=True)
        found = re.search(r'name="csrf-token" content="([^"]+)"', page)
        assert found
        return unescape(found.group(1))

    def page(self) -> str:
        return unescape(self.visitor.get("/uploads").get_data(as_text=True))

    def told(self) -> Any:
        return self.visitor.get("/api/v1/uploads").get_json()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"X-CSRFToken": self.secret()}
        return self.visitor.send(method, f"/api/v1/uploads{path}", json=body, headers=headers)

    def post(self, path: str, data: dict[str, Any]) -> Any:
        form = {"csrf_token": self.secret(), **data}
        return self.visitor.send("POST", f"/uploads{path}", data=form)

    def bring(self, name: str, content: bytes, upload_id: str = "", **query: object) -> Any:
        return self.visitor.send(
            "PUT",
            f"/api/v1/uploads/{upload_id or secrets.token_hex(16)}",
            query_string={"name": name, **query},
            data=content,
            headers={"X-CSRFToken": self.secret(), "Content-Type": "application/octet-stream"},
        )

    def files(self) -> list[dict[str, Any]]:
        return list(self.told()["files"])


def music(
    kind: str = "WAV", *, seconds: float = 12.0, pitch: float = 220.0, subtype: str | None = None
) -> bytes:
    """Return a tone with a pulse and a louder part, as a file."""
    time = np.arange(int(seconds * RATE)) / RATE
    loud = np.where((time > seconds / 3) & (time < 2 * seconds / 3), 0.6, 0.25)
    pulse = np.exp(-10 * (time % 0.5))
    sound = loud * pulse * (np.sin(2 * np.pi * pitch * time) + 0.5 * np.sin(3 * pitch * time))
    target = io.BytesIO()
    soundfile.write(target, sound.astype(np.float32), RATE, format=kind, subtype=subtype)
    return target.getvalue()


def m4a(path: Path, seconds: float = 12.0) -> bytes:
    """Return the same as M4A."""
    from highlighter.cutting import cut

    source = path / "source.wav"
    source.write_bytes(music("WAV", seconds=seconds, pitch=330.0))
    cut(source, path / "made.m4a", start=0.0, end=seconds, title="Made", artists=("Ada",))
    return (path / "made.m4a").read_bytes()


def lying_flac(seconds: float) -> bytes:
    """Return a short FLAC whose header promises `seconds` of sound."""
    content = bytearray(music("FLAC", seconds=1.0))
    start = content.index(b"fLaC") + 8
    # STREAMINFO: 36 bits of total samples end at byte 18 of the block.
    samples = int(seconds * RATE)
    content[start + 13] = (content[start + 13] & 0xF0) | (samples >> 32 & 0x0F)
    content[start + 14 : start + 18] = (samples & 0xFFFFFFFF).to_bytes(4, "big")
    return bytes(content)

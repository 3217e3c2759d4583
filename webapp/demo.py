"""The demo: one machine, no credentials, everything real but Spotify, which the stand-in plays."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from webapp.errors import ConfigurationError

CLIENT_ID = "hooklist-demo"
STAND_IN_PATIENCE = 20.0
"""Seconds the stand-in may take to answer at first."""

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class DemoPlan:
    """Where everything of one demo lives.

    Parameters
    ----------
    port
        Of the web server.
    stand_in_port
        Of the stand-in Spotify.
    folder
        What is kept between starts.
    music
        A folder of audio files, or None for the generated library.
    """

    port: int
    stand_in_port: int
    folder: Path
    music: Path | None

    @property
    def base_url(self) -> str:
        """The address of the web server."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def stand_in_url(self) -> str:
        """The address of the stand-in."""
        return f"http://127.0.0.1:{self.stand_in_port}"

    @property
    def library_file(self) -> Path:
        """What the stand-in's library is filled from, where music is given."""
        return self.folder / "library.json"


def plan_demo(port: int, music: Path | None, data_dir: Path) -> DemoPlan:
    """Choose ports and folders.

    Raises
    ------
    ConfigurationError
        If the port is taken, or the music folder is none.
    """
    if not 1 <= port <= 65535:
        raise ConfigurationError(
            "cannot serve", which=f"port {port}", why="ports go from 1 to 65535"
        )
    if not port_is_free(port):
        raise ConfigurationError(
            "cannot serve",
            which=f"port {port}",
            why="another program uses it",
            next_step=f"stop that one, or try: hooklist demo --port {port + 10}",
        )
    if music is not None and not music.is_dir():
        raise ConfigurationError(
            "cannot use the music",
            which=str(music),
            why="it is not a folder",
            next_step="give --music the folder your audio files are in",
        )
    name = "demo"
    if music is not None:
        place = hashlib.sha256(os.fsencode(music.resolve())).hexdigest()[:8]
        name = f"demo-music-{place}"
    folder = (data_dir / name).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return DemoPlan(port, _stand_in_port(port, folder), folder, music)


def port_is_free(port: int) -> bool:
    """Return whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def demo_environment(plan: DemoPlan) -> dict[str, str]:
    """Return the demo's settings as environment variables, for this process and its workers."""
    environment = {
        "HOOKLIST_DEMO": "true",
        "HOOKLIST_LOG_LEVEL": "WARNING",
        "HOOKLIST_HOST": "127.0.0.1",
        "HOOKLIST_PORT": str(plan.port),
        "HOOKLIST_SERVERS": "1",
        "HOOKLIST_BASE_URL": plan.base_url,
        "HOOKLIST_DATA_DIR": str(plan.folder),
        "HOOKLIST_SECRET_KEY": _kept_secret(plan.folder / "secret_key"),
        "HOOKLIST_SPOTIFY_CLIENT_ID": CLIENT_ID,
        "HOOKLIST_SPOTIFY_ACCOUNTS_URL": plan.stand_in_url,
        "HOOKLIST_SPOTIFY_API_URL": f"{plan.stand_in_url}/v1",
        "HOOKLIST_SPOTIFY_OPEN_URL": f"{plan.stand_in_url}/open",
        "HOOKLIST_SPOTIFY_IMAGE_ORIGINS": plan.stand_in_url,
        "HOOKLIST_SPOTIFY_PLAYER": "true",
        "HOOKLIST_SPOTIFY_PLAYER_SCRIPT": f"{plan.stand_in_url}/sdk/spotify-player.js",
        "HOOKLIST_SPOTIFY_EMBED_URL": f"{plan.stand_in_url}/embed",
    }
    if plan.music is None:
        environment["HOOKLIST_DEMO_AUDIO_URL"] = plan.stand_in_url
    return environment


def stand_in_command(plan: DemoPlan) -> list[str]:
    """Return the command that starts the stand-in."""
    command = [
        *(sys.executable, "-m", "standin", "serve"),
        *("--port", str(plan.stand_in_port)),
        *("--state", str(plan.folder / "stand-in")),
        *("--audio-cache", str(plan.folder / "generated-audio")),
        *("--client-id", CLIENT_ID),
        *("--redirect-uri", f"{plan.base_url}/callback"),
        *("--exit-with-parent", str(os.getpid())),
    ]
    if plan.music is not None:
        command += ["--library", str(plan.library_file)]
    return command


def wait_until_up(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait for the stand-in's first answer.

    Raises
    ------
    ConfigurationError
        If it ended or did not answer in time.
    """
    import requests

    deadline = time.monotonic() + STAND_IN_PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if requests.get(f"{url}/healthz", timeout=1).ok:
                return
        except requests.RequestException:
            time.sleep(0.05)
    raise ConfigurationError(
        "cannot start the demo",
        which="stand-in Spotify",
        why="it did not start" if process.poll() is None else "it ended at once",
        next_step="its own message is above",
    )


def write_library(rows: Iterable[Mapping[str, Any]], file: Path) -> None:
    """Write the tracks of a catalogue as the stand-in's library, as if Spotify had them too.

    Parameters
    ----------
    rows
        Catalogue rows: ``id``, ``title``, ``artists``, ``album``, ``duration`` in seconds, …
    file
        Replaced in one step.
    """
    tracks = [
        {
            "id": spotify_like_id(str(row["id"])),
            "title": row["title"],
            "artists": list(row["artists"]) or ["Unknown artist"],
            "album": row["album"] or "",
            "duration_ms": round(1000 * (row["duration"] or 0)),
            "isrc": row["isrc"] or "",
            "explicit": bool(row["explicit"]),
            "year": row["year"],
            "genre": row["genre"] or "",
        }
        for row in rows
    ]
    part = file.with_suffix(".part")
    part.write_text(json.dumps({"tracks": tracks}, ensure_ascii=False), encoding="utf-8")
    os.replace(part, file)


def spotify_like_id(name: str) -> str:
    """Return 22 base-62 characters that follow from `name`."""
    number = int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()[:16])
    digits = []
    for _ in range(22):
        number, digit = divmod(number, 62)
        digits.append(_BASE62[digit])
    return "".join(digits)


def _stand_in_port(port: int, folder: Path) -> int:
    """Return the stand-in's port: the last start's, so that old links still lead somewhere."""
    kept = folder / "stand-in-port"
    wanted: list[int] = []
    if kept.is_file():
        wanted = [int(text) for text in kept.read_text().split()[:1] if text.isdigit()]
    wanted.extend(range(port + 1, min(port + 100, 65536)))
    for candidate in wanted:
        if candidate != port and port_is_free(candidate):
            kept.write_text(f"{candidate}\n")
            return candidate
    raise ConfigurationError(
        "cannot start the demo",
        which=f"ports {port + 1} to {port + 99}",
        why="none is free for the stand-in Spotify",
        next_step="choose another --port",
    )


def _kept_secret(file: Path) -> str:
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as out:
            out.write(secrets.token_urlsafe(32))
    return file.read_text().strip()

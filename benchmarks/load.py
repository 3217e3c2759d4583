"""200 people at once on the real server, generator on the same machine.

    ./run python benchmarks/load.py CATALOGUE [--minutes 10] [--users 200] [--servers N] [--json]

Starts `hooklist serve` with one worker over a built catalogue, gives each user a session (Spotify
is no part of what is measured: nobody logs in there) and a first playlist of 30 tracks, made in the
ordinary way. Then everybody does one thing a second on average, over kept connections: 30 % pages,
50 % reads (JSON), 10 % recommendations (new picks for a whole list), 10 % writes. A request counts
from the first byte sent to the last received.

Prints percentiles per kind, errors, the memory of all processes together (PSS) and the slope of the
servers', open files, the connections and processor time of each server, and the processor time of
the worker and the generator. Exit status 1 if a bound is missed: p95 100 ms, for recommendations
200 ms; no error; 700 MB in all; no growth (1 MB a minute, after the first third).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
from load_client import Answer, Client
from load_processes import Sample, connections, family, processor_seconds, servers, serving, watch

MIX = (("page", 0.30), ("read", 0.50), ("recommend", 0.10), ("write", 0.10))
BOUNDS = {"page": 100.0, "read": 100.0, "recommend": 200.0, "write": 100.0}
LARGEST = 700.0
GROWTH = 1.0
LENGTH = 30


@dataclass
class Person:
    """A user with a playlist."""

    client: Client
    seeds: list[dict[str, Any]]
    random: random.Random
    playlist: str = ""
    job: str = ""
    version: int = 1


@dataclass
class Seen:
    """What happened."""

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    cores: dict[str, float] = field(default_factory=dict)
    held: list[int] = field(default_factory=list)

    def note(self, kind: str, began: float, answer: Answer, wanted: set[int]) -> None:
        """Count an answer."""
        self.times[kind].append((time.perf_counter() - began) * 1000)
        if answer.status not in wanted:
            self.errors[f"{kind} {answer.status}"] += 1


async def act(person: Person, kind: str, seen: Seen) -> None:
    """Do one thing."""
    client, chance = person.client, person.random
    began = time.perf_counter()
    if kind == "page":
        paths = (f"/p/{person.playlist}", "/history", "/account", "/seeds?tab=paste", "/")
        answer = await client.ask("GET", chance.choice(paths))
        seen.note(kind, began, answer, {200})
    elif kind == "read":
        paths = (
            f"/api/v1/playlists/{person.playlist}",
            f"/api/v1/jobs/{person.job}",
            "/api/v1/seeds",
        )
        answer = await client.ask("GET", chance.choice(paths))
        seen.note(kind, began, answer, {200})
    elif kind == "recommend":
        form = {"act": "refresh", "version": str(person.version)}
        answer = await client.form(f"/p/{person.playlist}/revise", form)
        seen.note(kind, began, answer, {303})
        if answer.status == 303:
            person.version += 1
    else:
        await write(person, seen)


async def write(person: Person, seen: Seen) -> None:
    """Add a seed, take it away again, or keep a field of the shape."""
    client, seed = person.client, person.random.choice(person.seeds)
    began = time.perf_counter()
    what = person.random.randrange(3)
    if what == 0:
        answer = await client.call("POST", "/api/v1/seeds", seed)
    elif what == 1:
        answer = await client.call("DELETE", f"/api/v1/seeds/{seed['spotify_id']}")
    else:
        minutes = str(person.random.randrange(10, 60))
        answer = await client.call("PUT", "/api/v1/shape", {"minutes": minutes})
    seen.note("write", began, answer, {200, 204, 404, 409})


async def settle(person: Person, seen: Seen) -> None:
    """Make the first playlist, as the page does, and wait until it is there."""
    client = person.client
    await client.learn_secret()
    for seed in person.seeds[:3]:
        await client.call("POST", "/api/v1/seeds", seed)
    began = time.perf_counter()
    form = {"length": str(LENGTH), "idempotency_key": secrets.token_hex(16)}
    answer = await client.form("/make", form)
    if answer.status != 303:
        raise RuntimeError(f"no playlist was made: {answer.status} {answer.body[:400]!r}")
    person.job = answer.headers["location"].rpartition("/")[2]
    while True:
        told = (await client.ask("GET", f"/api/v1/jobs/{person.job}")).json()
        if told["url"]:
            break
        if told["over"]:
            raise RuntimeError(f"no playlist was made: {told}")
        await asyncio.sleep(0.02)
    seen.times["make, until there"].append((time.perf_counter() - began) * 1000)
    person.playlist = told["url"].rpartition("/")[2]
    shown = await client.ask("GET", f"/api/v1/playlists/{person.playlist}")
    person.version = int(shown.json()["version"])


async def live(person: Person, until: float, pause: float, seen: Seen) -> None:
    """Do things until the end, one after the other, with pauses of a random length between."""
    names, weights = zip(*MIX, strict=True)
    await asyncio.sleep(person.random.uniform(0, 2 * pause))
    while time.monotonic() < until:
        kind = person.random.choices(names, weights)[0]
        try:
            await act(person, kind, seen)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError, KeyError) as error:
            seen.errors[f"{kind} {type(error).__name__}"] += 1
            person.client.close()
        await asyncio.sleep(person.random.expovariate(1 / pause))


def people(
    folder: Path, environment: dict[str, str], catalogue: Path, port: int, users: int
) -> Any:
    """Give each user a session and five tracks of the catalogue."""
    from recommender import open_catalogue
    from webapp.settings import load_settings
    from webapp.spotify.scopes import KNOWN_SCOPES
    from webapp.store.tokens import Token
    from webapp.wiring import open_services

    os.environ.update(environment)
    services = open_services(load_settings())
    tracks = open_catalogue(catalogue, verify=False)
    titled = np.flatnonzero(tracks.titled())
    draw = np.random.default_rng(1)
    now = time.time()
    found = []
    for number in range(users):
        user = services.users.upsert(f"load-{number}", f"Listener {number}")
        token = Token("none", "none", frozenset(KNOWN_SCOPES), now, now + 86_400)
        services.tokens.put(user.id, token)
        data = {"csrf_token": secrets.token_hex(32)}
        cookie, _ = services.sessions.create(user.id, data=data, label="load")
        rows = tracks.rows(int(row) for row in draw.choice(titled, 5, replace=False))
        seeds = [
            {
                "spotify_id": track.spotify_id,
                "title": track.title,
                "artists": list(track.artists),
                "album": track.album,
                "duration": track.duration,
                "isrc": "",
            }
            for track in rows
        ]
        found.append(Person(Client(port, cookie), seeds, random.Random(number)))
    services.close()
    return found


async def run(
    persons: list[Person], pid: int, options: argparse.Namespace
) -> tuple[Seen, list[Sample]]:
    """Settle everybody, then let them live."""
    seen: Seen = Seen()
    gate = asyncio.Semaphore(4)

    async def settled(person: Person) -> None:
        async with gate:
            await settle(person, seen)

    await asyncio.gather(*map(settled, persons))
    seconds = options.minutes * 60
    print(f"{len(persons)} people have a playlist each; {seconds:.0f} s begin", file=sys.stderr)
    until = time.monotonic() + seconds
    used, own = processor_seconds(family(pid)), time.process_time()
    samples: list[Sample] = []
    pause = max(0.05, 1 / options.rate)
    await asyncio.gather(
        watch(pid, until, samples), *(live(person, until, pause, seen) for person in persons)
    )
    now = processor_seconds(family(pid))
    took = {one: (seconds_now - used.get(one, 0.0)) / seconds for one, seconds_now in now.items()}
    answering = servers(pid)
    seen.cores = {
        **{f"server {n}": took.get(one, 0.0) for n, one in enumerate(serving(pid), 1)},
        "servers": sum(took.get(one, 0.0) for one in answering),
        "workers": sum(part for one, part in took.items() if one not in answering),
        "generator": (time.process_time() - own) / seconds,
    }
    seen.held = [connections(one, persons[0].client.port) for one in serving(pid)]
    return seen, samples


def report(seen: Seen, samples: list[Sample], options: argparse.Namespace) -> dict[str, Any]:
    """Return the figures."""
    at = np.array([sample.at for sample in samples])
    memory = np.array([sample.servers for sample in samples])
    later = at >= at[0] + (at[-1] - at[0]) / 3
    slope = np.polyfit(at[later], memory[later], 1)[0] * 60 if later.sum() > 2 else float("nan")
    kinds = {
        kind: {
            "requests": len(times),
            **{f"p{q}": round(float(np.percentile(times, q)), 1) for q in (50, 95, 99)},
            "most": round(max(times), 1),
        }
        for kind, times in sorted(seen.times.items())
    }
    count = sum(len(seen.times[kind]) for kind in BOUNDS)
    figures: dict[str, Any] = {
        "users": options.users,
        "minutes": options.minutes,
        "per_second": round(count / (options.minutes * 60), 1),
        "kinds": kinds,
        "errors": dict(seen.errors),
        "servers_mb": round(float(memory.max()), 1),
        "servers_mb_per_minute": round(float(slope), 2),
        "workers_mb": round(max(sample.workers for sample in samples), 1),
        "all_mb": round(max(sample.servers + sample.workers for sample in samples), 1),
        "open_files": [min(s.files for s in samples), max(s.files for s in samples)],
        "connections": seen.held,
        "cores": {name: round(part, 2) for name, part in seen.cores.items()},
        "load_average": os.getloadavg(),
    }
    missed = [
        f"{kind}: p95 {kinds[kind]['p95']} ms, at most {most:g}"
        for kind, most in BOUNDS.items()
        if kind in kinds and kinds[kind]["p95"] > most
    ]
    if seen.errors:
        missed.append(f"errors: {dict(seen.errors)}")
    if figures["all_mb"] > LARGEST:
        missed.append(f"memory: {figures['all_mb']} MB, at most {LARGEST:g}")
    if options.minutes >= 5 and slope > GROWTH:
        missed.append(f"memory grows by {slope:.2f} MB a minute")
    return {**figures, "missed": missed}


def show(figures: dict[str, Any]) -> None:
    """Print the figures for people."""
    print(f"{'kind':<20}{'requests':>10}{'p50':>9}{'p95':>9}{'p99':>9}{'most':>9}   ms")
    for kind, of in figures["kinds"].items():
        numbers = "".join(f"{of[name]:>9}" for name in ("p50", "p95", "p99", "most"))
        print(f"{kind:<20}{of['requests']:>10}{numbers}")
    for name in (
        "per_second",
        "errors",
        "servers_mb",
        "servers_mb_per_minute",
        "workers_mb",
        "all_mb",
        "connections",
        "cores",
    ):
        print(f"{name}: {figures[name]}")
    print(f"open files: {figures['open_files'][0]} to {figures['open_files'][1]}")
    print("load average:", *(f"{load:.1f}" for load in figures["load_average"]))
    print("missed: " + ("; ".join(figures["missed"]) or "nothing"))


def start(environment: dict[str, str], port: int) -> subprocess.Popen[bytes]:
    """Start the server, and wait until it has loaded the catalogue."""
    server = subprocess.Popen(
        [sys.executable, "-m", "webapp.cli", "serve"],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise SystemExit("the server has ended")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1).close()
            return server
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server does not answer")


def main() -> int:
    """Run the load test."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("catalogue", type=Path)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--rate", type=float, default=1.0, help="things a second per user")
    parser.add_argument("--servers", type=int, help="serving processes (default: as serve does)")
    parser.add_argument("--threads", type=int, default=16, help="of each server")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "HOOKLIST_PORT": str(port),
            "HOOKLIST_BASE_URL": f"http://127.0.0.1:{port}",
            "HOOKLIST_DATA_DIR": folder,
            "HOOKLIST_CATALOGUE_DIR": str(options.catalogue.absolute()),
            "HOOKLIST_SECRET_KEY": secrets.token_urlsafe(32),
            "HOOKLIST_SPOTIFY_CLIENT_ID": "load",
            "HOOKLIST_SPOTIFY_ACCOUNTS_URL": "http://127.0.0.1:9",
            "HOOKLIST_SPOTIFY_API_URL": "http://127.0.0.1:9/v1",
            "HOOKLIST_LOG_LEVEL": "ERROR",
            "HOOKLIST_THREADS": str(options.threads),
            "HOOKLIST_SERVERS": str(options.servers or ""),
            "HOOKLIST_WORKERS": "1",
        }
        persons = people(Path(folder), environment, options.catalogue, port, options.users)
        server = start(environment, port)
        try:
            seen, samples = asyncio.run(run(persons, server.pid, options))
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)
    figures = report(seen, samples, options)
    print(json.dumps(figures, indent=1)) if options.json else show(figures)
    return 1 if figures["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())

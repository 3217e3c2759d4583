"""How long a recommendation takes inside the web server: match five seeds, recommend thirty tracks.

    ./run python benchmarks/recommend_in_server.py CATALOGUE [--requests 300]

Starts the real web server on loopback over a built catalogue, asks it for pages from another thread
the whole time, and times what a playlist job does between reading its row and writing it.
"""

from __future__ import annotations

import argparse
import resource
import secrets
import statistics
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import numpy as np
from waitress.server import create_server

from webapp.app import create_app
from webapp.services.generation import match_seeds, stored_track
from webapp.settings import load_settings
from webapp.wiring import Services, open_services

PORT = 8431


def visit(stop: threading.Event, seen: list[int]) -> None:
    """Ask for the start page, over and over."""
    while not stop.wait(0.02):
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/", timeout=10) as answer:
            seen.append(answer.status)


def one_request(services: Services, seeds: list[dict[str, object]]) -> None:
    recommender = services.recommendations.get()
    found = [match for match in match_seeds(recommender, seeds) if match is not None]
    result = recommender.recommend([match.track.id for match in found])
    tracks = [stored_track(item, services.audio) for item in result.tracks]
    assert len(tracks) == 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalogue", type=Path)
    parser.add_argument("--requests", type=int, default=300)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(
            data_dir=folder,
            catalogue_dir=options.catalogue,
            port=PORT,
            base_url=f"http://127.0.0.1:{PORT}",
            secret_key=secrets.token_urlsafe(32),
            spotify_client_id="benchmark",
        )
        services = open_services(settings)
        server = create_server(create_app(services), host="127.0.0.1", port=PORT, threads=8)
        threading.Thread(target=server.run, daemon=True).start()
        began = time.perf_counter()
        catalogue = services.recommendations.get().catalogue
        print(f"{len(catalogue):,} tracks opened in {time.perf_counter() - began:.2f} s")
        random = np.random.default_rng(1)
        stop, seen = threading.Event(), []
        visitor = threading.Thread(target=visit, args=(stop, seen))
        visitor.start()
        times = []
        titled = catalogue.titled()
        numbers = np.flatnonzero(titled)
        for number in range(options.requests + 10):
            rows = catalogue.rows(int(row) for row in random.choice(numbers, 5, replace=False))
            seeds = [
                {
                    "spotify_id": track.spotify_id or track.id,
                    "title": track.title,
                    "artists": track.artists,
                    "duration": track.duration,
                    "isrc": track.isrc,
                }
                for track in rows
            ]
            began = time.perf_counter()
            one_request(services, seeds)
            if number >= 10:
                times.append(1000 * (time.perf_counter() - began))
        stop.set()
        visitor.join()
        times.sort()
        print(
            f"{len(times)} recommendations: p50 {statistics.median(times):.1f} ms,"
            f" p95 {times[int(0.95 * len(times))]:.1f} ms, worst {times[-1]:.1f} ms;"
            f" {len(seen)} pages served meanwhile"
        )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"peak resident: {peak:.0f} MB")
        server.close()
        services.close()


if __name__ == "__main__":
    main()

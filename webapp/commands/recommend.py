"""``hooklist recommend``."""

from __future__ import annotations

import argparse
import json

from webapp.errors import InvalidRequest


def recommend(options: argparse.Namespace) -> int:
    """Print one playlist, or answer a batch of requests; return the exit status."""
    if options.batch is not None:
        return _batch(options)
    from recommender import recommend_seeds

    seeds = [seed.strip() for seed in options.seeds.split(",") if seed.strip()]
    playlist = recommend_seeds(options.catalogue, seeds, length=options.length)
    if options.json:
        print(json.dumps(playlist.to_json(), ensure_ascii=False))
        return 0
    for number, item in enumerate(playlist.tracks, start=1):
        why = ", ".join(item.reason.attributes)
        print(
            f"{number:3}  {', '.join(item.track.artists)} – {item.track.title}"
            f"   [close to {item.reason.seed_title}{': ' + why if why else ''}]"
        )
    for note in playlist.notes:
        print(f"note: {note.message}")
    return 0


def _batch(options: argparse.Namespace) -> int:
    from recommender import recommend_batch

    if options.out is None:
        raise InvalidRequest(
            "cannot answer the batch", which="--out", why="it is missing", next_step="name a file"
        )
    report = recommend_batch(options.catalogue, options.batch, options.out)
    print(f"{report.lines} answered, {report.failed} of them with an error: {report.out}")
    return report.exit_status

"""``hooklist recommend``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from webapp.commands.recommend_options import listed, wishes_of
from webapp.errors import InvalidRequest

if TYPE_CHECKING:
    from recommender.playlist import Reason, Shared

_PITCHES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
_LEVELS: Mapping[str, tuple[str, str, str]] = {
    "danceability": ("both hardly danceable", "both danceable", "alike danceable"),
    "energy": ("both calm", "both energetic", "alike energetic"),
    "loudness": ("both quiet", "both loud", "alike loud"),
    "speechiness": ("both with little speech", "both with much speech", "alike in speech"),
    "acousticness": ("both not acoustic", "both acoustic", "alike acoustic"),
    "instrumentalness": ("both sung", "both instrumental", "alike in voice"),
    "liveness": ("both studio takes", "both live", "alike in liveness"),
    "valence": ("both sad", "both cheerful", "alike in mood"),
}
"""Words for a feature of which both are low, both high, or neither."""


def recommend(options: argparse.Namespace) -> int:
    """Print one playlist, or answer a batch of requests; return the exit status."""
    if options.batch is not None:
        return _batch(options)
    from recommender import recommend_seeds

    playlist = recommend_seeds(options.catalogue, listed(options.seeds), wishes_of(options))
    if options.json:
        print(json.dumps(playlist.to_json(), ensure_ascii=False))
        return 0
    for number, item in enumerate(playlist.tracks, start=1):
        print(
            f"{number:3}  {', '.join(item.track.artists)} – {item.track.title}"
            f"   [{why(item.reason)}]"
        )
    for note in playlist.notes:
        print(f"note: {note.message}")
    return 0


def why(reason: Reason) -> str:
    """Return a reason in words: ``close to Song: 118 and 120 BPM, both calm``."""
    words = ", ".join(_in_words(one) for one in reason.shared)
    return f"close to {reason.seed_title}{': ' + words if words else ''}"


def _in_words(shared: Shared) -> str:
    seed, track = shared.seed, shared.track
    if isinstance(seed, str) or isinstance(track, str):
        return f"by {track} too" if shared.name == "artist" else f"both {track}"
    if shared.name in _LEVELS:
        low, high, else_ = _LEVELS[shared.name]
        return {"low": low, "high": high}.get(shared.level, else_)
    match shared.name:
        case "tempo":
            bpm = round(seed), round(track)
            return f"both {bpm[0]} BPM" if bpm[0] == bpm[1] else f"{bpm[0]} and {bpm[1]} BPM"
        case "key":
            return f"both in {_PITCHES[int(seed)]} {shared.level}".rstrip()
        case "mode":
            return f"both {shared.level}"
        case "time_signature":
            return f"both in {int(seed)}/4"
        case "duration":
            left, right = _clock(seed), _clock(track)
            return f"both {left} long" if left == right else f"{left} and {right} long"
        case "year":
            return f"both of {int(seed)}" if seed == track else f"of {int(seed)} and {int(track)}"
    return shared.name


def _clock(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02}"


def _batch(options: argparse.Namespace) -> int:
    from recommender import recommend_batch

    if options.out is None:
        raise InvalidRequest(
            "cannot answer the batch", which="--out", why="it is missing", next_step="name a file"
        )
    report = recommend_batch(options.catalogue, options.batch, options.out)
    print(f"{report.lines} answered, {report.failed} of them with an error: {report.out}")
    return report.exit_status

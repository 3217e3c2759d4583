"""What the command line calls: values in, answers or files out, no printing."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hooklist_errors import HooklistError
from recommender.errors import BadRequest, BatchUnreadable
from recommender.playlist import Playlist
from recommender.recommend import DEFAULT_LENGTH, MAX_LENGTH, Recommender

BATCH_DEFAULT_K = 500
_MAX_LINE = 4_000_000


@dataclass(frozen=True)
class BatchReport:
    """What a batch came to; the exit status is 1 when a line failed.

    Attributes
    ----------
    lines, failed
        Lines answered, and those of them answered with an error.
    out
        The file written.
    """

    lines: int
    failed: int
    out: Path

    @property
    def exit_status(self) -> int:
        """0, or 1 when some line failed."""
        return 1 if self.failed else 0


def recommend_seeds(
    catalogue: Path | str, seeds: Sequence[str], *, length: int = DEFAULT_LENGTH
) -> Playlist:
    """Answer ``hooklist recommend --catalogue DIR --seeds ID,ID… [--length N]``.

    Raises
    ------
    CatalogueError, RecommendError
        The catalogue cannot be opened, or the request cannot be answered.
    """
    return Recommender.open(catalogue).recommend(seeds, length)


def recommend_batch(catalogue: Path | str, batch: Path | str, out: Path | str) -> BatchReport:
    """Answer ``hooklist recommend --catalogue DIR --batch FILE.jsonl --out FILE.jsonl``.

    Each line ``{"seeds": [id…], "k": 500, "exclude_seed_artists": false}`` gets the line
    ``{"tracks": [id…]}`` in the same place, a line that cannot be answered ``{"error": …,
    "code": …}``. A batch asks for the ranking itself: without the artist cap and spacing of a
    playlist (``"artist_cap": 2`` asks for them), with untitled tracks too, and with every release
    of a song (``"songs_once": true`` asks for one). Blank lines are bad lines, so that places
    agree. The file appears at `out` when it is whole.

    Raises
    ------
    CatalogueError
        The catalogue cannot be opened.
    BatchUnreadable
        The batch cannot be read or the answer not be written.
    """
    source, target = Path(batch), Path(out)
    recommender = Recommender.open(catalogue)
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    lines = failed = 0
    try:
        with source.open("rb") as asked, beside.open("w", encoding="utf-8") as answers:
            for line in _lines(asked):
                lines += 1
                answer = _answer_line(recommender, line)
                failed += "error" in answer
                answers.write(json.dumps(answer, ensure_ascii=False) + "\n")
        os.replace(beside, target)
    except OSError as error:
        raise BatchUnreadable(
            "The batch cannot be answered",
            which=str(error.filename or source),
            why=error.strerror or str(error),
            next_step="check both files' names and permissions",
        ) from error
    finally:
        beside.unlink(missing_ok=True)
    return BatchReport(lines=lines, failed=failed, out=target)


def _lines(stream: Any) -> Iterator[bytes]:
    """Yield lines; one that is too long comes cut, and its rest is skipped."""
    while line := stream.readline(_MAX_LINE + 1):
        yield line
        while len(line) > _MAX_LINE and not line.endswith(b"\n"):
            line = stream.readline(_MAX_LINE + 1)


def _answer_line(recommender: Recommender, line: bytes) -> dict[str, Any]:
    try:
        request = _parse_line(line)
        playlist = recommender.recommend(
            request["seeds"],
            request.get("k", BATCH_DEFAULT_K),
            exclude_seed_artists=request.get("exclude_seed_artists", False),
            artist_cap=request.get("artist_cap"),
            gap=5 if request.get("artist_cap") else 0,
            titled_only=False,
            songs_once=request.get("songs_once", bool(request.get("artist_cap"))),
        )
    except HooklistError as error:
        return {"error": str(error), "code": error.code}
    return {"tracks": [item.track.id for item in playlist.tracks]}


def _parse_line(line: bytes) -> dict[str, Any]:
    if len(line) > _MAX_LINE:
        raise BadRequest("This line is too long", why=f"more than {_MAX_LINE} bytes")
    try:
        request = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadRequest("This line is not JSON", why=str(error)) from error
    if not isinstance(request, dict) or not isinstance(request.get("seeds"), list):
        raise BadRequest('This line has no list "seeds"', next_step='write {"seeds": ["id"]}')
    k = request.get("k", BATCH_DEFAULT_K)
    if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= MAX_LENGTH:
        raise BadRequest(
            "A number is out of range", which=f"k={k!r}"[:100], why=f"it must be 1 to {MAX_LENGTH}"
        )
    if not isinstance(request.get("exclude_seed_artists", False), bool):
        raise BadRequest('"exclude_seed_artists" must be true or false')
    if not isinstance(request.get("songs_once", False), bool):
        raise BadRequest('"songs_once" must be true or false')
    return request

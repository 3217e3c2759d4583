"""What the command line calls: values in, answers or files out, no printing."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from hooklist_errors import HooklistError
from recommender.errors import BadRequest, BatchUnreadable
from recommender.playlist import Playlist
from recommender.recommend import PLAIN, Recommender
from recommender.wishes import DEFAULT_GAP, MAX_LENGTH, Wishes

BATCH_DEFAULT_K = 500
_MAX_LINE = 4_000_000
_OWN = ("seeds", "k", "exclude_seed_artists")
_WISHES = tuple(one.name for one in fields(Wishes))
_SEQUENCED = frozenset({"minutes", "curve", "flow", "bridge", "kept"})
"""Wishes that only a sequence can meet: a line that has one asks for no bare ranking."""

_LIKE_A_WISH = 0.8


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
    catalogue: Path | str, seeds: Sequence[str], wishes: Wishes = PLAIN
) -> Playlist:
    """Answer ``hooklist recommend --catalogue DIR --seeds ID,ID… [--length N] …``.

    Raises
    ------
    CatalogueError, RecommendError
        The catalogue cannot be opened, or the request cannot be answered.
    """
    return Recommender.open(catalogue).recommend(seeds, wishes)


def recommend_batch(catalogue: Path | str, batch: Path | str, out: Path | str) -> BatchReport:
    """Answer ``hooklist recommend --catalogue DIR --batch FILE.jsonl --out FILE.jsonl``.

    Each line ``{"seeds": [id…], "k": 500, "exclude_seed_artists": false}`` gets the line
    ``{"tracks": [id…]}`` in the same place, a line that cannot be answered ``{"error": …,
    "code": …}``. A batch asks for the ranking itself: without the artist cap and spacing of a
    playlist (``"artist_cap": 2`` asks for them), with untitled tracks too, and with every release
    of a song (``"songs_once": true`` asks for one). A line may also have any field of `Wishes`,
    written as `Wishes.to_json` does; one that only a sequence can meet asks for a sequence. Other
    fields are passed over, unless they look like a misspelt wish. Blank lines are bad lines, so
    that places agree. The file appears at `out` when it is whole.

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
        seeds, wishes = _parse_line(line)
        playlist = recommender.recommend(seeds, wishes)
    except HooklistError as error:
        return {"error": str(error), "code": error.code}
    return {"tracks": [item.track.id for item in playlist.tracks]}


def _parse_line(line: bytes) -> tuple[list[str], Wishes]:
    if len(line) > _MAX_LINE:
        raise BadRequest("This line is too long", why=f"more than {_MAX_LINE} bytes")
    try:
        request = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadRequest("This line is not JSON", why=str(error)) from error
    if not isinstance(request, dict) or not isinstance(request.get("seeds"), list):
        raise BadRequest('This line has no list "seeds"', next_step='write {"seeds": ["id"]}')
    return request["seeds"], _line_wishes(request)


def _line_wishes(request: dict[str, Any]) -> Wishes:
    """Return what a line wishes: the bare ranking, unless it says otherwise."""
    k = request.get("k", request.get("length", BATCH_DEFAULT_K))
    if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= MAX_LENGTH:
        raise BadRequest(
            "A number is out of range", which=f"k={k!r}"[:100], why=f"it must be 1 to {MAX_LENGTH}"
        )
    wished = {name: value for name, value in request.items() if name in _WISHES}
    for name in request.keys() - wished.keys() - set(_OWN):
        meant = get_close_matches(name, (*_WISHES, *_OWN), 1, _LIKE_A_WISH)
        if meant:
            raise BadRequest(
                "A field is misspelt", which=name[:100], next_step=f'write "{meant[0]}"'
            )
    if wished.get("length", k) != k:
        raise BadRequest('"k" and "length" differ', which=f"{k} and {wished['length']}"[:100])
    without = request.get("exclude_seed_artists", False)
    if not isinstance(without, bool):
        raise BadRequest('"exclude_seed_artists" must be true or false')
    if without and wished.setdefault("familiarity", -1) != -1:
        raise BadRequest(
            "Artists cannot be excluded and familiar",
            which=f"exclude_seed_artists and familiarity={wished['familiarity']!r}"[:100],
            next_step="leave one of the two out",
        )
    capped = wished.get("artist_cap") is not None
    plain = {
        "artist_cap": None,
        "gap": DEFAULT_GAP if capped else 0,
        "titled_only": False,
        "songs_once": capped,
        "ranked": not wished.keys() & _SEQUENCED,
    }
    return Wishes.from_json(plain | wished | {"length": k})

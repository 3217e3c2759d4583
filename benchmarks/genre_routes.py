"""Print what each song of a folder is routed to, and why; nothing is decoded unless a model asks.

    ./run python benchmarks/genre_routes.py FOLDER [--table songs.json] [--genre-model DIR]

The genre is the table's ({"file name": {"genre": …}}), else the tags', else the model's.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

from highlighter.analysis import analyse
from highlighter.audio.tags import genre_tag
from highlighter.commands import GuessGenre, features_of
from highlighter.highlight import route
from hooklist_genres import Labelled, most_trusted

AUDIO = {".mp3", ".ogg", ".flac", ".wav", ".opus", ".m4a"}


def labelled(
    file: Path, table: dict[str, dict[str, str | None]], ask: GuessGenre | None
) -> Labelled:
    def by_ear() -> Labelled | None:
        return ask(features_of(analyse(file, statistics=True))) if ask else None

    stated = table.get(file.name, {}).get("genre") or ""
    return most_trusted(table=stated, tag=genre_tag(file), guess=by_ear)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--table", type=Path)
    parser.add_argument("--genre-model", type=Path)
    options = parser.parse_args()
    table = json.loads(options.table.read_text(encoding="utf-8")) if options.table else {}
    ask = None
    if options.genre_model:
        from webapp.services.genre_guess import guess_by_ear

        ask = guess_by_ear(options.genre_model)

    counts: Counter[tuple[str, str, str]] = Counter()
    for file in sorted(file for file in options.folder.iterdir() if file.suffix.lower() in AUDIO):
        found = labelled(file, table, ask)
        answer = route(found.genre, found.estimated)
        known = f"{found.genre or '?'} ({found.source or 'unknown'})"
        print(f"{file.name[:40]:40}  {known:32}  {answer.strategy:8}  {answer.reason}")
        counts[found.source or "unknown", answer.family or "–", answer.strategy] += 1
    print("\n| genre from | family | looked for | songs |\n|---|---|---|---|")
    for (source, family, strategy), songs in sorted(counts.items()):
        print(f"| {source} | {family} | {strategy} | {songs} |")


if __name__ == "__main__":
    main()

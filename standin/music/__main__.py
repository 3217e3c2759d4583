"""``python -m standin.music table | render | features``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from standin.errors import StandinError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return 0 when done, 1 when it failed, 2 on wrong use."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "table":
            from standin.music.table import write_table

            print(f"{write_table(options.out)} tracks in {options.out}")
        elif options.command == "render":
            from standin.music.cache import write_audio

            write_audio(options.id, options.out)
            print(f"{options.id} in {options.out}")
        else:
            from standin.music.features import write_features

            print(f"features of {write_features(options.out, _tell)} tracks in {options.out}")
    except (StandinError, OSError) as error:
        print(f"standin.music: {error}", file=sys.stderr)
        return 1
    return 0


def _tell(done: int, total: int, title: str) -> None:
    print(f"{done}/{total} {title}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m standin.music", description="A generated music library."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    table = commands.add_parser("table", help="write the library as a catalogue table")
    table.add_argument("--out", type=Path, required=True, metavar="FILE.csv")
    render = commands.add_parser("render", help="render one track")
    render.add_argument("id")
    render.add_argument("--out", type=Path, required=True, metavar="FILE.{flac,wav}")
    features = commands.add_parser("features", help="render all tracks and measure their features")
    features.add_argument(
        "--out", type=Path, default=Path(__file__).with_name("features.csv"), metavar="FILE.csv"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())

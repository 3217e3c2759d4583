"""``python -m highlighter.training COMMAND``: everything between a data set and a model file."""

from __future__ import annotations

import argparse
import sys

from highlighter.training import (
    ablate,
    compare,
    gathering,
    learning,
    listened,
    pipeline,
    rendering,
)
from hooklist_errors import HooklistError


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    whole = argparse.ArgumentParser(prog="python -m highlighter.training", description=__doc__)
    commands = whole.add_subparsers(dest="command", required=True)
    for part in (rendering, listened, gathering, learning, pipeline, compare, ablate):
        part.add_parser(commands)
    return whole


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit status."""
    options = parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except HooklistError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main())

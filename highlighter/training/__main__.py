"""``python -m highlighter.training COMMAND``: everything between a data set and a model file."""

from __future__ import annotations

import argparse
import sys

from highlighter.training import ablate, compare, learning, rendering
from hooklist_errors import HooklistError


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m highlighter.training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    rendering.add_parser(commands)
    learning.add_parser(commands)
    compare.add_parser(commands)
    ablate.add_parser(commands)
    options = parser.parse_args(arguments)
    try:
        status: int = options.run(options)
    except HooklistError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main())

"""``hooklist feedback``: what people said and what happened, written out or forgotten."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from webapp.commands.listening import write_lines
from webapp.errors import InvalidRequest

if TYPE_CHECKING:
    from webapp.wiring import Services

KINDS = ("events", "ratings", "messages", "votes")


def export(options: argparse.Namespace) -> int:
    """Write everything that is kept, one JSON object per line, without any user in it."""
    from webapp.settings import load_settings
    from webapp.wiring import open_services

    services = open_services(load_settings())
    try:
        written = write_lines(options.out, rows(services))
    finally:
        services.close()
    print(f"{options.out}: {written} lines")
    return 0


def forget(options: argparse.Namespace) -> int:
    """Forget the kinds that are named.

    Raises
    ------
    InvalidRequest
        If none is.
    """
    from webapp.settings import load_settings
    from webapp.wiring import open_services

    kinds = KINDS if options.all else [kind for kind in KINDS if getattr(options, kind)]
    if not kinds:
        raise InvalidRequest(
            "Nothing was forgotten",
            why="it was not said what",
            kept="everything",
            next_step=f"name one of {', '.join(f'--{kind}' for kind in KINDS)}, or --all",
        )
    services = open_services(load_settings())
    try:
        delete: dict[str, Callable[[], int]] = {
            "events": services.events.delete_all,
            "ratings": services.ratings.delete_all,
            "messages": services.messages.delete_all,
            "votes": services.votes.delete_all,
        }
        for kind in kinds:
            print(f"forgotten: {delete[kind]()} {kind}")
    finally:
        services.close()
    return 0


def rows(services: Services) -> Iterator[dict[str, Any]]:
    """Yield everything as plain rows, each with what it ``is``; raters and voters are numbers."""
    for event in services.events.each():
        yield {"is": "event", **asdict(event)}
    for opinion in services.ratings.opinions():
        yield {"is": "rating", **asdict(opinion)}
    for count in services.events.user_counts(1_000_000):
        yield {"is": "users", **asdict(count)}
    first = 0
    while messages := services.messages.list(limit=200, offset=first):
        for message in messages:
            yield {"is": "message", **asdict(message)}
        first += len(messages)
    voters: dict[str, int] = {}
    for vote in services.votes.of_test():
        number = voters.setdefault(f"{vote.test} {vote.voter}", len(voters))
        yield {"is": "vote", **asdict(vote), "voter": number}

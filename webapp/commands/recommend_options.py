"""Options of ``hooklist recommend``: from words on the command line to `Wishes`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from webapp.errors import InvalidRequest

if TYPE_CHECKING:
    from recommender.wishes import Wishes


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add everything that can be wished of a playlist; nothing of it has to be given."""
    length = parser.add_argument_group("how long")
    length.add_argument("--length", type=int, default=30, help="tracks (default 30)")
    length.add_argument("--minutes", type=float, metavar="M", help="5-600, instead of --length")
    taste = parser.add_argument_group("which tracks suit")
    taste.add_argument(
        "--more-like", metavar="ID,ID…", help="further seeds that may come themselves"
    )
    taste.add_argument("--less-like", metavar="ID,ID…", help="tracks to keep away from")
    taste.add_argument("--exclude", metavar="ID,ID…", help="tracks that may not come")
    taste.add_argument(
        "--familiarity", type=float, metavar="X", help="-1 no artist of the seeds … 1 theirs first"
    )
    taste.add_argument("--popularity", type=float, metavar="X", help="-1 hidden gems … 1 hits")
    taste.add_argument(
        "--era", type=float, metavar="X", help="0-1: how much the seeds' years count"
    )
    taste.add_argument(
        "--genre-weight", type=float, metavar="X", help="0-1: how much the seeds' genres count"
    )
    only = parser.add_argument_group("which tracks may come at all")
    only.add_argument("--years", metavar="FROM-TO", help="1990-1999, 1990- or -1999")
    only.add_argument("--tempo", metavar="FROM-TO", help="beats per minute, likewise")
    only.add_argument("--genre", metavar="NAME,NAME…", help="any of these")
    only.add_argument("--source", metavar="NAME,NAME…", help="any of these")
    only.add_argument("--no-explicit", action="store_true", help="none marked explicit")
    only.add_argument("--avoid", metavar="WORD,WORD…", help="words that no title or album has")
    only.add_argument(
        "--avoid-artists",
        metavar="NAME,NAME…",
        action="append",
        help="artists of whom nothing comes; may be given again for more",
    )
    order = parser.add_argument_group("in which order")
    order.add_argument(
        "--curve", metavar="NAME", help="flat, rise, wave, peak, cool-down, or 0:0.2,0.5:0.9,1:0.4"
    )
    order.add_argument(
        "--flow", type=float, metavar="X", help="0-1: tempo and key go over smoothly"
    )
    order.add_argument("--bridge", action="store_true", help="from the first seed to the last")
    order.add_argument("--ranked", action="store_true", help="best first, in no other order")
    order.add_argument("--artist-cap", metavar="N|none", help="tracks by one artist in 30 (2)")
    order.add_argument("--gap", type=int, metavar="N", help="others between two by one artist (5)")


def wishes_of(options: argparse.Namespace) -> Wishes:
    """Return the wishes that the options say.

    Raises
    ------
    InvalidRequest
        An option cannot be read.
    recommender.errors.BadRequest
        A value is out of range.
    """
    from recommender.wishes import Filters, Wishes

    given: dict[str, Any] = {
        name: value
        for name in ("minutes", "familiarity", "popularity", "era", "flow", "gap")
        if (value := getattr(options, name)) is not None
    }
    if options.genre_weight is not None:
        given["genre"] = options.genre_weight
    if options.artist_cap is not None:
        given["artist_cap"] = _cap(options.artist_cap)
    filters = Filters(
        explicit=not options.no_explicit,
        years=_ends("--years", options.years, int),
        tempo=_ends("--tempo", options.tempo, float),
        genres=listed(options.genre),
        sources=listed(options.source),
        avoid_words=listed(options.avoid),
        avoid_artists=tuple(entry for entry in options.avoid_artists or () if listed(entry)),
    )
    return Wishes(
        length=options.length,
        more_like=listed(options.more_like),
        less_like=listed(options.less_like),
        exclude=listed(options.exclude),
        filters=filters,
        curve=_curve(options.curve),
        bridge=options.bridge,
        ranked=options.ranked,
        **given,
    )


def listed(text: str | None) -> tuple[str, ...]:
    """Return what stands between commas."""
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _cap(text: str) -> int | None:
    if text.casefold() == "none":
        return None
    try:
        return int(text)
    except ValueError:
        raise _unreadable("--artist-cap", text, "a whole number, or none") from None


def _ends(option: str, text: str | None, kind: type[int] | type[float]) -> tuple[Any, Any]:
    if text is None:
        return None, None
    first, dash, last = text.partition("-")
    try:
        low = kind(first) if first.strip() else None
        high = (kind(last) if last.strip() else None) if dash else low
    except ValueError:
        raise _unreadable(option, text, "FROM-TO, FROM- or -TO") from None
    return low, high


def _curve(text: str | None) -> Any:
    if text is None or ":" not in text:
        return text
    try:
        return [tuple(map(float, point.split(":"))) for point in listed(text)]
    except ValueError:
        raise _unreadable("--curve", text, "POSITION:ENERGY,POSITION:ENERGY… all 0-1") from None


def _unreadable(option: str, text: str, form: str) -> InvalidRequest:
    return InvalidRequest(
        "cannot read an option", which=f"{option} {text}"[:100], next_step=f"write {form}"
    )

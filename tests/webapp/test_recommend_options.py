"""The options of ``hooklist recommend`` as wishes, and reasons in words."""

from __future__ import annotations

import pytest

from recommender import Filters, Wishes
from recommender.errors import BadRequest
from recommender.playlist import Reason, Shared
from webapp.cli import build_parser
from webapp.commands.recommend import why
from webapp.commands.recommend_options import wishes_of
from webapp.errors import InvalidRequest


def wished(*options: str) -> Wishes:
    return wishes_of(
        build_parser().parse_args(["recommend", "--catalogue", "x", "--seeds", "a", *options])
    )


def test_without_options_nothing_is_wished() -> None:
    assert wished() == Wishes()


@pytest.mark.parametrize(
    ("options", "wishes"),
    [
        (["--length", "50"], Wishes(length=50)),
        (["--minutes", "45.5"], Wishes(minutes=45.5)),
        (["--less-like", "a, b"], Wishes(less_like=("a", "b"))),
        (["--more-like", "c"], Wishes(more_like=("c",))),
        (["--exclude", "a,b"], Wishes(exclude=("a", "b"))),
        (["--familiarity", "-1", "--popularity", "-0.5"], Wishes(familiarity=-1, popularity=-0.5)),
        (["--era", "0.5", "--genre-weight", "1"], Wishes(era=0.5, genre=1)),
        (["--years", "1990-1999"], Wishes(filters=Filters(years=(1990, 1999)))),
        (["--years", "1990-"], Wishes(filters=Filters(years=(1990, None)))),
        (["--years", "-1999"], Wishes(filters=Filters(years=(None, 1999)))),
        (["--years", "1994"], Wishes(filters=Filters(years=(1994, 1994)))),
        (["--tempo", "90.5-120"], Wishes(filters=Filters(tempo=(90.5, 120)))),
        (["--genre", "rock,jazz"], Wishes(filters=Filters(genres=("rock", "jazz")))),
        (["--source", "mine"], Wishes(filters=Filters(sources=("mine",)))),
        (["--no-explicit"], Wishes(filters=Filters(explicit=False))),
        (["--avoid", "live,at sea"], Wishes(filters=Filters(avoid_words=("live", "at sea")))),
        (
            ["--avoid-artists", "abba, Queen", "--avoid-artists", "Tyler, The Creator"],
            Wishes(filters=Filters(avoid_artists=("abba, Queen", "Tyler, The Creator"))),
        ),
        (["--avoid-artists", " , "], Wishes()),
        (["--curve", "wave"], Wishes(curve="wave")),
        (["--curve", "0:0.2,1:0.9"], Wishes(curve=((0, 0.2), (1, 0.9)))),
        (["--flow", "0", "--bridge"], Wishes(flow=0, bridge=True)),
        (["--ranked"], Wishes(ranked=True)),
        (["--artist-cap", "none", "--gap", "0"], Wishes(artist_cap=None, gap=0)),
    ],
)  # fmt: skip
def test_every_option_is_a_wish(options: list[str], wishes: Wishes) -> None:
    assert wished(*options) == wishes


@pytest.mark.parametrize(
    "options",
    [
        ["--years", "old"],
        ["--tempo", "fast-slow"],
        ["--curve", "0:0.2,1:x"],
        ["--artist-cap", "few"],
    ],
)
def test_what_cannot_be_read_is_told_with_its_option(options: list[str]) -> None:
    with pytest.raises(InvalidRequest, match=options[0]):
        wished(*options)


@pytest.mark.parametrize(
    "options", [["--minutes", "1"], ["--years", "1999-1990"], ["--curve", "up"], ["--flow", "2"]]
)
def test_what_is_out_of_range_is_told(options: list[str]) -> None:
    with pytest.raises(BadRequest):
        wished(*options)


@pytest.mark.parametrize(
    ("shared", "words"),
    [
        (Shared("tempo", 118.2, 119.9, "mid"), "118 and 120 BPM"),
        (Shared("tempo", 120.0, 120.3, "high"), "both 120 BPM"),
        (Shared("key", 9.0, 9.0, "minor"), "both in A minor"),
        (Shared("key", 6.0, 6.0), "both in F♯"),
        (Shared("mode", 1.0, 1.0, "major"), "both major"),
        (Shared("energy", 0.1, 0.2, "low"), "both calm"),
        (Shared("energy", 0.9, 0.95, "high"), "both energetic"),
        (Shared("energy", 0.5, 0.52, "mid"), "alike energetic"),
        (Shared("duration", 185.0, 190.4), "3:05 and 3:10 long"),
        (Shared("time_signature", 3.0, 3.0), "both in 3/4"),
        (Shared("artist", "Air", "Air"), "by Air too"),
        (Shared("genre", "jazz", "jazz"), "both jazz"),
        (Shared("year", 1994.0, 1996.0), "of 1994 and 1996"),
        (Shared("year", 1994.0, 1994.0), "both of 1994"),
    ],
)
def test_a_reason_is_told_in_words(shared: Shared, words: str) -> None:
    assert why(Reason("a", "Seed", (shared.name,), 99.0, (shared,))) == f"close to Seed: {words}"


def test_a_reason_without_anything_shared_names_the_seed_alone() -> None:
    assert why(Reason("a", "Seed")) == "close to Seed"

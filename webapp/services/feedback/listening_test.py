"""The blind listening test: pairs of sounds in a folder, shown without saying which is whose.

The folder is written by ``hooklist evaluate trailer --pairs`` and believed in nothing: names that
lead out of it, sounds that are not there and anything unknown in ``pairs.json`` are refused.
"""

from __future__ import annotations

import hashlib
import hmac
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from webapp.errors import ListeningTestUnreadable
from webapp.services.feedback.statistics import Estimate, binomial_p, wilson
from webapp.store import ListeningVote

PAIRS_FILE = "pairs.json"
MOST_PAIRS = 500
LARGEST_LIST = 2_000_000
LARGEST_SOUND = 100_000_000
TYPES: Mapping[str, str] = {
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".opus": "audio/ogg",
    ".ogg": "audio/ogg",
    ".flac": "audio/flac",
    ".wav": "audio/wav",
}
"""Sounds a browser may be given, by their ending."""

Side: TypeAlias = Literal["a", "b"]
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}\Z")

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class SideOfPair(_Strict):
    """One sound of a pair and what made it."""

    system: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    file: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Pair(_Strict):
    """Two sounds of the same music."""

    id: Id
    title: Annotated[str, StringConstraints(max_length=200)]
    a: SideOfPair
    b: SideOfPair

    def side(self, side: Side) -> SideOfPair:
        """Return one of the two."""
        return self.a if side == "a" else self.b


class _Pairs(_Strict):
    version: Literal[1]
    pairs: Annotated[list[Pair], Field(min_length=1, max_length=MOST_PAIRS)]


@dataclass(frozen=True)
class Sounds:
    """A set of pairs that was read and checked.

    Parameters
    ----------
    folder
        Where the sounds lie.
    pairs
        In the order of the file.
    name
        Names the set by the content of its file, so that votes on another set are not mixed in.
    """

    folder: Path
    pairs: tuple[Pair, ...]
    name: str


@dataclass(frozen=True)
class Shown:
    """A pair as one voter meets it.

    Parameters
    ----------
    pair
        Which.
    first
        The side of the pair that is called A on the page.
    sounds
        Names of the sounds that tell nothing, of A and B on the page.
    """

    pair: Pair
    first: Side
    sounds: tuple[str, str]

    def side_of(self, shown: Side) -> Side:
        """Return the pair's side behind A or B of the page, and the other way round."""
        return shown if self.first == "a" else other(shown)


class ListeningTest:
    """Reads the folder when asked, and again when its list has changed.

    Parameters
    ----------
    folder
        From the settings; None where there is no test.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._read: tuple[tuple[int, int], Sounds] | None = None

    @property
    def wanted(self) -> bool:
        """Whether the operator has named a folder."""
        return self._folder is not None

    def sounds(self) -> Sounds | None:
        """Return the pairs, or None if there is no test.

        Raises
        ------
        ListeningTestUnreadable
            Naming what is wrong with the folder.
        """
        if self._folder is None:
            return None
        try:
            state = (self._folder / PAIRS_FILE).stat()
        except OSError as error:
            raise _unreadable(self._folder / PAIRS_FILE, error.strerror or str(error)) from error
        stamp = (state.st_mtime_ns, state.st_size)
        if self._read is None or self._read[0] != stamp:
            self._read = (stamp, read_pairs(self._folder))
        return self._read[1]


def read_pairs(folder: Path) -> Sounds:
    """Read a folder of pairs.

    Raises
    ------
    ListeningTestUnreadable
        Naming what is wrong with it.
    """
    path = folder / PAIRS_FILE
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_LIST + 1)
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    if len(data) > LARGEST_LIST:
        raise _unreadable(path, f"it has more than {LARGEST_LIST} bytes")
    try:
        pairs = _Pairs.model_validate_json(data).pairs
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])[:100]
        raise _unreadable(path, f"in {PAIRS_FILE}, {where or 'all'}: {first['msg']}") from error
    seen: set[str] = set()
    for pair in pairs:
        if pair.id in seen:
            raise _unreadable(path, f"the id {pair.id} comes twice")
        seen.add(pair.id)
        if pair.a.system == pair.b.system:
            raise _unreadable(path, f"both sounds of {pair.id} are of {pair.a.system!r}")
        for side in (pair.a, pair.b):
            _check_file(folder, path, side.file)
    return Sounds(folder.resolve(), tuple(pairs), hashlib.sha256(data).hexdigest())


def order_for(sounds: Sounds, voter: str) -> tuple[Shown, ...]:
    """Return the pairs in a voter's own order, each with its sides by chance; always the same.

    Parameters
    ----------
    sounds
        The set.
    voter
        Random secret of the voter's session: who does not know it cannot tell the sides.
    """
    draw = random.Random(f"{sounds.name}\n{voter}")  # noqa: S311 - chance, not a secret
    pairs = list(sounds.pairs)
    draw.shuffle(pairs)
    return tuple(_shown(sounds, pair, voter, draw.random() < 0.5) for pair in pairs)


def sound_of(sounds: Sounds, voter: str, name: str) -> Path | None:
    """Return the file behind a name that was given to this voter, or None."""
    for pair in sounds.pairs:
        for side in ("a", "b"):
            if hmac.compare_digest(_name(sounds, voter, pair, side), name):
                return sounds.folder / pair.side(side).file
    return None


def other(side: Side) -> Side:
    """Return the other one of a pair."""
    return "b" if side == "a" else "a"


@dataclass(frozen=True)
class Comparison:
    """How one system fares against another.

    Parameters
    ----------
    one, other
        The systems, in alphabetical order.
    wins, losses, ties
        Votes that found `one` better, `other` better, no difference.
    voters
        Who gave them: votes of one voter hang together, which `p` and `share` do not know.
    share
        Of `wins` among the votes that found a difference, with Wilson's interval.
    p
        Two-sided exact binomial: how likely a split as uneven is where nobody hears a difference.
    """

    one: str
    other: str
    wins: int
    losses: int
    ties: int
    voters: int
    share: Estimate
    p: float


@dataclass(frozen=True)
class PairResult:
    """Votes on one pair."""

    pair: Pair
    a: int
    b: int
    ties: int
    reasons: tuple[str, ...]


def compare(pairs: Sequence[Pair], votes: Sequence[ListeningVote]) -> tuple[Comparison, ...]:
    """Return each two systems that were heard against each other, whichever side they were on."""
    by_id = {pair.id: pair for pair in pairs}
    met: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for pair in pairs:
        first, second = sorted((pair.a.system, pair.b.system))
        met.setdefault((first, second), [])
    for vote in votes:
        pair_ = by_id.get(vote.pair)
        if pair_ is None:
            continue
        first, second = sorted((pair_.a.system, pair_.b.system))
        said = 0
        if vote.choice != "none":
            said = 1 if pair_.side(vote.choice).system == first else -1
        met[first, second].append((said, vote.voter))
    return tuple(_comparison(*systems, said) for systems, said in sorted(met.items()))


def results(pairs: Sequence[Pair], votes: Sequence[ListeningVote]) -> tuple[PairResult, ...]:
    """Return the votes pair by pair, in the order of the set."""
    said: dict[str, list[ListeningVote]] = {pair.id: [] for pair in pairs}
    for vote in votes:
        said.get(vote.pair, []).append(vote)
    return tuple(
        PairResult(
            pair,
            sum(vote.choice == "a" for vote in said[pair.id]),
            sum(vote.choice == "b" for vote in said[pair.id]),
            sum(vote.choice == "none" for vote in said[pair.id]),
            tuple(vote.reason for vote in said[pair.id] if vote.reason),
        )
        for pair in pairs
    )


def _comparison(one: str, other: str, said: Sequence[tuple[int, str]]) -> Comparison:
    wins = sum(way > 0 for way, _ in said)
    losses = sum(way < 0 for way, _ in said)
    return Comparison(
        one,
        other,
        wins,
        losses,
        len(said) - wins - losses,
        len({voter for _, voter in said}),
        wilson(wins, wins + losses),
        binomial_p(wins, wins + losses),
    )


def _shown(sounds: Sounds, pair: Pair, voter: str, swapped: bool) -> Shown:
    first: Side = "b" if swapped else "a"
    names = (_name(sounds, voter, pair, first), _name(sounds, voter, pair, other(first)))
    return Shown(pair, first, names)


def _name(sounds: Sounds, voter: str, pair: Pair, side: Side) -> str:
    text = f"{sounds.name}\n{pair.id}\n{side}"
    return hmac.new(voter.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]


def _check_file(folder: Path, path: Path, name: str) -> None:
    file = folder / name
    if not _FILE.match(name) or file.suffix.lower() not in TYPES:
        raise _unreadable(
            path, f"a file is called {name!r}, which is no name of a sound in this folder"
        )
    try:
        inside = file.resolve(strict=True).parent == folder.resolve(strict=True)
        size = file.stat().st_size if inside and file.is_file() else 0
    except OSError as error:
        raise _unreadable(path, f"the sound {name}: {error.strerror or error}") from error
    if not 0 < size <= LARGEST_SOUND:
        raise _unreadable(
            path, f"the sound {name} is no file of 1 to {LARGEST_SOUND} bytes in this folder"
        )


def _unreadable(path: Path, why: str) -> ListeningTestUnreadable:
    return ListeningTestUnreadable(
        "The listening test cannot be shown",
        which=str(path),
        why=why,
        kept="votes that were given before",
        next_step="write the folder anew with `hooklist evaluate trailer --pairs DIR`",
    )

"""Hands on a playlist: what the listener keeps stays, the rest is picked anew around it.

Nothing is remembered here. A draft goes in with what the listener did, a draft comes out; who keeps
the drafts can undo.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from recommender.errors import BadRequest
from recommender.playlist import Note, Playlist, Recommended
from recommender.request import check_range
from recommender.wishes import LEAST_MINUTES, MAX_LENGTH, MOST_MINUTES, Wishes

if TYPE_CHECKING:
    from recommender.recommend import Recommender


@dataclass(frozen=True)
class Draft:
    """A playlist in the hands of its listener.

    Attributes
    ----------
    seeds
        Ids from which it was made.
    wishes
        What was wished, with what was liked more or less since.
    tracks
        Ids in playing order.
    locked
        Those of them that stand where they are.
    removed
        Ids that never come back.

    Raises
    ------
    BadRequest
        A track comes twice, or a locked one is not in the list.
    """

    seeds: tuple[str, ...]
    wishes: Wishes
    tracks: tuple[str, ...]
    locked: frozenset[str] = frozenset()
    removed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(set(self.tracks)) < len(self.tracks):
            raise BadRequest("A draft cannot have one track twice")
        astray = self.locked - set(self.tracks)
        if astray:
            raise BadRequest("A locked track is not in the draft", which=min(astray)[:100])

    @classmethod
    def of(cls, playlist: Playlist, wishes: Wishes) -> Draft:
        """Return the draft with which a fresh playlist's listener begins."""
        tracks = tuple(item.track.id for item in playlist.tracks)
        locked = frozenset(wishes.kept.values()) & frozenset(tracks)
        return cls(playlist.seeds, replace(wishes, kept={}), tracks, locked)

    def to_json(self) -> dict[str, Any]:
        """Return the draft as plain values."""
        return {
            "seeds": list(self.seeds),
            "wishes": self.wishes.to_json(),
            "tracks": list(self.tracks),
            "locked": [one for one in self.tracks if one in self.locked],
            "removed": list(self.removed),
        }

    @classmethod
    def from_json(cls, values: object) -> Draft:
        """Read what `to_json` wrote.

        Raises
        ------
        BadRequest
            Naming what is missing, unknown or of the wrong kind.
        """
        if not isinstance(values, Mapping):
            raise BadRequest("A draft must be an object", which=repr(values)[:100])
        names = {one.name for one in fields(cls)}
        odd = sorted(str(name) for name in names ^ set(values))
        if odd:
            raise BadRequest(
                "A draft has exactly the names it is written with",
                which=", ".join(odd)[:100],
                why=f"it has {', '.join(sorted(names))}",
            )
        ids = {name: _ids(name, values[name]) for name in names - {"wishes"}}
        return cls(
            seeds=ids["seeds"],
            wishes=Wishes.from_json(values["wishes"]),
            tracks=ids["tracks"],
            locked=frozenset(ids["locked"]),
            removed=ids["removed"],
        )


@dataclass(frozen=True)
class Lock:
    """The track stands where it is, whatever else is picked anew."""

    id: str


@dataclass(frozen=True)
class Unlock:
    """The track may go again."""

    id: str


@dataclass(frozen=True)
class Remove:
    """The track goes for good; the list is one shorter and nothing else moves."""

    id: str


@dataclass(frozen=True)
class Replace:
    """Another track at this one's place; this one goes for good and all else stays."""

    id: str


@dataclass(frozen=True)
class MoreLike:
    """The track is locked and counts as a seed; what is not locked is picked anew."""

    id: str


@dataclass(frozen=True)
class LessLike:
    """The track goes for good and counts as a seed to keep away from; the unlocked anew."""

    id: str


@dataclass(frozen=True)
class Extend:
    """All stays; so many more at the end, 1–10,000 in all."""

    count: int = 10


@dataclass(frozen=True)
class Refresh:
    """What is not locked goes for good and is picked anew around the seeds and the locked."""


Action = Lock | Unlock | Remove | Replace | MoreLike | LessLike | Extend | Refresh

ACTIONS: Mapping[str, type[Action]] = {
    "lock": Lock,
    "unlock": Unlock,
    "remove": Remove,
    "replace": Replace,
    "more_like": MoreLike,
    "less_like": LessLike,
    "extend": Extend,
    "refresh": Refresh,
}
"""Names under which faces send actions."""


def action_of(name: str, values: Mapping[str, Any] | None = None) -> Action:
    """Return the action of a name, with its ``id`` or ``count`` from `values`.

    Raises
    ------
    BadRequest
        There is no such action, or a value is missing, unknown or of the wrong kind.
    """
    kind = ACTIONS.get(name)
    if kind is None:
        raise BadRequest(
            "There is no such action", which=name[:100], why=f"known are {', '.join(ACTIONS)}"
        )
    given = dict(values or {})
    taken = {one.name for one in fields(kind)}
    for odd in set(given) - taken:
        raise BadRequest("An action has no such value", which=f"{name}: {odd}"[:100])
    if "id" in taken and not (isinstance(given.get("id"), str) and given["id"]):
        raise BadRequest("This action needs a track's id", which=name)
    if "count" in given:
        check_range("count", given["count"], 1, MAX_LENGTH)
    return kind(**given)


@dataclass(frozen=True)
class Revised:
    """What an action came to.

    Attributes
    ----------
    draft
        The draft to go on with.
    tracks
        The draft's tracks with their reasons, in playing order. A track that the catalogue no
        longer has is in the draft and missing here, with a note "tracks_gone".
    notes
        What could not be done as asked.
    """

    draft: Draft
    tracks: tuple[Recommended, ...]
    notes: tuple[Note, ...] = ()


def revise(recommender: Recommender, draft: Draft, action: Action) -> Revised:
    """Carry out one action on a draft.

    Parameters
    ----------
    recommender
        Asked for what is picked anew, and for the reasons of what stays.
    draft
        Not changed.
    action
        One of `Action`.

    Raises
    ------
    BadRequest
        The draft has no such track, or would grow past 10,000.
    NothingLeft
        There is no other track to pick; the draft is as good as it was.
    UnknownSeeds
        The catalogue has none of the seeds any more.
    """
    raise NotImplementedError


def _ids(name: str, value: object) -> tuple[str, ...]:
    if isinstance(value, (str, bytes)) or not isinstance(value, Sequence):
        raise BadRequest("A draft's ids must be a list", which=name)
    for one in value:
        if not isinstance(one, str) or not one:
            raise BadRequest("A draft's ids must be texts", which=f"{name}: {one!r}"[:100])
    return tuple(value)

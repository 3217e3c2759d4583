"""Hands on a playlist: what the listener keeps stays, the rest is picked anew around it.

Nothing is remembered here. A draft goes in with what the listener did, a draft comes out; who keeps
the drafts can undo.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.errors import BadRequest, NothingLeft
from recommender.picking import TOLERANCE, USUAL_SECONDS
from recommender.playlist import Note, Playlist, Recommended
from recommender.request import check_range
from recommender.wishes import LEAST_MINUTES, MAX_LENGTH, MOST_MINUTES, Wishes

if TYPE_CHECKING:
    from recommender.recommend import Recommender


MOST_PASSED = 500


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
    passed
        Ids that went when all was picked anew, the last `MOST_PASSED` of them: enough that whoever
        asks for another list gets one, and no burden on a list that is asked for all day.

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
    passed: tuple[str, ...] = ()

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
            "passed": list(self.passed),
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
            passed=ids["passed"],
        )

    def excluded(self, *more: str) -> tuple[str, ...]:
        """Return the ids that do not come, `more` among them."""
        return _with(self.wishes.exclude, *self.removed, *self.passed, *more)


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
class NeverArtist:
    """Nothing by the track's first artist any more, from now on; others stand in their places.

    The track goes for good, and so do the artist's others unless they are locked. All else stays.
    """

    id: str


@dataclass(frozen=True)
class Neither:
    """Liking the track more is taken back: it may go again, and counts no more as a seed.

    What is not locked is picked anew; the track itself stands where it is this time.
    """

    id: str


@dataclass(frozen=True)
class Extend:
    """All stays; so many more at the end, 1–10,000 in all."""

    count: int = 10


@dataclass(frozen=True)
class Refresh:
    """What is not locked goes for good and is picked anew around the seeds and the locked."""


_OnTrack = Lock | Unlock | Remove | Replace | MoreLike | LessLike | NeverArtist | Neither

Action = _OnTrack | Extend | Refresh

ACTIONS: Mapping[str, type[Action]] = {
    "lock": Lock,
    "unlock": Unlock,
    "remove": Remove,
    "replace": Replace,
    "more_like": MoreLike,
    "less_like": LessLike,
    "never_artist": NeverArtist,
    "neither": Neither,
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
    if isinstance(action, Extend):
        return _extended(recommender, draft, action.count)
    if isinstance(action, Refresh):
        free = tuple(one for one in draft.tracks if one not in draft.locked)
        passed = _with(draft.passed, *free)[-max(MOST_PASSED, len(free)) :]
        return _repicked(recommender, replace(draft, passed=passed))
    if action.id not in draft.tracks:
        raise BadRequest(
            "The draft has no such track",
            which=action.id[:100],
            next_step="choose one that is in it",
        )
    return _on_track(recommender, draft, action)


def _on_track(recommender: Recommender, draft: Draft, action: _OnTrack) -> Revised:
    one = action.id
    locked, removed = draft.locked, _with(draft.removed, one)
    wishes = draft.wishes
    match action:
        case Lock():
            return _as_is(recommender, replace(draft, locked=locked | {one}))
        case Unlock():
            return _as_is(recommender, replace(draft, locked=locked - {one}))
        case Remove():
            left = tuple(other for other in draft.tracks if other != one)
            shorter = replace(draft, tracks=left, locked=locked - {one}, removed=removed)
            return _as_is(recommender, shorter)
        case Replace():
            return _replaced(recommender, replace(draft, locked=locked - {one}), one)
        case MoreLike():
            liked = replace(wishes, more_like=_with(wishes.more_like, one))
            return _repicked(recommender, replace(draft, wishes=liked, locked=locked | {one}))
        case LessLike():
            others = tuple(other for other in wishes.more_like if other != one)
            wishes = replace(wishes, more_like=others, less_like=_with(wishes.less_like, one))
            unlocked = replace(draft, wishes=wishes, locked=locked - {one}, removed=removed)
            return _repicked(recommender, unlocked)
        case Neither():
            others = tuple(other for other in wishes.more_like if other != one)
            wishes = replace(wishes, more_like=others)
            free = replace(draft, wishes=wishes, locked=locked - {one})
            return _repicked(recommender, free, staying=frozenset({one}))
        case NeverArtist():
            return _without_artist(recommender, draft, one)


def _as_is(recommender: Recommender, draft: Draft) -> Revised:
    """Return a draft whose list nobody picks anew."""
    if not draft.tracks:
        return Revised(draft, ())
    tracks = recommender.explain(draft.seeds, draft.tracks, _around(draft))
    gone = len(draft.tracks) - len(tracks)
    return Revised(draft, tracks, _gone(gone) if gone else ())


def _without_artist(recommender: Recommender, draft: Draft, one: str) -> Revised:
    """Put others in the places of a track's first artist, who is avoided from now on."""
    catalogue = recommender.catalogue
    row = catalogue.row_of(one)
    credited = () if row is None else catalogue.credits(row)
    if not credited:
        raise BadRequest(
            "The artist cannot be avoided",
            which=one[:100],
            why="the catalogue does not tell who made this track",
            next_step="remove the track instead",
        )
    theirs = {int(by) for by in recommender.parts.facets.by_artists(credited[:1])}
    going = {
        track
        for track in draft.tracks
        if track == one or (track not in draft.locked and catalogue.row_of(track) in theirs)
    }
    wishes = draft.wishes
    avoided = _with(wishes.filters.avoid_artists, credited[0].strip())
    after = replace(
        draft,
        wishes=replace(
            wishes,
            more_like=tuple(other for other in wishes.more_like if other not in going),
            filters=replace(wishes.filters, avoid_artists=avoided),
        ),
        locked=draft.locked - going,
        removed=_with(draft.removed, *(track for track in draft.tracks if track in going)),
    )
    return _repicked(recommender, after, staying=frozenset(draft.tracks) - going)


def _repicked(
    recommender: Recommender, draft: Draft, *, staying: frozenset[str] = frozenset()
) -> Revised:
    """Pick what is not locked anew, around the seeds and what is locked; as many, or as long.

    Parameters
    ----------
    recommender, draft
        As in `revise`.
    staying
        Stand where they are without being locked.
    """
    if not draft.tracks:
        return Revised(draft, ())
    kept = {at: one for at, one in enumerate(draft.tracks) if one in draft.locked | staying}
    wishes = replace(
        _around(draft),
        length=len(draft.tracks),
        exclude=draft.excluded(),
        kept=kept,
        ranked=False,
    )
    playlist = recommender.recommend(draft.seeds, wishes)
    return _answered(draft, playlist)


def _replaced(recommender: Recommender, draft: Draft, one: str) -> Revised:
    """Put another track at one place; in a list fitted to minutes, one about as long."""
    kept = {at: other for at, other in enumerate(draft.tracks) if other != one}
    removed = _with(draft.removed, one)
    wishes = replace(
        _around(draft),
        length=len(draft.tracks),
        minutes=None,
        exclude=draft.excluded(one),
        kept=kept,
        bridge=draft.wishes.bridge,
        ranked=False,
    )
    notes: tuple[Note, ...] = ()
    lasting = _lasting(recommender, draft, kept.values())
    playlist = recommender.replace(draft.seeds, wishes, lasting)
    if lasting is not None and len(playlist.tracks) < len(draft.tracks):
        playlist = recommender.replace(draft.seeds, wishes, None)
        notes = (_off_time(recommender, draft, playlist),)
    if len(playlist.tracks) < len(draft.tracks):
        raise NothingLeft(
            "There is no other track for this place",
            which=one[:100],
            why="everything else that may come is in the list, removed or barred by a filter",
            kept="your list is as it was",
            next_step="loosen a filter, or remove the track instead",
        )
    revised = _answered(replace(draft, removed=removed), playlist)
    return replace(revised, notes=(*notes, *revised.notes))


def _extended(recommender: Recommender, draft: Draft, count: int) -> Revised:
    """Add tracks at the end; a list fitted to minutes is from now on as long as it became."""
    check_range("count", count, 1, MAX_LENGTH)
    length = len(draft.tracks) + count
    check_range("length", length, 1, MAX_LENGTH)
    wishes = replace(
        _around(draft),
        length=length,
        minutes=None,
        exclude=draft.excluded(),
        kept=dict(enumerate(draft.tracks)),
        ranked=False,
    )
    playlist = recommender.recommend(draft.seeds, wishes)
    revised = _answered(draft, playlist)
    asked = draft.wishes.minutes
    if asked is not None:
        asked = _seconds(recommender, revised.draft.tracks) / 60.0
        asked = min(max(asked, LEAST_MINUTES), MOST_MINUTES)
    longer = replace(draft.wishes, length=len(revised.draft.tracks) or length, minutes=asked)
    return replace(revised, draft=replace(revised.draft, wishes=longer))


def _around(draft: Draft) -> Wishes:
    """Return the wishes with what is locked as further seeds."""
    locked = [one for one in draft.tracks if one in draft.locked]
    more = [one for one in _with(draft.wishes.more_like, *locked) if one not in draft.removed]
    return replace(draft.wishes, more_like=tuple(more), kept={})


def _answered(draft: Draft, playlist: Playlist) -> Revised:
    tracks = tuple(item.track.id for item in playlist.tracks)
    after = replace(draft, tracks=tracks, locked=draft.locked & frozenset(tracks))
    gone = len(draft.locked) - len(after.locked)
    return Revised(after, playlist.tracks, (*(_gone(gone) if gone else ()), *playlist.notes))


def _lasting(
    recommender: Recommender, draft: Draft, others: Iterable[str]
) -> tuple[float, float] | None:
    """Return how long a track may last for the list to stay in its time; None if it is free."""
    if draft.wishes.minutes is None:
        return None
    left = draft.wishes.minutes * 60.0 - _seconds(recommender, others)
    return (left - TOLERANCE, left + TOLERANCE) if left > -TOLERANCE else None


def _off_time(recommender: Recommender, draft: Draft, playlist: Playlist) -> Note:
    asked = (draft.wishes.minutes or 0.0) * 60.0
    got = _seconds(recommender, (item.track.id for item in playlist.tracks))
    values = {"asked_seconds": asked, "got_seconds": round(got, 1)}
    return Note("length_missed", "No other track is as long as this place needs", values)


def _seconds(recommender: Recommender, ids: Iterable[str]) -> float:
    rows = (recommender.catalogue.row_of(one) for one in ids)
    known = [row for row in rows if row is not None]
    lengths = recommender.catalogue.numbers("duration", known)
    return float(np.nan_to_num(lengths, nan=USUAL_SECONDS).sum())


def _gone(count: int) -> tuple[Note, ...]:
    message = f"{count} tracks of the list are no longer in the catalogue"
    return (Note("tracks_gone", message, {"tracks": count}),)


def _with(ids: tuple[str, ...], *more: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*ids, *more]))


def _ids(name: str, value: object) -> tuple[str, ...]:
    if isinstance(value, (str, bytes)) or not isinstance(value, Sequence):
        raise BadRequest("A draft's ids must be a list", which=name)
    for one in value:
        if not isinstance(one, str) or not one:
            raise BadRequest("A draft's ids must be texts", which=f"{name}: {one!r}"[:100])
    return tuple(value)

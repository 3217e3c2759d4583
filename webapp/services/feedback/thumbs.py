"""Thumbs: written with the change of the list they cause, and heeded by later playlists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from recommender import Recommender
    from recommender.revision import Action
    from recommender.wishes import Wishes
    from webapp.store import Playlist, PlaylistStep, Thumb, Thumbs

MOST_HEEDED = 500
"""The last thumbs of a user, which later playlists heed."""
MOST_NEAR = 5
"""Of each kind, thumbs that count as seeds."""
NEAR_PERCENTILE = 90.0
"""A thumb counts as a seed where its track is nearer to a seed than so many of 100 random pairs."""


@dataclass(frozen=True)
class Heeded:
    """What a user's thumbs do to a playlist that is being made.

    Parameters
    ----------
    more, less
        Ids of tracks near the seeds: further seeds, and what to keep away from.
    never
        Ids of all tracks with a thumb down, which do not come.
    """

    more: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    never: tuple[str, ...] = ()

    def applied(self, wishes: Wishes) -> Wishes:
        """Return wishes with the thumbs in them; what is wished already stays."""
        return replace(
            wishes,
            more_like=tuple(dict.fromkeys((*wishes.more_like, *self.more))),
            less_like=tuple(dict.fromkeys((*wishes.less_like, *self.less))),
            exclude=tuple(dict.fromkeys((*wishes.exclude, *self.never))),
        )

    def notes(self) -> list[dict[str, Any]]:
        """Return what the listener should know of it, as a playlist keeps notes."""
        if not self.more and not self.less:
            return []
        return [{"kind": "thumbs", "more": len(self.more), "less": len(self.less)}]


def heeded(recommender: Recommender, seeds: Sequence[str], thumbs: Sequence[Thumb]) -> Heeded:
    """Return what thumbs mean for a playlist from some seeds.

    A thumb was given in some mood; it says little about seeds of another kind. So only those near a
    seed count as seeds themselves, the nearest first. Who picks a track as a seed means it,
    whatever the thumb was.

    Parameters
    ----------
    recommender
        Knows how near tracks are.
    seeds
        Ids of the catalogue, at least one of them known.
    thumbs
        The user's, the last first.
    """
    asked = set(seeds)
    up = {one.track_id: one.up for one in thumbs[:MOST_HEEDED] if one.track_id not in asked}
    never = tuple(one for one, liked in up.items() if not liked)
    if not up:
        return Heeded()
    told = recommender.explain(seeds, list(up))
    near = sorted(
        (
            (item.score or 0.0, item.track.id)
            for item in told
            if item.reason.percentile is not None and item.reason.percentile >= NEAR_PERCENTILE
        ),
        reverse=True,
    )
    more = [one for _, one in near if up[one]]
    less = [one for _, one in near if not up[one]]
    return Heeded(tuple(more[:MOST_NEAR]), tuple(less[:MOST_NEAR]), never)


def write_thumb(
    thumbs: Thumbs, before: Playlist, action: Action, connection: Connection
) -> dict[str, Any]:
    """Write an action's thumb down, if it is one; return what its step must know to undo it."""
    from recommender.revision import LessLike, MoreLike, Neither

    if not isinstance(action, MoreLike | LessLike | Neither):
        return {}
    one, user_id = action.id, before.user_id
    earlier = thumbs.of_tracks(user_id, [one], connection).get(one)
    if isinstance(action, Neither):
        thumbs.delete(user_id, one, connection)
    else:
        _put(thumbs, before.tracks, user_id, one, isinstance(action, MoreLike), connection)
    return {"thumb": {"id": one, "before": earlier}}


def put_thumb_back(
    thumbs: Thumbs, step: PlaylistStep, now: Playlist, connection: Connection
) -> None:
    """Give a track the thumb it had before a step, or none."""
    thumb = step.what.get("thumb")
    if thumb is None:
        return
    if thumb["before"] is None:
        thumbs.delete(now.user_id, thumb["id"], connection)
    else:
        _put(thumbs, step.tracks, now.user_id, thumb["id"], thumb["before"], connection)


def picked_by(playlist: Playlist, track_id: str) -> bool:
    """Whether a list was picked towards a track because its listener wanted more like it."""
    wishes = playlist.options.get("wishes") or {}
    return track_id in (wishes.get("more_like") or ())


def _put(
    thumbs: Thumbs,
    tracks: Sequence[Mapping[str, Any]],
    user_id: str,
    track_id: str,
    up: bool,
    connection: Connection,
) -> None:
    track: Mapping[str, Any] = next((one for one in tracks if one["id"] == track_id), {})
    thumbs.put(
        user_id,
        track_id,
        up=up,
        title=str(track.get("title") or ""),
        artists=[str(artist) for artist in track.get("artists") or ()],
        connection=connection,
    )

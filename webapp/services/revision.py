"""Hands on a playlist: keep, remove, replace, more or less like this, extend, refresh, undo."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from webapp.errors import InvalidRequest, NoSeedMatched
from webapp.jobs.errors import TooManyJobs
from webapp.services.feedback.thumbs import picked_by, put_thumb_back, write_thumb
from webapp.services.generation import (
    DEFAULT_LENGTH,
    leave_out_of,
    liked_of,
    match_seeds,
    stored_track,
)
from webapp.services.trailer_requests import TrailerRequests
from webapp.services.trailer_style import OPTION
from webapp.store.earlier_tracks import EarlierTracks
from webapp.store.engine import writing
from webapp.store.errors import PlaylistChanged
from webapp.store.playlists import changed_meanwhile

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from recommender import Recommender, RecommenderHolder
    from recommender.revision import Action, Draft, Revised
    from webapp.jobs import Jobs
    from webapp.services.audio_library import AudioSources
    from webapp.store import Playlist, Playlists, PlaylistStep, PlaylistSteps, Thumbs

QUIET_SECONDS = 4.0
"""A trailer begins so long after the last change, so that ten quick clicks render once."""
LONGEST_LIST = 500
"""Tracks a list may grow to: as many as can be saved."""
_TRIES = 5
_LASTING = frozenset(
    {"seed_unmatched", "less_unmatched", "left_out", "liked_unread", "liked_partly"}
)
"""Notes on what was asked for; they hold whatever is done to the list."""


class RevisionService:
    """Changes playlists as their listeners wish, each change with a step back.

    Parameters
    ----------
    engine
        The database.
    jobs, playlists, steps
        What is kept.
    recommenders
        Holder of the recommender.
    audio
        Tells which tracks can be heard.
    thumbs
        Remember what a listener wants more or less of, beyond this playlist.
    clock
        Seconds since the epoch.
    """

    def __init__(
        self,
        engine: Engine,
        jobs: Jobs,
        playlists: Playlists,
        steps: PlaylistSteps,
        recommenders: RecommenderHolder,
        audio: AudioSources,
        thumbs: Thumbs,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._engine = engine
        self._jobs = jobs
        self._playlists = playlists
        self._steps = steps
        self._recommenders = recommenders
        self._audio = audio
        self._thumbs = thumbs
        self._clock = clock
        self._trailers = TrailerRequests(engine, jobs, playlists)
        self._earlier = EarlierTracks(engine)

    def revise(self, user_id: str, playlist_id: str, action: Action, *, version: int) -> Playlist:
        """Carry out one action on a playlist; tracks, options and a step back are written at once.

        Keeping a track and letting it go again changes no track: it makes no step, needs no
        particular version, and the trailer stays. Nor does taking back a thumb that this list was
        not picked by.

        Parameters
        ----------
        user_id, playlist_id
            Whose, and which.
        action
            From `recommender.revision`.
        version
            Of the playlist that the listener saw.

        Raises
        ------
        PlaylistUnknown
            If there is none, or it is another user's.
        PlaylistChanged
            If it has another version by now.
        InvalidRequest
            If the track is not in it, or it would grow too long.
        recommender.errors.RecommendError
            If nothing else is left to pick, or the seeds are gone from the catalogue.
        recommender.errors.CatalogueError
            If there is no catalogue, or it is damaged.
        """
        from recommender.revision import Lock, Neither, Unlock

        if isinstance(action, Lock | Unlock):
            return self._mark(user_id, playlist_id, action.id, keep=isinstance(action, Lock))
        for _ in range(_TRIES):
            seen = self._playlists.get(playlist_id, user_id)
            _check(seen, version, action)
            if isinstance(action, Neither) and not picked_by(seen, action.id):
                self._thumbs.delete(user_id, action.id)
                return seen
            recommender = self._recommenders.get()
            revised = _revised(recommender, seen, action, self._left_out(seen, action))
            changed = self._write(seen, action, revised, recommender.catalogue.version)
            if changed is not None:
                return changed
        raise changed_meanwhile(playlist_id, now=version, expected=version)

    def undo(self, user_id: str, playlist_id: str, *, version: int) -> Playlist:
        """Take the last change back. What was learnt about tracks since stays known.

        Raises
        ------
        PlaylistUnknown, PlaylistChanged
            As for `revise`.
        InvalidRequest
            If there is nothing to undo.
        """
        with writing(self._engine) as connection:
            before = self._playlists.lock(playlist_id, user_id, connection)
            _check(before, version)
            step = self._steps.last(playlist_id, user_id, connection)
            if step is None:
                raise InvalidRequest(
                    "There is nothing to undo",
                    why="all changes that can be undone are undone",
                    kept="the list as it is",
                )
            changed = self._playlists.update_tracks(
                playlist_id,
                user_id,
                version=version,
                tracks=_with_what_is_known(step.tracks, before.tracks),
                options=_options_after(step, before),
                notes=step.notes,
                connection=connection,
            )
            put_thumb_back(self._thumbs, step, before, connection)
            self._steps.forget(step, connection)
            late = None
            if _trailer_fits(changed):
                changed = self._playlists.set_trailer(playlist_id, "ready", connection=connection)
            else:
                changed, late = self._ask_for_trailer(changed, connection)
        return self._after(changed, late)

    def last_step(self, playlist: Playlist) -> PlaylistStep | None:
        """Return the change that *Undo* would take back, or None."""
        return self._steps.last(playlist.id, playlist.user_id)

    def _left_out(self, playlist: Playlist, action: Action) -> tuple[str, ...]:
        """Return what does not come because its listener has it already."""
        from recommender.revision import Remove

        if isinstance(action, Remove):
            return ()  # nothing comes
        return (*self._earlier.ids(playlist, leave_out_of(playlist)), *liked_of(playlist))

    def _mark(self, user_id: str, playlist_id: str, track_id: str, *, keep: bool) -> Playlist:
        def change(playlist: Playlist) -> Mapping[str, Any]:
            _check(playlist, playlist.version)
            _check_track(playlist, track_id)
            locked = [one for one in playlist.options.get("locked") or () if one != track_id]
            return {**playlist.options, "locked": [*locked, track_id] if keep else locked}

        return self._playlists.change_options(playlist_id, user_id, change)

    def _write(
        self, seen: Playlist, action: Action, revised: Revised, catalogue_version: str
    ) -> Playlist | None:
        """Write what came out; None if marks or links changed meanwhile, so that it is outdated."""
        draft = revised.draft
        fresh = {item.track.id: item for item in revised.tracks}
        with writing(self._engine) as connection:
            before = self._playlists.lock(seen.id, seen.user_id, connection)
            _check(before, seen.version)
            if before.options != seen.options:
                return None
            known = {str(track["id"]): track for track in before.tracks}
            tracks = [
                known[one] if one in known else stored_track(fresh[one], self._audio)
                for one in draft.tracks
            ]
            what = what_was_done(action, before.tracks, tracks)
            what |= write_thumb(self._thumbs, before, action, connection)
            self._steps.add(before, what, connection)
            notes: list[dict[str, Any]] = [
                {"kind": note.code, "message": note.message, **note.values}
                for note in revised.notes
            ]
            changed = self._playlists.update_tracks(
                seen.id,
                seen.user_id,
                version=seen.version,
                tracks=tracks,
                options={
                    **before.options,
                    "wishes": draft.wishes.to_json(),
                    "matched": list(draft.seeds),
                    "locked": [one for one in draft.tracks if one in draft.locked],
                    "removed": list(draft.removed),
                    "passed": list(draft.passed),
                    "listed": seen.version + 1,
                },
                notes=[note for note in before.notes if _lasts(note)] + notes,
                catalogue_version=catalogue_version,
                connection=connection,
            )
            changed, late = self._ask_for_trailer(changed, connection)
        return self._after(changed, late)

    def _ask_for_trailer(
        self, changed: Playlist, connection: Connection
    ) -> tuple[Playlist, TooManyJobs | None]:
        run_at = self._clock() + QUIET_SECONDS
        try:
            return self._trailers.ask(changed, connection, run_at=run_at), None
        except TooManyJobs as error:
            return changed, error

    def _after(self, changed: Playlist, late: TooManyJobs | None) -> Playlist:
        """Spare the workers what is outdated, and make room for a trailer that had none.

        Nobody is roused: the trailer waits for quiet (`QUIET_SECONDS`) before it can be begun.
        """
        self._trailers.call_off_outdated(changed)
        if late is None:
            return changed
        try:
            self._trailers.again(changed)
        except TooManyJobs as error:
            self._trailers.put_off(changed, error)
        except PlaylistChanged:
            pass  # the next change has asked for its own
        return self._playlists.get(changed.id, changed.user_id)


def draft_of(recommender: Recommender, playlist: Playlist) -> Draft:
    """Return a kept playlist as the recommender revises it.

    One made by an earlier release has no more than its seeds and its length.

    Raises
    ------
    NoSeedMatched
        If none of its seeds is in the catalogue any more.
    """
    from recommender.revision import Draft
    from recommender.wishes import Wishes

    options = playlist.options
    tracks = tuple(str(track["id"]) for track in playlist.tracks)
    seeds = tuple(options.get("matched") or ())
    if not seeds:
        found = [match for match in match_seeds(recommender, playlist.seeds) if match is not None]
        seeds = tuple(dict.fromkeys(match.track.id for match in found))
    if not seeds:
        raise NoSeedMatched(
            "The list was not changed",
            why="none of its seeds is in the catalogue any more",
            kept="the list as it is",
            next_step="make a new playlist from other seeds",
        )
    plain = options.get("wishes") or {"length": int(options.get("length", DEFAULT_LENGTH))}
    return Draft(
        seeds=seeds,
        wishes=Wishes.from_json(plain),
        tracks=tracks,
        locked=frozenset(options.get("locked") or ()) & frozenset(tracks),
        removed=tuple(options.get("removed") or ()),
        passed=tuple(options.get("passed") or ()),
    )


def what_was_done(
    action: Action, before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return an action as a step keeps it: its name, and what is needed to put it into words."""
    from recommender.revision import ACTIONS

    name = next(name for name, kind in ACTIONS.items() if isinstance(action, kind))
    what: dict[str, Any] = {"action": name}
    track_id = getattr(action, "id", None)
    place = next((at for at, track in enumerate(before) if track["id"] == track_id), None)
    if place is not None:
        what["title"] = str(before[place].get("title") or "")
        if name == "never_artist":
            what["artist"] = next(map(str, before[place].get("artists") or ()), "")
        if name == "replace" and place < len(after):
            what["by"] = str(after[place].get("title") or "")
    kept = {track["id"] for track in before}
    what["new"] = sum(track["id"] not in kept for track in after)
    return what


def _revised(
    recommender: Recommender, playlist: Playlist, action: Action, left_out: Sequence[str]
) -> Revised:
    """Revise a list, and let some tracks not come; see `_revised_as_far_as_known`."""
    draft = draft_of(recommender, playlist)
    exclude = draft.wishes.exclude
    asked = replace(draft, wishes=replace(draft.wishes, exclude=(*exclude, *left_out)))
    revised = _revised_as_far_as_known(recommender, asked, action)
    # What is in other playlists is looked up again each time: thousands of ids, in every step.
    wishes = replace(revised.draft.wishes, exclude=exclude)
    return replace(revised, draft=replace(revised.draft, wishes=wishes))


def _revised_as_far_as_known(recommender: Recommender, draft: Draft, action: Action) -> Revised:
    """Revise a draft; tracks that the catalogue has lost stay where they stand.

    Raises
    ------
    InvalidRequest
        If something is to be more or less like a track that is lost, or nothing by its artist.
    """
    from recommender.playlist import Note
    from recommender.revision import (
        Extend,
        LessLike,
        MoreLike,
        Neither,
        NeverArtist,
        Remove,
        Replace,
        revise,
    )

    lost = {one for one in draft.tracks if recommender.catalogue.row_of(one) is None}
    one = getattr(action, "id", None)
    if one in lost and isinstance(action, MoreLike | LessLike | NeverArtist | Neither):
        raise InvalidRequest(
            "The list was not changed",
            why="this track is no longer in the catalogue, so nothing can be found by it",
            kept="the list as it is",
            next_step="remove it, or choose another one",
        )
    # The recommender cannot hold a place for what it does not know.
    all_stay = isinstance(action, Remove | Replace | Extend | NeverArtist)
    staying = {
        at: track
        for at, track in enumerate(draft.tracks)
        if track in lost and track != one and (all_stay or track in draft.locked)
    }
    if not staying:
        return revise(recommender, draft, action)
    apart = frozenset(staying.values())
    known = replace(
        draft,
        tracks=tuple(track for track in draft.tracks if track not in apart),
        locked=draft.locked - apart,
    )
    revised = revise(recommender, known, action)
    tracks = list(revised.draft.tracks)
    # A removed track's successors have moved up by one.
    gone_at = draft.tracks.index(one) if isinstance(action, Remove) and one else len(draft.tracks)
    for at, track in sorted(staying.items()):
        tracks.insert(at - (at > gone_at), track)
    whole = replace(
        revised.draft,
        tracks=tuple(tracks),
        locked=revised.draft.locked | (draft.locked & apart),
    )
    note = Note(
        "tracks_gone",
        "Some tracks of the list are no longer in the catalogue",
        {"tracks": len(staying)},
    )
    others = tuple(one for one in revised.notes if one.code != note.code)
    return replace(revised, draft=whole, notes=(*others, note))


def _check(playlist: Playlist, version: int, action: Action | None = None) -> None:
    if playlist.state != "ready":
        raise InvalidRequest(
            "The list was not changed",
            why="it is not there yet",
            next_step="wait until the playlist is made",
        )
    if playlist.version != version:
        raise changed_meanwhile(playlist.id, now=playlist.version, expected=version)
    track_id = getattr(action, "id", None)
    if track_id is not None:
        _check_track(playlist, track_id)
    count = getattr(action, "count", 0)
    if len(playlist.tracks) + count > LONGEST_LIST:
        raise InvalidRequest(
            "The list was not made longer",
            which=f"{len(playlist.tracks)} tracks",
            why=f"a list may have {LONGEST_LIST}, as many as can be saved",
            kept="the list as it is",
        )


def _check_track(playlist: Playlist, track_id: str) -> None:
    if all(track["id"] != track_id for track in playlist.tracks):
        raise InvalidRequest(
            "The list was not changed",
            why="this track is not in it any more",
            kept="the list as it is",
        )


def _lasts(note: object) -> bool:
    return isinstance(note, dict) and note.get("kind") in _LASTING


def _with_what_is_known(
    tracks: Sequence[dict[str, Any]], newer: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return earlier tracks, those that are in the newer list with what was learnt since."""
    known = {track["id"]: track for track in newer}
    return [known.get(track["id"], track) for track in tracks]


def _options_after(step: PlaylistStep, now: Playlist) -> dict[str, Any]:
    """Return the options after an undo; how the trailer is joined is no matter of the list."""
    joined = {name: now.options[name] for name in (OPTION,) if name in now.options}
    then = {name: value for name, value in step.options.items() if name != OPTION}
    return {**then, **joined, "locked": _locks_after(step, now)}


def _locks_after(step: PlaylistStep, now: Playlist) -> list[str]:
    """Return which tracks are kept after an undo: as marked now, or then if they come back."""
    here = {track["id"] for track in now.tracks}
    marked = set(now.options.get("locked") or ())
    marked_then = set(step.options.get("locked") or ())
    # A thumb has marked its track; without the thumb it is marked as it was before.
    here.discard((step.what.get("thumb") or {}).get("id"))
    back = [track["id"] for track in step.tracks]
    return [one for one in back if one in (marked if one in here else marked_then)]


def _trailer_fits(playlist: Playlist) -> bool:
    """Whether the trailer that is still there was made of exactly these tracks, as they are."""
    trailer = playlist.trailer or {}
    file = str(trailer.get("file") or "")
    listed = playlist.options.get("listed")
    if trailer.get("outdated"):
        return False  # a highlight was moved since
    return listed is not None and file.partition(".")[0] == f"{playlist.id}-{listed}"

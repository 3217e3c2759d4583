"""*Make playlist*: accept it once, then match the seeds, recommend, and ask for the trailer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from hooklist_errors import HooklistError
from webapp.errors import InvalidRequest, NoSeedMatched
from webapp.jobs.job import describe
from webapp.services.covers.design import cover_features
from webapp.services.feedback.experiments import options_with
from webapp.services.feedback.thumbs import MOST_HEEDED, heeded
from webapp.services.trailer_requests import TRAILER_JOB as TRAILER_JOB
from webapp.services.trailer_requests import TrailerRequests
from webapp.store.earlier_tracks import LEAVE_OUT, EarlierTracks
from webapp.store.engine import writing
from webapp.store.errors import PlaylistUnknown

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from recommender import Match, Recommended, Recommender, RecommenderHolder
    from recommender.wishes import Wishes
    from webapp.jobs import Job, JobContext, Jobs
    from webapp.services.audio_library import AudioSources
    from webapp.services.liked_songs import Liked, LikedSongs
    from webapp.store import Playlist, Playlists, Thumbs
    from webapp.store.earlier_tracks import LeaveOut

PLAYLIST_JOB = "playlist"

LEFT_OUT = "leave_out"
"""Option of a playlist: tracks of which earlier ones do not come."""
LEAVE_LIKED, LIKED = "leave_liked", "liked"
"""Options of a playlist: that no Liked Songs come, and the ids of those in the catalogue."""

MOST_SEEDS = 10
SHORTEST, DEFAULT_LENGTH, LONGEST = 10, 30, 100
"""Tracks a playlist may have."""


@dataclass(frozen=True)
class Started:
    """An accepted request.

    Parameters
    ----------
    playlist_id
        The playlist that will be.
    job
        The job that makes it.
    """

    playlist_id: str
    job: Job


class GenerationService:
    """Accepts requests for playlists and carries them out.

    Parameters
    ----------
    engine
        The database.
    jobs, playlists
        What is kept.
    recommenders
        Holder of the recommender.
    audio
        Tells which tracks can be heard.
    thumbs
        What each user wants more or less of.
    liked
        Tells what each user has liked at Spotify; without, nobody can leave that out.
    """

    def __init__(
        self,
        engine: Engine,
        jobs: Jobs,
        playlists: Playlists,
        recommenders: RecommenderHolder,
        audio: AudioSources,
        thumbs: Thumbs,
        liked: LikedSongs | None = None,
    ) -> None:
        self._engine = engine
        self._jobs = jobs
        self._playlists = playlists
        self._recommenders = recommenders
        self._audio = audio
        self._thumbs = thumbs
        self._liked = liked
        self._trailers = TrailerRequests(engine, jobs, playlists)
        self._earlier = EarlierTracks(engine)

    def start(
        self,
        user_id: str,
        seeds: Sequence[Mapping[str, Any]],
        *,
        less: Sequence[Mapping[str, Any]] = (),
        length: int = DEFAULT_LENGTH,
        wishes: Wishes | None = None,
        leave_out: LeaveOut = "",
        leave_liked: bool = False,
        title: str = "",
        variants: Mapping[str, str] | None = None,
        idempotency_key: str,
    ) -> Started:
        """Accept a request: the playlist and its job are written together, or neither.

        Parameters
        ----------
        user_id
            Who asks.
        seeds
            Plain data of one to ten tracks: ``spotify_id``, ``title``, ``artists``, ``duration`` in
            seconds, ``isrc``, and whatever the pages want to show again.
        less
            Plain data of tracks to keep away from; they count among the ten.
        length
            Tracks wanted.
        wishes
            Everything else that is wished; its length does not count.
        leave_out
            Tracks of which of the user's earlier playlists do not come.
        leave_liked
            Whether the user's Liked Songs do not come either.
        title
            Of the playlist; made from the seeds if empty.
        variants
            Variant of each experiment it is to take part in.
        idempotency_key
            Names the click: the same key again answers with what the first one started.

        Raises
        ------
        InvalidRequest
            If there are too few or too many seeds, or the length is out of range.
        webapp.jobs.errors.TooManyJobs
            If the user has too much under way.
        """
        check_request(seeds, length, less=less, wishes=wishes)
        key = f"{PLAYLIST_JOB}:{idempotency_key}"
        earlier = self._jobs.find(key, user_id)
        if earlier is not None:
            return Started(earlier.payload["playlist_id"], earlier)
        playlist_id = hashlib.sha256(f"{user_id}\n{idempotency_key}".encode()).hexdigest()[:32]
        with writing(self._engine) as connection:
            job = self._jobs.enqueue(
                PLAYLIST_JOB,
                {"playlist_id": playlist_id},
                user_id=user_id,
                key=key,
                lane=PLAYLIST_JOB,
                connection=connection,
            )
            try:
                # Another tab may have been quicker since the look above.
                self._playlists.get(playlist_id, user_id, connection)
            except PlaylistUnknown:
                self._playlists.create(
                    user_id,
                    title=title or default_title(seeds),
                    seeds=seeds,
                    options=options_with(
                        {
                            **options_of(length, wishes, less, leave_out),
                            **({LEAVE_LIKED: True} if leave_liked else {}),
                        },
                        variants or {},
                    ),
                    playlist_id=playlist_id,
                    connection=connection,
                )
        self._jobs.announce()
        return Started(playlist_id, job)

    def make_playlist(self, context: JobContext) -> Mapping[str, Any]:
        """Carry a request out: the task of a `PLAYLIST_JOB`.

        Raises
        ------
        NoSeedMatched
            If no seed is in the catalogue.
        recommender.errors.CatalogueError
            If there is no catalogue, or it is damaged.
        """
        playlist = self._playlists.get(context.payload["playlist_id"], context.user_id)
        try:
            return self._make(context, playlist)
        except HooklistError as error:
            if getattr(error, "retry_after", None) is None and not context.should_stop():
                self._playlists.set_failed(playlist.id, describe(error))
            raise

    def _make(self, context: JobContext, playlist: Playlist) -> Mapping[str, Any]:
        from recommender.revision import Draft

        context.progress("matching", 0, len(playlist.seeds))
        recommender = self._recommenders.get()
        matched = match_seeds(recommender, playlist.seeds)
        found = [match for match in matched if match is not None]
        if not found:
            raise NoSeedMatched(
                "cannot make a playlist",
                which=", ".join(str(seed["title"]) for seed in playlist.seeds[:3]),
                why="none of the seeds is in this catalogue",
                kept="your seeds are still in the basket",
                next_step="choose other seeds, or ask the operator which music is in the catalogue",
            )
        context.progress("recommending", len(found), len(playlist.seeds))
        away = match_seeds(recommender, playlist.options.get("less") or ())
        seeds = list(dict.fromkeys(match.track.id for match in found))
        thumbs = heeded(recommender, seeds, self._thumbs.list(playlist.user_id, limit=MOST_HEEDED))
        wishes = thumbs.applied(self._wishes(playlist, found, away))
        liked = self._liked_by(playlist, recommender, context)
        had = (*self._earlier.ids(playlist, leave_out_of(playlist)), *(liked.ids if liked else ()))
        result = recommender.recommend(
            seeds, wishes=replace(wishes, exclude=(*wishes.exclude, *had))
        )
        draft = Draft.of(result, wishes)
        tracks = [stored_track(item, self._audio) for item in result.tracks]
        notes = _seed_notes("seed_unmatched", playlist.seeds, matched)
        notes += _seed_notes("less_unmatched", playlist.options.get("less") or (), away)
        notes += thumbs.notes()
        notes += left_out_notes(recommender, had)
        notes += liked.notes() if liked else []
        notes += [
            {"kind": note.code, "message": note.message, **note.values} for note in result.notes
        ]
        with context.completing({"playlist_id": playlist.id}) as connection:
            ready = self._playlists.set_ready(
                playlist.id,
                tracks=tracks,
                catalogue_version=result.version,
                notes=notes,
                options={
                    **playlist.options,
                    "wishes": draft.wishes.to_json(),
                    "matched": list(draft.seeds),
                    "listed": playlist.version + 1,
                    **({LIKED: list(liked.ids)} if liked else {}),
                },
                connection=connection,
            )
            self._trailers.ask(ready, connection)
        self._jobs.announce()
        return {"playlist_id": playlist.id}

    def _liked_by(
        self, playlist: Playlist, recommender: Recommender, context: JobContext
    ) -> Liked | None:
        """Return what the owner has liked, where that is not to come."""
        if self._liked is None or not playlist.options.get(LEAVE_LIKED):
            return None
        return self._liked.known(playlist.user_id, recommender, context.check)

    def _wishes(
        self, playlist: Playlist, found: Sequence[Match], away: Sequence[Match | None]
    ) -> Wishes:
        """Return what is wished, as far as the matched seeds allow it."""
        from recommender.wishes import Wishes

        kept = playlist.options.get("wishes") or {}
        length = int(playlist.options.get("length", DEFAULT_LENGTH))
        wishes = Wishes.from_json({**kept, "length": length})
        ids = {match.track.id for match in found}
        less = dict.fromkeys(match.track.id for match in away if match is not None)
        return replace(
            wishes,
            less_like=tuple(one for one in less if one not in ids),
            # A path needs both of its ends.
            bridge=wishes.bridge and len(ids) > 1,
        )


def check_request(
    seeds: Sequence[Mapping[str, Any]],
    length: int,
    *,
    less: Sequence[Mapping[str, Any]] = (),
    wishes: Wishes | None = None,
) -> None:
    """Refuse a request that cannot be carried out.

    Raises
    ------
    InvalidRequest
        Naming what is out of range and which range it has.
    """
    if less and not seeds:
        raise InvalidRequest(
            "cannot make a playlist",
            which=f"{len(less)} seeds",
            why="all of them are marked “less like this”, so there is nothing to be like",
            next_step="add a seed, or take a mark away",
        )
    if not seeds or len(seeds) + len(less) > MOST_SEEDS:
        raise InvalidRequest(
            "cannot make a playlist",
            which=f"{len(seeds) + len(less)} seeds",
            why=f"it takes 1 to {MOST_SEEDS}",
            next_step="add a seed" if not seeds else "remove some seeds",
        )
    if not SHORTEST <= length <= LONGEST:
        raise InvalidRequest(
            "cannot make a playlist",
            which=f"{length} tracks",
            why=f"a playlist has {SHORTEST} to {LONGEST}",
            next_step="choose another length",
        )
    if wishes is not None and wishes.bridge and len(seeds) < 2:
        raise InvalidRequest(
            "cannot make a playlist",
            which="a path from the first seed to the last",
            why="it needs two seeds",
            next_step="add a seed, or go without the path",
        )


def options_of(
    length: int,
    wishes: Wishes | None,
    less: Sequence[Mapping[str, Any]],
    leave_out: LeaveOut = "",
) -> dict[str, Any]:
    """Return what is asked for as a playlist keeps it: plain data."""
    options: dict[str, Any] = {"length": length}
    if wishes is not None:
        options["wishes"] = {**wishes.to_json(), "length": length}
    if less:
        options["less"] = [dict(seed) for seed in less]
    if leave_out:
        options[LEFT_OUT] = leave_out
    return options


def leave_out_of(playlist: Playlist) -> LeaveOut:
    """Return tracks of which earlier playlists a playlist was asked to leave out."""
    asked = playlist.options.get(LEFT_OUT)
    return next((which for which in LEAVE_OUT if which == asked), "")


def liked_of(playlist: Playlist) -> tuple[str, ...]:
    """Return the Liked Songs that do not come into a playlist, by their ids in the catalogue."""
    return tuple(str(one) for one in playlist.options.get(LIKED) or ())


def left_out_notes(recommender: Recommender, had: Sequence[str]) -> list[dict[str, Any]]:
    """Return how many tracks of the catalogue do not come because the listener has them."""
    rows = {recommender.catalogue.row_of(one) for one in had} - {None}
    return [{"kind": "left_out", "tracks": len(rows)}] if rows else []


def default_title(seeds: Sequence[Mapping[str, Any]]) -> str:
    """Return a title that tells one playlist from another: the first seeds' artists."""
    names = list(dict.fromkeys(str(seed["artists"][0]) for seed in seeds if seed.get("artists")))
    shown = names[:3] or [str(seeds[0].get("title") or "Playlist")]
    return " · ".join(shown) + (" …" if len(names) > len(shown) else "")


def match_seeds(recommender: Recommender, seeds: Sequence[Mapping[str, Any]]) -> list[Match | None]:
    """Return the catalogue's row for each seed, or None where it has none."""
    from recommender import ForeignTrack

    return [
        recommender.catalogue.match(
            ForeignTrack(
                spotify_id=str(seed.get("spotify_id") or ""),
                isrc=str(seed.get("isrc") or ""),
                title=str(seed.get("title") or ""),
                artists=tuple(seed.get("artists") or ()),
                duration=seed.get("duration"),
            )
        )
        for seed in seeds
    ]


def stored_track(item: Recommended, audio: AudioSources) -> dict[str, Any]:
    """Return a recommended track as the plain data a playlist keeps.

    What is shown must be what is saved, also after the catalogue has changed; so the row is kept
    with the playlist instead of its id alone.
    """
    track = item.track
    return {
        "id": track.id,
        "title": track.title,
        "artists": list(track.artists),
        "album": track.album,
        "duration": track.duration,
        "explicit": track.explicit,
        "isrc": track.isrc,
        "spotify_id": track.spotify_id,
        "uri": f"spotify:track:{track.spotify_id}" if track.spotify_id else "",
        "genre": track.genre,
        "genre_source": track.genre_source,
        "genre_confidence": track.genre_confidence,
        "year": track.year,
        "features": cover_features(track.features),
        "source": track.source,
        "licence": track.licence,
        "audio": track.audio if audio.has(track.audio) else "",
        "score": item.score,
        "reason": item.reason.to_json(),
    }


def _seed_notes(
    kind: str, seeds: Sequence[Mapping[str, Any]], matches: Sequence[Match | None]
) -> list[dict[str, Any]]:
    return [
        {"kind": kind, "title": seed["title"], "artists": list(seed["artists"])}
        for seed, match in zip(seeds, matches, strict=True)
        if match is None
    ]

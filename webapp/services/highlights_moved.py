"""Where a listener hears a track: their own correction, else all listeners' say, else the study."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from time import time
from typing import TYPE_CHECKING, Any

from webapp.errors import HighlightUnknown, InvalidRequest, NotFound
from webapp.jobs.errors import TooManyJobs
from webapp.services.revision import QUIET_SECONDS
from webapp.store.engine import once_more, writing

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from highlighter.highlight.listeners import Listened
    from webapp.jobs import Jobs
    from webapp.services.most_replayed import MostReplayed
    from webapp.services.studies import Study
    from webapp.services.trailer_requests import TrailerRequests
    from webapp.store import MovedHighlight, MovedHighlights, Playlist, Playlists, TrackStudies

CHOSEN, LISTENERS = "chosen", "listeners"
"""Strategies of highlights that people have found: this listener, and all of them."""

CURVE_STEPS = 100


@dataclass(frozen=True)
class TrackHighlight:
    """Where a listener hears a track, and why there.

    Parameters
    ----------
    start, end
        Seconds of the track.
    track
        Seconds of the whole track.
    strategy
        ``chosen`` where this listener moved it, ``listeners`` where what all of them replay
        decided, else the study's (`highlighter.highlight.Highlight`).
    confidence
        0 to 1.
    reason
        One sentence in English, for reports; pages have their own words by `strategy`.
    curve, curve_rate
        How worth hearing each part is, 0 to 100, with listeners' say where there is evidence, and
        values per second; empty and 0 where unknown.
    most_replayed
        The same of listeners alone, one value per second: 50 is as usual; empty without evidence.
    evidence
        0 to 1: how much of the say listeners have where they have the most.
    usual_start, usual_end
        Where it would be if this listener had not moved it.
    """

    start: float
    end: float
    track: float
    strategy: str
    confidence: float
    reason: str
    curve: tuple[int, ...]
    curve_rate: float
    most_replayed: tuple[int, ...]
    evidence: float
    usual_start: float
    usual_end: float

    @property
    def moved(self) -> bool:
        """Whether this listener has moved it."""
        return self.strategy == CHOSEN

    @property
    def latest_start(self) -> float:
        """The last second it may be moved to."""
        return max(0.0, math.floor((self.track - (self.end - self.start)) * 1000) / 1000)

    def to_data(self) -> dict[str, Any]:
        """Return it for a JSON answer."""
        return {
            **vars(self),
            "curve": list(self.curve),
            "most_replayed": list(self.most_replayed),
            "moved": self.moved,
            "latest_start": self.latest_start,
        }


class Highlights:
    """The highlights of tracks, for each listener.

    Parameters
    ----------
    engine
        The database.
    playlists, moved, studies, jobs
        What is kept.
    most_replayed
        What listeners say.
    trailers
        Asks for trailers anew.
    clock
        Seconds since the epoch.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        playlists: Playlists,
        moved: MovedHighlights,
        studies: TrackStudies,
        jobs: Jobs,
        most_replayed: MostReplayed,
        trailers: TrailerRequests,
        clock: Callable[[], float] = time,
    ) -> None:
        self._engine = engine
        self._playlists = playlists
        self._moved = moved
        self._studies = studies
        self._jobs = jobs
        self._most_replayed = most_replayed
        self._trailers = trailers
        self._clock = clock

    def of_playlist(self, playlist: Playlist) -> dict[str, TrackHighlight]:
        """Return where its owner hears each track, by the track's id.

        Tracks that were not heard yet, because no trailer was made of them, are left out.
        """
        heard = heard_tracks(playlist)
        plain = self._studied(heard.values())
        keys = {key for key, _ in plain}
        moved = self._moved.get_many(playlist.user_id, keys)
        said = self._most_replayed.listened(
            {key: _track(highlight) for (key, _), highlight in plain.items()}
        )
        return {
            track_id: placed(plain[study], moved.get(study[0]), said.get(study[0]))
            for track_id, study in heard.items()
            if study in plain
        }

    def of_study(self, user_id: str, study: Study) -> TrackHighlight:
        """Return where a user hears the track of a study."""
        key = study.content_key
        said = self._most_replayed.listened({key: _track(study.highlight)})
        return placed(study.highlight, self._moved.get(user_id, key), said.get(key))

    def move(self, user_id: str, playlist_id: str, track_id: str, start: float) -> Playlist:
        """Let the highlight of a track begin at a second; it stays there in every playlist.

        The playlist has a new version then, and a trailer is asked for as after any change.

        Parameters
        ----------
        user_id, playlist_id, track_id
            Whose, and which.
        start
            Seconds of the track, 0 to `TrackHighlight.latest_start`.

        Returns
        -------
        Playlist
            As it is now; its trailer is pending.

        Raises
        ------
        webapp.store.errors.PlaylistUnknown
            If there is none, or it is another user's.
        NotFound
            If the track is not in it.
        HighlightUnknown
            If the track was not heard yet, so that its seconds are not known.
        InvalidRequest
            If `start` is no second at which it can begin.
        """

        def change(connection: Connection, key: str, highlight: Mapping[str, Any]) -> bool:
            length = float(highlight["end"]) - float(highlight["start"])
            latest = max(0.0, _track(highlight) - length)
            # Pages send rounded seconds; the last one is not refused for its rounding.
            if not (math.isfinite(start) and -0.05 <= start <= latest + 0.05):
                raise InvalidRequest(
                    "The highlight was not moved",
                    which=f"{start:g} s",
                    why=f"it can begin from 0 to {latest:.1f} s of this track",
                    kept="the highlight as it is",
                    next_step="choose another second",
                )
            first = round(min(max(0.0, start), latest), 3)
            before = self._moved.get_many(user_id, [key]).get(key)
            if before is not None and before.start == first:
                return False
            self._moved.put(user_id, key, first, round(first + length, 3), connection)
            return True

        return self._change(user_id, playlist_id, track_id, change)

    def go_back(self, user_id: str, playlist_id: str, track_id: str) -> Playlist:
        """Forget that a highlight was moved; one that was not stays as it is.

        Raises
        ------
        webapp.store.errors.PlaylistUnknown, NotFound, HighlightUnknown
            As for `move`.
        """

        def change(connection: Connection, key: str, _highlight: Mapping[str, Any]) -> bool:
            return self._moved.delete(user_id, key, connection)

        return self._change(user_id, playlist_id, track_id, change)

    def _change(
        self,
        user_id: str,
        playlist_id: str,
        track_id: str,
        change: Callable[[Connection, str, Mapping[str, Any]], bool],
    ) -> Playlist:
        key, highlight = self._known(user_id, playlist_id, track_id)

        def write() -> tuple[Playlist, bool, TooManyJobs | None]:
            with writing(self._engine) as connection:
                before = self._playlists.lock(playlist_id, user_id, connection)
                if not change(connection, key, highlight):
                    return before, False, None
                after = self._playlists.update_tracks(
                    playlist_id,
                    user_id,
                    version=before.version,
                    options={**before.options, "listed": before.version + 1},
                    connection=connection,
                )
                return after, True, self._ask(after, connection)

        after, changed, late = once_more(write, which=playlist_id)
        if changed:
            self._jobs.announce()
            self._trailers.call_off_outdated(after)
        if late is not None:
            self._trailers.put_off(after, late)
        return self._playlists.get(playlist_id, user_id)

    def _ask(self, playlist: Playlist, connection: Connection) -> TooManyJobs | None:
        try:
            self._trailers.ask(playlist, connection, run_at=self._clock() + QUIET_SECONDS)
        except TooManyJobs as error:
            return error
        # What lies there was made with another highlight, whatever list it was made of.
        trailer = self._playlists.get(playlist.id, playlist.user_id, connection).trailer
        if trailer:
            self._playlists.set_trailer(
                playlist.id, "pending", {**trailer, "outdated": True}, connection=connection
            )
        return None

    def _known(
        self, user_id: str, playlist_id: str, track_id: str
    ) -> tuple[str, Mapping[str, Any]]:
        """Return the content key and the highlight of a track of a playlist."""
        playlist = self._playlists.get(playlist_id, user_id)
        if all(str(track.get("id")) != track_id for track in playlist.tracks):
            raise NotFound(
                "The highlight was not moved",
                which=track_id[:100],
                why="this track is not in the playlist",
                next_step="reload the page",
            )
        study = heard_tracks(playlist).get(track_id)
        found = self._studied([study]) if study else {}
        if study is None or study not in found:
            raise HighlightUnknown(
                "The highlight was not moved",
                which=track_id[:100],
                why="this track has not been heard yet, so its seconds are not known",
                kept="the playlist as it is",
                next_step="wait for the trailer, then move it",
            )
        return study[0], found[study]

    def _studied(self, which: Iterable[tuple[str, str]]) -> dict[tuple[str, str], dict[str, Any]]:
        """Return the highlights of studies, by content key and method."""
        by_method: dict[str, list[str]] = {}
        for key, method in which:
            by_method.setdefault(method, []).append(key)
        return {
            (key, method): highlight
            for method, keys in by_method.items()
            for key, highlight in self._studies.highlights(keys, method).items()
        }


def heard_tracks(playlist: Playlist) -> dict[str, tuple[str, str]]:
    """Return under which content key and method each heard track's study is kept, by track id."""
    return {
        str(track.get("id")): (str(track["content"]), str(track["study"]))
        for track in playlist.tracks
        if track.get("content") and track.get("study")
    }


def placed(
    highlight: Mapping[str, Any], moved: MovedHighlight | None, said: Listened | None
) -> TrackHighlight:
    """Return where a track is heard.

    Parameters
    ----------
    highlight
        Of the study.
    moved
        The listener's own correction, which wins.
    said
        What all listeners say, which decides where there is evidence enough.
    """
    import numpy as np

    from highlighter.highlight.listeners import blended, decided
    from highlighter.highlight.model import Curve

    track = _track(highlight)
    start, end = float(highlight["start"]), float(highlight["end"])
    strategy, confidence = str(highlight["strategy"]), float(highlight["confidence"])
    reason = str(highlight.get("reason") or "")
    steps = tuple(int(value) for value in highlight.get("curve") or ())
    rate = float(highlight.get("curve_rate") or 0.0)
    replayed: tuple[int, ...] = ()
    evidence = said.total_evidence if said is not None else 0.0
    if said is not None and evidence > 0.0:
        replayed = tuple(np.rint(CURVE_STEPS * said.curve.values).astype(int).tolist())
        if steps and rate > 0.0:
            curve = Curve(np.asarray(steps, dtype=np.float64) / CURVE_STEPS, rate)
            together = blended(curve, said.curve, said.evidence)
            steps = tuple(np.rint(CURVE_STEPS * together.values).astype(int).tolist())
            choice = decided(curve, start, end, said, track)
            if choice is not None:
                start, end, strategy = choice.start, choice.end, LISTENERS
                confidence = choice.confidence
                reason = "listeners skip less and replay more here than where the model pointed"
    usual_start, usual_end = start, end
    if moved is not None and moved.end <= track + 0.1:
        start, end, strategy, confidence = moved.start, moved.end, CHOSEN, 1.0
        reason = "you moved it here"
    return TrackHighlight(
        start=start,
        end=end,
        track=track,
        strategy=strategy,
        confidence=confidence,
        reason=reason,
        curve=steps,
        curve_rate=rate,
        most_replayed=replayed,
        evidence=round(evidence, 4),
        usual_start=usual_start,
        usual_end=usual_end,
    )


def _track(highlight: Mapping[str, Any]) -> float:
    return max(float(highlight.get("track") or 0.0), float(highlight["end"]))

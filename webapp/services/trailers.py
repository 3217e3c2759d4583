"""From a playlist to its trailer: fetch the audio, hear each track, render, keep the result."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from hooklist_errors import HooklistError
from hooklist_genres import Labelled
from webapp.jobs.errors import JobError
from webapp.jobs.job import describe
from webapp.services.studies import features_of
from webapp.services.trailer_style import PLAIN_STYLE, TrailerStyle
from webapp.store.errors import PlaylistChanged, PlaylistUnknown

if TYPE_CHECKING:
    from webapp.jobs import JobContext
    from webapp.services.audio_library import AudioSources
    from webapp.services.highlights_moved import Highlights
    from webapp.services.materials import Materials
    from webapp.services.studies import Studies, Study
    from webapp.store import Playlist, Playlists

SHORTEST_FRAGMENT, LONGEST_FRAGMENT = 4.0, 15.0
"""Seconds each track is heard for, at least and at most."""
FORMAT = ".mp3"
LIVE = ".live"
"""Ending of the sound that grows while a trailer is rendered; it is no trailer's own."""
LISTENERS = 2
"""Tracks fetched and heard at the same time; each is heard in a process of its own."""


class Render(Protocol):
    """Renders a trailer outside this process."""

    def __call__(
        self,
        tracks: Sequence[Mapping[str, Any]],
        out: Path,
        *,
        seconds_per_track: float,
        title: str,
        style: TrailerStyle,
        live: Path,
        progress: Callable[[int, int, str], None],
        should_stop: Callable[[], bool],
    ) -> dict[str, Any]:
        """Return the trailer as plain data, the file written.

        The same sound grows in `live` as MP3 from front to back while it is mixed; its readers keep
        it open, and the caller removes it.

        Raises
        ------
        hooklist_errors.HooklistError
            With a code of ``trailer.…`` or ``audio.…``.
        """
        ...


class TrailerService:
    """Makes the trailers of playlists.

    Parameters
    ----------
    playlists
        What is kept.
    audio
        Where audio comes from.
    studies
        What is known of each file.
    highlights
        Where a listener hears a track.
    render
        Renders outside this process.
    folder
        Where trailers are kept.
    aim
        Seconds a whole trailer aims at.
    style
        What the operator allows.
    materials
        What is known around each highlight; without, each render hears it anew.
    """

    def __init__(
        self,
        playlists: Playlists,
        audio: AudioSources,
        studies: Studies,
        highlights: Highlights,
        render: Render,
        folder: Path,
        aim: float,
        style: TrailerStyle = PLAIN_STYLE,
        materials: Materials | None = None,
    ) -> None:
        self._playlists = playlists
        self._audio = audio
        self._studies = studies
        self._highlights = highlights
        self._render = render
        self._folder = folder
        self._aim = aim
        self._style = style
        self._materials = materials

    def make_trailer(self, context: JobContext) -> Mapping[str, Any]:
        """Carry a trailer job out: its task.

        A playlist whose tracks changed since the job was asked for is left to the newer job; one
        that was put into the bin, to the job that is asked for when it is had back.

        Raises
        ------
        hooklist_errors.HooklistError
            If nothing can be heard, or the job was cancelled.
        """
        try:
            playlist = self._playlists.get(context.payload["playlist_id"], context.user_id)
            if playlist.version != context.payload["version"]:
                return {"playlist_id": playlist.id, "outdated": True}
            return self._make_or_tell(context, playlist)
        except PlaylistUnknown:
            return {"playlist_id": context.payload["playlist_id"], "outdated": True}

    def file_of(self, playlist: Playlist) -> Path | None:
        """Return the trailer's file, or None if there is none (any more)."""
        name = (playlist.trailer or {}).get("file")
        path = self._folder / str(name)
        return path if name and path.parent == self._folder and path.is_file() else None

    def live_file_of(self, playlist: Playlist) -> Path:
        """Return where the trailer of the present tracks grows while it is rendered."""
        return self._live_file(playlist.id, playlist.version)

    def sounds_already(self, playlist_id: str, version: int) -> bool:
        """Return whether there is something to hear of a trailer that is being rendered."""
        try:
            return self._live_file(playlist_id, version).stat().st_size > 0
        except OSError:
            return False

    def style_of(self, playlist: Playlist) -> TrailerStyle:
        """Return how the trailer of a playlist is joined."""
        return self._style.chosen_in(playlist.options)

    def remove(self, playlist: Playlist) -> None:
        """Remove the trailer's files of a playlist that was deleted."""
        for path in self._folder.glob(f"{playlist.id}-*"):
            path.unlink(missing_ok=True)

    def _live_file(self, playlist_id: str, version: int) -> Path:
        return self._folder / f"{playlist_id}-{version}{LIVE}"

    def _make_or_tell(self, context: JobContext, playlist: Playlist) -> Mapping[str, Any]:
        try:
            return self._make(context, playlist)
        except PlaylistUnknown:
            raise
        except HooklistError as error:
            if not context.should_stop():
                failed = {"error": describe(error)}
                self._playlists.set_trailer(
                    playlist.id, "failed", failed, if_version=playlist.version
                )
            raise

    def _make(self, context: JobContext, playlist: Playlist) -> Mapping[str, Any]:
        audible = [
            (number, track) for number, track in enumerate(playlist.tracks) if track["audio"]
        ]
        heard, unheard = self._hear(context, audible)
        try:
            self._playlists.learn(
                playlist.id,
                playlist.user_id,
                version=playlist.version,
                learnt={number: _kept_of(spec) for number, spec in heard},
            )
        except PlaylistChanged:
            return {"playlist_id": playlist.id, "outdated": True}
        self._folder.mkdir(parents=True, exist_ok=True)
        out = self._folder / f"{playlist.id}-{playlist.version}{FORMAT}"
        live = self.live_file_of(playlist)
        try:
            # A worker that was killed may have left some: whoever listens already hears no old one.
            live.unlink(missing_ok=True)
            return self._render_and_keep(context, playlist, heard, unheard, out, live)
        except HooklistError as error:
            raise called_by_title(error, [spec for _, spec in heard]) from error.__cause__
        finally:
            # Whoever listens has it open and hears it to its end; nobody begins with it any more.
            with suppress(OSError):
                live.unlink(missing_ok=True)

    def _render_and_keep(
        self,
        context: JobContext,
        playlist: Playlist,
        heard: Sequence[tuple[int, dict[str, Any]]],
        unheard: Sequence[dict[str, Any]],
        out: Path,
        live: Path,
    ) -> Mapping[str, Any]:
        trailer = self._render(
            [spec for _, spec in heard],
            out,
            seconds_per_track=fragment_seconds(len(heard) + len(unheard), self._aim),
            title=playlist.title,
            style=self.style_of(playlist),
            live=live,
            progress=lambda done, total, stage: _tell(context, stage, done, total),
            should_stop=context.should_stop,
        )
        context.check()
        # Two rows may name one file; its chapters then go to them in turn.
        numbers: dict[str, list[int]] = {}
        for number, spec in heard:
            numbers.setdefault(spec["file"], []).append(number)
        known = {
            spec["file"]: {"content": spec["content"], "features": spec["features"]}
            for _, spec in heard
        }
        kept = {
            "file": out.name,
            "bytes": out.stat().st_size,
            "duration": trailer["duration"],
            "lufs": trailer["lufs"],
            "true_peak_dbtp": trailer["true_peak_dbtp"],
            "peaks": trailer["peaks"],
            "chapters": [
                {
                    **_without_file(chapter),
                    "track": numbers[chapter["file"]].pop(0),
                    **known[chapter["file"]],
                }
                for chapter in trailer["chapters"]
            ],
            "skipped": [
                *unheard,
                *(
                    {**_without_file(skipped), "track": numbers[skipped["file"]].pop(0)}
                    for skipped in trailer["skipped"]
                ),
            ],
        }
        with context.completing({"playlist_id": playlist.id}) as connection:
            self._playlists.set_trailer(
                playlist.id, "ready", kept, if_version=playlist.version, connection=connection
            )
        for old in self._folder.glob(f"{playlist.id}-*{FORMAT}"):
            if old != out:
                old.unlink(missing_ok=True)
        return {"playlist_id": playlist.id}

    def _hear(
        self, context: JobContext, audible: Sequence[tuple[int, dict[str, Any]]]
    ) -> tuple[list[tuple[int, dict[str, Any]]], list[dict[str, Any]]]:
        """Return what to render, and the tracks whose audio cannot be had or read."""
        heard: list[tuple[int, dict[str, Any]]] = []
        unheard: list[dict[str, Any]] = []
        with ThreadPoolExecutor(LISTENERS, thread_name_prefix="listener") as pool:
            waiting = [pool.submit(self._spec, context.user_id, track) for _, track in audible]
            try:
                for done, ((number, track), future) in enumerate(
                    zip(audible, waiting, strict=True)
                ):
                    context.progress("listening", done, len(audible), str(track["title"]))
                    try:
                        heard.append((number, _await(future, context)))
                    except JobError:
                        raise
                    except HooklistError as error:
                        # Not in its own words, which may name the file's place on this machine.
                        unheard.append({"track": number, "error": error.code, "reason": error.what})
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
        context.progress("listening", len(audible), len(audible))
        return heard, unheard

    def _spec(self, user_id: str, track: Mapping[str, Any]) -> dict[str, Any]:
        file = self._audio.fetch(str(track["audio"]))
        study = self._studies.of(file, Labelled.of_row(track))
        here = self._highlights.of_study(user_id, study)
        placed = replace(study, highlight={**study.highlight, "start": here.start, "end": here.end})
        material = None if self._materials is None else self._materials.of(file, placed)
        return track_spec(file, track, placed, material)


def _await(future: Future[dict[str, Any]], context: JobContext) -> dict[str, Any]:
    """Return what the future has in the end, unless the job is to stop before that."""
    while True:
        context.check()
        try:
            return future.result(timeout=0.5)
        except TimeoutError:
            if future.done():
                raise


def fragment_seconds(tracks: int, aim: float) -> float:
    """Return how long each track is heard so that the whole comes near `aim` seconds.

    >>> fragment_seconds(30, 150.0), fragment_seconds(5, 150.0), fragment_seconds(100, 150.0)
    (5.0, 15.0, 4.0)
    """
    return min(LONGEST_FRAGMENT, max(SHORTEST_FRAGMENT, aim / max(1, tracks)))


def track_spec(
    file: Path,
    track: Mapping[str, Any],
    study: Study,
    material: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return what rendering needs to know of a track, as plain data.

    Parameters
    ----------
    file, track
        The audio, and its row of the playlist.
    study
        What was heard, with the highlight where it is to be.
    material
        What `webapp.services.materials.Materials` has of it; without, it is heard anew.
    """
    analysis, highlight = study.analysis, study.highlight
    label = Labelled.of_row(track)
    return {
        "file": os.fspath(file),
        "title": track["title"],
        "artists": list(track["artists"]),
        "start": highlight["start"],
        "end": highlight["end"],
        "key": analysis.get("pitch_class"),
        "mode": analysis.get("mode"),
        "genre": label.genre or None,
        "genre_confidence": label.estimated,
        "attribution": attribution(track),
        "licence": str(track.get("licence") or ""),
        "features": {
            name: value
            for name in ("tempo", "key", "mode")
            if (value := features_of(study).get(name)) is not None
        },
        "material": material,
        "content": study.content_key,
        "study": study.method,
    }


def called_by_title(error: HooklistError, specs: Iterable[Mapping[str, Any]]) -> HooklistError:
    """Return an error that calls files by their titles: where they lie is nobody's business.

    Parameters
    ----------
    error
        Of a rendering; changed.
    specs
        As `track_spec` makes them.
    """
    for spec in specs:
        path = Path(str(spec["file"]))
        for name in (str(path), path.name):
            error.what, error.which, error.why = (
                text.replace(name, str(spec["title"]))
                for text in (error.what, error.which, error.why)
            )
    error.details = {}
    return error


def _kept_of(spec: Mapping[str, Any]) -> dict[str, str]:
    """Return what a playlist keeps of a heard track: where its study is."""
    return {"content": spec["content"], "study": spec["study"]}


def attribution(track: Mapping[str, Any]) -> str:
    """Return who made a track and under which licence, as its licence wants it named."""
    licence = str(track.get("licence") or "")
    if not licence:
        return ""
    return f"{', '.join(track['artists'])} – {track['title']} ({licence})"


def _tell(context: JobContext, stage: str, done: int, total: int) -> None:
    context.progress(f"rendering.{stage}", done, total)


def _without_file(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry without the path of the file, which is nobody's business but ours."""
    return {name: value for name, value in entry.items() if name != "file"}

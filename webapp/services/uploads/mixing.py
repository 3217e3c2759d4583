"""The mix of a visitor's picked files: asked for, made by a job, kept in the formats wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, get_args

from hooklist_errors import HooklistError
from webapp.errors import InvalidRequest
from webapp.jobs.job import describe
from webapp.services.studies import Study
from webapp.services.trailer_style import PLAIN_STYLE, Order, TrailerStyle
from webapp.services.trailers import called_by_title, fragment_seconds, track_spec
from webapp.services.uploads.errors import (
    MixersBusy,
    MixUnknown,
    NothingPicked,
    UploadNotReady,
)
from webapp.services.uploads.hearing import LISTENERS
from webapp.store.engine import writing

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from webapp.jobs import JobContext, Jobs
    from webapp.services.highlights_moved import TrackHighlight
    from webapp.services.materials import Materials
    from webapp.services.uploads.service import UploadService
    from webapp.services.uploads.shelf import Shelf
    from webapp.store import TrackStudies, Upload, UploadBox, Uploads

MIX_JOB = "uploads.mix"

MixFormat: TypeAlias = Literal["mp3", "opus", "m4a"]
MIX_FORMATS: tuple[MixFormat, ...] = get_args(MixFormat)
PLAYED: MixFormat = "mp3"
"""The format the page plays; the others are made when they are asked for."""

SHORTEST_EACH, LONGEST_EACH = 4.0, 30.0
"""Seconds of each track, on average; a highlight has 30."""
LONGEST_MIX = 900.0
MOST_WAITING = 8
"""Mixes of everybody that may wait: more would keep the workers from whoever asks after them."""
MEAN_SECONDS = 150.0


class RenderMix(Protocol):
    """Renders a mix outside this process (`webapp.services.listening.render`)."""

    def __call__(
        self,
        tracks: Sequence[Mapping[str, Any]],
        out: Path,
        *,
        seconds_per_track: float,
        total_seconds: float | None,
        title: str,
        style: TrailerStyle,
        progress: Callable[[int, int, str], None],
        should_stop: Callable[[], bool],
    ) -> dict[str, Any]:
        """Return the mix as plain data, the file written; see `webapp.services.trailers.Render`."""
        ...


@dataclass(frozen=True, slots=True)
class MixWish:
    """How files are to be mixed.

    Parameters
    ----------
    order
        ``keep`` the order of the list, or ``flow``: neighbours close in tempo, key and loudness.
    seconds
        Of the whole; None for what suits the number of files.
    mixing
        Whether tracks may sound together; else each is cut off before the next.
    """

    order: Order = "keep"
    seconds: float | None = None
    mixing: bool = True


def seconds_range(files: int) -> tuple[float, float]:
    """Return the shortest and the longest mix of so many files, in seconds.

    >>> seconds_range(1), seconds_range(6), seconds_range(40)
    ((4.0, 30.0), (24.0, 180.0), (160.0, 900.0))
    """
    return SHORTEST_EACH * files, min(LONGEST_MIX, LONGEST_EACH * files)


class MixService:
    """The mixes of visitors' files.

    Parameters
    ----------
    engine
        The database.
    service, uploads, studies, jobs
        What is kept.
    shelf
        Where the files lie.
    render
        Renders outside this process.
    materials
        What is known around each highlight.
    style
        What the operator allows of mixing, and what becomes of files whose licence forbids it.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        service: UploadService,
        uploads: Uploads,
        studies: TrackStudies,
        jobs: Jobs,
        shelf: Shelf,
        render: RenderMix,
        materials: Materials,
        style: TrailerStyle = PLAIN_STYLE,
    ) -> None:
        self._engine = engine
        self._service = service
        self._uploads = uploads
        self._studies = studies
        self._jobs = jobs
        self._shelf = shelf
        self._render = render
        self._materials = materials
        self._style = style

    def ask(self, box_id: str | None, wish: MixWish, *, title: str) -> None:
        """Ask for the mix of the picked files of a box; one that was there before is removed.

        Parameters
        ----------
        box_id, wish
            Of what, and how.
        title
            Written into the file.

        Raises
        ------
        NothingPicked, UploadNotReady
            If no file is picked, or one of them was not heard yet.
        InvalidRequest
            If so many files cannot be mixed to so many seconds.
        MixersBusy
            If as many mixes wait as may.
        """
        files = self._picked(box_id)
        low, high = seconds_range(len(files))
        if wish.seconds is not None and not low <= wish.seconds <= high:
            raise InvalidRequest(
                "The mix was not begun",
                which=f"{wish.seconds:g} s",
                why=f"a mix of {len(files)} files can have {low:g} to {high:g} s",
                next_step="choose another length, or leave it empty",
            )
        self._check_queue()
        here = self._service.highlights(files)
        with writing(self._engine) as connection:
            box = self._uploads.lock_box(str(box_id), connection)
            if box is None:
                raise _nothing()
            version = box.mix_version + 1
            job = self._enqueue(box, version, PLAYED, connection)
            mix = {
                "title": title,
                "wish": asdict(wish),
                "files": [_place(one, here[one.id]) for one in files],
                "formats": {PLAYED: {"state": "pending", "job": job}},
            }
            self._uploads.change_box(box.id, connection, mix=mix, mix_version=version)
        self._jobs.announce()
        self._call_off(box)
        self._shelf.remove_like(box.id, "mix-")

    def ask_format(self, box_id: str | None, form: MixFormat) -> None:
        """Ask for a format of the mix that there is; one that is there, or under way, stays.

        Raises
        ------
        MixUnknown
            If there is no mix.
        MixersBusy
            If as many mixes wait as may.
        """
        self._check_queue()
        with writing(self._engine) as connection:
            box = self._uploads.lock_box(box_id, connection) if box_id else None
            if box is None or box.mix is None:
                raise _no_mix()
            if self.state_of(box, form)[0] in {"ready", "pending"}:
                return
            job = self._enqueue(box, box.mix_version, form, connection)
            formats = {**box.mix["formats"], form: {"state": "pending", "job": job}}
            self._uploads.change_box(box.id, connection, mix={**box.mix, "formats": formats})
        self._jobs.announce()

    def state_of(
        self, box: UploadBox | None, form: MixFormat
    ) -> tuple[Literal["none", "pending", "ready", "failed"], dict[str, Any]]:
        """Return how a format of a box's mix stands, and why it failed or how far it is."""
        kept: dict[str, Any] = ((box.mix or {}).get("formats") or {}).get(form) if box else None  # type: ignore[assignment]
        if box is None or not kept:
            return "none", {}
        if kept["state"] == "ready":
            return ("ready", {}) if self._file(box, kept) is not None else ("none", {})
        if kept["state"] == "failed":
            return "failed", dict(kept.get("error") or {})
        try:
            job = self._jobs.get(str(kept["job"]), None)
        except HooklistError:
            return "none", {}
        if job.is_over:
            # It died without a word, as often as a job may; what was found out meanwhile is kept.
            return "failed", dict(job.error or {"code": "jobs.abandoned"})
        return "pending", {"step": job.step, "done": job.done, "total": job.total}

    def file_of(self, box: UploadBox | None, form: MixFormat) -> Path:
        """Return the file of a mix.

        Raises
        ------
        MixUnknown
            If there is none in this format.
        """
        kept = ((box.mix or {}).get("formats") or {}).get(form) if box else None
        path = self._file(box, kept) if box is not None and kept else None
        if path is None:
            raise _no_mix()
        return path

    def is_outdated(self, box: UploadBox, uploads: Sequence[Upload]) -> bool:
        """Whether other files, or other highlights, are picked than when the mix was asked for."""
        if box.mix is None:
            return False
        here = self._service.highlights(uploads)
        picked = [one for one in uploads if one.picked and one.id in here]
        return bool([_place(one, here[one.id]) for one in picked] != box.mix["files"])

    def mix(self, context: JobContext) -> Mapping[str, Any] | None:
        """Carry a job out: its task. A mix that was changed or removed meanwhile is left alone.

        Raises
        ------
        hooklist_errors.HooklistError
            If nothing can be heard, or the job was cancelled.
        """
        asked = context.payload
        box = self._uploads.box(str(asked["box"]))
        if box is None or box.mix is None or box.mix_version != asked["version"]:
            return {"outdated": True}
        form: MixFormat = asked["format"]
        specs = self._specs(context, box)
        if len(specs) != len(box.mix["files"]):
            return {"outdated": True}
        out = self._shelf.place(box.id, f"mix-{box.mix_version}.{form}")
        try:
            return self._make(context, box, form, specs, out)
        except HooklistError as error:
            if not context.should_stop():
                told = describe(called_by_title(error, specs.values()))
                self._set_format(box, form, {"state": "failed", "error": told})
            raise

    def _make(
        self,
        context: JobContext,
        box: UploadBox,
        form: MixFormat,
        specs: Mapping[str, dict[str, Any]],
        out: Path,
    ) -> Mapping[str, Any] | None:
        mix: dict[str, Any] = box.mix or {}
        wish = MixWish(**mix["wish"])
        each = fragment_seconds(len(specs), MEAN_SECONDS)
        made = self._render(
            list(specs.values()),
            out,
            seconds_per_track=each,
            total_seconds=wish.seconds,
            title=str(mix["title"]),
            style=replace(self._style, mixing=self._style.mixing and wish.mixing, order=wish.order),
            progress=_teller(context),
            should_stop=context.should_stop,
        )
        context.check()
        ids = {spec["file"]: upload_id for upload_id, spec in specs.items()}
        found = {
            "duration": made["duration"],
            "lufs": made["lufs"],
            "peaks": made["peaks"],
            "chapters": [
                {
                    "upload": ids[chapter["file"]],
                    **{key: value for key, value in chapter.items() if key != "file"},
                }
                for chapter in made["chapters"]
            ],
            "skipped": [
                {"upload": ids[skipped["file"]], "error": skipped["error"]}
                for skipped in made["skipped"]
            ],
        }
        ready = {"state": "ready", "file": out.name, "bytes": out.stat().st_size}
        with context.completing({"box": box.id}) as connection:
            if not self._set_format(box, form, ready, found, connection=connection):
                out.unlink(missing_ok=True)
        return None

    def _set_format(
        self,
        box: UploadBox,
        form: MixFormat,
        kept: Mapping[str, Any],
        found: Mapping[str, Any] | None = None,
        *,
        connection: Connection | None = None,
    ) -> bool:
        """Write down how a format came out, unless the mix is another by now."""
        with writing(self._engine, connection) as inside:
            now = self._uploads.lock_box(box.id, inside)
            if now is None or now.mix is None or now.mix_version != box.mix_version:
                return False
            mix = {**now.mix, "formats": {**now.mix["formats"], form: dict(kept)}}
            # Every format is rendered of the same plan; what is played tells the chapters.
            if found is not None and (form == PLAYED or "chapters" not in mix):
                mix |= dict(found)
            self._uploads.change_box(box.id, inside, mix=mix)
        return True

    def _specs(self, context: JobContext, box: UploadBox) -> dict[str, dict[str, Any]]:
        """Return what rendering needs of each file of a mix, by its id; heard two at a time."""
        known = self._known(box)
        with ThreadPoolExecutor(LISTENERS, thread_name_prefix="listener") as pool:
            hearing = {
                upload.id: pool.submit(self._materials.of, path, study)
                for upload, path, study in known
            }
            try:
                while not all(future.done() for future in hearing.values()):
                    context.check()
                    wait(hearing.values(), timeout=0.5)
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
        return {
            upload.id: track_spec(
                path,
                {**(upload.track or {}), "title": title_of(upload)},
                study,
                hearing[upload.id].result(),
            )
            for upload, path, study in known
        }

    def _known(self, box: UploadBox) -> list[tuple[Upload, Path, Study]]:
        """Return the files of a mix that are still there, with the highlights it was asked with."""
        uploads = {one.id: one for one in self._service.of(box.id)}
        found: list[tuple[Upload, Path, Study]] = []
        for place in (box.mix or {}).get("files", ()):
            upload = uploads.get(str(place["id"]))
            kept = upload and self._studies.get(str(upload.content_key), str(upload.study))
            if not upload or not kept or kept.analysis is None or kept.highlight is None:
                continue
            here = {**kept.highlight, "start": place["start"], "end": place["end"]}
            study = Study(kept.analysis, here, str(upload.content_key), str(upload.study))
            found.append((upload, self._shelf.place(box.id, upload.file), study))
        return found

    def _picked(self, box_id: str | None) -> list[Upload]:
        picked = [one for one in self._service.of(box_id) if one.picked]
        heard = [one for one in picked if one.state == "ready"]
        late = [one for one in picked if one.state in {"receiving", "waiting"}]
        if late:
            raise UploadNotReady(
                "The mix was not begun",
                which=late[0].name,
                why="this file has not been heard yet",
                next_step="wait for it, or leave it out",
            )
        if not heard:
            raise _nothing()
        return heard

    def _check_queue(self) -> None:
        """Refuse a mix where many wait already: nobody's jobs have no other bound."""
        waiting = self._jobs.list(None, states=("queued",), limit=10 * MOST_WAITING)
        if sum(job.kind == MIX_JOB for job in waiting) >= MOST_WAITING:
            raise MixersBusy(
                "The mix was not begun",
                why="too many mixes wait already",
                kept="your files, and what is picked",
                next_step="try again in a minute",
                retry_after=60.0,
            )

    def _enqueue(
        self, box: UploadBox, version: int, form: MixFormat, connection: Connection
    ) -> str:
        payload = {"box": box.id, "version": version, "format": form}
        job = self._jobs.enqueue(MIX_JOB, payload, user_id=None, connection=connection)
        return job.id

    def _call_off(self, box: UploadBox) -> None:
        """Call off what makes the mix of before; only saves work."""
        for kept in ((box.mix or {}).get("formats") or {}).values():
            if kept.get("state") == "pending":
                with suppress(HooklistError):
                    self._jobs.cancel(str(kept["job"]), None)

    def _file(self, box: UploadBox, kept: Mapping[str, Any]) -> Path | None:
        if kept.get("state") != "ready":
            return None
        path = self._shelf.place(box.id, str(kept["file"]))
        return path if path.is_file() else None


def title_of(upload: Upload) -> str:
    """Return how a file is called in lists and chapters."""
    return str((upload.track or {}).get("title") or upload.name)


def _place(upload: Upload, here: TrackHighlight) -> dict[str, Any]:
    return {"id": upload.id, "start": here.start, "end": here.end}


def _teller(context: JobContext) -> Callable[[int, int, str], None]:
    def tell(done: int, total: int, stage: str) -> None:
        context.progress(f"rendering.{stage}", done, total)

    return tell


def _nothing() -> NothingPicked:
    return NothingPicked(
        "The mix was not begun",
        why="no file that can be heard is picked",
        next_step="pick at least one",
    )


def _no_mix() -> MixUnknown:
    return MixUnknown(
        "There is no such mix",
        why="it was not made in this format, or one of its files was removed",
        next_step="make it again",
    )

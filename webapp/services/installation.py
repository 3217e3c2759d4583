"""What there is to know of a running installation: catalogue, disk, versions."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from sqlalchemy import text

from hooklist_errors import HooklistError
from webapp.i18n import _
from webapp.settings import Settings
from webapp.store.engine import reading

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from recommender import Catalogue, RecommenderHolder
    from webapp.store import Ephemeral

ROOT = Path(__file__).resolve().parents[2]
MODELS = {
    "highlights": ROOT / "highlighter" / "highlight" / "models" / "highlight.json",
    "beats": ROOT / "highlighter" / "rhythm" / "models" / "beats.json",
}
MOST_FILES = 50_000
"""Files looked at to weigh a folder; a larger one is told as "more than"."""

RECALL_AT = 30
LITTLE_SPACE = 1_000_000_000
LARGEST_MANIFEST = 1_000_000


@dataclass(frozen=True, slots=True)
class CatalogueFacts:
    """The catalogue that is served.

    Attributes
    ----------
    version
        Its name.
    rows
        Tracks.
    refused, merged
        Rows that the build refused, and that were the same track as another.
    built
        When, seconds since the epoch; None if the manifest does not say.
    sources
        Name, rows read and rows refused of each.
    index, space
        The form of the index (``flat`` or ``ivf``), and how its space was made.
    recall
        Measured recall at 30 of an approximate index, 0 to 1; None for an exact one.
    audio, licence, spotify, genre
        Rows with a file, a stated licence, a Spotify id, a genre.
    """

    version: str
    rows: int
    refused: int
    merged: int
    built: float | None
    sources: tuple[tuple[str, int, int], ...]
    index: str
    space: str
    recall: float | None
    audio: int
    licence: int
    spotify: int
    genre: int


@dataclass(frozen=True, slots=True)
class Weight:
    """A folder on the disk.

    Attributes
    ----------
    name
        Stable: ``data``, ``trailers``, ``uploads``, ``audio``, ``catalogue``.
    size
        Bytes of its files.
    files
        How many.
    whole
        False if there are so many files that the rest was not looked at.
    """

    name: str
    size: int
    files: int
    whole: bool


@dataclass(frozen=True, slots=True)
class DiskFacts:
    """Where everything is kept.

    Attributes
    ----------
    folders
        Heaviest first.
    free, total
        Bytes of the file system.
    little
        Whether there is less than 1 GB left.
    """

    folders: tuple[Weight, ...]
    free: int
    total: int

    @property
    def little(self) -> bool:
        """Whether it will soon be full."""
        return self.free < LITTLE_SPACE


# Counting reads whole columns; a version never changes, and is let go of with its catalogue.
_KEPT: WeakKeyDictionary[Catalogue, CatalogueFacts] = WeakKeyDictionary()


def catalogue_facts(holder: RecommenderHolder) -> CatalogueFacts:
    """Return what is served.

    Raises
    ------
    CatalogueMissing, CatalogueCorrupt
        If nothing is.
    """
    return _facts_of(holder.get().catalogue)


def _facts_of(catalogue: Catalogue) -> CatalogueFacts:
    kept = _KEPT.get(catalogue)
    if kept is None:
        kept = _KEPT[catalogue] = _count(catalogue)
    return kept


def _count(catalogue: Catalogue) -> CatalogueFacts:
    # The manifest was checked when the catalogue was opened; what it says may still be of any age.
    told: dict[str, Any] = catalogue.manifest
    counts, space, index = (_mapping(told.get(name)) for name in ("counts", "space", "index"))
    recall = index.get(f"recall_at_{RECALL_AT}")
    return CatalogueFacts(
        version=catalogue.version,
        rows=len(catalogue),
        refused=int(counts.get("rejected") or 0),
        merged=int(counts.get("merged") or 0),
        built=_moment(told.get("created")),
        sources=tuple(
            (str(one.get("name")), int(one.get("read") or 0), int(one.get("rejected") or 0))
            for one in told.get("sources") or ()
            if isinstance(one, dict)
        ),
        index=str(index.get("kind") or ""),
        space=str(space.get("name") or ""),
        recall=float(recall) if isinstance(recall, int | float) else None,
        audio=catalogue.stated("audio"),
        licence=catalogue.stated("licence"),
        spotify=catalogue.stated("spotify_id"),
        genre=catalogue.stated("genre"),
    )


def disk_facts(settings: Settings) -> DiskFacts:
    """Return what is kept where, and how much room is left."""
    folders = {
        "trailers": settings.trailers_path,
        "uploads": settings.uploads_path,
        "audio": settings.audio_cache_path,
        "catalogue": settings.catalogue_path,
    }
    weights = [weigh(name, folder) for name, folder in folders.items()]
    weights.append(weigh("database", settings.data_dir.absolute(), "hooklist.sqlite3*"))
    usage = shutil.disk_usage(settings.data_dir)
    return DiskFacts(
        tuple(sorted(weights, key=lambda weight: -weight.size)), usage.free, usage.total
    )


def weigh(name: str, folder: Path, pattern: str = "") -> Weight:
    """Return the weight of a folder, of the files that fit a pattern, or nothing if it is none."""
    size = files = 0
    for path in folder.glob(pattern) if pattern else _files(folder):
        try:
            size += path.stat().st_size
        except OSError:
            continue  # gone meanwhile
        files += 1
        if files >= MOST_FILES:
            return Weight(name, size, files, whole=False)
    return Weight(name, size, files, whole=True)


def versions(engine: Engine, ephemeral: Ephemeral) -> dict[str, str]:
    """Return names and versions of what is at work, models by the start of their SHA-256."""
    health = ephemeral.health()
    places = {"process": _("in this process"), "file": _("in a file that the servers share")}
    cache = places.get(health.kind) or _("Redis or Valkey")
    found = {
        "Hooklist": _own_version(),
        "Python": platform.python_version(),
        _("Database"): _database_version(engine),
        _("Cache"): cache
        if health.healthy
        else _("%(cache)s, away: %(trouble)s", cache=cache, trouble=health.trouble),
    }
    names = {"highlights": _("Model of highlights"), "beats": _("Model of beats")}
    return found | {names[name]: _model_version(manifest) for name, manifest in MODELS.items()}


def age_of(moment: float | None, clock: Callable[[], float] = time.time) -> int | None:
    """Return whole days since a moment."""
    return None if moment is None else max(0, int((clock() - moment) // 86_400))


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in names:
            yield Path(place) / name


def _own_version() -> str:
    try:
        return version("hooklist")
    except PackageNotFoundError:
        return _("from a checkout")


def _database_version(engine: Engine) -> str:
    if engine.dialect.name == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    try:
        with reading(engine) as connection:
            return f"PostgreSQL {connection.execute(text('SHOW server_version')).scalar()}"
    except HooklistError as error:
        return f"PostgreSQL: {error.why or error.what}"


def _model_version(manifest: Path) -> str:
    try:
        told = json.loads(manifest.read_bytes()[:LARGEST_MANIFEST])
        return _("%(name)s of %(day)s", name=str(told["sha256"])[:12], day=told["made"])
    except (OSError, ValueError, KeyError, TypeError):
        return _("missing")


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _moment(told: Any) -> float | None:
    try:
        return datetime.fromisoformat(str(told)).timestamp()
    except ValueError:
        return None

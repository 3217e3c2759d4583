"""Versions of a catalogue on disk: written aside, checked, swapped in at one instant.

::

    DIR/CURRENT                    the name of the version being served
    DIR/rejects.csv                what the last build refused
    DIR/versions/000007/           one whole version; manifest.json has a SHA-256 of each file
    DIR/.build.lock                held by the one build that is running

A reader opens what CURRENT names and keeps those files mapped; a build writes a new folder, flushes
it to the disk, then replaces CURRENT in one step. Nobody ever sees half a version.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from recommender.catalogue.schema import SCHEMA_VERSION
from recommender.errors import (
    CatalogueBusy,
    CatalogueCorrupt,
    CatalogueMissing,
    CatalogueUnwritable,
)

MANIFEST = "manifest.json"
CURRENT = "CURRENT"
VERSIONS = "versions"
KEPT_VERSIONS = 2

_VERSION_NAME = re.compile(r"[0-9]{6,12}")
_MAX_MANIFEST = 4_000_000


@contextmanager
def build_lock(out: Path) -> Iterator[None]:
    """Hold the right to build into a folder; a build that dies lets go of it.

    Raises
    ------
    CatalogueBusy
        Another process is building into the folder.
    CatalogueUnwritable
        The folder cannot be made or written.
    """
    try:
        (out / VERSIONS).mkdir(parents=True, exist_ok=True)
        handle = (out / ".build.lock").open("a+")
    except OSError as error:
        raise unwritable(out, error) from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CatalogueBusy(
                "Another build is writing this catalogue",
                which=str(out),
                next_step="wait until it is done, or build into another folder",
            ) from error
        yield


def unwritable(path: Path, error: OSError) -> CatalogueUnwritable:
    """Return the failure to write `path` as an error that names it."""
    return CatalogueUnwritable(
        "The catalogue cannot be written",
        which=str(path),
        why=error.strerror or str(error),
        kept="what was served before stays",
        next_step="check the folder's owner and the free space",
    )


@contextmanager
def new_version(out: Path) -> Iterator[Path]:
    """Give a fresh folder to write a version into; it is removed if the block fails.

    What earlier builds left unfinished is swept away first: the lock says that nobody works on it.
    """
    versions = out / VERSIONS
    for old in versions.glob(".building-*"):
        shutil.rmtree(old, ignore_errors=True)
    folder = versions / f".building-{os.getpid()}"
    folder.mkdir()
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def publish(out: Path, folder: Path, facts: Mapping[str, Any]) -> str:
    """Seal a written folder with its manifest and make it the current version.

    Parameters
    ----------
    out
        The catalogue's folder; the caller holds its lock.
    folder
        The finished files, from `new_version`.
    facts
        What the manifest says besides the files' digests.

    Returns
    -------
    str
        The version's name.
    """
    versions = out / VERSIONS
    name = f"{_last_number(versions) + 1:06d}"
    files = {}
    for path in sorted(folder.iterdir()):
        files[path.name] = {"sha256": sha256_of(path), "bytes": path.stat().st_size}
        _flush(path)
    manifest = {"schema": SCHEMA_VERSION, "version": name, **facts, "files": files}
    target = folder / MANIFEST
    target.write_text(json.dumps(manifest, indent=1, ensure_ascii=False), encoding="utf-8")
    _flush(target)
    _flush(folder)
    os.rename(folder, versions / name)
    _flush(versions)
    replace_text(out / CURRENT, name + "\n")
    _prune(versions, name)
    return name


def replace_text(path: Path, text: str) -> None:
    """Replace a file's whole text in one step, flushed to the disk."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    _flush(beside)
    os.replace(beside, path)
    _flush(path.parent)


def link_or_copy(source: Path, target: Path) -> None:
    """Give a version's file, which never changes, a second name; a copy where that cannot be."""
    if target.exists() and target.samefile(source):
        return
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _numbers(versions: Path) -> list[str]:
    return sorted(
        (path.name for path in versions.iterdir() if _VERSION_NAME.fullmatch(path.name)), key=int
    )


def _last_number(versions: Path) -> int:
    names = _numbers(versions)
    return int(names[-1]) if names else 0


def _prune(versions: Path, current: str) -> None:
    for name in _numbers(versions)[:-KEPT_VERSIONS]:
        if name != current:
            shutil.rmtree(versions / name, ignore_errors=True)


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def current_version(out: Path) -> str:
    """Return the name of the version that is to be served.

    Raises
    ------
    CatalogueMissing
        There is none yet.
    CatalogueCorrupt
        CURRENT does not hold a version's name.
    """
    pointer = out / CURRENT
    try:
        name = pointer.read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        raise CatalogueMissing(
            "There is no catalogue here",
            which=str(out),
            next_step="build one: hooklist catalogue build SOURCE… --out " + str(out),
        ) from error
    except (OSError, UnicodeError) as error:
        raise corrupt(pointer, str(error)) from error
    if not _VERSION_NAME.fullmatch(name):
        raise corrupt(pointer, "it does not name a version")
    return name


def read_manifest(out: Path, version: str, *, verify: bool = True) -> dict[str, Any]:
    """Return a version's manifest after checking that its files are those it describes.

    Parameters
    ----------
    out, version
        The catalogue's folder and the version's name.
    verify
        Whether to compare digests too; sizes are always compared.

    Raises
    ------
    CatalogueCorrupt
        The manifest or a file is missing, cut short or changed, or of another schema.
    """
    folder = out / VERSIONS / version
    path = folder / MANIFEST
    try:
        if path.stat().st_size > _MAX_MANIFEST:
            raise corrupt(path, "it is too large to be a manifest")
        manifest = json.loads(path.read_text(encoding="utf-8"))
        files = manifest["files"]
        schema = manifest["schema"]
        expected = {str(name): (int(f["bytes"]), str(f["sha256"])) for name, f in files.items()}
    except OSError as error:
        raise corrupt(path, error.strerror or str(error)) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise corrupt(path, "it is not a manifest") from error
    if schema != SCHEMA_VERSION:
        raise other_version(
            path, f"it has schema {schema}, this program reads schema {SCHEMA_VERSION}"
        )
    for name, (size, digest) in expected.items():
        file = folder / name
        if "/" in name or name.startswith("."):
            raise corrupt(path, "it names a file outside its folder")
        try:
            found = file.stat().st_size
            if found != size:
                raise corrupt(file, f"it has {found} bytes instead of {size}")
            if verify and sha256_of(file) != digest:
                raise corrupt(file, "its SHA-256 is not the manifest's")
        except OSError as error:
            raise corrupt(file, error.strerror or str(error)) from error
    return dict(manifest)


def corrupt(path: Path, why: str) -> CatalogueCorrupt:
    """Return the failure to use an artefact as an error that names the file."""
    return CatalogueCorrupt(
        "The catalogue is damaged",
        which=str(path),
        why=why,
        next_step="build it again: hooklist catalogue build SOURCE… --out DIR",
        details={"file": path.name},
    )


def other_version(path: Path, why: str) -> CatalogueCorrupt:
    """Return that an artefact is whole, but not what this program writes and reads."""
    return CatalogueCorrupt(
        "The catalogue was built by another version of Hooklist",
        which=str(path),
        why=why,
        next_step="build it again: hooklist catalogue build SOURCE… --out DIR",
        details={"file": path.name},
    )

"""Reading single files out of a tar archive that nobody vouches for.

Nothing is unpacked by the names inside: a member is read into memory, up to a bound, and whoever
wants a file of it writes one under a name of their own. So there is no way out of a folder.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from highlighter.evaluation.errors import ArchiveUnsafeError

_MOST_MEMBERS = 10_000


def read_member(archive: Path, name: str, largest: int) -> bytes:
    """Return the bytes of one file of an archive.

    Parameters
    ----------
    archive
        A ``.tar`` or ``.tar.gz``.
    name
        The member's exact name; of several the last, as when unpacking.
    largest
        Bytes that are taken at most.

    Raises
    ------
    ArchiveUnsafeError
        The archive is damaged, has no such file, or the file is a link, a device or too large.
    """
    with _opened(archive) as tar:
        found = None
        for count, member in enumerate(tar):
            if count >= _MOST_MEMBERS:
                raise _refused(archive, f"it has more than {_MOST_MEMBERS:,} files")
            if member.name == name:
                found = member
        if found is None:
            raise _refused(archive, f"{name} is not in it")
        return _bytes(tar, found, archive, largest)


def read_members(
    archive: Path, folder: str, ending: str, largest: int
) -> Iterator[tuple[str, bytes]]:
    """Yield the stem and the bytes of each file directly in a folder of an archive.

    Parameters
    ----------
    archive
        A ``.tar`` or ``.tar.gz``.
    folder, ending
        ``rwc_pop/midi`` and ``.mid``: of which files.
    largest
        Bytes that are taken of each at most.

    Raises
    ------
    ArchiveUnsafeError
        As for `read_member`.
    """
    with _opened(archive) as tar:
        for count, member in enumerate(tar):
            if count >= _MOST_MEMBERS:
                raise _refused(archive, f"it has more than {_MOST_MEMBERS:,} files")
            parent, _, name = member.name.rpartition("/")
            if parent == folder and name.endswith(ending) and len(name) > len(ending):
                yield name.removesuffix(ending), _bytes(tar, member, archive, largest)


@contextmanager
def _opened(archive: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(archive, "r:*") as tar:
            yield tar
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise _refused(archive, f"it cannot be read ({error})") from error


def _bytes(tar: tarfile.TarFile, member: tarfile.TarInfo, archive: Path, largest: int) -> bytes:
    if not member.isfile():
        raise _refused(archive, f"{member.name} is no plain file")
    if member.size > largest:
        raise _refused(archive, f"{member.name} has {member.size:,} bytes, at most {largest:,} are")
    stream = tar.extractfile(member)
    if stream is None:
        raise _refused(archive, f"{member.name} is no plain file")
    with stream:
        return stream.read(largest)


def _refused(archive: Path, why: str) -> ArchiveUnsafeError:
    return ArchiveUnsafeError(
        "The archive is not used",
        which=str(archive),
        why=why,
        next_step="fetch it again, or take it out of the folder",
    )

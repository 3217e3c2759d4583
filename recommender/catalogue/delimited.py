"""Delimited text as it comes: encoding and separator detected, broken lines told one by one."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from recommender.catalogue.columns import map_columns
from recommender.errors import SourceUnreadable

SEPARATORS = (",", ";", "\t", "|")
MAX_LINE = 1_000_000
"""Characters in one line; a longer line is cut there and refused."""
MAX_RECORD_LINES = 64
"""Lines one quoted record may span; past that its opening quote is taken for a slip."""

_DETECT_BYTES = 1 << 20
_SURROGATES = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True)
class Record:
    """One line of a table: its cells, or why it has none.

    Attributes
    ----------
    line
        Number of the line the record starts on; the header is line 1.
    cells
        The texts between the separators; empty when the line is broken.
    problem
        Why the line cannot be read, or empty.
    raw
        The line itself, for broken ones.
    """

    line: int
    cells: list[str]
    problem: str = ""
    raw: str = ""


def open_bytes(path: Path, stack: ExitStack) -> IO[bytes]:
    """Open a plain, gzipped or zipped table for reading bytes.

    Raises
    ------
    SourceUnreadable
        The file cannot be opened, or the archive does not hold exactly one table.
    """
    try:
        raw = stack.enter_context(path.open("rb"))
        magic = raw.read(4)
        raw.seek(0)
        if magic[:2] == b"\x1f\x8b":
            unpacked = gzip.GzipFile(fileobj=raw)
            stack.callback(unpacked.close)
            return cast("IO[bytes]", unpacked)
        if magic == b"PK\x03\x04":
            archive = stack.enter_context(zipfile.ZipFile(raw))
            tables = [
                name
                for name in archive.namelist()
                if not name.endswith("/") and "__MACOSX" not in name
            ]
            if len(tables) != 1:
                raise SourceUnreadable(
                    "This archive is not one table",
                    which=str(path),
                    why=f"it holds {len(tables)} files",
                    next_step="give the table itself",
                )
            return stack.enter_context(archive.open(tables[0]))
        return raw
    except (OSError, zipfile.BadZipFile) as error:
        raise _unreadable(path, error) from error


def detect_encoding(path: Path) -> str:
    """Tell how a table's bytes spell its letters, from the whole file.

    A byte-order mark decides; else UTF-16 shows by its NUL bytes; else UTF-8, unless more bytes
    break it than letters use it: then Windows-1252, the common superset of Latin-1.
    """
    with ExitStack() as stack:
        stream = open_bytes(path, stack)
        decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        broken = letters = 0
        first = True
        try:
            while block := stream.read(_DETECT_BYTES):
                if first:
                    marked = _from_first_bytes(block)
                    if marked:
                        return marked
                    first = False
                if block.isascii():
                    continue
                text = decoder.decode(block)
                bad = len(_SURROGATES.findall(text))
                broken += bad
                letters += len(text) - len(text.encode("ascii", "ignore")) - bad
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
            raise _unreadable(path, error) from error
    return "cp1252" if broken > letters else "utf-8"


def _from_first_bytes(block: bytes) -> str:
    if block.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    head = block[:4096]
    if len(head) >= 8:
        if head[1::2].count(0) > 0.4 * len(head[1::2]):
            return "utf-16-le"
        if head[0::2].count(0) > 0.4 * len(head[0::2]):
            return "utf-16-be"
    return ""


def detect_separator(header: str) -> str:
    """Return the separator that makes most sense of a header line.

    Most columns we know by name decides, then most columns.
    """

    def sense(separator: str) -> tuple[int, int]:
        cells = next(csv.reader([header], delimiter=separator), [])
        return len(map_columns(cells).positions), len(cells)

    return max(SEPARATORS, key=sense)


def read_delimited(path: Path) -> Iterator[Record]:
    """Yield the header and then every record of a table, the broken ones too.

    Wholly empty lines are no records. A record with a quote that is never closed is given back as
    one broken line, and reading goes on with the line after it.

    Raises
    ------
    SourceUnreadable
        The file cannot be opened or decompressed; or it ends early (then after its last record).
    """
    encoding = detect_encoding(path)
    with ExitStack() as stack:
        stream = open_bytes(path, stack)
        errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
        text = io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline="")
        lines = _Lines(text, path)
        header = lines.peek()
        if header is None:
            raise SourceUnreadable(
                "This table is empty", which=str(path), next_step="give a table with a header line"
            )
        separator = detect_separator(header)
        yield from _records(lines, separator)


class _Lines:
    """Physical lines, numbered, that can be taken back."""

    def __init__(self, text: io.TextIOWrapper, path: Path) -> None:
        self._text = text
        self._path = path
        self._back: deque[str] = deque()
        self.number = 0
        self.taken: list[str] = []
        self.cut_off = False

    def peek(self) -> str | None:
        line = self._read()
        if line:
            self._back.appendleft(line)
        return line or None

    def _read(self) -> str:
        if self._back:
            return self._back.popleft()
        try:
            line = self._text.readline(MAX_LINE)
        except (OSError, EOFError, UnicodeError, zlib.error, zipfile.BadZipFile) as error:
            raise _unreadable(self._path, error) from error
        if not line.isascii() and _SURROGATES.search(line):
            # One line saved in another encoding than the rest.
            line = line.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
        return line

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MAX_RECORD_LINES:
            self.cut_off = True
            raise StopIteration
        line = self._read()
        if not line:
            # The reader asks past the end only for a record whose quote is still open.
            self.cut_off = bool(self.taken)
            raise StopIteration
        self.number += 1
        self.taken.append(line)
        return line

    def keep_only_first(self) -> str:
        """Take back all lines of the current record but its first, which is returned."""
        first, *others = self.taken
        self._back.extendleft(reversed(others))
        self.number -= len(others)
        self.taken.clear()
        return first


def _records(lines: _Lines, separator: str) -> Iterator[Record]:
    reader = csv.reader(lines, delimiter=separator)
    width = 0
    while True:
        lines.taken.clear()
        lines.cut_off = False
        start = lines.number + 1
        problem = ""
        try:
            cells = next(reader, None)
        except csv.Error as error:
            cells, problem = [], str(error)
        if cells is None:
            return
        spanned = len(lines.taken)
        if spanned and len(lines.taken[0]) >= MAX_LINE:
            problem = f"a line longer than {MAX_LINE} characters"
        elif lines.cut_off or (spanned > 1 and (problem or (width and len(cells) != width))):
            problem = "a quote that is never closed"
        if problem:
            first = lines.keep_only_first() if lines.taken else ""
            reader = csv.reader(lines, delimiter=separator)
            yield Record(start, [], problem, first.rstrip("\r\n"))
            continue
        if not cells or (len(cells) == 1 and not cells[0].strip()):
            continue
        if not width:
            width = len(cells)
        elif len(cells) != width:
            raw = "".join(lines.taken).rstrip("\r\n")
            yield Record(start, [], f"{len(cells)} cells where the header has {width}", raw)
            continue
        yield Record(start, cells)


def _unreadable(path: Path, error: BaseException) -> SourceUnreadable:
    why = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return SourceUnreadable(
        "This source cannot be read",
        which=str(path),
        why=why,
        next_step="check that the file is there, whole and readable",
    )

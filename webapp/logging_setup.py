"""What goes to the log, how it looks, and what must never be in it."""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from typing import Any

_SECRET = re.compile(
    r"(?i)(bearer\s+|basic\s+|access_token[\"'=:\s]+|refresh_token[\"'=:\s]+|code[=]|code_verifier[=])"
    r"[\w.~+/=-]{6,}"
)


# What could forge a line or move the reader's eye: control characters, line and paragraph
# separators, and the marks that turn the direction of text.
_UNPRINTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def visible(text: str) -> str:
    r"""Return `text` with what does not print written as an escape; newlines and tabs stay.

    >>> visible("a\x1b[31mred")
    'a\\x1b[31mred'
    """
    return _UNPRINTED.sub(lambda found: found.group().encode("unicode_escape").decode(), text)


def redact(text: str) -> str:
    """Return `text` with everything that looks like a token or code replaced."""
    return _SECRET.sub(lambda found: found.group(1) + "[redacted]", text)


class LineFormatter(logging.Formatter):
    """One line per record, tokens redacted.

    What does not print is escaped: no name can forge a line or command the operator's terminal.
    """

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of text."""
        line = visible(redact(super().format(record)))
        return line.replace("\n", "\\n    ").replace("\t", " ")


class JsonFormatter(LineFormatter):
    """One JSON object per line, with UTC time."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        entry: dict[str, Any] = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
            "level": record.levelname,
            "logger": record.name,
            "message": visible(redact(record.getMessage())),
        }
        if record.exc_info:
            entry["trace"] = visible(redact(self.formatException(record.exc_info)))
        return json.dumps(entry, ensure_ascii=False)


def set_up_logging(level: str = "INFO", *, as_json: bool = False) -> None:
    """Send the log to stderr; quiet the libraries that would print tokens at DEBUG."""
    handler = logging.StreamHandler(sys.stderr)
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    handler.setFormatter(JsonFormatter() if as_json else LineFormatter(form))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in ("spotipy", "urllib3", "requests", "alembic", "waitress.queue"):
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))

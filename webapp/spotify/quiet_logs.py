"""Keep tokens out of the log, whatever level somebody sets.

spotipy writes each request's Authorization header and each answer at DEBUG, and the text of every
error at ERROR although it also raises it. The gateway logs what matters itself.
"""

from __future__ import annotations

import logging
import re

_SECRET = re.compile(
    r"(?i)((?:bearer|basic)\s+|(?:access_token|refresh_token|code|code_verifier|client_secret)"
    r"[\"']?\s*[=:]\s*[\"']?)[\w.~+/=-]{6,}"
)


class _Silent(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return False


class _Redacting(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = without_secrets(record.getMessage()), ()
        return True


def without_secrets(text: str) -> str:
    """Return `text` with everything that looks like a token, code or secret replaced.

    >>> without_secrets("Authorization: Bearer BQDabc123456")
    'Authorization: Bearer [redacted]'
    """
    return _SECRET.sub(lambda found: found.group(1) + "[redacted]", text)


_SILENT = _Silent()
_REDACTING = _Redacting()


def quiet_logs() -> None:
    """Silence spotipy's own logging and redact that of the HTTP library; safe to call often."""
    for name in ("spotipy.client", "spotipy.oauth2", "spotipy.util", "spotipy.cache_handler"):
        logging.getLogger(name).addFilter(_SILENT)
    for name in ("urllib3.connectionpool", "urllib3.connection", "webapp.spotify"):
        logging.getLogger(name).addFilter(_REDACTING)

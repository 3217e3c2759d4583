"""A child that renders tracks: ids in on standard input, paths out on standard output.

Rendering needs numpy and a whole processor for a second; in a child it neither slows the server
down nor leaves its memory grown. The child ends when its input does.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path


def main(folder: Path) -> None:
    """Answer each line ``{id}`` with a line ``{"path": …}`` or ``{"error": …}``."""
    # Whatever a library prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        answers.write(json.dumps(_render(line.strip(), folder)) + "\n")
        answers.flush()


def _render(track_id: str, folder: Path) -> dict[str, str]:
    try:
        from standin.music import cached_audio

        return {"path": str(cached_audio(track_id, folder))}
    except Exception as error:  # told to the parent, which tells the client
        return {"error": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""What a file's tags say of its genre."""

from __future__ import annotations

from pathlib import Path

_MOST_CHARACTERS = 500


def genre_tag(path: Path | str) -> str:
    """Return the genres that a file's tags name, joined by "; "; empty where they name none.

    Tags are decoration: whatever is wrong with them, the answer is empty, and what is wrong with
    the file is found out by whoever decodes it.
    """
    import mutagen

    try:
        found = mutagen.File(path, easy=True)
        values = (found.tags or {}).get("genre") if found is not None else None
    except Exception:  # mutagen lets errors of many kinds out of damaged files
        return ""
    if isinstance(values, str):
        values = [values]
    named = [" ".join(str(value).split()) for value in values or ()]
    return "; ".join(dict.fromkeys(name for name in named if name))[:_MOST_CHARACTERS]

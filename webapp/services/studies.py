"""What was heard in an audio file, kept by its content, so that each file is heard once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from webapp.services.audio_library import content_key

if TYPE_CHECKING:
    from webapp.store import TrackStudies

HIGHLIGHT_SECONDS = 30.0


@dataclass(frozen=True)
class Study:
    """A heard file.

    Parameters
    ----------
    analysis
        As ``hooklist analyse --json`` prints it, without the file's name.
    highlight
        ``start``, ``end``, ``strategy``, ``confidence``.
    """

    analysis: dict[str, Any]
    highlight: dict[str, Any]


Listen = Callable[[Path], Study]
"""Hears one file, safely: a file that kills the listener raises an error instead."""


class Studies:
    """Studies from the store, or made and then kept.

    Parameters
    ----------
    kept
        The store.
    listen
        Hears a file that is not known yet.
    method
        Names the version of the listening; another version hears everything anew.
    """

    def __init__(self, kept: TrackStudies, listen: Listen, method: str) -> None:
        self._kept = kept
        self._listen = listen
        self._method = method

    def of(self, file: Path) -> Study:
        """Return the study of a file.

        Raises
        ------
        hooklist_errors.HooklistError
            From the listener, with a code of ``audio.…``.
        """
        key = content_key(file)
        found = self._kept.get(key, self._method)
        if found is not None and found.analysis is not None and found.highlight is not None:
            return Study(found.analysis, found.highlight)
        study = self._listen(file)
        self._kept.put(key, self._method, analysis=study.analysis, highlight=study.highlight)
        return study


def features_of(study: Study) -> Mapping[str, float | None]:
    """Return the catalogue's features of a study; None where unknown."""
    features: Mapping[str, float | None] = study.analysis.get("features", {})
    return features

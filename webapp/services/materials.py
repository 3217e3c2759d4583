"""What a trailer has to know of a track, kept by its content and highlight, so it is heard once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hooklist_errors import HooklistError

if TYPE_CHECKING:
    from webapp.services.studies import Study
    from webapp.store import TrackStudies


MOST_KEPT = 20_000
"""Parts that are known: each place a highlight is moved to is another. All can be heard anew."""


@dataclass(frozen=True)
class Highlighted:
    """A part of a file that a trailer may play.

    Parameters
    ----------
    file
        The audio.
    start, end
        Its highlight, seconds.
    key, mode
        Of the whole track: pitch class 0 to 11 and 1 for major, 0 for minor; None where unknown.
    """

    file: Path
    start: float
    end: float
    key: int | None
    mode: int | None


Hear = Callable[[Highlighted], Mapping[str, Any]]
"""Hears a part of a file, safely: one that kills the listener raises an error."""


class Materials:
    """Material from the store, or made and then kept.

    Parameters
    ----------
    kept
        The store: a row per content, way of hearing and start of the highlight.
    hear
        Hears what is not known yet.
    method
        Names the version of the hearing; another version hears everything anew.
    """

    def __init__(self, kept: TrackStudies, hear: Hear, method: str) -> None:
        self._kept = kept
        self._hear = hear
        self._method = method

    def of(self, file: Path, study: Study) -> Mapping[str, Any] | None:
        """Return the material of a file around its highlight.

        None where it cannot be heard: the trailer then tries itself, and tells why.

        Parameters
        ----------
        file
            What to hear.
        study
            What is known of it, with the highlight where this listener has it.
        """
        start, end = float(study.highlight["start"]), float(study.highlight["end"])
        method = f"{self._method}/{start:.3f}"
        if study.content_key:
            found = self._kept.get(study.content_key, method)
            if found is not None and found.analysis is not None:
                return found.analysis
        analysis = study.analysis
        part = Highlighted(file, start, end, analysis.get("pitch_class"), analysis.get("mode"))
        try:
            material = self._hear(part)
        except HooklistError:
            return None
        if study.content_key:
            self._kept.put(study.content_key, method, analysis=material)
        return material

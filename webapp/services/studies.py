"""What was heard in an audio file, kept by its content, so that each file is heard once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hooklist_genres import UNKNOWN, Labelled, most_trusted
from hooklist_genres.trust import MODEL
from webapp.services.audio_library import content_key

if TYPE_CHECKING:
    from webapp.store import TrackStudies

HIGHLIGHT_SECONDS = 30.0
MOST_UPLOADED = 5_000
"""Studies of uploads alone that are kept; the files go within hours, and can be heard anew."""


@dataclass(frozen=True)
class Study:
    """A heard file.

    Parameters
    ----------
    analysis
        As ``hooklist analyse --json`` prints it, without the file's name.
    highlight
        ``start``, ``end``, ``strategy``, ``confidence``, ``curve`` and so on, as
        `highlighter.highlight.Highlight.to_json` has them; ``track`` is the whole track's duration.
    content_key, method
        What the study is kept under; empty where it is not kept.
    """

    analysis: dict[str, Any]
    highlight: dict[str, Any]
    content_key: str = ""
    method: str = ""


Listen = Callable[[Path, Labelled], Study]
"""Hears one file as music of a genre, safely: one that kills the listener raises an error."""


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
    by_genre
        Whether what is heard depends on the genre. Genres that ask for the same route share a
        study.
    uploaded
        Whether the files are uploads: what is found out of them need not be kept for ever.
    """

    def __init__(
        self,
        kept: TrackStudies,
        listen: Listen,
        method: str,
        *,
        by_genre: bool = True,
        uploaded: bool = False,
    ) -> None:
        self._kept = kept
        self._listen = listen
        self._method = method
        self._by_genre = by_genre
        self._uploaded = uploaded

    def of(self, file: Path, label: Labelled = UNKNOWN) -> Study:
        """Return the study of a file.

        Parameters
        ----------
        file
            What to hear.
        label
            What the catalogue says of its genre. Where nobody states one, the file's tag does.

        Raises
        ------
        hooklist_errors.HooklistError
            From the listener, with a code of ``audio.…``.
        """
        key = content_key(file)
        method = self._method
        if self._by_genre:
            label = label_of(file, label)
            method = f"{method}/{route_name(label)}"
        found = self._kept.get(key, method)
        if found is not None and found.analysis is not None and found.highlight is not None:
            if found.uploaded and not self._uploaded:
                self._kept.claim(key, method)
            highlight = found.highlight
            if self._by_genre and highlight.get("route"):
                # Kept for another genre of the same route, perhaps.
                highlight = {**highlight, "route": _route(label).to_json()}
            return Study(found.analysis, highlight, key, method)
        study = self._listen(file, label)
        self._kept.put(
            key,
            method,
            analysis=study.analysis,
            highlight=study.highlight,
            uploaded=self._uploaded,
        )
        return replace(study, content_key=key, method=method)


def label_of(file: Path, label: Labelled) -> Labelled:
    """Return the genre a file is heard as: stated by the catalogue, by its tag, or estimated."""
    from highlighter.audio.tags import genre_tag

    estimated = label.source == MODEL
    if label.genre and not estimated:
        return label
    return most_trusted(tag=genre_tag(file), guess=lambda: label if estimated else None)


def route_name(label: Labelled) -> str:
    """Return what a genre asks to be looked for, as a part of the name of a study.

    >>> route_name(Labelled("techno", "table", 1.0)), route_name(UNKNOWN)
    ('drop/16-32', 'model')
    """
    route = _route(label)
    bars = "-".join(str(bars) for bars in route.phrase_bars)
    return f"{route.strategy}/{bars}" if bars else route.strategy


def features_of(study: Study) -> Mapping[str, float | None]:
    """Return the catalogue's features of a study; None where unknown."""
    features: Mapping[str, float | None] = study.analysis.get("features", {})
    return features


def _route(label: Labelled) -> Any:
    from highlighter.highlight import route

    return route(label.genre or None, label.estimated)

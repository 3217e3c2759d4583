"""A trained classifier asked for the genre of what was heard in a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from webapp.errors import GenreModelUnsuited

if TYPE_CHECKING:
    from highlighter.commands import GuessGenre
    from hooklist_genres import Labelled
    from recommender.genre_guess import GenreGuesser
    from webapp.services.catalogue_build import Ear
    from webapp.store import TrackStudies

COMPARABLE = frozenset({"tempo", "key", "mode", "loudness", "duration"})
"""Catalogue features that mean the same here as in public tables; the others have our own scale."""


def load_guesser(folder: Path) -> GenreGuesser:
    """Return what ``hooklist genres train`` left in a folder, ready to be asked.

    Raises
    ------
    hooklist_errors.HooklistError
        With a code of ``genres.…``: there is no model, or it is damaged.
    """
    from recommender.genre_guess import GenreGuesser
    from recommender.genres.serving import load_classifier

    return GenreGuesser(load_classifier(folder))


def hears(guesser: GenreGuesser) -> bool:
    """Return whether everything a classifier looks at can be heard in a file."""
    return not unheard(guesser)


def unheard(guesser: GenreGuesser) -> tuple[str, ...]:
    """Return the columns of a classifier that no file can tell, by name."""
    from highlighter.analysis import SOUND_STATISTICS, gtzan_style

    heard = {*SOUND_STATISTICS, *gtzan_style(dict.fromkeys(SOUND_STATISTICS, 0.0)), *COMPARABLE}
    return tuple(sorted(guesser.needs - heard))


def ear_of(guesser: GenreGuesser, kept: TrackStudies) -> Ear | None:
    """Return what estimates a file's genre and hears each file once; None for deaf classifiers.

    Parameters
    ----------
    guesser
        One that was trained on what cannot be heard answers for tables only.
    kept
        Where what was heard is remembered.
    """
    from webapp.services.listening import STATISTICS_METHOD, listen_to_statistics
    from webapp.services.studies import Studies, features_of

    if not hears(guesser):
        return None
    studies = Studies(kept, listen_to_statistics, STATISTICS_METHOD, by_genre=False)

    def ear(file: Path) -> Labelled | None:
        return next(iter(guesser.guess([features_of(studies.of(file))])), None)

    return ear


def guess_of(guesser: GenreGuesser, which: str) -> GuessGenre:
    """Return a function that estimates a genre from what `features_of` says of a file.

    Parameters
    ----------
    guesser
        Of a model trained on statistics of sound.
    which
        What the model is called in an error.

    Raises
    ------
    GenreModelUnsuited
        It was trained on something that cannot be heard.
    """
    if not hears(guesser):
        names = unheard(guesser)
        raise GenreModelUnsuited(
            "This model cannot tell the genre of a file",
            which=which,
            why=f"it was trained on {', '.join(names[:5])}"
            + (f" and {len(names) - 5} more columns" if len(names) > 5 else "")
            + ", which are not heard on the scale of its table",
            next_step="train one on statistics of sound: hooklist genres train",
            details={"columns": list(names)},
        )

    def guess(features: Mapping[str, float | None]) -> Labelled | None:
        return next(iter(guesser.guess([features])), None)

    return guess


def guess_by_ear(folder: Path) -> GuessGenre:
    """Return `guess_of` the model in a folder.

    Raises
    ------
    GenreModelUnsuited
        It was trained on something that cannot be heard.
    hooklist_errors.HooklistError
        With a code of ``genres.…``: there is no model, or it is damaged.
    """
    return guess_of(load_guesser(folder), str(folder))

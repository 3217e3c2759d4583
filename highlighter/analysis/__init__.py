"""Tempo, beats, key, loudness and colour of a track, each with a confidence."""

from __future__ import annotations

from pathlib import Path

from highlighter.analysis.catalogue import FEATURE_NAMES
from highlighter.analysis.hearing import Sound, listen, listen_for_highlight, listen_to
from highlighter.analysis.model import Analysis, analyse_sound
from highlighter.analysis.timbre_statistics import (
    SOUND_STATISTICS,
    SOUND_STATISTICS_VERSION,
    gtzan_style,
    sound_statistics,
)
from highlighter.audio import DEFAULT_LIMITS, Limits

__all__ = [
    "FEATURE_NAMES",
    "SOUND_STATISTICS",
    "SOUND_STATISTICS_VERSION",
    "Analysis",
    "Sound",
    "analyse",
    "analyse_sound",
    "gtzan_style",
    "listen",
    "listen_for_highlight",
    "listen_to",
    "sound_statistics",
]


def analyse(
    path: Path | str, *, limits: Limits = DEFAULT_LIMITS, statistics: bool = False
) -> Analysis:
    """Decode a file once and return what was measured.

    To analyse and find the highlight in one pass, use `highlighter.study.study`.

    Parameters
    ----------
    path
        The file.
    limits
        Bounds for header and decoding.
    statistics
        Whether to hear the 373 `SOUND_STATISTICS` as well, which costs about as much again.

    Raises
    ------
    AudioError
        One of `highlighter.errors`, naming the file.
    """
    return analyse_sound(listen(path, limits=limits, statistics=statistics))

"""Tempo, beats, key, loudness and colour of a track, each with a confidence."""

from __future__ import annotations

from pathlib import Path

from highlighter.analysis.catalogue import FEATURE_NAMES
from highlighter.analysis.hearing import Sound, listen, listen_to
from highlighter.analysis.model import Analysis, analyse_sound
from highlighter.audio import DEFAULT_LIMITS, Limits

__all__ = [
    "FEATURE_NAMES",
    "Analysis",
    "Sound",
    "analyse",
    "analyse_sound",
    "listen",
    "listen_to",
]


def analyse(path: Path | str, *, limits: Limits = DEFAULT_LIMITS) -> Analysis:
    """Decode a file once and return what was measured.

    To analyse and find the highlight in one pass, use `highlighter.study.study`.

    Raises
    ------
    AudioError
        One of `highlighter.errors`, naming the file.
    """
    return analyse_sound(listen(path, limits=limits))

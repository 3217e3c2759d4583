"""Estimates on the scales that public catalogues use, for what can honestly be estimated."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from highlighter.analysis.model import Analysis

FEATURE_NAMES = (
    "danceability",
    "energy",
    "key",
    "loudness",
    "mode",
    "speechiness",
    "acousticness",
    "instrumentalness",
    "liveness",
    "valence",
    "tempo",
    "duration",
    "time_signature",
)

_KEY_NEEDS = 0.15
_TEMPO_NEEDS = 0.2


def catalogue_features(analysis: Analysis) -> dict[str, float | None]:
    """Return the thirteen features by name, None where this analysis cannot tell.

    Speechiness, instrumentalness, liveness, valence and the time signature need models that are
    not here, and are always None. The three formulas below are monotone in what their names mean;
    their scale is ours, so they compare tracks that were analysed here, not these with tables.
    """
    heard = analysis.loudness_lufs is not None
    sure_of_key = analysis.pitch_class is not None and analysis.key_confidence >= _KEY_NEEDS
    sure_of_tempo = analysis.bpm is not None and analysis.bpm_confidence >= _TEMPO_NEEDS
    features: dict[str, float | None] = dict.fromkeys(FEATURE_NAMES)
    features["duration"] = analysis.duration
    features["loudness"] = analysis.loudness_lufs
    features["tempo"] = analysis.bpm if sure_of_tempo else None
    if sure_of_key and analysis.pitch_class is not None and analysis.mode is not None:
        features["key"], features["mode"] = float(analysis.pitch_class), float(analysis.mode)
    if heard:
        features["energy"] = energy(analysis)
        features["danceability"] = danceability(analysis)
        features["acousticness"] = acousticness(analysis)
    return features


def energy(analysis: Analysis) -> float:
    """Return 0 to 1: half loudness, a quarter onset density, a quarter brightness."""
    loudness = _between(analysis.loudness_lufs or -60.0, -32.0, -7.0)
    density = _between(analysis.onsets_per_second, 0.5, 6.0)
    brightness = _between(math.log2(max(analysis.spectral_centroid_hz, 50.0)), 9.0, 12.0)
    return round(0.5 * loudness + 0.25 * density + 0.25 * brightness, 4)


def danceability(analysis: Analysis) -> float:
    """Return 0 to 1: clarity of the pulse, weighted by how near the tempo is to 118 BPM."""
    if analysis.bpm is None:
        return 0.0
    nearness = math.exp(-0.5 * (math.log2(analysis.bpm / 118.0) / 0.6) ** 2)
    return round(math.sqrt(analysis.pulse_clarity) * (0.5 + 0.5 * nearness), 4)


def acousticness(analysis: Analysis) -> float:
    """Return 0 to 1: dynamic, dark and pitched rather than dense, bright and noisy."""
    dynamic = _between(analysis.crest_db, 9.0, 20.0)
    dark = 1.0 - _between(math.log2(max(analysis.spectral_rolloff_hz, 100.0)), 10.5, 13.0)
    soft = 1.0 - _between(analysis.loudness_lufs or -60.0, -24.0, -8.0)
    return round((dynamic + dark + soft + analysis.tonality) / 4.0, 4)


def _between(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))

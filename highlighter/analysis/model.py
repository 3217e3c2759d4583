"""What is known of a track once it was heard."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from highlighter.analysis.catalogue import catalogue_features
from highlighter.analysis.hearing import ONSET_RATE, Sound
from highlighter.analysis.key import Key, estimate_key
from highlighter.analysis.tempo import track_beats
from highlighter.analysis.timbre import Timbre
from highlighter.analysis.timbre_statistics import SOUND_STATISTICS_VERSION, sound_statistics

ONSET_DELAY = 0.0088
"""Seconds by which flux leads an attack: its frames see 23 ms ahead. Measured on clicks."""

_NOT_HEARD = Timbre(*(math.nan for _ in fields(Timbre)))

_COLOURS = (
    "tonality",
    "spectral_centroid_hz",
    "spectral_bandwidth_hz",
    "spectral_rolloff_hz",
    "spectral_flatness",
    "zero_crossing_rate",
    "rms_mean",
    "rms_std",
    "crest_db",
)


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything measured on one track; confidences are 0 to 1.

    Attributes
    ----------
    duration
        Seconds that were decoded.
    sample_rate, channels, codec
        Of the file; codec is empty for sound from memory.
    bpm, bpm_confidence, beats, pulse_clarity, onsets_per_second
        See `highlighter.analysis.tempo.Rhythm`.
    key, pitch_class, mode, key_confidence
        `A minor`, 9, 0: see `highlighter.analysis.key.Key`; all None, with confidence 0, where
        nothing pitched was heard.
    tuning_cents
        Above A4 = 440 Hz, −50 to 50.
    tonality
        0 (noise) to 1 (a pure tone).
    loudness_lufs
        Integrated loudness (ITU-R BS.1770-4); None for silence, and where the sound was heard for
        a highlight only.
    spectral_centroid_hz, spectral_bandwidth_hz, spectral_rolloff_hz, spectral_flatness,
    zero_crossing_rate, rms_mean, rms_std, crest_db
        See `highlighter.analysis.timbre.Timbre`; NaN, and None in JSON, where the sound was heard
        for a highlight only.
    completeness
        1 less the share of the sound that the file promised and did not hold.
    warnings
        Sentences about what was odd.
    statistics
        `highlighter.analysis.timbre_statistics.SOUND_STATISTICS` by name; None unless asked for.
    """

    duration: float
    sample_rate: int
    channels: int
    codec: str
    bpm: float | None
    bpm_confidence: float
    beats: tuple[float, ...]
    pulse_clarity: float
    onsets_per_second: float
    key: str | None
    pitch_class: int | None
    mode: int | None
    key_confidence: float
    tuning_cents: float
    tonality: float
    loudness_lufs: float | None
    spectral_centroid_hz: float
    spectral_bandwidth_hz: float
    spectral_rolloff_hz: float
    spectral_flatness: float
    zero_crossing_rate: float
    rms_mean: float
    rms_std: float
    crest_db: float
    completeness: float
    warnings: tuple[str, ...]
    statistics: Mapping[str, float] | None = field(default=None, hash=False)

    def to_json(self) -> dict[str, Any]:
        """Return plain values that `json.dumps` takes as they are."""
        plain = asdict(self)
        for name in _COLOURS:
            plain[name] = None if math.isnan(plain[name]) else plain[name]
        plain["beats"] = list(self.beats)
        plain["warnings"] = list(self.warnings)
        if self.statistics is None:
            del plain["statistics"]
        else:
            plain["statistics_version"] = SOUND_STATISTICS_VERSION
        return plain

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Analysis:
        """Return what `to_json` was made from; names that are not known here are left out.

        So are statistics of another version.
        """
        known = {one.name for one in fields(cls)}
        values = {name: value for name, value in plain.items() if name in known}
        if plain.get("statistics_version") != SOUND_STATISTICS_VERSION:
            values.pop("statistics", None)
        for name in _COLOURS:
            if name in values and values[name] is None:
                values[name] = math.nan
        values["beats"] = tuple(float(beat) for beat in values["beats"])
        values["warnings"] = tuple(str(line) for line in values["warnings"])
        return cls(**values)

    def catalogue_features(self) -> dict[str, float | None]:
        """Return the thirteen catalogue features; see `highlighter.analysis.catalogue`."""
        return catalogue_features(self)


def analyse_sound(sound: Sound) -> Analysis:
    """Return what can be said of what was heard; only the rhythm, if for a highlight."""
    trust = 1.0 - sound.lost
    rhythm = track_beats(sound.onsets, ONSET_RATE, ONSET_DELAY)
    pitched = None if math.isnan(sound.tonality) else estimate_key(sound.chroma, sound.tonality)
    key = pitched or Key(0, 0, -1.0)
    has_key = key.confidence >= 0.0
    timbre = _NOT_HEARD if sound.timbre is None else sound.timbre
    return Analysis(
        duration=round(sound.duration, 6),
        sample_rate=sound.sample_rate,
        channels=sound.channels,
        codec=sound.codec,
        bpm=None if rhythm.bpm is None else round(rhythm.bpm, 3),
        bpm_confidence=round(rhythm.confidence * trust, 4),
        beats=tuple(beat for beat in rhythm.beats if beat <= sound.duration),
        pulse_clarity=round(rhythm.pulse_clarity, 4),
        onsets_per_second=round(rhythm.onsets_per_second, 4),
        key=key.name if has_key else None,
        pitch_class=key.pitch_class if has_key else None,
        mode=key.mode if has_key else None,
        key_confidence=round(max(0.0, key.confidence) * trust, 4),
        tuning_cents=round(100.0 * sound.tuning, 2),
        tonality=round(sound.tonality, 4),
        loudness_lufs=None if sound.loudness_lufs is None else round(sound.loudness_lufs, 3),
        spectral_centroid_hz=round(timbre.centroid_hz, 2),
        spectral_bandwidth_hz=round(timbre.bandwidth_hz, 2),
        spectral_rolloff_hz=round(timbre.rolloff_hz, 2),
        spectral_flatness=round(timbre.flatness, 8),
        zero_crossing_rate=round(timbre.zero_crossing_rate, 6),
        rms_mean=round(timbre.rms_mean, 6),
        rms_std=round(timbre.rms_std, 6),
        crest_db=round(timbre.crest_db, 3),
        completeness=round(trust, 4),
        warnings=_warnings(sound),
        statistics=None if sound.frames is None else sound_statistics(sound, rhythm),
    )


def _warnings(sound: Sound) -> tuple[str, ...]:
    found = []
    if sound.lost > 0.0:
        found.append(f"{sound.lost:.0%} of the sound that the file's header promises is missing")
    if sound.damaged:
        found.append(f"{sound.damaged} damaged pieces were skipped")
    if sound.timbre is None:
        return tuple(found)
    if sound.loudness_lufs is None:
        found.append("it is silent, or too short or too quiet to measure its loudness")
    elif sound.timbre.crest_db < 1.0 or math.isclose(sound.timbre.audible, 0.0):
        found.append("it holds no ordinary music")
    return tuple(found)

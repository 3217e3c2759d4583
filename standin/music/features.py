"""Spotify-like features of our own tracks: from truth, from the score, and from the sound.

Tempo, key, mode and time signature are what the track was made with. Loudness is measured
(BS.1770-4). The others imitate the published descriptions of Spotify's features; nobody outside
Spotify knows their formulas, so these are ours, documented in ``docs/generated-music.md``.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from math import exp
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from standin.music.arrangements import ARRANGEMENTS
from standin.music.composing.composer import compose
from standin.music.form import Plan
from standin.music.library import library, plan_of
from standin.music.loudness import integrated_loudness
from standin.music.rendering import chosen_voice, render
from standin.music.score import Score
from standin.music.synthesis.kits import KITS
from standin.music.synthesis.oscillators import RATE, Samples
from standin.music.table import FEATURES

_FRAME, _HOP = 1024, 512
_ACOUSTIC = frozenset({
    "nylon guitar", "steel guitar", "banjo", "mandolin", "harp", "upright bass", "piano",
    "bright piano", "felt piano", "marimba", "vibraphone", "celesta", "strings", "slow strings",
    "choir", "low choir", "violin", "cello", "fiddle", "flute", "whistle", "saxophone", "trumpet",
    "muted trumpet", "brass", "clarinet", "melodica", "accordion", "voice aah", "voice ooh",
    "voice eh",
})  # fmt: skip
_ACOUSTIC_KITS = frozenset({"", "brushes", "hands", "latin", "train"})


def features_of(track_id: str) -> dict[str, float]:
    """Render a track and return its features, named as in `standin.music.table.FEATURES`.

    Raises
    ------
    TrackUnknown
        If the library has no such id.
    """
    plan = plan_of(track_id)
    band = ARRANGEMENTS[plan.genre]
    score = compose(plan, band, frozenset(KITS.get(band.kit, {})))
    mix = np.ascontiguousarray(render(track_id).samples.T)
    loudness = integrated_loudness(mix)
    flux, brightness, clarity = _signal(mix, plan)
    sung, spoken = _voices(plan, score)
    acoustic = _acoustic_share(plan, score)
    energy = (
        0.55 * _between(loudness, -22.0, -8.5)
        + 0.25 * _between(flux, 0.02, 0.22)
        + 0.2 * _between(brightness, 700.0, 4200.0)
    )
    pulse = exp(-(((plan.tempo - 116.0) / 55.0) ** 2))
    dance = 0.15 + 0.35 * _between(clarity, 1.0, 3.2) + 0.3 * pulse
    dance += 0.14 if band.human[0] == 0.0 and band.grooves else 0.0
    dance -= 0.12 if plan.metre.signature != 4 else 0.0
    dance -= 1.5 * min(plan.rubato, 0.06)
    valence = 0.22 + (0.0 if plan.minor else 0.24) + 0.22 * _between(plan.tempo, 60.0, 170.0)
    valence += 0.18 * dance + 0.12 * _between(brightness, 700.0, 4200.0)
    liveness = 0.07 + 10.0 * band.human[0] + 0.06 * _between(band.room_level, -16.0, -6.0)
    return {
        "danceability": _share(dance),
        "energy": _share(energy),
        "key": plan.tonic,
        "loudness": round(loudness, 2),
        "mode": 0 if plan.minor else 1,
        "speechiness": _share(0.03 + 0.5 * spoken),
        "acousticness": _share(0.02 + 0.96 * acoustic * (1.0 - 0.35 * energy)),
        "instrumentalness": _share(0.93 * max(0.0, 1.0 - 2.2 * sung)),
        "liveness": _share(liveness),
        "valence": _share(valence),
        "tempo": plan.tempo,
        "time_signature": plan.metre.signature,
    }


def _between(value: float, low: float, high: float) -> float:
    return min(max((value - low) / (high - low), 0.0), 1.0)


def _share(value: float) -> float:
    return round(min(max(value, 0.0), 1.0), 4)


def onset_strength(mono: Samples) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return spectral flux and spectral centroid.

    Returns
    -------
    flux
        Of shape (frames,): rise of the compressed magnitude spectrum, one frame for 11.6 ms.
    centroid
        Hertz, of shape (frames,).
    """
    frames = (mono.size - _FRAME) // _HOP + 1
    window = np.hanning(_FRAME).astype(np.float32)
    frequency = np.fft.rfftfreq(_FRAME, 1.0 / RATE)
    flux, centroid = np.zeros(frames), np.zeros(frames)
    previous = np.zeros(frequency.size, np.float32)
    views = np.lib.stride_tricks.sliding_window_view(mono, _FRAME)[::_HOP]
    for first in range(0, frames, 512):
        size = np.abs(np.fft.rfft(views[first : first + 512] * window))
        centroid[first : first + 512] = (size @ frequency) / (size.sum(axis=1) + 1e-9)
        bent = np.log1p(10.0 * size)
        before = np.vstack([previous[None], bent[:-1]])
        flux[first : first + 512] = np.maximum(bent - before, 0.0).mean(axis=1)
        previous = bent[-1]
    return flux, centroid


def _signal(mix: Samples, plan: Plan) -> tuple[float, float, float]:
    """Return mean flux, median centroid, and how much the beat stands out of what lies between."""
    flux, centroid = onset_strength(mix.mean(axis=0))
    smooth = np.convolve(flux, np.ones(3) / 3, mode="same")
    beats = np.asarray(plan.grid[:-1])
    half_beat = 30.0 / plan.tempo
    on = smooth[_frames(beats, smooth.size)].mean()
    off = smooth[_frames(beats + half_beat / 2, smooth.size)].mean()
    return float(flux.mean()), float(np.median(centroid)), float(on / max(off, 1e-6))


def _frames(times: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    return np.clip(np.round((times * RATE - _FRAME / 2) / _HOP).astype(np.int64), 0, count - 1)


def _voices(plan: Plan, score: Score) -> tuple[float, float]:
    """Return the share of the beats that are sung, and how much of it is fast and low: spoken."""
    total = float(plan.bars * plan.metre.beats)
    sung = spoken = 0.0
    for part in ARRANGEMENTS[plan.genre].parts:
        name = chosen_voice(plan, part)
        if not name.startswith("voice") or part.role != "melody":
            continue
        notes = score.parts[part.name]
        sung += sum(note.length for note in notes) / total
        spoken += sum(1.0 for note in notes if note.length < 0.4 and note.pitch < 66) / total
    return min(sung, 1.0), min(spoken, 1.0)


def _acoustic_share(plan: Plan, score: Score) -> float:
    """Return the share of what is played that needs no electricity, by loudness and length."""
    band = ARRANGEMENTS[plan.genre]
    acoustic = total = 0.0
    for part in band.parts:
        weight = 10 ** (part.level / 20) * sum(note.length for note in score.parts[part.name])
        total += weight
        acoustic += weight if chosen_voice(plan, part) in _ACOUSTIC else 0.0
    share = acoustic / total if total else 0.0
    return share if band.kit in _ACOUSTIC_KITS else 0.4 * share


def write_features(out: Path, tell: Callable[[int, int, str], None] | None = None) -> int:
    """Compute the features of every track and write them; return the number of tracks.

    Parameters
    ----------
    out
        CSV file, written through a temporary one.
    tell
        Called with (done, total, title) after each track.
    """
    tracks = library()
    half_done = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with half_done.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ("id", *FEATURES), lineterminator="\n")
            writer.writeheader()
            for number, spec in enumerate(tracks, 1):
                writer.writerow({"id": spec.id, **features_of(spec.id)})
                if tell is not None:
                    tell(number, len(tracks), spec.title)
        half_done.replace(out)
    finally:
        half_done.unlink(missing_ok=True)
    return len(tracks)

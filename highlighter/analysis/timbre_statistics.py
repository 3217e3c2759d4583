"""A sound in 373 numbers: how each of 53 measurements is distributed over its frames."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from highlighter.analysis.tempo import Rhythm, local_tempi

if TYPE_CHECKING:
    from highlighter.analysis.hearing import Sound
    from highlighter.analysis.sound_frames import SoundFrames

Float64 = NDArray[np.float64]

SOUND_STATISTICS_VERSION = 1
"""Changes when a name is added or taken away, or means something else."""

SUMMARIES = ("mean", "std", "skew", "kurtosis", "median", "min", "max")

MEASUREMENTS = (
    *(f"mfcc_{number:02}" for number in range(1, 21)),
    *(f"chroma_{number:02}" for number in range(12)),
    *(f"tonnetz_{number}" for number in range(6)),
    "spectral_centroid",
    "spectral_bandwidth",
    "spectral_rolloff",
    *(f"spectral_contrast_{number}" for number in range(7)),
    "zero_crossing_rate",
    "rms",
    "harmonic_power",
    "percussive_power",
    "tempo",
)
"""What is measured per frame; tempo in windows of twelve seconds, each half over the last."""

SOUND_STATISTICS = (
    *(f"{name}_{summary}" for name in MEASUREMENTS for summary in SUMMARIES),
    "tempo",
    "signal_mean",
)
"""All names, in the order in which `sound_statistics` gives them."""

_CONSTANT = 1e-6
"""Deviation over the largest magnitude that is rounding, and has no shape."""


def sound_statistics(sound: Sound, rhythm: Rhythm) -> dict[str, float]:
    """Return `SOUND_STATISTICS` of a sound, in their order; all are finite.

    Parameters
    ----------
    sound
        What was heard, with `frames`.
    rhythm
        What `track_beats` found in it; `tempo` is its tempo, 0 where nothing is periodic.

    Raises
    ------
    ValueError
        The sound was heard without its frames.
    """
    from highlighter.analysis.hearing import ONSET_RATE

    if sound.frames is None:
        raise ValueError("this sound was heard without frames: listen with statistics=True")
    tempi = local_tempi(sound.onsets, ONSET_RATE)
    parts = [summarised(table).T.ravel() for table in frame_columns(sound.frames)]
    values = np.concatenate([*parts, summarised(tempi[:, None]).T.ravel()])
    rest = (rhythm.bpm or 0.0, sound.frames.mean)
    return {
        name: float(f"{value:.7g}")
        for name, value in zip(SOUND_STATISTICS, (*values.tolist(), *rest), strict=True)
    }


def frame_columns(frames: SoundFrames) -> tuple[NDArray[np.float32], ...]:
    """Return tables (n, …) whose columns, side by side, are `MEASUREMENTS` but for the tempo."""
    return (
        frames.mfcc,
        frames.chroma,
        frames.tonnetz,
        frames.shape,
        frames.contrast,
        frames.zero_crossing_rate[:, None],
        frames.rms[:, None],
        frames.power,
    )


def summarised(table: NDArray[np.floating]) -> Float64:
    """Return (7, k) `SUMMARIES` of the columns of (n, k); zeros where n is 0.

    Deviation, skewness and kurtosis are those of the frames at hand (no correction for a sample),
    kurtosis is 0 for a normal distribution; both are 0 where a column does not change.
    """
    if not table.shape[0]:
        return np.zeros((len(SUMMARIES), table.shape[1]))
    values = table.T.astype(np.float64)
    mean = values.mean(axis=1)
    away = values - mean[:, None]
    square = away * away
    variance = square.mean(axis=1)
    low, high = values.min(axis=1), values.max(axis=1)
    moves = np.sqrt(variance) > _CONSTANT * np.maximum(np.abs(low), np.abs(high))
    spread = np.where(moves, variance, 1.0)
    skew = np.einsum("ij,ij->i", square, away) / away.shape[1] / spread**1.5
    kurtosis = np.einsum("ij,ij->i", square, square) / away.shape[1] / spread**2 - 3.0
    return np.stack(
        [
            mean,
            np.where(moves, np.sqrt(variance), 0.0),
            np.where(moves, skew, 0.0),
            np.where(moves, kurtosis, 0.0),
            np.median(values, axis=1),
            low,
            high,
        ]
    )


def gtzan_style(statistics: Mapping[str, float]) -> dict[str, float]:
    """Return the means and variances that tables of the GTZAN kind hold, by their names.

    Such tables (`chroma_stft_mean`, …, `mfcc20_var`) are made with librosa from 30 s each; a model
    trained on one can hear a file through these. They hold no minimum and no shape, and the chroma
    over all twelve classes together. Two of them are only near: `harmony_var` and `perceptr_var`
    are means of the power under the windows, and the `harmony_mean` of a signal is nearly its
    offset.

    Parameters
    ----------
    statistics
        What `sound_statistics` returned.
    """
    found: dict[str, float] = {}

    def take(theirs: str, ours: str) -> None:
        found[f"{theirs}_mean"] = statistics[f"{ours}_mean"]
        found[f"{theirs}_var"] = statistics[f"{ours}_std"] ** 2

    classes = [name for name in MEASUREMENTS if name.startswith("chroma_")]
    mean = math.fsum(statistics[f"{name}_mean"] for name in classes) / len(classes)
    square = math.fsum(
        statistics[f"{name}_std"] ** 2 + statistics[f"{name}_mean"] ** 2 for name in classes
    )
    found["chroma_stft_mean"] = mean
    found["chroma_stft_var"] = max(0.0, square / len(classes) - mean**2)
    take("rms", "rms")
    take("spectral_centroid", "spectral_centroid")
    take("spectral_bandwidth", "spectral_bandwidth")
    take("rolloff", "spectral_rolloff")
    take("zero_crossing_rate", "zero_crossing_rate")
    found["harmony_mean"] = statistics["signal_mean"]
    found["harmony_var"] = statistics["harmonic_power_mean"]
    found["perceptr_mean"] = 0.0
    found["perceptr_var"] = statistics["percussive_power_mean"]
    found["tempo"] = statistics["tempo"]
    for number in range(1, 21):
        take(f"mfcc{number}", f"mfcc_{number:02}")
    return found

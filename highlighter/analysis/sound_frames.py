"""What each frame of a sound is like, for statistics over the whole: one pass, bounded memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from highlighter.analysis import chroma_bins
from highlighter.analysis.frames import Float32, Framer, mel_filters, power_spectra
from highlighter.analysis.level_frames import LevelMeter
from highlighter.analysis.separation import EVERY, SeparationMeter
from highlighter.analysis.spectral_shape import (
    BANDS,
    centroid_bandwidth_rolloff,
    decibels,
    peaks_and_valleys,
)
from highlighter.audio import Resampler
from highlighter.products import BandedMatrix

RATE = 22_050
"""Hz of the mono signal that the frames are cut from."""

SIZE, HOP = 2048, 512
"""Samples: frames of 93 ms, 43 of them per second."""

BINS = SIZE // 2 + 1

MOST_FRAMES = 1 << 15
"""Frames that are kept, 12.7 minutes; of a longer sound every second, fourth, … is."""

MEL_BANDS, CEPSTRA = 128, 20

_SPACING = RATE / SIZE
_WINDOW_SUM = SIZE // 2
"""Of librosa's window; ours sums to 1. Powers of two cost no precision."""

_MEAN_SQUARE = 2.0 * _WINDOW_SUM**2 / (SIZE * 0.375 * SIZE)
"""From half a spectrum's power to the mean square under a Hann window, Parseval's theorem."""

_LEAST = 1e-10  # what `librosa.power_to_db` takes for silence


@dataclass(frozen=True, slots=True, eq=False)
class SoundFrames:
    """Frames of a mono mix at 22,050 Hz, each centred 512 samples · `stride` after the one before.

    Attributes
    ----------
    stride
        1 up to 12.7 minutes of sound, 2 up to 25, 4 up to 51, …: which frames were kept.
    mfcc
        (n, 20) mel cepstra.
    chroma
        (n, 12) pitch classes from C, the strongest of each frame 1.
    tonnetz
        (n, 6).
    shape
        (n, 3) Hz: centroid, bandwidth, roll-off.
    contrast
        (n, 7) dB between peaks and valleys, by octave.
    zero_crossing_rate
        (n,) per sample.
    rms
        (n,) full scale 1.
    power
        (m, 2) harmonic and percussive: mean square under the window, full scale 1; of every second
        frame where `stride` is 1.
    tuning
        Semitones above A4 = 440 Hz.
    mean
        Of the samples, full scale 1.
    """

    stride: int
    mfcc: Float32
    chroma: Float32
    tonnetz: Float32
    shape: Float32
    contrast: Float32
    zero_crossing_rate: Float32
    rms: Float32
    power: Float32
    tuning: float
    mean: float


class _Thinned:
    """Rows as they come, every second of them let go whenever there are too many."""

    def __init__(self, width: int) -> None:
        self.stride = 1
        self._seen = 0
        self._kept = 0
        self._parts: list[Float32] = [np.zeros((0, width), dtype=np.float32)]

    def wanted(self, count: int) -> slice:
        """Return which of the next `count` rows are to be kept."""
        return slice(-self._seen % self.stride, count, self.stride)

    def push(self, rows: Float32, count: int) -> None:
        """Take the wanted ones of the next `count` rows."""
        self._seen += count
        self._parts.append(rows)
        self._kept += rows.shape[0]
        while self._kept > MOST_FRAMES:
            self._parts = [self.table()[::2].copy()]
            self._kept = self._parts[0].shape[0]
            self.stride *= 2

    def skip(self, count: int) -> None:
        """Go on by `count` rows of which none is wanted."""
        self._seen += count

    def table(self) -> Float32:
        """Return (n, width), all rows that were kept."""
        return np.concatenate(self._parts)


class FrameMeter:
    """Measures a mono signal that comes in blocks, at `RATE`.

    Definitions are those of librosa 0.11 with its defaults (`librosa.feature`, `librosa.effects`);
    `docs/highlights.md` says how near they are met.

    Parameters
    ----------
    sample_rate
        Hz of the signal; it is resampled as `librosa.load` does (libsoxr, high quality).
    """

    def __init__(self, sample_rate: int) -> None:
        self._resampler = Resampler(sample_rate, RATE, 1)
        self._framer = Framer(SIZE, HOP)
        self._levels = LevelMeter(SIZE, HOP)
        self._separation = SeparationMeter(BINS)
        self._mel = BandedMatrix(mel_filters(RATE, SIZE, MEL_BANDS, 0.0, RATE / 2.0))
        self._rows = _Thinned(MEL_BANDS + chroma_bins.FOLDED + 3 + 2 * BANDS)
        self._peaks: list[Float32] = []
        self._total, self._samples = 0.0, 0

    def push(self, samples: Float32) -> None:
        """Take the next samples, (n,)."""
        self._hear(self._resampler.push(samples[:, None])[:, 0])

    def _hear(self, samples: Float32) -> None:
        self._total += float(samples.sum(dtype=np.float64))
        self._samples += samples.size
        self._levels.push(samples)
        for frames in self._framer.push(samples):
            self._take(frames)

    def _take(self, frames: Float32) -> None:
        power = power_spectra(frames)
        magnitude = np.sqrt(power)
        self._separation.push(power, magnitude)
        wanted = self._rows.wanted(power.shape[0])
        power, magnitude = power[wanted], magnitude[wanted]
        if not power.shape[0]:
            self._rows.skip(frames.shape[0])
            return
        parts = [
            self._mel.product(power) * np.float32(_WINDOW_SUM**2),
            chroma_bins.fold(power, RATE),
            centroid_bandwidth_rolloff(magnitude, _SPACING),
            peaks_and_valleys(magnitude, _SPACING) * np.float32(_WINDOW_SUM),
        ]
        self._peaks.append(chroma_bins.spectral_peaks(power, _SPACING))
        self._rows.push(np.concatenate(parts, axis=1), frames.shape[0])

    def finish(self) -> SoundFrames:
        """Take the end of the signal, and return what its frames were like."""
        self._hear(self._resampler.finish()[:, 0])
        for frames in self._framer.finish():
            self._take(frames)
        stride = self._rows.stride
        table = self._rows.table()
        ends = np.cumsum([MEL_BANDS, chroma_bins.FOLDED, 3, BANDS])
        mel, folded, shape, peaks, valleys = np.split(table, ends, axis=1)
        tuning = chroma_bins.common_tuning(np.concatenate(self._peaks))
        chroma = chroma_bins.chroma(folded, tuning)
        rms, crossings = self._levels.finish()
        power = self._separation.finish()[:: max(1, stride // EVERY)]
        return SoundFrames(
            stride=stride,
            mfcc=_cepstra(mel),
            chroma=chroma,
            tonnetz=chroma_bins.tonnetz(chroma),
            shape=np.ascontiguousarray(shape),
            contrast=_levels_of(peaks) - _levels_of(valleys),
            zero_crossing_rate=crossings[::stride],
            rms=rms[::stride],
            power=power * np.float32(_MEAN_SQUARE),
            tuning=tuning,
            mean=self._total / max(1, self._samples),
        )


def _levels_of(magnitude: Float32) -> Float32:
    return decibels(magnitude, _LEAST, float(magnitude.max()))


def _cepstra(mel: Float32) -> Float32:
    """Return (n, 20) of (n, 128) mel powers.

    S. Davis and P. Mermelstein, *Comparison of parametric representations for monosyllabic word
    recognition*, IEEE ASSP 28 (1980), on decibels, with an orthonormal cosine transform.
    """
    from scipy import fft  # here, as only statistics need it and it imports much

    cepstra: Float32 = fft.dct(_levels_of(mel), type=2, norm="ortho", axis=1)[:, :CEPSTRA]
    return np.ascontiguousarray(cepstra)

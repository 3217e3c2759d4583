"""What the statistics of a sound cost, and how near they are to librosa's.

    python benchmarks/sound_statistics.py FOLDER [--librosa N]

Prints processor seconds per 4 minutes of music: decoding, analysis, statistics (the best of three
each), and peak memory. With --librosa, measures the first N files with librosa as well (it takes
half a minute per file) and prints, for each group of measurements, the deviation of single frames
and of the seven summaries, in units of the measurement's standard deviation in that song.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from highlighter.analysis import analyse_sound, listen
from highlighter.analysis.sound_frames import SoundFrames
from highlighter.analysis.timbre_statistics import SUMMARIES, frame_columns, summarised
from highlighter.audio import AudioStream, decode

ENDINGS = {".mp3", ".flac", ".wav", ".ogg", ".opus", ".m4a", ".aac", ".aiff"}
GROUPS = (
    "MFCC",
    "chroma",
    "tonnetz",
    "centroid, bandwidth, roll-off",
    "contrast",
    "zero crossings",
    "RMS",
    "harmonic, percussive power",
)


def seconds(work: Callable[[], object]) -> float:
    best = np.inf
    for _ in range(3):
        begun = time.process_time()
        work()
        best = min(best, time.process_time() - begun)
    return float(best)


def decoded(file: Path) -> None:
    with AudioStream(file) as stream:
        for _ in stream.blocks():
            pass


def of_librosa(file: Path) -> tuple[np.ndarray, ...]:
    """Return librosa's values, in the order of `frame_columns`."""
    import librosa

    audio = decode(file, mono=True)
    signal = audio.samples[:, 0]
    rate = 22_050
    signal = librosa.resample(signal, orig_sr=audio.sample_rate, target_sr=rate, res_type="soxr_hq")
    feature = librosa.feature
    chroma = feature.chroma_stft(y=signal, sr=rate)
    spectrum = np.abs(librosa.stft(signal))
    parts = [(part**2).sum(axis=0)[::2] for part in librosa.decompose.hpss(spectrum)]
    shape = (feature.spectral_centroid, feature.spectral_bandwidth, feature.spectral_rolloff)
    return (
        feature.mfcc(y=signal, sr=rate).T,
        chroma.T,
        feature.tonnetz(chroma=chroma).T,
        np.concatenate([one(y=signal, sr=rate) for one in shape]).T,
        feature.spectral_contrast(y=signal, sr=rate).T,
        feature.zero_crossing_rate(signal).T,
        feature.rms(y=signal).T,
        np.stack(parts, axis=1) * (2.0 / (2048 * 768)),
    )


def compare(frames: SoundFrames, theirs: tuple[np.ndarray, ...]) -> None:
    print(f"  {'':30}  frame: mean     worst" + "".join(f"{name:>10}" for name in SUMMARIES))
    for name, ours, other in zip(GROUPS, frame_columns(frames), theirs, strict=True):
        other = other[:: frames.stride][: ours.shape[0]].astype(np.float64)
        unit = other.std(axis=0) + 1e-12
        off = np.abs(ours - other) / unit
        apart = np.abs(summarised(ours) - summarised(other))
        apart[[0, 1, 4, 5, 6]] /= unit
        summaries = "".join(f"{value:10.1e}" for value in apart.max(axis=1))
        print(f"  {name:30}  {off.mean():11.1e}{off.max():10.1e}{summaries}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--librosa", type=int, default=0, metavar="N", help="files to compare")
    options = parser.parse_args()
    total = np.zeros(4)
    files = sorted(file for file in options.folder.iterdir() if file.suffix.lower() in ENDINGS)
    for file in files:
        read = seconds(lambda file=file: decoded(file))
        plain = seconds(lambda file=file: analyse_sound(listen(file)))
        whole = seconds(lambda file=file: analyse_sound(listen(file, statistics=True)))
        duration = listen(file).duration
        total += (duration, read, plain - read, whole - plain)
        each = np.array([read, plain - read, whole - plain]) / duration * 240.0
        print("".join(f"{value:6.2f}" for value in each), f"{duration:7.1f} s long  {file.name}")
    decoding, analysis, statistics = total[1:] / total[0] * 240.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    print(
        f"\n{len(files)} files, {total[0] / 60.0:.1f} minutes. Processor seconds per 4 minutes:"
        f" decoding {decoding:.3f}, analysis {analysis:.3f}, statistics {statistics:.3f};"
        f" peak {peak:.0f} MB"
    )
    for file in files[: options.librosa]:
        frames = listen(file, statistics=True).frames
        print(f"\n{file.name}")
        if frames is not None:
            compare(frames, of_librosa(file))


if __name__ == "__main__":
    main()

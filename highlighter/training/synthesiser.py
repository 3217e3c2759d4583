"""FluidSynth as a function: a MIDI file's bytes in, samples out."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from highlighter.audio.model import Float32
from highlighter.training.song_errors import SynthesiserFailedError, SynthesiserMissingError

RATE = 22_050
"""Hz: the tables reach to 5.5 kHz, the voice and the codec a little further."""

_SOUND_FONTS = (
    Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"),
    Path("/usr/share/soundfonts/FluidR3_GM.sf2"),
)
_LONGEST = 120.0
_LARGEST = 300_000_000
"""Bytes of sound: 56 minutes in stereo; nothing in a data set of songs is longer."""


def sound_font() -> Path:
    """Return the General MIDI sound font: `SOUNDFONT`, or the distribution's.

    Raises
    ------
    SynthesiserMissingError
        FluidSynth or the sound font is not there.
    """
    named = os.environ.get("SOUNDFONT")
    fonts = (Path(named),) if named else _SOUND_FONTS
    font = next((path for path in fonts if path.is_file()), None)
    if font is None or shutil.which("fluidsynth") is None:
        raise SynthesiserMissingError(
            "Songs cannot be rendered",
            which="fluidsynth" if font is not None else str(fonts[0]),
            why="FluidSynth or its sound font is not installed",
            next_step="install the Debian packages fluidsynth and fluid-soundfont-gm, or name a "
            "General MIDI sound font in SOUNDFONT",
        )
    return font


def play(midi: bytes, *, timeout: float = _LONGEST) -> Float32:
    """Return (n,) mono samples at `RATE`, dry; tick 0 is sample 0.

    Raises
    ------
    SynthesiserMissingError
        See `sound_font`.
    SynthesiserFailedError
        It ended badly, made nothing, or took longer than `timeout` seconds.
    """
    font, program = sound_font(), shutil.which("fluidsynth") or "fluidsynth"
    with tempfile.TemporaryDirectory(prefix="hooklist-render-") as folder:
        source, out, setup = (Path(folder) / name for name in ("song.mid", "song.raw", "setup"))
        source.write_bytes(midi)
        setup.write_text("interp 1\n")  # linear: half the time of the default's four points
        command = [
            *(program, "-ni", "-q", "-r", str(RATE), "-R", "0", "-C", "0", "-g", "0.4"),
            *("-o", "synth.polyphony=128", "-o", "synth.cpu-cores=1"),
            *("-f", str(setup), "-T", "raw", "-O", "s16", "-F", str(out), str(font), str(source)),
        ]
        try:
            subprocess.run(  # noqa: S603 - a fixed command, no shell
                command, check=True, capture_output=True, timeout=timeout, stdin=subprocess.DEVNULL
            )
            if out.stat().st_size > _LARGEST:
                raise ValueError(f"it made more than {_LARGEST} bytes")
            samples = np.fromfile(out, dtype="<i2")
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            raise _failed(error) from error
    if samples.size < 2 or not samples.any():
        raise _failed(ValueError("it made no sound"))
    stereo = samples[: samples.size // 2 * 2].reshape(-1, 2).astype(np.float32)
    return (stereo[:, 0] + stereo[:, 1]) * np.float32(0.5 / 32_768.0)


def _failed(error: Exception) -> SynthesiserFailedError:
    said = getattr(error, "stderr", b"") or b""
    return SynthesiserFailedError(
        "FluidSynth did not render this song",
        why=said.decode("utf-8", "replace").strip()[:300] or str(error),
        next_step="try `fluidsynth --version`; the song is tried again when the command is",
    )

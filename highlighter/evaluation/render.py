"""Songs from MIDI: RWC Popular's arrangements as audio, so that their marked choruses can be used.

FluidSynth with a General MIDI soundfont; both are Debian packages, and where they are absent the
songs are left out and the report says so.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from highlighter.evaluation.archive import read_members
from highlighter.evaluation.cache import file_hash

SOUNDFONTS = (
    Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"),
    Path("/usr/share/soundfonts/FluidR3_GM.sf2"),
)
PACKAGES = "fluidsynth and fluid-soundfont-gm"
RATE = 44_100
TIMEOUT = 600.0
"""Seconds that one song may take; it takes about ten."""

MIDI_FOLDER = "rwc_pop/midi"

_LARGEST_MIDI = 4 << 20


@dataclass(frozen=True, slots=True)
class Synthesizer:
    """What plays the MIDI files.

    Attributes
    ----------
    program
        FluidSynth.
    soundfont
        With General MIDI's instruments.
    """

    program: Path
    soundfont: Path


@dataclass(frozen=True, slots=True)
class Rendered:
    """Where the rendered songs lie.

    Attributes
    ----------
    folder
        With ``NAME.wav`` for each song.
    failed
        Name → why there is none.
    """

    folder: Path
    failed: dict[str, str]


def find_synthesizer() -> Synthesizer | None:
    """Return FluidSynth with FluidR3, or None where one of them is not installed."""
    program = shutil.which("fluidsynth")
    soundfont = next((path for path in SOUNDFONTS if path.is_file()), None)
    if program is None or soundfont is None:
        return None
    return Synthesizer(Path(program), soundfont)


def render_archive(
    archive: Path,
    out: Path,
    synthesizer: Synthesizer,
    *,
    only: Callable[[str], bool] = lambda name: True,
    processes: int = 1,
    tell: Callable[[str], None] = lambda step: None,
) -> Rendered:
    """Render the MIDI files of an archive that are not rendered yet.

    What was rendered is kept by what it was made from, so this can be broken off and begun again.

    Parameters
    ----------
    archive
        With ``rwc_pop/midi/NAME.mid``.
    out
        Folder for the audio: 42 MB for four minutes.
    synthesizer
        What plays them.
    only
        Which names are wanted.
    processes
        Songs at once.
    tell
        Told what is being done.

    Raises
    ------
    ArchiveUnsafeError
        The archive is damaged or holds something other than plain files.
    """
    made_from = hashlib.sha256(f"{RATE} {file_hash(synthesizer.soundfont)}".encode())
    midis = {}
    for name, data in read_members(archive, MIDI_FOLDER, ".mid", _LARGEST_MIDI):
        made_from.update(f"{name} {hashlib.sha256(data).hexdigest()}\n".encode())
        if only(name):
            midis[name] = data
    folder = out / made_from.hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    waiting = {name: data for name, data in midis.items() if not (folder / f"{name}.wav").is_file()}
    failed: dict[str, str] = {}
    with ThreadPoolExecutor(max(1, processes)) as pool, _Stop() as stop:
        tasks = {
            pool.submit(_render, name, data, folder, synthesizer, stop): name
            for name, data in waiting.items()
        }
        try:
            for count, task in enumerate(as_completed(tasks), start=1):
                name = tasks[task]
                why = task.result()
                if why:
                    failed[name] = why
                tell(f"rendered {count}/{len(tasks)} {name}" + (f": {why}" if why else ""))
        except BaseException:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise
    return Rendered(folder, failed)


class _Stop(threading.Event):
    """Set when whoever renders goes away, so that no program is left behind."""

    def __enter__(self) -> _Stop:
        return self

    def __exit__(self, *_: object) -> None:
        self.set()


def _render(
    name: str, data: bytes, folder: Path, synthesizer: Synthesizer, stop: threading.Event
) -> str:
    """Write one song and return why it failed; empty where it did not."""
    midi, part = folder / f"{name}.mid", folder / f"{name}.part.wav"
    midi.write_bytes(data)
    order = [str(synthesizer.program), "-ni", "-q", "-r", str(RATE), "-F", str(part)]
    order += [str(synthesizer.soundfont), str(midi)]
    try:
        why = _run(order, stop)
        if not why and (not part.is_file() or part.stat().st_size <= 44):
            why = "FluidSynth wrote no sound"
        if not why:
            part.replace(folder / f"{name}.wav")
        return why
    except OSError as error:
        return f"it could not be rendered: {error}"
    finally:
        part.unlink(missing_ok=True)
        midi.unlink(missing_ok=True)


def _run(order: list[str], stop: threading.Event) -> str:
    with subprocess.Popen(  # noqa: S603  # a program found on PATH, and files that we named
        order, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as child:
        waited = 0.0
        while True:
            try:
                status = child.wait(timeout=0.5)
            except subprocess.TimeoutExpired:
                waited += 0.5
                if stop.is_set() or waited > TIMEOUT:
                    child.kill()
                    return "it was stopped" if stop.is_set() else f"it took over {TIMEOUT:.0f} s"
            else:
                return f"FluidSynth ended with status {status}" if status else ""

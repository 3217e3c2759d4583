"""Pairs of trailers of the same tracks, ours and another, to be heard blind.

Both are brought to one loudness, low enough that neither needs a limiter for it, and encoded alike,
so that listeners judge how tracks are joined and not which file is louder.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from highlighter.evaluation.trailers import ear
from highlighter.evaluation.trailers.figures import (
    CUTS_ROW,
    FLOW,
    SIGMOID_ROW,
    Result,
    of_system,
)
from highlighter.evaluation.trailers.learning import RATE
from highlighter.evaluation.trailers.mixture import Mixture
from highlighter.evaluation.trailers.peers import render_peer
from highlighter.evaluation.trailers.work import Workers
from highlighter.trailer import TrailerTrack, make_trailer
from highlighter.trailer.encode import Tags, encode, output_format

Float32 = NDArray[np.float32]

PLAYLISTS = 8
LOUDEST = -14.0
"""LUFS of both, at most."""

MOST_PEAK = -1.5
"""dBTP before encoding."""

_VERSION = 1
_OURS = "hooklist"
_PEERS = {"sigmoid": SIGMOID_ROW, "cuts": CUTS_ROW}
_BLOCK = 1 << 15


def write_pairs(
    folder: Path,
    results: Sequence[Result],
    seconds: float,
    workers: Workers,
    tell: Callable[[str], None],
    playlists: int = PLAYLISTS,
) -> list[str]:
    """Write ``pairs.json`` and the sound of each pair; return a sentence for each that failed.

    Parameters
    ----------
    folder
        Made where it is missing.
    results
        As planned; of the first playlists one pair with each peer is written.
    seconds
        Per track.
    workers
        Make them.
    tell
        Told what was done.
    playlists
        How many.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ours = of_system(results, FLOW)[:playlists]
    jobs = [
        (name, ours[place], peer)
        for name, row in _PEERS.items()
        for place, peer in enumerate(of_system(results, row)[: len(ours)])
    ]

    def one(job: tuple[str, Result, Result]) -> dict[str, object] | str:
        name, flow, peer = job
        number = flow.playlist.number
        identity = f"{number:03d}-{name}"
        files = {system: f"{identity}-{system}.mp3" for system in (_OURS, name)}
        tracks = [known.learnt.track for known in flow.playlist.tracks]
        written = workers.run(
            write_pair,
            tracks,
            peer.mixture,
            seconds,
            folder.absolute() / files[_OURS],
            folder.absolute() / files[name],
        )
        if isinstance(written, str):
            return f"pair {identity}: {written}"
        return {
            "id": identity,
            "title": f"Playlist {number + 1}: {len(tracks)} tracks of {flow.playlist.kind}",
            "a": {"system": _OURS, "file": files[_OURS]},
            "b": {"system": name, "file": files[name]},
        }

    found = workers.each(one, jobs, lambda done: tell(f"wrote pair {done}/{len(jobs)}"))
    pairs = sorted(
        (pair for pair in found if isinstance(pair, dict)), key=lambda pair: str(pair["id"])
    )
    listed = folder / "pairs.json.part"
    text = json.dumps({"version": _VERSION, "pairs": pairs}, ensure_ascii=False, indent=1)
    listed.write_text(text, encoding="utf-8")
    listed.replace(folder / "pairs.json")
    return [failure for failure in found if isinstance(failure, str)]


def write_pair(
    tracks: Sequence[TrailerTrack], peer: Mixture, seconds: float, ours_to: Path, peer_to: Path
) -> float:
    """Write ours and a peer's trailer of the same tracks as MP3; return the loudness of both, LUFS.

    Raises
    ------
    HooklistError
        A trailer cannot be made.
    """
    with tempfile.TemporaryDirectory() as inside:
        made = Path(inside) / "ours.mp3"
        make_trailer(tracks, made, seconds_per_track=seconds, order="flow")
        ours, rate = ear.read_sound(made)
    theirs = render_peer(peer, [track.file for track in tracks], RATE)
    sounds = (ours if rate == RATE else _at(ours, rate), theirs)
    levels = [(ear.loudness(ear.step_energies(one, RATE)), ear.true_peak(one)) for one in sounds]
    level = common_level(levels)
    form = output_format(ours_to)
    for sound, (lufs, _), out in zip(sounds, levels, (ours_to, peer_to), strict=True):
        gained = sound * np.float32(10.0 ** ((level - lufs) / 20.0))
        blocks = [gained[at : at + _BLOCK] for at in range(0, gained.shape[0], _BLOCK)]
        # No chapters, no names: nothing in the file says whose it is.
        encode(out, form, blocks, [], Tags("", "", ""))
    return level


def common_level(levels: Sequence[tuple[float, float]]) -> float:
    """Return the loudness, LUFS, that sounds of (LUFS, dBTP) can all be given without clipping."""
    return min([LOUDEST, *(lufs + MOST_PEAK - peak for lufs, peak in levels)])


def _at(samples: Float32, rate: int) -> Float32:
    import soxr

    return np.asarray(soxr.resample(samples, rate, RATE, "HQ"), dtype=np.float32)

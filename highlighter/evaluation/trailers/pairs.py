"""Pairs of trailers of the same tracks, ours and another, to be heard blind.

Both are brought to one loudness, low enough that neither needs a limiter for it, and encoded alike,
so that listeners judge how tracks are joined and not which file is louder.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
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
    peers = {name: of_system(results, row)[: len(ours)] for name, row in _PEERS.items()}
    failures: list[str] = []

    def one(place: int) -> list[dict[str, object]]:
        number = ours[place].playlist.number
        tracks = [known.learnt.track for known in ours[place].playlist.tracks]
        mixtures = {name: group[place].mixture for name, group in peers.items()}
        stem = str(folder.absolute() / f"{number:03d}")
        written = workers.run(write_playlist, tracks, mixtures, seconds, stem)
        if isinstance(written, str):
            failures.append(f"pairs of playlist {number}: {written}")
            return []
        title = f"Playlist {number + 1}: {len(tracks)} tracks of {ours[place].playlist.kind}"
        return [
            {
                "id": f"{number:03d}-{name}",
                "title": title,
                "a": {"system": _OURS, "file": Path(_name(stem, name, _OURS)).name},
                "b": {"system": name, "file": Path(_name(stem, name, name)).name},
            }
            for name in _PEERS
        ]

    found = workers.each(
        one, range(len(ours)), lambda done: tell(f"wrote pairs {done}/{len(ours)}")
    )
    pairs = sorted((pair for each in found for pair in each), key=lambda pair: str(pair["id"]))
    listed = folder / "pairs.json.part"
    text = json.dumps({"version": _VERSION, "pairs": pairs}, ensure_ascii=False, indent=1)
    listed.write_text(text, encoding="utf-8")
    listed.replace(folder / "pairs.json")
    return failures


def write_playlist(
    tracks: Sequence[TrailerTrack], peers: Mapping[str, Mixture], seconds: float, stem: str
) -> int:
    """Write ours beside each peer's trailer of the same tracks, as MP3; return how many pairs.

    Parameters
    ----------
    tracks
        The playlist as drawn, with highlights.
    peers
        What each mixes.
    seconds
        Per track.
    stem
        What the files' names begin with.

    Raises
    ------
    HooklistError
        A trailer cannot be made.
    """
    with tempfile.TemporaryDirectory() as inside:
        made = Path(inside) / "ours.mp3"
        make_trailer(tracks, made, seconds_per_track=seconds, order="flow")
        ours, _ = ear.read_sound(made)
    heard = _levels(ours)
    for name, mixture in peers.items():
        theirs = render_peer(mixture, [track.file for track in tracks])
        other = _levels(theirs)
        level = common_level([heard, other])
        _write(ours, level - heard[0], Path(_name(stem, name, _OURS)))
        _write(theirs, level - other[0], Path(_name(stem, name, name)))
    return len(peers)


def common_level(levels: Sequence[tuple[float, float]]) -> float:
    """Return the loudness, LUFS, that sounds of (LUFS, dBTP) can all be given without clipping."""
    return min([LOUDEST, *(lufs + MOST_PEAK - peak for lufs, peak in levels)])


def _levels(sound: Float32) -> tuple[float, float]:
    return ear.loudness(ear.step_energies(sound, RATE)), ear.true_peak(sound)


def _write(sound: Float32, gain: float, out: Path) -> None:
    gained = sound * np.float32(10.0 ** (gain / 20.0))
    blocks = [gained[at : at + _BLOCK] for at in range(0, gained.shape[0], _BLOCK)]
    # No chapters, no names: nothing in the file says whose it is.
    encode(out, output_format(out), blocks, [], Tags("", "", ""))


def _name(stem: str, pair: str, system: str) -> str:
    return f"{stem}-{pair}-{system}.mp3"

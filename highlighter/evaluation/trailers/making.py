"""Trailers of many playlists, made and heard; none twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from highlighter.evaluation.trailers.figures import FLOW, SOUNDED, Result
from highlighter.evaluation.trailers.keeping import Kept, code_hash
from highlighter.evaluation.trailers.sounding import Sounding, sound_ours, sound_peer
from highlighter.evaluation.trailers.work import Workers

_HERE = Path(__file__).parent
_HEARS = ("ear.py", "flatness.py", "mixture.py", "peers.py", "sounding.py")


def sounded(
    results: Sequence[Result],
    seconds: float,
    most: int,
    kept: Kept,
    workers: Workers,
    tell: Callable[[str], None],
) -> tuple[list[Result], list[str]]:
    """Return the results with what was heard of them, and a sentence for each that failed.

    Parameters
    ----------
    results
        As planned.
    seconds
        Per track.
    most
        Playlists whose trailers are made, the first ones.
    kept
        Where what was heard is kept.
    workers
        Make them.
    tell
        Told what was done.
    """
    code = code_hash(*(_HERE / name for name in _HEARS))
    wanted = [one for one in results if one.system in SOUNDED and one.playlist.number < most]

    def one(result: Result) -> Sounding | str:
        contents = [track.content for track in result.playlist.tracks]
        paths = [track.pool.path.absolute() for track in result.playlist.tracks]
        mixture = None if result.system == FLOW else result.mixture
        key = kept.key("sounding", result.system, code, contents, paths, seconds, mixture)
        sounding = kept.get(key, Sounding)
        if sounding is None:
            made = _made(result, seconds, workers)
            if isinstance(made, str):
                return f"playlist {result.playlist.number}, {result.system}: {made}"
            sounding = made
            kept.put(key, sounding)
        return sounding

    answers = workers.each(one, wanted, lambda done: _told(done, len(wanted), tell))
    heard = {id(result): answer for result, answer in zip(wanted, answers, strict=True)}
    found, failures = [], []
    for result in results:
        answer = heard.get(id(result))
        if isinstance(answer, str):
            failures.append(answer)
        found.append(replace(result, sounding=answer) if isinstance(answer, Sounding) else result)
    return found, failures


def _made(result: Result, seconds: float, workers: Workers) -> Sounding | str:
    tracks = [one.learnt.track for one in result.playlist.tracks]
    if result.system == FLOW:
        return workers.run(sound_ours, tracks, seconds, "flow")
    return workers.run(sound_peer, result.mixture, [track.file for track in tracks])


def _told(done: int, count: int, tell: Callable[[str], None]) -> None:
    if done % 10 == 0 or done == count:
        tell(f"made and heard {done}/{count}")

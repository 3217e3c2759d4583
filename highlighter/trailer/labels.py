"""What a trailer says of itself: chapters, names and attributions."""

from __future__ import annotations

from collections.abc import Sequence

from highlighter.trailer.encode import Mark, Tags
from highlighter.trailer.material import Material
from highlighter.trailer.model import Chapter, TrailerTrack
from highlighter.trailer.timeline import Fragment, Plan

_MOST_ARTISTS = 8


def chapters_of(
    plan: Plan, tracks: Sequence[TrailerTrack], materials: Sequence[Material], seconds: float
) -> tuple[Chapter, ...]:
    """Return the chapters of a plan.

    Parameters
    ----------
    plan
        Of `materials`.
    tracks, materials
        Those that could be played, in the order given.
    seconds
        That were asked for of each.
    """
    played = [tracks[fragment.track] for fragment in plan.fragments]
    chapters = []
    for place, (fragment, track) in enumerate(zip(plan.fragments, played, strict=True)):
        join = plan.joins[place - 1] if place else None
        chapters.append(
            Chapter(
                file=track.file,
                title=track.title,
                artists=track.artists,
                start=fragment.start,
                end=fragment.end,
                source_start=fragment.source_start,
                source_end=fragment.source_end,
                transition=join.kind if join else "start",
                transition_seconds=join.seconds if join else 0.0,
                reason=join.reason if join else "the trailer starts here",
                rate=fragment.rate,
                beats=join.beats if join else 0,
                kept=_kept(fragment, materials[fragment.track], seconds),
            )
        )
    return tuple(chapters)


def _kept(fragment: Fragment, material: Material, seconds: float) -> float:
    start = material.wanted_start
    end = min(start + seconds, material.available_end)
    if material.wanted_end is not None:
        end = min(end, material.wanted_end)
    both = min(fragment.source_end, end) - max(fragment.source_start, start)
    return min(1.0, max(0.0, both) / (end - start)) if end > start else 0.0


def marks_of(chapters: Sequence[Chapter]) -> list[Mark]:
    """Return the chapters as they stand in the file."""
    return [Mark(one.start, one.end, _name(one)) for one in chapters]


def _name(chapter: Chapter) -> str:
    return TrailerTrack(chapter.file, chapter.title, chapter.artists).label


def tags_of(title: str, played: Sequence[TrailerTrack]) -> Tags:
    """Return title, artists and a line for each track played, with its attribution."""
    artists = list(dict.fromkeys(name for track in played for name in track.artists if name))
    if len(artists) > _MOST_ARTISTS:
        artists = [*artists[:_MOST_ARTISTS], "…"]
    lines = [
        f"{track.label}: {track.attribution}" if track.attribution else track.label
        for track in played
    ]
    return Tags(title=title, artist=", ".join(artists), comment="\n".join(lines))

"""From a ranking to a playlist's rows: a sequence that solves one objective, or the bare ranking.

Whatever cannot be had as asked is told in a note; a playlist never grows shorter silently.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from recommender.affinity import surplus
from recommender.parts import Parts
from recommender.playlist import Note
from recommender.pooling import MOST_SEARCHED, Ranked, Ranking, wider
from recommender.request import Request
from recommender.sequence import (
    WINDOW,
    Arranged,
    Pool,
    Sequenced,
    Shape,
    Spacing,
    Unmet,
    arrange,
    curve_of,
    sequence,
)
from recommender.songs import keys_of

LONGEST_SEQUENCED = 500
"""Tracks; a longer playlist is the bare ranking."""

TOLERANCE = 15.0
"""Seconds by which a playlist fitted to a time may miss it."""

_FIRST_K = 256
_FIRST_K_TURNED = 1_024
"""Neighbours asked where a knob is turned, so that it has something to reach."""

_PER_PLACE = 5
_PER_PLACE_SHAPED = 20
_LEAST_POOL = 60
_MOST_POOL = 6_000
_PER_ARTIST = 3
_LARGER = 4
_ENOUGH_KNOWN = 3
"""So many tracks of known length for each place are enough to fit a time with."""

_LEAST_SECONDS, _MOST_SECONDS = 0.25, 0.4
_SECONDS_PER_PLACE = 0.005
"""Seconds of improving, so that a long playlist has more of them; short ones end by themselves."""

USUAL_SECONDS = 210.0
"""What a track of unknown length counts as."""

_WIDER_MAY_HELP = frozenset(
    {"too_few_tracks", "length_missed", "artist_cap_relaxed", "spacing_relaxed", "curve_missed"}
)

Rows = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class Picked:
    """Rows in playing order.

    Attributes
    ----------
    rows
        The playlist.
    notes
        What could not be had as asked.
    objective
        What was minimised, term by term; empty for a bare ranking.
    """

    rows: tuple[int, ...]
    notes: tuple[Note, ...] = ()
    objective: dict[str, float] = field(default_factory=dict)


def pick(parts: Parts, request: Request, ranking: Ranking) -> Picked:
    """Pick a playlist's rows as the request's wishes ask."""
    wishes = request.wishes
    if wishes.ranked or _places(parts, request, None) > LONGEST_SEQUENCED:
        picked = _bare(parts, request, ranking)
        if not wishes.ranked and wishes.curve is not None:
            note = Note(
                "not_sequenced",
                f"More than {LONGEST_SEQUENCED} tracks come in rank order, without a curve",
                {"longest": LONGEST_SEQUENCED},
            )
            return replace(picked, notes=(*picked.notes, note))
        return picked
    return _arranged(parts, request, ranking)


def _first_k(parts: Parts, request: Request) -> int:
    """Return how many neighbours of each seed to look at first."""
    wishes = request.wishes
    turned = wishes.popularity or wishes.era or wishes.genre or wishes.less_like
    usual = _FIRST_K_TURNED if turned or wishes.familiarity not in (-1, 0) else _FIRST_K
    # What was heard and sent away before is what is nearest: without it as many must be left.
    away = min(len(request.barred) // max(len(request.seeds), 1), MOST_SEARCHED)
    return max(usual, 4 * _places(parts, request, None)) + away


def _places(parts: Parts, request: Request, rows: Rows | None) -> int:
    """Return how many tracks it takes; an estimate where minutes are asked."""
    wishes = request.wishes
    if wishes.minutes is None:
        return wishes.length
    usual = USUAL_SECONDS
    if rows is not None:
        seconds = parts.facets.seconds[rows]
        seconds = seconds[seconds > 0]
        usual = float(np.median(seconds)) if len(seconds) else usual
    return max(int(np.ceil(wishes.minutes * 60.0 / usual)), max(request.kept, default=0) + 1)


def _arranged(parts: Parts, request: Request, ranking: Ranking) -> Picked:
    """Arrange a pool; widen it while that may help, then add what has no vector."""
    k = _first_k(parts, request)
    scale = 1
    while True:
        ranked = ranking.best(k)
        pool = _pool(parts, request, ranking, ranked, scale)
        found = _arrange(parts, request, pool)
        short = _wider_may_help(found)
        if short and pool.full and scale == 1:
            # A full pool lacks what suits less but stands better; it may have been found already.
            scale = _LARGER
            larger = _pool(parts, request, ranking, ranked, scale)
            if larger.full or ranked.all_there:
                pool, found = larger, _arrange(parts, request, larger)
                short = _wider_may_help(found)
        if not short or ranked.all_there or (pool.full and scale > 1):
            break
        if k >= MOST_SEARCHED and short == {"curve_missed"}:
            # Of thousands that suit none stands better; to compare with all tracks takes long.
            break
        k = wider(k)
    inside = set(ranked.rows.tolist())
    if short - {"curve_missed"} and not pool.full and len(inside) < ranking.passing.count:
        whole = _pool(parts, request, ranking, ranking.with_unplaced(ranked), scale)
        if len(whole.rows) > len(pool.rows):
            pool, found = whole, _arrange(parts, request, whole)
    rows = tuple(int(pool.rows[at]) for at in found.order)
    kept = set(request.kept.values())
    notes = [_note(unmet) for unmet in found.unmet]
    by_tags = sum(row not in inside and row not in kept for row in rows)
    if by_tags and ranking.has_place:
        notes.insert(0, _filled_by_tags(by_tags))
    return Picked(rows, tuple(notes), found.objective.to_json())


def _wider_may_help(found: Arranged) -> set[str]:
    """Return what was missed that more tracks to choose from may mend."""
    return {unmet.code for unmet in found.unmet} & _WIDER_MAY_HELP


@dataclass(frozen=True)
class _Pool:
    rows: Rows
    cost: Floats
    artists: Sequence[Sequence[int]]
    songs: Sequence[Sequence[int]]
    kept: dict[int, int]
    full: bool


def _pool(parts: Parts, request: Request, ranking: Ranking, ranked: Ranked, scale: int) -> _Pool:
    """Return the best rows that may come, few by any one artist and no song twice."""
    wishes = request.wishes
    places = _places(parts, request, ranked.rows[:1_000])
    per_place = _PER_PLACE_SHAPED if wishes.curve or wishes.minutes else _PER_PLACE
    size = min(scale * (_LEAST_POOL + per_place * places), _MOST_POOL)
    quota = None
    if wishes.artist_cap is not None:
        quota = wishes.artist_cap * -(-places // WINDOW) * _PER_ARTIST
    kept = np.array(list(request.kept.values()), dtype=np.int64)
    chosen = _chosen(parts, request, ranked.rows, size, quota)
    if wishes.minutes is not None:
        chosen = _of_known_length(parts, ranked.rows, chosen, _ENOUGH_KNOWN * places)
    rows = np.concatenate([ranked.rows[chosen], kept])
    cost = ranked.cost if ranked.along is None else ranked.along
    cost = np.concatenate([cost[..., chosen], ranking.of_rows(kept)], axis=-1)
    worst = cost[np.isfinite(cost)].max(initial=0.0)
    return _Pool(
        rows,
        np.nan_to_num(cost, nan=worst, posinf=worst).astype(np.float32),
        parts.artists.of_rows(rows),
        parts.songs.of_rows(rows) if wishes.songs_once else [()] * len(rows),
        {place: len(chosen) + at for at, place in enumerate(request.kept)},
        len(chosen) >= size,
    )


def _of_known_length(parts: Parts, rows: Rows, chosen: list[int], enough: int) -> list[int]:
    """Leave out the tracks of unknown length, with which no time is met, if enough others are."""
    known = [at for at in chosen if parts.facets.seconds[rows[at]] > 0]
    return known if len(known) >= enough else chosen


def _chosen(parts: Parts, request: Request, rows: Rows, size: int, quota: int | None) -> list[int]:
    """Return where the first rows are that may come.

    Those beyond an artist's quota come after the others, and so do, where a time is to be met,
    those of unknown length: nothing can be fitted with them.
    """
    kept = request.kept.values()
    barred = request.barred | set(kept)
    used = set(request.taken | keys_of(parts.songs, kept))
    once = request.wishes.songs_once
    late = np.zeros(len(rows), dtype=bool)
    if quota is not None:
        late |= surplus(parts.artists.first(rows), quota)
    if request.wishes.minutes is not None:
        late |= ~(parts.facets.seconds[rows] > 0)
    turns = np.concatenate([np.flatnonzero(~late), np.flatnonzero(late)])
    chosen: list[int] = []
    for start in range(0, len(turns), size):
        piece = turns[start : start + size]
        songs = parts.songs.of_rows(rows[piece])
        for at, row, keys in zip(piece.tolist(), rows[piece].tolist(), songs, strict=True):
            if row in barred or not used.isdisjoint(keys):
                continue
            if once:
                used.update(keys)
            chosen.append(at)
            if len(chosen) == size:
                return sorted(chosen)
    return sorted(chosen)


def _arrange(parts: Parts, request: Request, pool: _Pool) -> Arranged:
    wishes, facets, rows = request.wishes, parts.facets, pool.rows
    energy = facets.energy[rows]
    return arrange(
        Pool(
            cost=pool.cost,
            energy=energy,
            tempo=facets.tempo[rows],
            key=_unless_negative(facets.key[rows]),
            mode=_unless_negative(facets.mode[rows]),
            seconds=facets.seconds[rows],
            artists=pool.artists,
            songs=pool.songs,
        ),
        Shape(
            length=None if wishes.minutes is not None else wishes.length,
            seconds=None if wishes.minutes is None else wishes.minutes * 60.0,
            spacing=Spacing(wishes.artist_cap, wishes.gap),
            curve=None if wishes.curve is None else curve_of(wishes.curve, energy),
            flow=wishes.flow,
            kept=pool.kept,
        ),
        time_limit=float(
            np.clip(
                _SECONDS_PER_PLACE * len(rows) / _PER_PLACE_SHAPED, _LEAST_SECONDS, _MOST_SECONDS
            )
        ),
    )


def _unless_negative(values: Any) -> Floats:
    result: Floats = np.where(values < 0, np.nan, values).astype(np.float32)
    return result


def _bare(parts: Parts, request: Request, ranking: Ranking) -> Picked:
    """Widen the search, then add rows without vectors, then bend the rules, until full."""
    wishes = request.wishes
    notes: list[Note] = []
    spacing = Spacing(wishes.artist_cap, wishes.gap)
    k = _first_k(parts, request)
    while True:
        ranked = ranking.best(k)
        places = _places(parts, request, ranked.rows[:1_000]) - len(request.kept)
        found = _in_rank(parts, request, ranked.rows, max(places, 0), spacing)
        if found.complete or ranked.all_there:
            break
        k = wider(k)
    if not found.complete:
        inside = len(ranked.rows)
        whole = ranked
        if ranking.has_place and inside < ranking.passing.count:
            whole = ranking.with_unplaced(ranked)
        found, bent = _bend(parts, request, whole.rows, places, spacing)
        notes += [] if bent is None else [bent]
        known = set(ranked.rows.tolist())
        by_tags = sum(row not in known for row in found.rows)
        if by_tags:
            notes.append(_filled_by_tags(by_tags))
        if not found.complete and wishes.minutes is None:
            notes.append(_too_few(len(found.rows) + len(request.kept), wishes.length))
    rows = _with_kept(found.rows, request)
    if wishes.minutes is not None:
        rows, told = _cut(parts, rows, wishes.minutes * 60.0)
        notes += told
    return Picked(rows, tuple(notes))


def _in_rank(
    parts: Parts, request: Request, rows: Rows, places: int, spacing: Spacing
) -> Sequenced:
    kept = list(request.kept.values())
    barred = request.barred | set(kept)
    taken = request.taken | keys_of(parts.songs, kept)
    once = request.wishes.songs_once

    def identity(row: int) -> tuple[int, ...]:
        keys = parts.songs.of_row(row)
        return keys if once else tuple(key for key in keys if key in taken)

    return sequence(
        (row for row in rows.tolist() if row not in barred),
        places,
        spacing,
        parts.artists.of_row,
        identity,
        taken,
    )


def _bend(
    parts: Parts, request: Request, rows: Rows, places: int, spacing: Spacing
) -> tuple[Sequenced, Note | None]:
    """Sequence by the strictest rules that fill the places, and say which those are."""
    found, said = _in_rank(parts, request, rows, places, spacing), None
    for bent, note in _relaxations(spacing):
        if found.complete:
            break
        more = _in_rank(parts, request, rows, places, bent)
        # Rules are not bent for nothing.
        if len(more.rows) > len(found.rows):
            found, said = more, note
    return found, said


def _relaxations(spacing: Spacing) -> Iterator[tuple[Spacing, Note]]:
    """Yield ever looser rules than those asked, each with what to say about it."""
    for gap in (2, 1, 0):
        if gap < spacing.gap:
            values = {"asked": spacing.gap, "gap": gap}
            yield Spacing(spacing.cap, gap), _note(Unmet("spacing_relaxed", values))
    cap = spacing.cap
    while cap is not None:
        cap = cap * 2 if cap < 16 else None
        bent: dict[str, int | None] = {"asked": spacing.cap, "cap": cap}
        yield (
            Spacing(cap, 0 if cap is None else min(1, spacing.gap)),
            _note(Unmet("artist_cap_relaxed", bent)),
        )


def _with_kept(rows: Sequence[int], request: Request) -> tuple[int, ...]:
    """Return rows with the kept ones on their places, or as near to them as there are others."""
    whole = list(rows)
    for place in sorted(request.kept):
        whole.insert(place, request.kept[place])
    return tuple(whole)


def _cut(parts: Parts, rows: Sequence[int], asked: float) -> tuple[tuple[int, ...], list[Note]]:
    """Return the beginning that comes nearest to a time."""
    seconds = np.nan_to_num(parts.facets.seconds[list(rows)], nan=USUAL_SECONDS)
    totals = np.cumsum(seconds, dtype=np.float64)
    if not len(totals):
        return (), [_note(Unmet("length_missed", {"asked_seconds": asked, "got_seconds": 0.0}))]
    count = int(np.abs(totals - asked).argmin()) + 1
    got = round(float(totals[count - 1]), 1)
    values = {"asked_seconds": asked, "got_seconds": got}
    missed = abs(got - asked) > TOLERANCE
    return tuple(rows[:count]), [_note(Unmet("length_missed", values))] if missed else []


def _filled_by_tags(tracks: int) -> Note:
    return Note(
        "filled_by_tags",
        f"{tracks} tracks have no features; picked by artist, genre and era",
        {"tracks": tracks},
    )


def _too_few(found: int, asked: int) -> Note:
    return Note(
        "too_few_tracks",
        f"The catalogue has only {found} tracks for this instead of {asked}",
        {"found": found, "asked": asked},
    )


def _note(unmet: Unmet) -> Note:
    """Return what the sequence could not meet, in words too."""
    values = dict(unmet.values)
    if unmet.code == "too_few_tracks":
        return _too_few(int(values["found"] or 0), int(values["asked"] or 0))
    if unmet.code == "artist_cap_relaxed":
        allowed = values["cap"]
        said = (
            "as many tracks per artist as there are"
            if allowed is None
            else (f"{allowed} tracks per artist allowed in {WINDOW}")
        )
        return Note(unmet.code, f"Too few artists for the length: {said}", values)
    if unmet.code == "length_missed":
        asked, got = (float(values[name] or 0) for name in ("asked_seconds", "got_seconds"))
        return Note(
            unmet.code,
            f"It lasts {_clock(got)} instead of {_clock(asked)}: no tracks fit better",
            values,
        )
    return Note(unmet.code, _SAID.get(unmet.code, unmet.code).format(**values), values)


def _clock(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02}"


_SAID = {
    "spacing_relaxed": "Tracks by one artist stand closer than asked, to fill the length",
    "lengths_assumed": "{tracks} tracks of unknown length count as {seconds:g} seconds each",
    "curve_missed": "The energy is off the curve by {deviation:.2f} of its range on average: "
    "no tracks that suit come nearer",
}

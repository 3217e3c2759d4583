"""Requests drawn at random over all controls, and what of them was broken, missed and said.

``./run python benchmarks/generated_requests.py CATALOGUE [--requests 1000] [--seed 0]``

Each request draws 1–8 seeds and each control with some chance. The answer is checked against the
catalogue's rows only, not by the code that made it. Prints, as JSON: tracks that came twice (by id,
by ISRC, by artist, bare title and length within 3 s), broken hard constraints, how often minutes
were met within 15 s where some set of the tracks that may come adds up to them, whether every other
miss says so, artists in 30 tracks where nothing is asked, and milliseconds.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

TOLERANCE = 15.0
ENOUGH = 400
"""Of so many tracks that may come, some set adds up to anything asked here."""


def drawn(random: np.random.Generator, ids: list[str], facts: dict[str, Any]) -> tuple[Any, Any]:
    """Return seeds and wishes."""
    from recommender.wishes import CURVES, Filters, Wishes

    def some(count: int) -> list[str]:
        return [ids[at] for at in random.integers(0, len(ids), count)]

    def coin(chance: float = 0.25) -> bool:
        return bool(random.random() < chance)

    seeds = list(dict.fromkeys(some(int(random.integers(1, 9)))))
    wished: dict[str, Any] = {}
    if coin(0.4):
        wished["minutes"] = float(np.round(random.uniform(10, 240), 1))
    else:
        wished["length"] = int(random.integers(5, 101))
    for name, count in (("less_like", 2), ("more_like", 2), ("exclude", 50)):
        if coin(0.15):
            wished[name] = some(count)
    for name, least in (("familiarity", -1), ("popularity", -1), ("era", 0), ("genre", 0)):
        if coin():
            wished[name] = float(np.round(random.uniform(least, 1), 2))
    if coin(0.1):
        wished["familiarity"] = -1.0
    if coin():
        wished["flow"] = float(random.random())
    if coin():
        points = tuple((at / 4, float(random.random())) for at in range(5))
        wished["curve"] = points if coin() else CURVES[int(random.integers(len(CURVES)))]
    wished["bridge"] = coin(0.1) and len(seeds) > 1
    if coin(0.15):
        wished["kept"] = dict(enumerate(dict.fromkeys(some(3))))
    filters: dict[str, Any] = {}
    if coin(0.2):
        filters["explicit"] = False
    if coin(0.2):
        low = float(random.integers(60, 150))
        filters["tempo"] = (low, low + float(random.integers(2, 40)))
    if coin(0.2) and facts["years"]:
        first = int(random.choice(facts["years"]))
        filters["years"] = (first, first + int(random.integers(0, 20)))
    if coin(0.15) and facts["genres"]:
        picked = random.choice(len(facts["genres"]), 2, replace=False)
        filters["genres"] = tuple(facts["genres"][at] for at in picked)
    if coin(0.2):
        filters["avoid_words"] = ("christmas", "love")
    return seeds, Wishes(**wished, filters=Filters(**filters))


def words(text: str) -> set[str]:
    return set(re.findall(r"[\w$'’]+", text.casefold()))


def twice(tracks: list[Any]) -> int:
    """Count tracks that came before: by id, by ISRC, by artist, bare title and length."""
    from recommender.catalogue.names import normalise_artist, parse_title

    seen: dict[Any, float | None] = {}
    found = 0
    for track in tracks:
        base = parse_title(track.title).base
        songs = {(normalise_artist(name), base) for name in track.artists if base}
        again = track.id in seen or (track.isrc and track.isrc in seen)
        for song in songs & seen.keys():
            before = seen[song]
            either = before is None or track.duration is None
            again = again or either or abs(before - track.duration) <= 3.0
        found += bool(again)
        seen[track.id] = track.duration
        seen |= dict.fromkeys(songs, track.duration)
        if track.isrc:
            seen[track.isrc] = track.duration
    return found


def broken(seeds: list[str], wishes: Any, playlist: Any, catalogue: Any) -> list[str]:
    """Name the hard constraints that the answer breaks."""
    filters = wishes.filters
    found = []
    kept = set(wishes.kept.values())
    for place, track_id in wishes.kept.items():
        there = playlist.tracks[place].track.id if place < len(playlist.tracks) else None
        found += [] if there == track_id else ["kept"]
    own = {
        name.casefold()
        for seed in (*seeds, *wishes.more_like)
        for name in catalogue.get(seed).artists
    }
    forbidden = {*seeds, *wishes.exclude, *wishes.less_like}
    for track in (item.track for item in playlist.tracks):
        if track.id in kept:
            continue
        tempo = track.features["tempo"]
        tests = {
            "seeds, exclude, less_like": track.id not in forbidden,
            "explicit": filters.explicit or track.explicit is not True,
            "years": _inside(track.year, filters.years),
            "tempo": _inside(tempo, filters.tempo),
            "genres": any(_of_genre(one, filters.genres) for one in (track.genre, track.subgenre)),
            "avoid_words": words(f"{track.title} {track.album}").isdisjoint(filters.avoid_words),
            "familiarity": wishes.familiarity > -1
            or own.isdisjoint(name.casefold() for name in track.artists),
        }
        found += [name for name, good in tests.items() if not good]
    codes = {note.code for note in playlist.notes}
    if wishes.minutes is None and len(playlist.tracks) < wishes.length:
        found += [] if "too_few_tracks" in codes else ["length"]
    if not kept and "artist_cap_relaxed" not in codes:
        credited = [{name.casefold() for name in i.track.artists} for i in playlist.tracks]
        for start in range(max(1, len(credited) - 29)):
            counts = Counter(name for one in credited[start : start + 30] for name in one)
            if max(counts.values(), default=0) > wishes.artist_cap:
                found.append("artist_cap")
                break
    return found


def _of_genre(genre: str, wanted: tuple[str, ...]) -> bool:
    """Say whether a label holds one of some genres, or one of a family among them."""
    from hooklist_genres import resolve, resolve_all

    names = {name.casefold() for name in wanted}
    if not wanted or names & {part.strip().casefold() for part in re.split("[/;,]", genre)}:
        return True
    known = [other for name in wanted if (other := resolve(name)) is not None]
    return any(
        one in known or one.family.casefold() in names | {other.name for other in known}
        for one in resolve_all(genre)
    )


def _inside(value: float | None, ends: tuple[float | None, float | None]) -> bool:
    if ends == (None, None):
        return True
    return value is not None and (ends[0] or -1e9) <= value <= (ends[1] or 1e9)


def reachable(seconds: np.ndarray, asked: float) -> bool:
    """Say whether some set of lengths adds up to the time within the tolerance (whole seconds)."""
    sums = np.zeros(int(asked + TOLERANCE) + 1, dtype=bool)
    sums[0] = True
    for length in np.rint(seconds).astype(int):
        if 0 < length < len(sums):
            sums[length:] |= sums[:-length].copy()
    return bool(sums[max(0, int(asked - TOLERANCE)) :].any())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalogue", type=Path)
    parser.add_argument("--requests", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    from recommender import Recommender
    from recommender.errors import NothingLeft
    from recommender.wishes import Wishes

    recommender = Recommender.open(options.catalogue, verify=False)
    catalogue = recommender.catalogue
    random = np.random.default_rng(options.seed)
    ids = [
        catalogue.text("id", int(row)) for row in random.integers(0, len(catalogue), 5_000).tolist()
    ]
    sample = [track for one in ids[:2_000] if (track := catalogue.get(one)) is not None]
    facts = {
        "years": sorted({track.year for track in sample if track.year}),
        "genres": sorted({track.genre for track in sample if track.genre}),
    }
    repeated, nothing_left = 0, 0
    faults: Counter[str] = Counter()
    notes: Counter[str] = Counter()
    kept_unknown = met = missed_though_possible = missed_and_said = missed_unsaid = 0
    seconds = []
    for _ in range(options.requests):
        seeds, wishes = drawn(random, ids, facts)
        begun = time.perf_counter()
        try:
            playlist = recommender.recommend(seeds, wishes)
        except NothingLeft:
            nothing_left += 1
            continue
        seconds.append(time.perf_counter() - begun)
        kept = set(wishes.kept.values())
        picked = [item.track for item in playlist.tracks if item.track.id not in kept]
        repeated += twice(picked)
        faults.update(broken(seeds, wishes, playlist, catalogue))
        codes = {note.code for note in playlist.notes}
        notes.update(codes)
        if wishes.minutes is None:
            continue
        asked = 60 * wishes.minutes
        if any(catalogue.get(one).duration is None for one in kept):
            kept_unknown += 1
            continue
        off = abs(sum(item.track.duration or 0.0 for item in playlist.tracks) - asked)
        if off <= TOLERANCE + 0.5:
            met += 1
            continue
        passing = recommender.parts.masks.passing(wishes.filters, titled_only=True)
        rows = np.flatnonzero(passing.rows)
        lengths = np.nan_to_num(recommender.parts.facets.seconds[rows])
        possible = len(rows) > ENOUGH or reachable(lengths, asked)
        missed_though_possible += possible
        missed_and_said += not possible and bool(codes & {"length_missed", "lengths_assumed"})
        missed_unsaid += not codes & {"length_missed", "lengths_assumed"}
    artists = []
    for _ in range(200):
        seeds = [ids[at] for at in random.integers(0, len(ids), int(random.integers(1, 9)))]
        plain = recommender.recommend(seeds, Wishes())
        artists.append(len({name for item in plain.tracks for name in item.track.artists}))
    print(
        json.dumps(
            {
                "requests": options.requests,
                "nothing left, said": nothing_left,
                "tracks that came twice": repeated,
                "broken constraints": dict(faults),
                "minutes": {
                    "met": met,
                    "missed though possible": missed_though_possible,
                    "impossible and said": missed_and_said,
                    "missed and not said": missed_unsaid,
                    "not judged, a kept track's length is unknown": kept_unknown,
                },
                "artists in 30 by default": {
                    "least": min(artists),
                    "median": int(np.median(artists)),
                },
                "notes": dict(notes),
                "p50_ms": round(1e3 * float(np.percentile(seconds, 50)), 1),
                "p95_ms": round(1e3 * float(np.percentile(seconds, 95)), 1),
                "max_ms": round(1e3 * max(seconds), 1),
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()

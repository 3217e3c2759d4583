"""Seeds in, a playlist with reasons out."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from recommender.affinity import ArtistAffinity, surplus
from recommender.candidates import CENTRE_WEIGHT, Favoured, distances, rank
from recommender.catalogue.artefacts import corrupt
from recommender.catalogue.keys import load_array
from recommender.catalogue.names import parse_title
from recommender.catalogue.schema import FEATURES, Track
from recommender.catalogue.store import Catalogue, open_catalogue
from recommender.errors import BadRequest, UnknownSeeds
from recommender.index import Index, open_index
from recommender.playlist import Note, Playlist, Reason, Recommended
from recommender.reasons import shared_attributes
from recommender.request import Request, check_range, checked_ids
from recommender.sequence import WINDOW, Sequenced, Spacing, sequence
from recommender.space import TasteSpace, load_space
from recommender.tags import rank_by_tags, shared_tags

MAX_LENGTH = 10_000
DEFAULT_LENGTH = 30
DEFAULT_ARTIST_CAP = 2
DEFAULT_GAP = 5
MAX_AFFINITY = 10.0

_FIRST_K = 256
_SPARE = 4
_K_GROWTH = 8
_SHOWN_IDS = 5
_PIECE = 256

Rows = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float32]]


class Recommender:
    """A catalogue with its space and index; read-only and safe to share between threads.

    Parameters
    ----------
    catalogue
        The tracks.
    space
        The space they were placed in.
    placed
        Rising rows that have a vector.
    vectors
        Shape (len(placed), d).
    index
        Searches `vectors`.

    All five are attributes of the same names, to be read only.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        space: TasteSpace,
        placed: np.ndarray[Any, np.dtype[np.int32]],
        vectors: Floats,
        index: Index,
    ) -> None:
        self.catalogue = catalogue
        self.space = space
        self.placed = placed
        self.vectors = vectors
        self.index = index
        self._titled = catalogue.titled()
        self._affinity = ArtistAffinity(*catalogue.artist_credits())
        self._median = float(space.distance_quantiles[len(space.distance_quantiles) // 2]) or 1.0

    @classmethod
    def open(cls, path: Path | str, *, verify: bool = True) -> Recommender:
        """Open the current version of a catalogue for recommending.

        Parameters
        ----------
        path
            The folder given to `build_catalogue`.
        verify
            Whether to compare every file's SHA-256 with the manifest.

        Raises
        ------
        CatalogueMissing, CatalogueCorrupt
            There is no catalogue, or a file of it is damaged; the error names it.
        """
        catalogue = open_catalogue(path, verify=verify)
        folder = catalogue.folder
        space = load_space(folder / "space.npz")
        arrays = {}
        for name in ("placed.npy", "vectors.npy"):
            try:
                arrays[name] = load_array(folder / name)
            except (OSError, ValueError) as error:
                raise corrupt(folder / name, str(error)) from error
        placed, vectors = arrays["placed.npy"], arrays["vectors.npy"]
        if vectors.shape != (len(placed), space.dimensions) or vectors.dtype != np.float32:
            raise corrupt(folder / "vectors.npy", "its shape is not that of the space beside it")
        index = open_index(folder, vectors, catalogue.manifest.get("index"))
        return cls(catalogue, space, placed, vectors, index)

    def recommend(
        self,
        seed_ids: Iterable[str],
        length: int = DEFAULT_LENGTH,
        *,
        exclude: Iterable[str] = (),
        exclude_seed_artists: bool = False,
        artist_cap: int | None = DEFAULT_ARTIST_CAP,
        gap: int = DEFAULT_GAP,
        titled_only: bool = True,
        artist_affinity: float | None = None,
        songs_once: bool = True,
    ) -> Playlist:
        """Make a playlist for some seeds.

        Parameters
        ----------
        seed_ids
            1–10,000 ids of the catalogue or Spotify; one given twice counts once. Ids that the
            catalogue does not have are told in `Playlist.unknown` and the rest is used.
        length
            Tracks wanted, 1–10,000. Fewer come only when the catalogue has no more, with a note.
        exclude
            Ids that may not come; unknown ones do no harm.
        exclude_seed_artists
            Whether tracks by any artist of the seeds may not come.
        artist_cap
            At most so many tracks by one artist among any 30 in a row; None for no cap. Relaxed,
            with a note, when the length could not be filled otherwise.
        gap
            At least so many other tracks between two by one artist, relaxed likewise.
        titled_only
            Whether tracks without a title may not come.
        artist_affinity
            How much nearer the seeds' own artists count, from -10 (avoided) over 0 (like anybody)
            to 10 (always first), in median distances of random tracks; None is the space's own.
        songs_once
            Whether of one song's releases only the best may come; the seeds' songs never come.

        Raises
        ------
        NoSeeds
            No id was given.
        UnknownSeeds
            The catalogue has none of them; `details["unknown"]` lists them.
        BadRequest
            A number is out of range, or there are too many seeds.
        """
        ids = checked_ids(seed_ids)
        check_range("length", length, 1, MAX_LENGTH)
        if artist_cap is not None:
            check_range("artist_cap", artist_cap, 1, MAX_LENGTH)
        check_range("gap", gap, 0, 1_000)
        if artist_affinity is None:
            artist_affinity = self.space.artist_affinity
        elif not -MAX_AFFINITY <= artist_affinity <= MAX_AFFINITY:
            raise BadRequest(
                "A number is out of range",
                which=f"artist_affinity={artist_affinity!r}"[:100],
                why=f"it must be from -{MAX_AFFINITY:g} to {MAX_AFFINITY:g}",
            )
        seeds, unknown = self._resolve(ids)
        request = Request(
            seeds=seeds,
            length=length,
            barred=frozenset(
                [*seeds, *(row for i in exclude if (row := self.catalogue.row_of(i)) is not None)]
            ),
            barred_artists=frozenset(
                code for row in seeds for code in self.catalogue.artists_of(row)
            )
            if exclude_seed_artists
            else frozenset(),
            cap=artist_cap,
            gap=gap,
            titled_only=titled_only,
            taken=frozenset(value for row in seeds for value in self._identity(row)),
            artist_affinity=0.0 if exclude_seed_artists else artist_affinity,
            songs_once=songs_once,
        )
        notes: list[Note] = []
        if unknown:
            notes.append(
                Note(
                    "unknown_seeds",
                    f"{len(unknown)} of {len(unknown) + len(seeds)} seeds are not in the catalogue",
                    {"unknown": len(unknown), "known": len(seeds)},
                )
            )
        tracks = self._answer(request, notes)
        return Playlist(
            tracks=tracks,
            seeds=tuple(self.catalogue.text("id", row) for row in seeds),
            unknown=unknown,
            notes=tuple(notes),
            version=self.catalogue.version,
        )

    def vectors_of(self, rows: Sequence[int]) -> tuple[list[int], Floats]:
        """Return those of some rows that have a vector, and their vectors, shape (m, d)."""
        wanted = np.asarray(rows, dtype=np.int64)
        if len(self.placed) == 0 or len(wanted) == 0:
            return [], np.zeros((0, self.space.dimensions), dtype=np.float32)
        at = np.minimum(np.searchsorted(self.placed, wanted), len(self.placed) - 1)
        there = self.placed[at] == wanted
        return [int(row) for row in wanted[there]], np.ascontiguousarray(self.vectors[at[there]])

    def _resolve(self, ids: Sequence[str]) -> tuple[tuple[int, ...], tuple[str, ...]]:
        rows: dict[int, None] = {}
        unknown = []
        for track_id in ids:
            row = self.catalogue.row_of(track_id)
            if row is None:
                unknown.append(track_id)
            else:
                rows.setdefault(row)
        if not rows:
            shown = ", ".join(unknown[:_SHOWN_IDS]) + (" …" if len(unknown) > _SHOWN_IDS else "")
            raise UnknownSeeds(
                "None of the seeds is in the catalogue",
                which=shown,
                why=f"the catalogue's version {self.catalogue.version} has "
                f"{len(self.catalogue)} other tracks",
                next_step="pick seeds by searching the catalogue, or add a source that has them",
                details={"unknown": unknown, "known": []},
            )
        return tuple(rows), tuple(unknown)

    def _answer(self, request: Request, notes: list[Note]) -> tuple[Recommended, ...]:
        placed, seeds = self.vectors_of(request.seeds)
        ranking = self._ranking(request, seeds) if placed else self._by_tags(request)
        if not placed:
            notes.append(
                Note(
                    "by_tags",
                    "The seeds have no features and no genre that could be compared: "
                    "picked by artist, genre and era",
                )
            )
        elif len(placed) < len(request.seeds):
            missing = len(request.seeds) - len(placed)
            notes.append(
                Note(
                    "seeds_without_features",
                    f"{missing} of {len(request.seeds)} seeds have no features and count only "
                    "as tracks not to repeat",
                    {"missing": missing, "seeds": len(request.seeds)},
                )
            )
        rows = self._fill(request, ranking, notes)
        return self._explained(rows, request, placed, seeds)

    def _ranking(self, request: Request, seeds: Floats) -> Callable[[int], tuple[Rows, bool]]:
        """Return how to get the best rows for an effort, and whether these are all there are."""
        own = self._of_seed_artists(request)
        favoured = None if own is None else own[0]

        def ranked(effort: int) -> tuple[Rows, bool]:
            k = min(effort, len(self.index))
            positions, _ = rank(self.index, self.vectors, seeds, k, CENTRE_WEIGHT, favoured)
            if own is not None and request.cap is not None:
                # No playlist takes more before its cap forbids: they would only be in the way.
                quota = _SPARE * request.cap * -(-request.length // WINDOW)
                late = surplus(own[1][positions], quota)
                positions = np.concatenate([positions[~late], positions[late]])
            return self.placed[positions].astype(np.int64), k >= len(self.index)

        return ranked

    def _of_seed_artists(self, request: Request) -> tuple[Favoured, Rows] | None:
        """Return the placed tracks by the seeds' artists, and each place's seed artist or -1."""
        if not request.artist_affinity:
            return None
        own = self._affinity.nearness(request.seeds)
        at = np.minimum(np.searchsorted(self.placed, own.rows), max(len(self.placed) - 1, 0))
        there = self.placed[at] == own.rows
        by = own.shares[there] * np.float32(request.artist_affinity * self._median)
        artists = np.full(len(self.placed), -1, dtype=np.int64)
        artists[at[there]] = own.artists[there]
        return Favoured(at[there], by), artists

    def _by_tags(self, request: Request) -> Callable[[int], tuple[Rows, bool]]:
        rows = rank_by_tags(self.catalogue, request.seeds)
        return lambda effort: (rows, True)

    def _fill(
        self, request: Request, ranking: Callable[[int], tuple[Rows, bool]], notes: list[Note]
    ) -> tuple[int, ...]:
        """Widen the search, then add rows without features, then bend the rules, until full."""
        effort = max(_FIRST_K, 4 * request.length)
        spacing = Spacing(request.cap, request.gap)
        while True:
            rows, all_there = ranking(effort)
            found = self._sequence(request, self._allowed(request, rows), spacing)
            if found.complete or all_there:
                break
            effort *= _K_GROWTH
        if found.complete:
            return found.rows
        inside = set(rows.tolist())
        others = (
            rank_by_tags(self.catalogue, request.seeds) if len(rows) < len(self.catalogue) else rows
        )
        added = np.array([row for row in others.tolist() if row not in inside], dtype=np.int64)
        pool = self._allowed(request, np.concatenate([rows, added]))
        found, bent_note = self._bend(request, pool, spacing)
        if bent_note:
            notes.append(bent_note)
        by_tags = sum(1 for row in found.rows if row not in inside)
        if by_tags:
            notes.append(
                Note(
                    "filled_by_tags",
                    f"{by_tags} tracks have no features; picked by artist, genre and era",
                    {"tracks": by_tags},
                )
            )
        if not found.complete:
            notes.append(
                Note(
                    "too_few_tracks",
                    f"The catalogue has only {len(found.rows)} tracks for this "
                    f"instead of {request.length}",
                    {"found": len(found.rows), "asked": request.length},
                )
            )
        return found.rows

    def _bend(
        self, request: Request, pool: Rows, spacing: Spacing
    ) -> tuple[Sequenced, Note | None]:
        """Sequence by the strictest rules that fill the length, and say which those are."""
        found, said = self._sequence(request, pool, spacing), None
        for bent, note in _relaxations(spacing):
            more = self._sequence(request, pool, bent)
            # Rules are not bent for nothing.
            if len(more.rows) > len(found.rows):
                found, said = more, note
            if found.complete:
                break
        return found, said

    def _sequence(self, request: Request, rows: Rows, spacing: Spacing) -> Sequenced:
        return sequence(
            (int(row) for row in rows),
            request.length,
            spacing,
            self.catalogue.artists_of,
            self._identity if request.songs_once else self._row_alone(request.taken),
            request.taken,
        )

    def _allowed(self, request: Request, rows: Rows) -> Rows:
        keep = np.ones(len(rows), dtype=bool)
        if request.titled_only:
            keep &= self._titled[rows]
        keep &= ~np.isin(rows, np.fromiter(request.barred, dtype=np.int64))
        if request.barred_artists:
            keep &= ~np.isin(rows, self.catalogue.rows_by_artists(request.barred_artists))
        return rows[keep]

    def _identity(self, row: int) -> tuple[Hashable, ...]:
        """Return what makes a row the same song as another: ISRC, and artist with song name."""
        catalogue = self.catalogue
        isrc = catalogue.text("isrc", row)
        title = catalogue.text("title", row)
        base = parse_title(title).base if title else ""
        named: Iterator[Hashable] = ((artist, base) for artist in catalogue.artists_of(row) if base)
        return (row, *named, isrc) if isrc else (row, *named)

    def _row_alone(self, taken: frozenset[Hashable]) -> Callable[[int], tuple[Hashable, ...]]:
        """Return an identity by which only the songs of `taken` are the same as another."""
        return lambda row: (row, *(value for value in self._identity(row) if value in taken))

    def _explained(
        self, rows: Sequence[int], request: Request, placed: Sequence[int], seeds: Floats
    ) -> tuple[Recommended, ...]:
        tracks = self.catalogue.rows(rows)
        nearest, blend = self._measured(rows, placed, seeds)
        seed_rows = sorted({placed[seed] for seed, _ in nearest.values()})
        seed_of = dict(zip(seed_rows, self.catalogue.rows(seed_rows), strict=True))
        pairs = [(seed_of[placed[seed]], tracks[at]) for at, (seed, _) in nearest.items()]
        shared = shared_attributes(
            self.space,
            _numbers([seed for seed, _ in pairs]),
            _numbers([track for _, track in pairs]),
        )
        attributes = dict(zip(nearest, shared, strict=True))
        explained = []
        for at, track in enumerate(tracks):
            if at not in nearest:
                explained.append(Recommended(track, 0.0, self._tag_reason(request, track)))
                continue
            which, apart = nearest[at]
            seed = seed_of[placed[which]]
            percentile = float(self.space.percentile(np.array([apart]))[0])
            reason = Reason(
                seed_id=seed.id,
                seed_title=seed.title,
                attributes=attributes[at] or shared_tags(seed, track),
                percentile=round(percentile, 1),
            )
            explained.append(Recommended(track, float(np.exp(-blend[at] / self._median)), reason))
        return tuple(explained)

    def _measured(
        self, rows: Sequence[int], placed: Sequence[int], seeds: Floats
    ) -> tuple[dict[int, tuple[int, float]], dict[int, float]]:
        """Return per place the nearest seed with its distance, and the blended distance.

        Places whose row has no vector are left out of both.
        """
        if not placed:
            return {}, {}
        having, vectors = self.vectors_of(rows)
        place_of = {row: at for at, row in enumerate(rows)}
        centre = seeds.mean(axis=0, keepdims=True)
        nearest: dict[int, tuple[int, float]] = {}
        blend: dict[int, float] = {}
        for start in range(0, len(having), _PIECE):
            piece = vectors[start : start + _PIECE]
            to_seeds, to_centre = distances(piece, seeds), distances(piece, centre)[:, 0]
            best = to_seeds.argmin(axis=1)
            for row, one, seed, far in zip(
                having[start : start + _PIECE], to_seeds, best, to_centre, strict=True
            ):
                at, near = place_of[row], float(one[seed])
                nearest[at] = (int(seed), near)
                blend[at] = CENTRE_WEIGHT * float(far) + (1.0 - CENTRE_WEIGHT) * near
        return nearest, blend

    def _tag_reason(self, request: Request, track: Track) -> Reason:
        """Name the seed that shares most tags, among the first few."""
        seeds = self.catalogue.rows(request.seeds[:50])
        seed = max(seeds, key=lambda one: len(shared_tags(one, track)))
        return Reason(seed.id, seed.title, shared_tags(seed, track))


def _numbers(tracks: Sequence[Track]) -> Floats:
    unknown = float("nan")
    values = [
        [unknown if (number := track.features[name]) is None else number for name in FEATURES]
        for track in tracks
    ]
    return np.array(values, dtype=np.float32).reshape(len(tracks), len(FEATURES))


def _relaxations(spacing: Spacing) -> Iterator[tuple[Spacing, Note]]:
    """Yield ever looser rules than those asked, each with what to say about it."""
    spread = Note(
        "spacing_relaxed", "Tracks by one artist stand closer than asked, to fill the length"
    )
    for gap in (2, 1, 0):
        if gap < spacing.gap:
            yield Spacing(spacing.cap, gap), spread
    cap = spacing.cap
    while cap is not None:
        cap = cap * 2 if cap < 16 else None
        said = "no" if cap is None else str(cap)
        message = f"Too few artists for the length: {said} tracks per artist allowed in 30"
        if cap is None:
            message = "Too few artists for the length: as many tracks per artist as there are"
        yield (
            Spacing(cap, 0 if cap is None else 1),
            Note("artist_cap_relaxed", message, {"cap": cap}),
        )

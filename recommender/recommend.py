"""Seeds and wishes in, a playlist with reasons out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from recommender.catalogue.store import Catalogue
from recommender.errors import BadRequest, NothingLeft, UnknownSeeds
from recommender.explaining import explain
from recommender.index import Index
from recommender.parts import Parts
from recommender.picking import LONGEST_SEQUENCED, pick
from recommender.playlist import Note, Playlist, Recommended
from recommender.pooling import Ranking
from recommender.request import Request, checked_ids
from recommender.songs import keys_of
from recommender.space import TasteSpace
from recommender.wishes import Wishes

PLAIN = Wishes()
"""Nothing wished: thirty tracks by the defaults."""

FEW_PER_PLACE = 3
"""Fewer tracks per place than this passing the filters are worth a note."""

_SHOWN_IDS = 5

Floats = np.ndarray[Any, np.dtype[np.float32]]


class Recommender:
    """A catalogue with its space and index; read-only and safe to share between threads.

    Parameters
    ----------
    parts
        The catalogue, opened for serving.
    """

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        parts.warm()

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
        return cls(Parts.open(path, verify=verify))

    @property
    def catalogue(self) -> Catalogue:
        """The tracks."""
        return self.parts.catalogue

    @property
    def space(self) -> TasteSpace:
        """The space they were placed in."""
        return self.parts.space

    @property
    def placed(self) -> np.ndarray[Any, np.dtype[np.int32]]:
        """Rising rows that have a vector."""
        return self.parts.placed

    @property
    def vectors(self) -> Floats:
        """Shape (len(placed), d)."""
        return self.parts.vectors

    @property
    def index(self) -> Index:
        """Searches `vectors`."""
        return self.parts.index

    def recommend(self, seed_ids: Iterable[str], wishes: Wishes = PLAIN) -> Playlist:
        """Make a playlist for some seeds.

        Parameters
        ----------
        seed_ids
            1–10,000 ids of the catalogue or Spotify; one given twice counts once. Ids that the
            catalogue does not have are told in `Playlist.unknown` and the rest is used.
        wishes
            What is wished beside the seeds. What could not be met is told in `Playlist.notes`.

        Raises
        ------
        NoSeeds
            No id was given.
        UnknownSeeds
            The catalogue has none of them; `details["unknown"]` lists them.
        NothingLeft
            The filters bar every track; `details["filters"]` tells how many each alone bars.
        BadRequest
            There are too many seeds, or wishes that exclude one another.
        """
        return self._answer(checked_ids(seed_ids), wishes, None)

    def replace(
        self, seed_ids: Iterable[str], wishes: Wishes, lasting: tuple[float, float] | None
    ) -> Playlist:
        """Make a playlist of which all but few places are kept, for a track of some length.

        Parameters
        ----------
        seed_ids, wishes
            As in `recommend`.
        lasting
            Least and most seconds of what is picked; None for any.
        """
        return self._answer(checked_ids(seed_ids), wishes, lasting)

    def explain(
        self, seed_ids: Iterable[str], track_ids: Sequence[str], wishes: Wishes = PLAIN
    ) -> tuple[Recommended, ...]:
        """Return tracks with their reasons, as if they had been recommended for the seeds.

        Ids that the catalogue does not have are left out.

        Raises
        ------
        NoSeeds, UnknownSeeds, BadRequest
            As in `recommend`.
        """
        request, _, _ = self._resolve(checked_ids(seed_ids), wishes, None)
        rows = [row for one in track_ids if (row := self.catalogue.row_of(one)) is not None]
        placed, vectors = self.vectors_of(request.seeds)
        ranking = Ranking(self.parts, request, placed, vectors)
        return explain(self.parts, request, rows, placed, vectors, ranking.costs)

    def vectors_of(self, rows: Sequence[int]) -> tuple[list[int], Floats]:
        """Return those of some rows that have a vector, and their vectors, shape (m, d)."""
        return self.parts.vectors_of(rows)

    def _answer(
        self, ids: Sequence[str], wishes: Wishes, lasting: tuple[float, float] | None
    ) -> Playlist:
        _check_together(wishes)
        request, unknown, notes = self._resolve(ids, wishes, lasting)
        if wishes.bridge and len(request.way) < 2:
            raise BadRequest(
                "A bridge needs two seeds",
                which=f"{len(request.way)} known",
                why="it leads from the first to the last",
                next_step="give a second seed, or do without the bridge",
            )
        placed, vectors = self.vectors_of(request.seeds)
        ranking = Ranking(self.parts, request, placed, vectors)
        notes += _of_places(len(placed), len(request.seeds), wishes.bridge and not ranking.leads)
        notes += self._of_avoided(request)
        notes += self._filtered(request, ranking)
        picked = pick(self.parts, request, ranking)
        return Playlist(
            tracks=explain(self.parts, request, picked.rows, placed, vectors, ranking.costs),
            seeds=tuple(self.catalogue.text("id", row) for row in request.seeds),
            unknown=unknown,
            notes=(*notes, *picked.notes),
            version=self.catalogue.version,
            objective=picked.objective,
        )

    def _resolve(
        self, ids: Sequence[str], wishes: Wishes, lasting: tuple[float, float] | None
    ) -> tuple[Request, tuple[str, ...], list[Note]]:
        """Return the request in rows, the seeds that the catalogue lacks, and what to say."""
        own, unknown = self._rows_of(ids)
        more, unknown_more = self._rows_of(wishes.more_like)
        if not own and not more:
            raise self._unknown(unknown)
        less, unknown_less = self._rows_of(wishes.less_like)
        kept, gone = self._kept(wishes.kept)
        notes: list[Note] = []
        if unknown:
            notes.append(
                Note(
                    "unknown_seeds",
                    f"{len(unknown)} of {len(unknown) + len(own)} seeds are not in the catalogue",
                    {"unknown": len(unknown), "known": len(own)},
                )
            )
        if gone or unknown_more or unknown_less:
            values = {
                "kept": len(gone),
                "more_like": len(unknown_more),
                "less_like": len(unknown_less),
            }
            notes.append(
                Note("unknown_wishes", "Some tracks wished for are not in the catalogue", values)
            )
        seeds = tuple(dict.fromkeys([*own, *more]))
        barred_artists = frozenset(code for row in seeds for code in self.catalogue.artists_of(row))
        excluded, _ = self._rows_of(wishes.exclude)
        songs = self.parts.songs
        taken = keys_of(songs, [*own, *less]) - keys_of(songs, kept.values())
        request = Request(
            wishes=wishes,
            seeds=seeds,
            way=own,
            less=less,
            barred=frozenset([*own, *less, *excluded]),
            barred_artists=barred_artists if wishes.familiarity == -1 else frozenset(),
            taken=taken,
            kept=kept,
            lasting=lasting,
        )
        return request, unknown, notes

    def _rows_of(self, ids: Iterable[str]) -> tuple[tuple[int, ...], tuple[str, ...]]:
        """Return the rows of ids, each once, and the ids that have none."""
        rows: dict[int, None] = {}
        unknown = []
        row_of = self.catalogue.row_of
        for track_id in ids:
            row = row_of(track_id)
            if row is None:
                unknown.append(track_id)
            else:
                rows.setdefault(row)
        return tuple(rows), tuple(unknown)

    def _kept(self, kept: Mapping[int, str]) -> tuple[dict[int, int], list[str]]:
        """Return the rows that stand at places, and the ids the catalogue lacks."""
        found: dict[int, int] = {}
        gone = []
        for place, track_id in sorted(kept.items()):
            row = self.catalogue.row_of(track_id)
            if row is None:
                gone.append(track_id)
            elif row not in found.values():
                found[place] = row
        return found, gone

    def _unknown(self, unknown: Sequence[str]) -> UnknownSeeds:
        shown = ", ".join(unknown[:_SHOWN_IDS]) + (" …" if len(unknown) > _SHOWN_IDS else "")
        return UnknownSeeds(
            "None of the seeds is in the catalogue",
            which=shown,
            why=f"the catalogue's version {self.catalogue.version} has "
            f"{len(self.catalogue)} other tracks",
            next_step="pick seeds by searching the catalogue, or add a source that has them",
            details={"unknown": list(unknown), "known": []},
        )

    def _of_avoided(self, request: Request) -> list[Note]:
        """Tell which artists to avoid are nobody here, and which made a seed."""
        asked = request.wishes.filters.avoid_artists
        if not asked:
            return []
        named = self.parts.facets.artist_names.named(asked)
        of_seeds = {code for row in request.way for code in self.catalogue.artists_of(row)}
        seeds = [name for name, code in named.artists.items() if code in of_seeds]
        notes = []
        if named.unknown:
            shown = ", ".join(named.unknown[:_SHOWN_IDS])
            notes.append(
                Note(
                    "unknown_artists",
                    f"Artists to avoid that are not in the catalogue anyway: {shown}",
                    {"artists": list(named.unknown)},
                )
            )
        if seeds:
            notes.append(
                Note(
                    "seed_artists_avoided",
                    "Nothing by these comes, although a seed is theirs: " + ", ".join(seeds),
                    {"artists": seeds},
                )
            )
        return notes

    def _filtered(self, request: Request, ranking: Ranking) -> list[Note]:
        """Tell when the filters leave few; raise when they leave nothing."""
        wishes, every = request.wishes, len(self.catalogue)
        passing = ranking.passing.count
        places = wishes.length if wishes.minutes is None else int(wishes.minutes / 3.5) + 1
        if not wishes.filters.active or passing >= FEW_PER_PLACE * places:
            return []
        bars = self.parts.masks.bars(wishes.filters, titled_only=wishes.titled_only)
        most = max(bars, key=lambda name: bars[name])
        if not passing:
            raise NothingLeft(
                "The filters leave no track",
                which=", ".join(f"{name} alone bars {count}" for name, count in bars.items()),
                why=f"each of the {every} tracks is barred by at least one of them",
                next_step=f"loosen {most} first",
                details={"filters": bars, "tracks": every},
            )
        return [
            Note(
                "filters_left_few",
                f"The filters leave {passing} of {every} tracks; {most} bars most",
                {"passing": passing, "tracks": every, "by_filter": bars},
            )
        ]


def _check_together(wishes: Wishes) -> None:
    if wishes.bridge and wishes.ranked:
        raise BadRequest(
            "A bare ranking cannot be a bridge",
            which="bridge, ranked",
            why="a ranking has the best first, a bridge leads from seed to seed",
            next_step="ask for one of the two",
        )
    if wishes.bridge and wishes.minutes is None and wishes.length > LONGEST_SEQUENCED:
        raise BadRequest(
            "The bridge is too long",
            which=f"length={wishes.length}",
            why=f"it must be at most {LONGEST_SEQUENCED} tracks",
        )


def _of_places(placed: int, seeds: int, no_bridge: bool) -> list[Note]:
    notes = []
    if not placed:
        notes.append(
            Note(
                "by_tags",
                "The seeds have no features and no genre that could be compared: "
                "picked by artist, genre and era",
            )
        )
    elif placed < seeds:
        missing = seeds - placed
        notes.append(
            Note(
                "seeds_without_features",
                f"{missing} of {seeds} seeds have no features and count only "
                "as tracks not to repeat",
                {"missing": missing, "seeds": seeds},
            )
        )
    if no_bridge:
        notes.append(Note("no_bridge", "Too few seeds have features for a way from one to another"))
    return notes

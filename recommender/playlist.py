"""What a recommendation is: plain data that a face puts into words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from recommender.catalogue.schema import Track


@dataclass(frozen=True)
class Shared:
    """One thing that a track and a seed have in common, as measured; faces put it into words.

    Attributes
    ----------
    name
        One of `FEATURES` ("tempo", "energy", "key" …), or "artist", "genre", "year".
    seed, track
        Both values in the feature's own unit (BPM, 0–1, pitch class 0–11 with 0 = C, seconds,
        dBFS); for "artist" and "genre" the shared name; for "year" the two years.
    level
        Where both stand in the catalogue: "low" both in its lowest third, "high" both in its
        highest, "mid" both in between, "" else. For "key" and "mode" the mode they share: "major",
        "minor" or "". Always "" for "time_signature", "artist", "genre", "year".
    """

    name: str
    seed: float | str
    track: float | str
    level: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return ``{"name", "seed", "track", "level"}``."""
        return asdict(self)


@dataclass(frozen=True)
class Reason:
    """Why a track is in the playlist; every value is measured.

    Attributes
    ----------
    seed_id, seed_title
        The nearest seed.
    attributes
        Up to three names, strongest first. From features: those in which track and seed are close
        while few tracks of the catalogue are ("tempo", "energy"). Without features: what they
        share ("artist", "genre", "year").
    percentile
        0–100: how many of 100 random pairs of tracks are further apart than track and seed. None
        where there was nothing to measure.
    shared
        The values of `attributes`, in the same order.
    """

    seed_id: str
    seed_title: str
    attributes: tuple[str, ...] = ()
    percentile: float | None = None
    shared: tuple[Shared, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return ``{"seed", "seed_title", "attributes", "percentile", "shared"}``.

        ``shared`` is a list of ``{"name", "seed", "track", "level"}``: for instance ``{"name":
        "tempo", "seed": 118.0, "track": 120.0, "level": "mid"}``, ``{"name": "key", "seed": 9.0,
        "track": 9.0, "level": "minor"}``.
        """
        return {
            "seed": self.seed_id,
            "seed_title": self.seed_title,
            "attributes": list(self.attributes),
            "percentile": self.percentile,
            "shared": [one.to_json() for one in self.shared],
        }


@dataclass(frozen=True)
class Recommended:
    """One track of a playlist.

    Attributes
    ----------
    track
        The catalogue's row.
    score
        0–1, 1 is a twin of the seeds: ``exp(-distance / median distance of random pairs)``, and 0
        for a track placed without features.
    reason
        Why it is here.
    """

    track: Track
    score: float
    reason: Reason


@dataclass(frozen=True)
class Note:
    """Something the listener should know about a playlist.

    Attributes
    ----------
    code
        Stable, for faces that word it themselves: "unknown_seeds", "seeds_without_features",
        "by_tags", "filled_by_tags", "artist_cap_relaxed", "spacing_relaxed", "too_few_tracks".
    message
        The same in English.
    values
        The numbers in the message.
    """

    code: str
    message: str
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Playlist:
    """The answer to some seeds.

    Attributes
    ----------
    tracks
        In playing order.
    seeds
        Ids of the catalogue's rows that were used, each once.
    unknown
        Seed ids that the catalogue does not have.
    notes
        What could not be done as asked.
    version
        The catalogue's version that answered.
    objective
        What selection and order minimised, term by term (see `docs/sequence.md`); empty for a bare
        ranking.
    """

    tracks: tuple[Recommended, ...]
    seeds: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    version: str = ""
    objective: Mapping[str, float] = field(default_factory=dict, hash=False)

    def to_json(self) -> dict[str, Any]:
        """Return the playlist as plain values."""
        return {
            "tracks": [
                {
                    **item.track.to_row(),
                    "score": round(item.score, 6),
                    "reason": item.reason.to_json(),
                }
                for item in self.tracks
            ],
            "seeds": list(self.seeds),
            "unknown": list(self.unknown),
            "notes": [
                {"code": note.code, "message": note.message, "values": dict(note.values)}
                for note in self.notes
            ],
            "version": self.version,
            "objective": dict(self.objective),
        }

"""What a listener may wish of a playlist: plain values, checked when made, with plain defaults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from itertools import pairwise
from typing import Any

from recommender.errors import BadRequest
from recommender.request import MAX_SEEDS, check_range

MAX_LENGTH = 10_000
DEFAULT_LENGTH = 30
DEFAULT_ARTIST_CAP = 2
DEFAULT_GAP = 5
MAX_GAP = 1_000
LEAST_MINUTES, MOST_MINUTES = 5.0, 600.0
FIRST_YEAR, LAST_YEAR = 1000, 2100
LEAST_TEMPO, MOST_TEMPO = 0.0, 1000.0
CURVES = ("flat", "rise", "wave", "peak", "cool-down")
"""Names of the energy curves that need no drawing."""

MAX_POINTS = 100
MAX_WORDS = 200

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Filters:
    """Which tracks may come at all. A track whose value is unknown does not pass a filter on it.

    Attributes
    ----------
    explicit
        False bars tracks known to be explicit; those nobody marked pass.
    years
        First and last year, both included; None leaves that end open. 1000–2100.
    tempo
        Least and most beats per minute, both included; None leaves that end open. 0–1000.
    genres
        Any of these, however they are spelt; a family's name ("house") lets its fine genres ("deep
        house") pass, too. Empty for all.
    sources
        Any of the sources that the catalogue was built of, by name; empty for all.
    avoid_words
        Words or phrases that neither title nor album may have, compared normalised and whole, but
        for a final s: "santa" bars "Santa's", "christ" does not bar "Christmas".
    avoid_artists
        Artists of whom nothing may come, whoever else is credited beside them; whole names, spelt
        in upper or lower case, with or without accents and "the". An entry may be several names
        with commas between. Names that are no artist's in the catalogue bar nothing and are told.

    Raises
    ------
    BadRequest
        A value is of the wrong kind or out of range, or a range ends before it begins.
    """

    explicit: bool = True
    years: tuple[int | None, int | None] = (None, None)
    tempo: tuple[float | None, float | None] = (None, None)
    genres: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    avoid_words: tuple[str, ...] = ()
    avoid_artists: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_flag("explicit", self.explicit)
        object.__setattr__(self, "years", _ends("years", self.years, FIRST_YEAR, LAST_YEAR))
        object.__setattr__(self, "tempo", _ends("tempo", self.tempo, LEAST_TEMPO, MOST_TEMPO))
        for year in self.years:
            if year is not None and not float(year).is_integer():
                raise _wrong("years", year, "a year is a whole number")
        for name in ("genres", "sources", "avoid_words", "avoid_artists"):
            object.__setattr__(self, name, _texts(name, getattr(self, name), MAX_WORDS))

    @property
    def active(self) -> tuple[str, ...]:
        """Names of the filters that can bar anything."""
        plain = Filters.__dataclass_fields__
        return tuple(name for name in plain if getattr(self, name) != plain[name].default)

    def to_json(self) -> dict[str, Any]:
        """Return the filters as JSON has them: lists for tuples."""
        return {one.name: _plain(getattr(self, one.name)) for one in fields(self)}

    @classmethod
    def from_json(cls, values: object) -> Filters:
        """Read what `to_json` wrote; a name that is left out has its default.

        Raises
        ------
        BadRequest
            Naming the unknown name or the wrong value.
        """
        return cls(**_named(cls, values, "filters"))


@dataclass(frozen=True)
class Wishes:
    """Everything that can be asked beside the seeds; nothing has to be.

    Attributes
    ----------
    length
        Tracks, 1–10,000; counts for nothing when `minutes` is given.
    minutes
        Playing time, 5–600, met within 15 seconds where the tracks allow it.
    less_like
        Ids of tracks from which to keep away: those near them count as further.
    more_like
        Ids of further seeds; unlike the seeds, they may themselves be in the playlist.
    exclude
        Ids that may not come; unknown ones do no harm.
    kept
        Place, from 0, to the id of the track that stands there whatever else is wished.
    familiarity
        −1 for no artist of the seeds at all, over 0 for the catalogue's own measure, to 1 for the
        seeds' artists first.
    popularity
        −1 for hidden gems to 1 for hits; tracks of unknown popularity count as medium.
    era
        0–1: how much nearness in years to the seeds counts; None for the default.
    genre
        0–1: how much a seed's genre counts; None for the default.
    filters
        Which tracks may come at all.
    artist_cap
        At most so many tracks by one artist among any 30 in a row, 1–10,000; None for no cap.
    gap
        At least so many other tracks between two by one artist, 0–1,000.
    songs_once
        Whether of one song's releases only the best may come; the seeds' songs never come.
    titled_only
        Whether tracks without a title may not come.
    curve
        How energy runs: one of `CURVES`, or 2–100 points (position, energy), both 0–1, positions
        rising; None for no wish.
    flow
        0–1: how much neighbours are to agree in tempo (octave-folded) and key (Camelot wheel).
    bridge
        Whether the playlist leads from the first seed to the last; needs two seeds.
    ranked
        Whether to give the bare ranking, best first, in place of a sequence.

    Raises
    ------
    BadRequest
        A value is of the wrong kind or out of range; it says which, why and which range it has.
    """

    length: int = DEFAULT_LENGTH
    minutes: float | None = None
    less_like: tuple[str, ...] = ()
    more_like: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    kept: Mapping[int, str] = field(default_factory=dict, hash=False)
    familiarity: float = 0.0
    popularity: float = 0.0
    era: float | None = None
    genre: float | None = None
    filters: Filters = field(default_factory=Filters)
    artist_cap: int | None = DEFAULT_ARTIST_CAP
    gap: int = DEFAULT_GAP
    songs_once: bool = True
    titled_only: bool = True
    curve: str | Points | None = None
    flow: float = 0.5
    bridge: bool = False
    ranked: bool = False

    def __post_init__(self) -> None:
        check_range("length", self.length, 1, MAX_LENGTH)
        if self.minutes is not None:
            _check_number("minutes", self.minutes, LEAST_MINUTES, MOST_MINUTES)
        for name in ("less_like", "more_like"):
            object.__setattr__(self, name, _texts(name, getattr(self, name), MAX_SEEDS))
        object.__setattr__(self, "exclude", _texts("exclude", self.exclude, None))
        _check_number("familiarity", self.familiarity, -1.0, 1.0)
        _check_number("popularity", self.popularity, -1.0, 1.0)
        for name in ("era", "genre"):
            if getattr(self, name) is not None:
                _check_number(name, getattr(self, name), 0.0, 1.0)
        if not isinstance(self.filters, Filters):
            raise _wrong("filters", self.filters, "it must be an object of filters")
        if self.artist_cap is not None:
            check_range("artist_cap", self.artist_cap, 1, MAX_LENGTH)
        check_range("gap", self.gap, 0, MAX_GAP)
        for name in ("songs_once", "titled_only", "bridge", "ranked"):
            _check_flag(name, getattr(self, name))
        _check_number("flow", self.flow, 0.0, 1.0)
        object.__setattr__(self, "curve", _curve(self.curve))
        object.__setattr__(self, "kept", self._kept())

    def _kept(self) -> dict[int, str]:
        if not isinstance(self.kept, Mapping):
            raise _wrong("kept", self.kept, "it must name a track for each kept place")
        last = MAX_LENGTH if self.minutes is not None else self.length
        for place in self.kept:
            if isinstance(place, bool) or not isinstance(place, int) or not 0 <= place < last:
                raise _wrong("kept", place, f"a place is a whole number from 0 to {last - 1}")
        ids = _texts("kept", list(self.kept.values()), None)
        if len(ids) < len(self.kept):
            raise _wrong("kept", dict(self.kept), "one track cannot stand at two places")
        return {place: ids[at] for at, place in enumerate(self.kept)}

    def to_json(self) -> dict[str, Any]:
        """Return the wishes as JSON has them: lists for tuples, places as text."""
        plain: dict[str, Any] = {one.name: _plain(getattr(self, one.name)) for one in fields(self)}
        plain["kept"] = {str(place): kept for place, kept in sorted(self.kept.items())}
        plain["filters"] = self.filters.to_json()
        return plain

    @classmethod
    def from_json(cls, values: object) -> Wishes:
        """Read what `to_json` wrote; a name that is left out has its default.

        Raises
        ------
        BadRequest
            Naming the unknown name or the wrong value.
        """
        named = _named(cls, values, "wishes")
        if "filters" in named:
            named["filters"] = Filters.from_json(named["filters"])
        kept = named.get("kept")
        if isinstance(kept, Mapping):
            named["kept"] = {_place(place): track for place, track in kept.items()}
        return cls(**named)


def _place(text: object) -> object:
    short = isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= 6
    return int(str(text)) if short else text


def _named(cls: type[Any], values: object, what: str) -> dict[str, Any]:
    if not isinstance(values, Mapping):
        raise _wrong(what, values, "it must be an object with names and values")
    known = [one.name for one in fields(cls)]
    for name in values:
        if name not in known:
            raise BadRequest(
                f"There is no such name among the {what}",
                which=str(name)[:100],
                why=f"known are {', '.join(known)}",
                next_step="correct the name or leave it out",
            )
    return dict(values)


def _wrong(name: str, value: object, why: str) -> BadRequest:
    return BadRequest(
        "A wish cannot be understood",
        which=f"{name}={value!r}"[:100],
        why=why,
        details={"name": name},
    )


def _check_flag(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise _wrong(name, value, "it must be true or false")


def _check_number(name: str, value: object, low: float, high: float) -> None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not low <= value <= high:  # type: ignore[operator]
        raise _wrong(name, value, f"it must be a number from {low:g} to {high:g}")


class _Texts(tuple[str, ...]):
    """Texts that were checked: wishes are made anew a few times on their way, with thousands."""

    __slots__ = ()


def _texts(name: str, values: object, most: int | None) -> tuple[str, ...]:
    """Return the texts stripped, each once."""
    if isinstance(values, _Texts) and (most is None or len(values) <= most):
        return values
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
        raise _wrong(name, values, "it must be a list of texts")
    texts: dict[str, None] = {}
    for value in values:
        if not isinstance(value, str) or not value.strip():
            raise _wrong(name, value, "each must be a text that is not empty")
        texts.setdefault(value.strip())
    if most is not None and len(texts) > most:
        raise BadRequest(
            "There are too many of one kind",
            which=f"{name}: {len(texts)}",
            why=f"more than {most}",
            next_step="give fewer",
            details={"name": name},
        )
    return _Texts(texts)


def _ends(name: str, value: object, low: float, high: float) -> tuple[Any, Any]:
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, (list, tuple)):
        raise _wrong(name, value, "it must be two ends, each a number or null")
    if len(value) != 2:
        raise _wrong(name, value, "it must have exactly two ends")
    first, last = value
    for end in (first, last):
        if end is not None:
            _check_number(name, end, low, high)
    if first is not None and last is not None and first > last:
        raise _wrong(name, value, "it ends before it begins, so that nothing could pass")
    return first, last


def _curve(value: object) -> str | Points | None:
    if value is None:
        return None
    if isinstance(value, str):
        if value not in CURVES:
            raise _wrong("curve", value, f"it must be one of {', '.join(CURVES)}, or points")
        return value
    if not isinstance(value, (list, tuple)) or not 2 <= len(value) <= MAX_POINTS:
        raise _wrong("curve", value, f"it must be a name or 2 to {MAX_POINTS} points")
    points = []
    for point in value:
        if not isinstance(point, (list, tuple)) or len(point) != 2:
            raise _wrong("curve", point, "a point is its position and its energy")
        for number in point:
            _check_number("curve", number, 0.0, 1.0)
        points.append((float(point[0]), float(point[1])))
    if any(left[0] >= right[0] for left, right in pairwise(points)):
        raise _wrong("curve", value, "the points' positions must rise")
    return tuple(points)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value

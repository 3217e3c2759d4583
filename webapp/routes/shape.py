"""The shape a playlist is to have: the form's fields, kept with the account, read as wishes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    StringConstraints,
    ValidationError,
    model_validator,
)

from recommender.errors import RecommendError
from recommender.wishes import FIRST_YEAR, LAST_YEAR, LEAST_MINUTES, Filters, Wishes
from webapp.errors import InvalidRequest
from webapp.i18n import _
from webapp.routes.draft import change_draft, draft
from webapp.routes.inputs import ShortText, plain
from webapp.services.generation import DEFAULT_LENGTH
from webapp.store.earlier_tracks import LEAVE_OUT, LeaveOut

KEY = "shape"

MOST_MINUTES = 300
SLOWEST, FASTEST = 20, 400
POINTS = 5
STEPS = 10
"""Steps of each slider of a drawn curve."""
CURVES = ("flat", "rise", "wave", "peak", "cool-down")
MOST_AVOIDED = 30
LONGEST_VALUE = 200
LONGEST_ARTISTS = 1_500

PLAIN: Mapping[str, str] = {
    "length": str(DEFAULT_LENGTH),
    "minutes": "",
    "familiarity": "0",
    "popularity": "0",
    "curve": "",
    **{f"point_{number}": str(STEPS // 2) for number in range(1, POINTS + 1)},
    "flow": "0.5",
    "year_from": "",
    "year_to": "",
    "tempo_from": "",
    "tempo_to": "",
    "clean": "",
    "avoid": "",
    "artists": "",
    "mine": "",
    "liked": "",
    "genres": "",
    "bridge": "",
}
"""Every field of the form as it stands when nothing is touched."""

ArtistsText = Annotated[str, StringConstraints(max_length=LONGEST_ARTISTS)]
Knob = Annotated[float, Field(ge=-1, le=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Point = Annotated[int, Field(ge=0, le=STEPS)]
Year = Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)]
Tempo = Annotated[float, Field(ge=SLOWEST, le=FASTEST)]


class ShapeInput(BaseModel):
    """The form's fields as values; a form sends texts, so numbers are read from them."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    minutes: Annotated[float, Field(ge=LEAST_MINUTES, le=MOST_MINUTES)] | None = None
    familiarity: Knob = 0.0
    popularity: Knob = 0.0
    curve: Literal["", "flat", "rise", "wave", "peak", "cool-down", "own"] = ""
    point_1: Point = 5
    point_2: Point = 5
    point_3: Point = 5
    point_4: Point = 5
    point_5: Point = 5
    flow: Share = 0.5
    year_from: Year | None = None
    year_to: Year | None = None
    tempo_from: Tempo | None = None
    tempo_to: Tempo | None = None
    clean: bool = False
    avoid: Annotated[str, StringConstraints(max_length=LONGEST_VALUE)] = ""
    artists: ArtistsText = ""
    mine: LeaveOut = ""
    liked: bool = False
    genres: Annotated[str, StringConstraints(max_length=LONGEST_VALUE)] = ""
    bridge: bool = False

    def wishes(self) -> Wishes:
        """Return what the form wishes; the length in tracks is read elsewhere.

        Raises
        ------
        recommender.errors.BadRequest
            If two wishes contradict each other.
        """
        return Wishes(
            minutes=self.minutes,
            familiarity=self.familiarity,
            popularity=self.popularity,
            curve=self._curve(),
            flow=self.flow,
            bridge=self.bridge,
            filters=Filters(
                explicit=not self.clean,
                years=(self.year_from, self.year_to),
                tempo=(self.tempo_from, self.tempo_to),
                genres=_between_commas(self.genres),
                avoid_words=self.avoided,
                # Whether a comma belongs to a name is for the recommender to tell.
                avoid_artists=tuple(dict.fromkeys(_lines(self.artists))),
            ),
        )

    @property
    def avoided(self) -> tuple[str, ...]:
        """The words between the commas."""
        return _between_commas(self.avoid)

    def _curve(self) -> str | tuple[tuple[float, float], ...] | None:
        if self.curve != "own":
            return self.curve or None
        drawn = (self.point_1, self.point_2, self.point_3, self.point_4, self.point_5)
        return tuple((number / (POINTS - 1), height / STEPS) for number, height in enumerate(drawn))


class ShapeValues(RootModel[dict[ShortText, ArtistsText]]):
    """The form's fields as they stand in a page, not looked at yet."""

    @model_validator(mode="after")
    def _check_lengths(self) -> Self:
        if any(len(value) > _longest(name) for name, value in self.root.items()):
            raise ValueError("a value is too long")
        return self


def form_values(form: Mapping[str, str]) -> dict[str, str]:
    """Return the form's fields as they were sent; a box that is not ticked is not sent."""
    values = {name: plain(form.get(name, ""))[: _longest(name)] for name in PLAIN}
    # Forms send lines as other systems write them, scripts as the page has them.
    values["artists"] = "\n".join(values["artists"].splitlines())
    # Sliders are always sent by browsers; a program that leaves them out means the usual.
    for name in PLAIN:
        if PLAIN[name] and not values[name]:
            values[name] = PLAIN[name]
    if values["curve"] != "own":
        # Sliders show a named curve, too; only a drawn one says anything.
        values.update({name: PLAIN[name] for name in PLAIN if name.startswith("point_")})
    return values


def wishes_of(values: Mapping[str, str]) -> Wishes:
    """Return what a form's values wish.

    Raises
    ------
    InvalidRequest
        Naming the field as the page calls it, and what it takes.
    """
    given = {
        name: value.strip() for name, value in values.items() if name != "length" and value.strip()
    }
    try:
        shape = ShapeInput.model_validate(given)
    except ValidationError as error:
        raise _wrong(str(error.errors(include_url=False)[0]["loc"][0])) from error
    _check_ranges(shape)
    try:
        return shape.wishes()
    except RecommendError as error:
        raise InvalidRequest(
            "cannot make a playlist",
            which=error.which,
            why=error.why or error.what,
            next_step=error.next_step,
        ) from error


def left_out(values: Mapping[str, str]) -> LeaveOut:
    """Return tracks of which earlier playlists a form's values leave out."""
    return next((which for which in LEAVE_OUT if which == values.get("mine", "").strip()), "")


def leaves_liked(values: Mapping[str, str]) -> bool:
    """Return whether a form's values leave Liked Songs out."""
    return bool(values.get("liked", "").strip())


def remembered() -> dict[str, str]:
    """Return the fields as the user left them last."""
    kept = draft(KEY)
    known = kept if isinstance(kept, dict) else {}
    return {name: str(known.get(name, usual)) for name, usual in PLAIN.items()}


def remember(values: Mapping[str, str]) -> None:
    """Keep the fields for the next page."""
    changed = {name: value for name, value in values.items() if value != PLAIN.get(name)}
    change_draft(KEY, lambda _kept: changed)


def is_plain(values: Mapping[str, str]) -> bool:
    """Whether nothing but the length was touched."""
    touched = (name for name, usual in PLAIN.items() if values.get(name, usual) != usual)
    return all(name == "length" for name in touched)


def knob_words() -> dict[str, str]:
    """Return how the fields are called on the page, for messages about them."""
    return {
        "minutes": _("Minutes"),
        "familiarity": _("Familiar or new"),
        "popularity": _("Hidden gems or hits"),
        "curve": _("Energy"),
        "flow": _("Flow"),
        "year_from": _("Years"),
        "year_to": _("Years"),
        "tempo_from": _("Tempo"),
        "tempo_to": _("Tempo"),
        "avoid": _("Words to avoid"),
        "artists": _("Artists to avoid"),
        "mine": _("Tracks I already have"),
        "genres": _("Only these genres"),
    }


def _check_ranges(shape: ShapeInput) -> None:
    for name, first, last in (
        ("year_from", shape.year_from, shape.year_to),
        ("tempo_from", shape.tempo_from, shape.tempo_to),
    ):
        if first is not None and last is not None and first > last:
            raise InvalidRequest(
                "cannot make a playlist",
                which=f"{knob_words()[name]}, {first:g}–{last:g}",
                why=_("it ends before it begins, so that no track could pass"),
                kept=_("the seeds in the basket and everything you chose"),
                next_step=_("swap the two, or leave one of them empty"),
            )
    for name, words in (
        ("avoid", shape.avoided),
        ("artists", _between_commas(shape.artists)),
        ("genres", _between_commas(shape.genres)),
    ):
        if len(words) > MOST_AVOIDED:
            raise InvalidRequest(
                "cannot make a playlist",
                which=knob_words()[name],
                why=_("there may be %(most)s of them", most=MOST_AVOIDED),
                kept=_("the seeds in the basket and everything you chose"),
                next_step=_("leave some out"),
            )


def _longest(name: str) -> int:
    return LONGEST_ARTISTS if name == "artists" else LONGEST_VALUE


def _lines(text: str) -> Iterator[str]:
    """Yield the lines that have more in them than commas."""
    for line in text.splitlines():
        if _between_commas(line):
            yield line.strip(" ,")


def _between_commas(text: str) -> tuple[str, ...]:
    words = (word.strip() for word in text.replace("\n", ",").split(","))
    return tuple(dict.fromkeys(word for word in words if word))


def _wrong(name: str) -> InvalidRequest:
    bounds: dict[str, tuple[Any, Any]] = {
        "minutes": (f"{LEAST_MINUTES:g}", MOST_MINUTES),
        "familiarity": (-1, 1),
        "popularity": (-1, 1),
        "flow": (0, 1),
        "year_from": (FIRST_YEAR, LAST_YEAR),
        "year_to": (FIRST_YEAR, LAST_YEAR),
        "tempo_from": (SLOWEST, FASTEST),
        "tempo_to": (SLOWEST, FASTEST),
    }
    low, high = bounds.get(name, (None, None))
    return InvalidRequest(
        "cannot make a playlist",
        which=knob_words().get(name, name[:60]),
        why=_("the form was changed on its way")
        if low is None
        else _("it takes a number from %(low)s to %(high)s", low=low, high=high),
        kept=_("the seeds in the basket and everything you chose"),
        next_step=_("correct it and send it again"),
    )

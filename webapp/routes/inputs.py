"""What browsers send, checked strictly before anything is done with it."""

from __future__ import annotations

import json
import math
import re
from typing import Annotated, Any, Self, TypeVar

from flask import request
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from webapp.errors import InvalidRequest
from webapp.security.headers import origin_of
from webapp.services.seeds import Seed
from webapp.settings import Settings

SPOTIFY_ID = re.compile(r"[0-9A-Za-z]{22}\Z")
LARGEST_OFFSET = 100_000
_LONGEST_TIME = 12

Text = Annotated[str, StringConstraints(max_length=1000)]
ShortText = Annotated[str, StringConstraints(max_length=200)]
Model = TypeVar("Model", bound=BaseModel)


class Strict(BaseModel):
    """Refuses what it does not know, and converts nothing."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class SeedInput(Strict):
    """A track for the basket, as the page that showed it hands it back."""

    spotify_id: Annotated[str, StringConstraints(pattern=r"^([0-9A-Za-z]{22})?$")]
    title: Text
    artists: list[ShortText] = Field(max_length=50)
    album: Text = ""
    duration: Annotated[float, Field(gt=0, le=1e6)] | None = None
    isrc: Annotated[str, StringConstraints(pattern=r"^([0-9A-Z]{12})?$")] = ""
    cover: Text = ""
    url: Text = ""
    # As the basket told it; made anew here.
    key: ShortText = ""

    @model_validator(mode="after")
    def _check_named(self) -> Self:
        if not self.spotify_id and not (self.title.strip() and self.artists):
            raise ValueError("a track without an id at Spotify needs a title and an artist")
        return self

    def seed(self, settings: Settings) -> Seed:
        """Return the seed; its addresses are made or checked here, not believed."""
        shown = {origin_of(origin) for origin in settings.spotify_image_origins}
        return Seed(
            spotify_id=self.spotify_id,
            title=plain(self.title),
            artists=tuple(plain(artist) for artist in self.artists),
            album=plain(self.album),
            duration=self.duration,
            isrc=self.isrc,
            cover=self.cover if origin_of(self.cover) in shown else "",
            url=f"{settings.spotify_open_url.rstrip('/')}/track/{self.spotify_id}"
            if self.spotify_id
            else "",
        )


class LessInput(Strict):
    """Whether a seed of the basket is one to keep away from."""

    less: bool


class SaveInput(Strict):
    """How a playlist is to be called at Spotify, and who may see it."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]
    public: bool = False
    cover: bool = False


def read_json(model: type[Model]) -> Model:
    """Return the JSON body of this request as `model`.

    Raises
    ------
    InvalidRequest
        Naming the first field that does not fit.
    """
    # Not Flask's reader: it answers anything that is no JSON type with a page of its own.
    return parse(model, request.get_data(cache=True))


def parse(model: type[Model], text: str | bytes) -> Model:
    """Return JSON text as `model`; see `read_json`."""
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise _invalid(error) from error
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("cannot read this", why="it is not JSON") from error


def check(model: type[Model], values: dict[str, Any]) -> Model:
    """Return plain values of a form as `model`; see `read_json`."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _invalid(error) from error


def offset() -> int:
    """Return where the page that is asked for begins; nonsense begins at the beginning."""
    text = request.args.get("offset", "0")
    return min(int(text), LARGEST_OFFSET) if text.isascii() and text.isdigit() else 0


def form_data(name: str) -> str:
    """Return a field of the form, or an empty text."""
    return request.form.get(name, "")


def json_field(name: str) -> str:
    """Return a hidden field that holds JSON."""
    text = form_data(name)
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(
            "cannot read this form", which=name, why="it is not JSON", next_step="reload the page"
        ) from error
    return text


def seconds_of(text: str) -> float:
    """Return the seconds of "75", "75.5" or "1:15".

    Raises
    ------
    InvalidRequest
        If it is none of these.
    """
    parts = text.strip().replace(",", ".").split(":")
    try:
        if len(text) > _LONGEST_TIME or len(parts) > 3 or not all(part.strip() for part in parts):
            raise ValueError
        numbers = [float(part) for part in parts]
        if not all(math.isfinite(number) and number >= 0.0 for number in numbers):
            raise ValueError
    except ValueError:
        raise InvalidRequest(
            "The highlight was not moved",
            which=text[:_LONGEST_TIME],
            why="that is no time",
            kept="the highlight as it is",
            next_step="write seconds (75) or minutes and seconds (1:15)",
        ) from None
    seconds = 0.0
    for number in numbers:
        seconds = 60.0 * seconds + number
    return seconds


def _invalid(error: ValidationError) -> InvalidRequest:
    first = error.errors(include_url=False, include_input=False)[0]
    return InvalidRequest(
        "cannot read this",
        which=".".join(str(part) for part in first["loc"])[:100],
        why=first["msg"],
        next_step="correct it and send it again",
    )


def plain(text: str) -> str:
    """Return text that every database and page can hold."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")

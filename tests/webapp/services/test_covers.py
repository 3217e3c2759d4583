"""Covers made from a playlist's own features: the same list the same picture, and small enough."""

from __future__ import annotations

import io
import random
import xml.etree.ElementTree as ET
from typing import Any

import av
import numpy as np
import pytest

from webapp.services.covers.colours import oklch
from webapp.services.covers.design import Cover, Disc, Ridge, cover_features, cover_of
from webapp.services.covers.picture import LARGEST_BASE64, as_base64, encoded, pixels, to_jpeg
from webapp.services.covers.svg import to_svg


def a_list(seed: int, **given: float) -> list[dict[str, Any]]:
    draw = random.Random(seed)
    return [
        {
            "id": f"{seed}-{number}",
            "genre": draw.choice(["pop", "rock", "jazz"]),
            "features": {
                **{name: draw.random() for name in ("energy", "valence", "danceability")},
                "tempo": draw.uniform(70, 170),
                "key": draw.randrange(12),
                "mode": draw.randrange(2),
                **given,
            },
        }
        for number in range(20)
    ]


def decoded(jpeg: bytes) -> Any:
    with av.open(io.BytesIO(jpeg)) as file:
        return next(file.decode(video=0)).to_ndarray(format="rgb24")


def test_the_same_list_always_has_the_same_cover() -> None:
    assert cover_of(a_list(1)) == cover_of(a_list(1))
    # Across machines and releases: browsers and Spotify keep covers by this.
    assert cover_of(a_list(1)).digest == "cf50f21dc31a"


def test_another_order_of_the_same_tracks_is_another_cover() -> None:
    assert cover_of(a_list(1)) != cover_of(a_list(1)[::-1])


def luminance(colour: tuple[int, ...]) -> float:
    return float(np.dot(colour, (0.2126, 0.7152, 0.0722)))


def test_happy_music_is_bright_and_energy_lifts_the_sun() -> None:
    sad, happy = (cover_of(a_list(2, valence=value)) for value in (0.1, 0.9))
    assert luminance(happy.sky[1]) > luminance(sad.sky[1]) + 30
    calm, wild = (cover_of(a_list(2, energy=value)).layers[0] for value in (0.1, 0.9))
    assert isinstance(calm, Disc)
    assert isinstance(wild, Disc)
    assert wild.y < calm.y - 0.1


def test_the_nearest_ridge_is_the_course_of_energy() -> None:
    tracks = a_list(3)
    for number, track in enumerate(tracks):
        track["features"]["energy"] = number / 19
    ridge = cover_of(tracks).layers[-1]
    assert isinstance(ridge, Ridge)
    assert list(ridge.line) == sorted(ridge.line, reverse=True)


def test_keys_near_each_other_on_the_circle_of_fifths_look_alike() -> None:
    def sky(key: int) -> Any:
        return np.array(cover_of(a_list(4, key=key, mode=1)).sky[0], float)

    assert np.linalg.norm(sky(0) - sky(7)) < np.linalg.norm(sky(0) - sky(6))


@pytest.mark.parametrize(
    "tracks",
    [
        [],
        [{"id": "1"}],
        [{"id": "1", "features": None}, {"features": {"energy": float("nan"), "key": "x"}}],
        [{"id": "a\ud800", "genre": "\ud800", "features": {"tempo": 1e9, "valence": -5.0}}],
        a_list(5) * 25,
    ],
    ids=["empty", "bare", "broken", "hostile", "500"],
)
def test_every_list_has_a_cover(tracks: list[dict[str, Any]]) -> None:
    cover = cover_of(tracks)
    ET.fromstring(to_svg(cover))
    assert to_jpeg(cover).startswith(b"\xff\xd8\xff")
    assert cover_of(tracks) == cover


def test_lists_without_features_differ_by_their_tracks() -> None:
    assert cover_of([{"id": "1"}]) != cover_of([{"id": "2"}])


def test_what_is_kept_of_a_track_is_what_a_cover_needs() -> None:
    kept = cover_features({"energy": 0.12345, "tempo": 120.0, "valence": None, "loudness": -7.0})
    assert kept == {"energy": 0.123, "tempo": 120.0}


def test_the_picture_is_a_jpeg_that_spotify_takes_and_shows_what_was_drawn() -> None:
    cover = cover_of(a_list(6))
    jpeg = to_jpeg(cover)
    assert jpeg.startswith(b"\xff\xd8\xff")
    assert jpeg.endswith(b"\xff\xd9")
    assert len(as_base64(jpeg)) <= LARGEST_BASE64
    shown = decoded(jpeg)
    assert shown.shape == (640, 640, 3)
    assert np.abs(shown.astype(int) - pixels(cover)).mean() < 3
    near = cover.layers[-1]
    assert isinstance(near, Ridge)
    summit = min(639, 640 * near.line.index(min(near.line)) // 48)
    assert np.abs(shown[-1, summit].astype(int) - near.colour).max() <= 6


def test_a_picture_full_of_detail_is_coded_more_coarsely_until_it_fits() -> None:
    cover = cover_of(a_list(7))
    fine = to_jpeg(cover)
    assert len(to_jpeg(cover, len(fine) - 1)) < len(fine)
    noise = np.random.default_rng(0).integers(0, 256, (640, 640, 3), np.uint8)
    assert len(encoded(noise, 31)) < LARGEST_BASE64 * 3 // 4


def test_the_drawing_for_pages_has_the_same_shapes_and_nothing_that_runs() -> None:
    cover = cover_of(a_list(8))
    svg = to_svg(cover)
    assert len(svg) < 5000
    for forbidden in ("style", "script", "href", "http://", "https://", "on"):
        assert f"{forbidden}=" not in svg.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert svg.count("<path") == sum(isinstance(layer, Ridge) for layer in cover.layers)
    assert svg.count("<circle") == sum(isinstance(layer, Disc) for layer in cover.layers)


def test_edges_are_smooth_and_the_sky_has_no_bands() -> None:
    cover = Cover(((0, 0, 0), (8, 8, 8)), (Disc(0.5, 0.5, 0.25, (255, 255, 255)),))
    drawn = pixels(cover, 64)
    row = drawn[32, :, 0]
    assert {row[32], row[8]} == {255, drawn[32, 8, 0]}
    assert len([value for value in drawn[:, :, 0].ravel() if 30 < value < 225]) > 40
    assert len(np.unique(drawn[30:34, :8, 0])) > 1


def test_colours_that_screens_cannot_show_keep_their_lightness() -> None:
    assert oklch(0.5, 0.0, 0.0) == (99, 99, 99)
    assert oklch(1.0, 0.0, 0.0) == (255, 255, 255)
    red, green, blue = oklch(0.62, 0.3, 145)
    assert green > max(red, blue)

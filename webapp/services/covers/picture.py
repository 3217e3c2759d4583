"""A cover as a JPEG: for Spotify, which takes nothing else, and for previews of links."""

from __future__ import annotations

import base64
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from webapp.services.covers.design import POINTS, Cover, Disc, Layer

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE = 640
LARGEST_BASE64 = 256 * 1024
"""Bytes of base64 text that Spotify takes at most."""

_FINEST, _COARSEST = 2, 31
"""Quantiser scales of the encoder."""


def pixels(cover: Cover, side: int = SIDE) -> NDArray[np.uint8]:
    """Return a cover as sRGB pixels.

    Returns
    -------
    numpy.ndarray
        Shape (side, side, 3). Edges are as smooth as a pixel is covered by them, and the sky is
        dithered by half a step so that it shows no bands.
    """
    down = (np.arange(side) + 0.5) / side
    top, bottom = (np.array(colour, float) for colour in cover.sky)
    picture = np.repeat((top + (bottom - top) * down[:, None])[:, None, :], side, axis=1)
    for layer in cover.layers:
        covered = _covered(layer, down, side)[:, :, None]
        picture += covered * (np.array(layer.colour, float) - picture)
    # Ordered dithering (Bayer 1973), 4 by 4.
    steps = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) / 16 - 0.47
    picture += np.tile(steps, (side // 4 + 1, side // 4 + 1))[:side, :side, None]
    drawn: NDArray[np.uint8] = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    return drawn


@lru_cache(maxsize=32)
def to_jpeg(cover: Cover, largest: int = LARGEST_BASE64 // 4 * 3) -> bytes:
    """Return a cover as a JPEG of 640 by 640, as fine as `largest` bytes allow.

    Parameters
    ----------
    cover
        What to draw.
    largest
        Bytes of the file. Its base64 text has a third more.
    """
    picture = pixels(cover)
    scale = _FINEST
    while True:
        coded = encoded(picture, scale)
        if len(coded) <= largest or scale >= _COARSEST:
            return coded
        scale = min(_COARSEST, scale * 2)


def as_base64(jpeg: bytes) -> str:
    """Return a JPEG as Spotify takes it."""
    return base64.b64encode(jpeg).decode("ascii")


def encoded(picture: NDArray[np.uint8], scale: int) -> bytes:
    """Return sRGB pixels as a baseline JPEG with full colour resolution.

    Parameters
    ----------
    picture
        Shape (height, width, 3).
    scale
        2 (fine) to 31 (coarse).
    """
    # PyAV costs a tenth of a second to import and most requests draw nothing.
    import av

    coder = av.CodecContext.create("mjpeg", "w")
    coder.width, coder.height = picture.shape[1], picture.shape[0]
    coder.pix_fmt = "yuvj444p"
    coder.time_base = Fraction(1, 25)
    # One quantiser for all of the picture: the encoder's own choice is made for films.
    coder.options = {"qmin": str(scale), "qmax": str(scale)}
    frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(
        format="yuvj444p", dst_colorspace="ITU601"
    )
    packets = [bytes(packet) for packet in (*coder.encode(frame), *coder.encode(None))]
    return b"".join(packets)


def _covered(layer: Layer, down: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    """Return how much of each pixel a layer covers, 0 to 1."""
    if isinstance(layer, Disc):
        away = np.hypot(down[None, :] - layer.x, down[:, None] - layer.y)
        if layer.width:
            inside = layer.width / 2 - np.abs(away - layer.radius)
        else:
            inside = layer.radius - away
        return np.asarray(layer.opacity * np.clip(inside * side + 0.5, 0, 1))
    line = np.interp(down, np.linspace(0, 1, POINTS), layer.line)
    return np.clip((down[:, None] - line[None, :]) * side + 0.5, 0, 1)

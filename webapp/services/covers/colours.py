"""Colours by lightness, chroma and hue as eyes see them: OKLCH (Ottosson 2020, CSS Color 4)."""

from __future__ import annotations

import math
from typing import TypeAlias

Colour: TypeAlias = tuple[int, int, int]
"""sRGB, 0–255 each."""


def oklch(lightness: float, chroma: float, hue: float) -> Colour:
    """Return a colour; one that screens cannot show loses chroma, not lightness or hue.

    Parameters
    ----------
    lightness
        0 (black) to 1 (white).
    chroma
        0 (grey) to about 0.37.
    hue
        Degrees.

    Examples
    --------
    >>> oklch(1.0, 0.0, 0.0)
    (255, 255, 255)
    """
    for step in range(21):
        linear = _linear(lightness, chroma * (1 - step / 20), hue)
        if all(-1e-4 <= channel <= 1.0001 for channel in linear):
            break
    red, green, blue = (round(255 * _gamma(channel)) for channel in linear)
    return red, green, blue


def hex_of(colour: Colour) -> str:
    """Return a colour as documents write it.

    >>> hex_of((255, 0, 10))
    '#ff000a'
    """
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _linear(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a = chroma * math.cos(math.radians(hue))
    b = chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )


def _gamma(channel: float) -> float:
    value = min(1.0, max(0.0, channel))
    return 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055

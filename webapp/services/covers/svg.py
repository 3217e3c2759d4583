"""A cover as SVG: for pages, at any size."""

from __future__ import annotations

from webapp.services.covers.colours import hex_of
from webapp.services.covers.design import POINTS, Cover, Disc, Layer

SIDE = 640


def to_svg(cover: Cover) -> str:
    """Return a cover as an SVG document without styles, scripts or anything from elsewhere."""
    top, bottom = map(hex_of, cover.sky)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" '
        f'width="{SIDE}" height="{SIDE}">'
        '<defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1">'
        f'<stop offset="0" stop-color="{top}"/><stop offset="1" stop-color="{bottom}"/>'
        "</linearGradient></defs>"
        f'<rect width="{SIDE}" height="{SIDE}" fill="url(#sky)"/>'
        + "".join(map(_layer, cover.layers))
        + "</svg>\n"
    )


def _layer(layer: Layer) -> str:
    colour = hex_of(layer.colour)
    if isinstance(layer, Disc):
        where = f'cx="{_px(layer.x)}" cy="{_px(layer.y)}" r="{_px(layer.radius)}"'
        if layer.width:
            line = f'stroke-width="{_px(layer.width)}" stroke-opacity="{layer.opacity:.2f}"'
            return f'<circle {where} fill="none" stroke="{colour}" {line}/>'
        return f'<circle {where} fill="{colour}" fill-opacity="{layer.opacity:.2f}"/>'
    points = "L".join(
        f"{_px(number / (POINTS - 1))} {_px(height)}" for number, height in enumerate(layer.line)
    )
    return f'<path d="M{points}V{SIDE}H0Z" fill="{colour}"/>'


def _px(part: float) -> str:
    return f"{SIDE * part:.1f}".removesuffix(".0")

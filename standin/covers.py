"""Geometric covers as SVG: the same name always gives the same picture."""

from __future__ import annotations

from standin.identifiers import stable_number
from standin.wire import Response

_TILES = 4
_UNIT = 100

# Ground, two mid tones and a light: chosen by eye to sit well together.
_PALETTES = (
    ("#1f2a44", "#e4572e", "#f3a712", "#f7f1e1"),
    ("#22313f", "#2a9d8f", "#e9c46a", "#fdf6e3"),
    ("#3a2449", "#c65b7c", "#f9a26c", "#fdeedd"),
    ("#0f3d3e", "#5fa777", "#e2c044", "#f4f1de"),
    ("#2b2d42", "#8d99ae", "#ef233c", "#edf2f4"),
    ("#402218", "#865439", "#c68b59", "#f2e3cf"),
    ("#13293d", "#247ba0", "#70c1b3", "#f3ffbd"),
    ("#2e1f47", "#6b4fd8", "#b8a1ff", "#fff3e6"),
)


def cover(name: str, size: int) -> Response:
    """Return a cover of `size` × `size` pixels (1 to 2000) for a name."""
    return Response(
        200,
        cover_svg(name, max(1, min(2000, size))).encode(),
        (
            ("Content-Type", "image/svg+xml"),
            ("Content-Security-Policy", "default-src 'none'; sandbox"),
            ("Cross-Origin-Resource-Policy", "cross-origin"),
            ("Cache-Control", "public, max-age=86400"),
        ),
    )


def cover_svg(name: str, size: int) -> str:
    """Return the picture: a grid of quarter circles, discs, bars and triangles."""
    draw = stable_number("cover", name)
    draw, which = divmod(draw, len(_PALETTES))
    ground, *tones = _PALETTES[which]
    side = _TILES * _UNIT
    shapes = [f'<rect width="{side}" height="{side}" fill="{ground}"/>']
    for place in range(_TILES * _TILES):
        draw, choice = divmod(draw, 5 * 3 * 4)
        kind, rest = divmod(choice, 3 * 4)
        tone, turn = divmod(rest, 4)
        row, column = divmod(place, _TILES)
        shapes.append(_tile(kind, tones[tone], turn, column * _UNIT, row * _UNIT))
    inside = "".join(shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}"'
        f' viewBox="0 0 {side} {side}">{inside}</svg>'
    )


def _tile(kind: int, tone: str, turn: int, x: int, y: int) -> str:
    half = _UNIT // 2
    path = (
        f"M0 0H{_UNIT}A{_UNIT} {_UNIT} 0 0 1 0 {_UNIT}Z",
        f"M0 {half}a{half} {half} 0 1 0 {_UNIT} 0a{half} {half} 0 1 0 -{_UNIT} 0Z",
        f"M0 0H{_UNIT}V{half}H0Z",
        f"M0 0H{_UNIT}L0 {_UNIT}Z",
        "",
    )[kind]
    if not path:
        return ""
    place = f"translate({x} {y}) rotate({turn * 90} {half} {half})"
    return f'<path d="{path}" fill="{tone}" transform="{place}"/>'

"""The `fields` parameter of playlist calls: ``total,items(added_at,item(id,artists.name))``.

``!`` leaves fields out (``items.item.album(!external_urls,images)``). Grammar as Spotify's
reference for "Get Playlist" describes it.
"""

from __future__ import annotations

import re
from typing import Any

_TOKEN = re.compile(r"\s*([A-Za-z_]+|[(),.!])\s*")
MAX_DEPTH = 12


class FieldsInvalid(ValueError):
    """The `fields` parameter cannot be understood."""


class _Selection:
    def __init__(self) -> None:
        self.children: dict[str, _Selection | None] = {}
        self.excludes = False


def select_fields(value: Any, wanted: str) -> Any:
    """Keep of `value` only what `wanted` names.

    Raises
    ------
    FieldsInvalid
        If `wanted` breaks the grammar.
    """
    tokens = _tokens(wanted)
    selection, rest = _parse(tokens, 0)
    if rest:
        raise FieldsInvalid(f"unexpected {rest[0]!r}")
    return _apply(value, selection)


def _tokens(wanted: str) -> list[str]:
    tokens, at = [], 0
    while at < len(wanted):
        match = _TOKEN.match(wanted, at)
        if match is None:
            raise FieldsInvalid(f"unexpected {wanted[at]!r}")
        tokens.append(match.group(1))
        at = match.end()
    return tokens


def _parse(tokens: list[str], depth: int) -> tuple[_Selection, list[str]]:
    if depth > MAX_DEPTH:
        raise FieldsInvalid("nested too deeply")
    selection = _Selection()
    if tokens[:1] == ["!"]:
        selection.excludes, tokens = True, tokens[1:]
    while True:
        tokens = _parse_path(tokens, selection, depth)
        if tokens[:1] != [","]:
            return selection, tokens
        tokens = tokens[1:]


def _parse_path(tokens: list[str], selection: _Selection, depth: int) -> list[str]:
    if not tokens or not tokens[0][0].isalpha():
        raise FieldsInvalid("a field's name is missing")
    name, tokens = tokens[0], tokens[1:]
    child: _Selection | None = None
    if tokens[:1] == ["."]:
        child = _Selection()
        if depth > MAX_DEPTH:
            raise FieldsInvalid("nested too deeply")
        tokens = _parse_path(tokens[1:], child, depth + 1)
    elif tokens[:1] == ["("]:
        child, tokens = _parse(tokens[1:], depth + 1)
        if tokens[:1] != [")"]:
            raise FieldsInvalid("a bracket is not closed")
        tokens = tokens[1:]
    known = selection.children.get(name)
    if known is not None and child is not None:
        known.children.update(child.children)
    else:
        selection.children[name] = child
    return tokens


def _apply(value: Any, selection: _Selection) -> Any:
    if isinstance(value, list):
        return [_apply(item, selection) for item in value]
    if not isinstance(value, dict):
        return value
    if selection.excludes:
        return {name: item for name, item in value.items() if name not in selection.children}
    return {
        name: item if child is None else _apply(item, child)
        for name, item in value.items()
        if name in selection.children
        for child in (selection.children[name],)
    }

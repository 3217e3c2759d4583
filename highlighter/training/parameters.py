"""Reads ``params.yaml``: the part of YAML that such files need, so that no parser is required.

Blocks by indentation, names, numbers, true and false, words, and lists in one line; comments.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from highlighter.training.errors import ParametersError

USUAL_PATH = Path(__file__).with_name("params.yaml")

_LINE = re.compile(r"^( *)([A-Za-z0-9_.-]+):(?:\s+(.*))?$")
_NUMBER = re.compile(r"^[+-]?(\d[\d_]*\.?\d*|\.\d+)([eE][+-]?\d+)?$")


def read_parameters(path: Path = USUAL_PATH) -> dict[str, Any]:
    """Return the blocks of a file of parameters.

    Raises
    ------
    ParametersError
        It cannot be read, or has a line that is not understood.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ParametersError(
            "The parameters cannot be read", which=str(path), why=str(error)
        ) from error
    root: dict[str, Any] = {}
    open_blocks: list[tuple[int, dict[str, Any]]] = [(-1, root)]
    for number, raw in enumerate(text.splitlines(), start=1):
        line = re.sub(r"(^|\s)#.*$", "", raw).rstrip()
        if not line:
            continue
        found = _LINE.match(line)
        if found is None or "\t" in line:
            raise ParametersError(
                "A line of the parameters is not understood",
                which=f"{path}, line {number}",
                why="only `name: value`, blocks by indentation and lists in one line are read",
            )
        indent, name, value = len(found[1]), found[2], found[3]
        while open_blocks[-1][0] >= indent:
            open_blocks.pop()
        if value is None or not value.strip():
            block: dict[str, Any] = {}
            open_blocks[-1][1][name] = block
            open_blocks.append((indent, block))
        else:
            open_blocks[-1][1][name] = _value(value.strip())
    return root


def _value(text: str) -> Any:
    if text.startswith("[") and text.endswith("]"):
        inside = text[1:-1].strip()
        return [_value(one.strip()) for one in inside.split(",")] if inside else []
    if text in ("true", "false"):
        return text == "true"
    if text in ("null", "~"):
        return None
    if _NUMBER.match(text):
        plain = text.replace("_", "")
        return float(plain) if re.search(r"[.eE]", plain) else int(plain)
    return text.strip("\"'")

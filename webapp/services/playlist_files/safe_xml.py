"""XML that somebody sent, read without doing what it says: no DTD, no entities, nothing fetched.

Declarations are where XML's known attacks live (external entities, entities that multiply). A list
of tracks needs none, so the first one ends the reading (OWASP ASVS 5.0, 1.5.1).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from webapp.services.playlist_files.errors import unreadable

DEEPEST = 20
MOST_ELEMENTS = 50_000


@dataclass
class Element:
    """An element.

    Parameters
    ----------
    name
        Without its namespace.
    attributes
        By name.
    content
        Its own text.
    """

    name: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    content: str = ""

    def all(self, *names: str) -> list[Element]:
        """Return the elements in it of these names."""
        return [child for child in self.children if child.name in names]

    def text(self, name: str) -> str:
        """Return the text of the first element in it of a name."""
        return next((child.content.strip() for child in self.all(name)), "")


class _Refused(Exception):
    """What is not read; never leaves this module."""


def parse(text: str, name: str) -> Element:
    """Return the outermost element of a document.

    Parameters
    ----------
    text
        The document; what it declares as its encoding is of no importance any more.
    name
        Of the file, for errors.

    Raises
    ------
    ListUnreadable
        If it is damaged, declares a document type or entities, or is nested too deeply.
    """
    # A text that was decoded already must not be decoded again as its declaration says.
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    tree = _Tree()
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.text
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.ExternalEntityRefHandler = _refuse
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except _Refused as error:
        raise unreadable(name, str(error)) from None
    except expat.ExpatError as error:
        raise unreadable(name, f"its XML is damaged in line {error.lineno}") from None
    assert tree.root is not None  # noqa: S101 - expat refuses a document without an element
    return tree.root


def _refuse(*_: Any) -> int:
    raise _Refused("it declares a document type or entities, which no list needs")


class _Tree:
    """Builds the elements as the parser meets them."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= DEEPEST or self._count > MOST_ELEMENTS:
            raise _Refused("it is nested too deeply or has too many parts")
        element = Element(name.rpartition(" ")[2], attributes)
        if self._open:
            self._open[-1].children.append(element)
        elif self.root is None:
            self.root = element
        self._open.append(element)

    def end(self, _name: str) -> None:
        self._open.pop()

    def text(self, text: str) -> None:
        if self._open:
            self._open[-1].content += text

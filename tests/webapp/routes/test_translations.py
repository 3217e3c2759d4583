"""Translations: every message of the templates and the code is said in every language."""

from __future__ import annotations

import re
from functools import cache

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from webapp.i18n import LANGUAGES, SOURCE, TRANSLATIONS, catalogue

ROOT = TRANSLATIONS.parent
NAMES = {"Hooklist", "Shift"}
"""What stands in templates and is the same in every language."""
SPOKEN = ("aria-label", "title", "placeholder", "alt")
OTHERS = [name for name in LANGUAGES if name != SOURCE]
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


@cache
def messages(name: str) -> Catalog:
    file = TRANSLATIONS / name / "LC_MESSAGES" / "messages.po" if name else _TEMPLATE
    with file.open("rb") as source:
        return read_po(source, locale=name or None)


_TEMPLATE = TRANSLATIONS / "messages.pot"


def ids(name: str) -> dict[object, Message]:
    return {message.id: message for message in messages(name) if message.id}


def forms(text: object) -> tuple[str, ...]:
    return text if isinstance(text, tuple) else (str(text),)


@pytest.mark.parametrize("name", OTHERS)
def test_every_message_is_translated_and_none_is_left_over(name: str) -> None:
    assert ids(name).keys() == ids("").keys()
    assert not messages(name).obsolete
    said = ids(name).values()
    assert [m.id for m in said if m.fuzzy] == []
    assert [m.id for m in said if not all(form.strip() for form in forms(m.string))] == []


@pytest.mark.parametrize("name", OTHERS)
def test_a_number_has_all_the_forms_that_the_language_knows(name: str) -> None:
    counted = [m for m in ids(name).values() if isinstance(m.id, tuple)]
    assert counted
    wanted = messages(name).num_plurals
    assert [m.id for m in counted if len(forms(m.string)) != wanted] == []


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_filled_in_is_filled_in_everywhere(name: str) -> None:
    """Every form has the plural's places: one form may stand for 1, 21 and 101."""
    wrong = [
        (m.id, form)
        for m in ids(name).values()
        for form in forms(m.string)
        if set(PLACEHOLDER.findall(form)) != set(PLACEHOLDER.findall(forms(m.id)[-1]))
    ]
    assert wrong == []
    # Nothing else of printf is used, and a percent sign of its own is doubled as in the source.
    odd = [
        (m.id, form)
        for m in ids(name).values()
        for form in forms(m.string)
        if "%" in PLACEHOLDER.sub("", form).replace("%%", "")
    ]
    assert odd == []


@pytest.mark.parametrize("name", OTHERS)
def test_quotes_and_ends_are_as_in_the_source(name: str) -> None:
    for message in ids(name).values():
        for source, form in zip((forms(message.id)[-1],) * 9, forms(message.string), strict=False):
            assert ("“" in source) <= ("“" in form or "«" in form), form
            assert source.endswith(".") == form.endswith("."), form
            assert source.startswith(" ") == form.startswith(" "), form


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "1 трек"), (2, "2 трека"), (5, "5 треков"), (11, "11 треков"), (21, "21 трек")],
)
def test_russian_counts_as_russian_does(number: int, words: str) -> None:
    form = catalogue("ru").ngettext("%(num)s track", "%(num)s tracks", number)
    assert form % {"num": number} == words


def test_russian_is_written_as_it_is_set() -> None:
    for message in ids("ru").values():
        for form in forms(message.string):
            assert '"' not in form, form
            assert "..." not in form, form
            assert " - " not in form, form
            # A dash does not begin a line: the space before it does not break.
            assert " —" not in form, form
            assert not re.search(r"\d %", form), form


def bare_words(template: str) -> set[str]:
    """Return what a template says without asking for a translation."""
    plain = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", template, flags=re.DOTALL)
    attributes = re.findall(rf'\b(?:{"|".join(SPOKEN)})="([^"]*)"', plain)
    texts = re.sub(r"<[^>]*>", "\n", plain).split("\n")
    return {
        word for text in [*attributes, *texts] for word in re.findall(r"[^\W\d_]{2,}", text)
    } - NAMES


def test_no_template_says_a_word_that_cannot_be_translated() -> None:
    assert bare_words('<p title="Hello">{{ _("x") }} there<b>A</b></p>') == {"Hello", "there"}
    files = sorted((ROOT / "templates").rglob("*.html"))
    found = {file.name: bare_words(file.read_text(encoding="utf-8")) for file in files}
    assert {name: words for name, words in found.items() if words} == {}

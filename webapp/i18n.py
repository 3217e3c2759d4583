"""Words for people: gettext through Flask-Babel, and how lengths of time are written."""

from __future__ import annotations

import io
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, Domain, get_locale

TRANSLATIONS = Path(__file__).resolve().parents[1] / "translations"
LANGUAGES = {"en": "English", "ru": "Русский"}
"""What the interface speaks, each by its own name; messages are written in the first."""
SOURCE = next(iter(LANGUAGES))
LANGUAGE_COOKIE = "__Host-lang"
ENDINGS = (".", "!", "?", "…")


class Translated(str):
    """Words that are in the reader's language already."""

    __slots__ = ()


def _(message: str, **values: Any) -> str:
    """Return a message in the language of this answer, with `values` in it."""
    text = _translations().gettext(message)
    return Translated(text % values if values else text)


def ngettext(singular: str, plural: str, num: int, **values: Any) -> str:
    """Return the form of a message that fits `num`, with ``%(num)s`` and `values` in it."""
    text = _translations().ngettext(singular, plural, num)
    return Translated(text % {"num": num, **values})


def _translations() -> NullTranslations:
    """Return the messages in the language of this answer, found out once: a page has hundreds."""
    if not has_request_context():
        return catalogue(SOURCE)
    if "translations" not in g:
        g.translations = catalogue(language())
    found: NullTranslations = g.translations
    return found


class Catalogues(Domain):  # type: ignore[misc]  # Flask-Babel has no types
    """Messages as translators write them: no compiled copy that could be forgotten."""

    def get_translations(self) -> NullTranslations:
        """Return the messages in the language of this answer."""
        return _translations()


class _Babel(Babel):  # type: ignore[misc]
    @cached_property
    def domain_instance(self) -> Catalogues:
        return Catalogues()


@cache
def catalogue(name: str) -> NullTranslations:
    """Return the messages of a language, read when it is first asked for."""
    file = TRANSLATIONS / name / "LC_MESSAGES" / "messages.po"
    if name == SOURCE or not file.is_file():
        return NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = io.BytesIO()
    with file.open("rb") as source:
        write_mo(compiled, read_po(source, locale=name))
    compiled.seek(0)
    return Translations(compiled)


def init_i18n(app: Flask) -> None:
    """Choose the language by the reader's choice or browser, and give templates their filters."""
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", str(TRANSLATIONS))
    app.config.setdefault("BABEL_DEFAULT_LOCALE", SOURCE)
    _Babel(app, locale_selector=_language)
    # Flask-Babel's own find the language anew for each of a page's hundreds of messages.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda message: _translations().gettext(message),
        lambda singular, plural, num: _translations().ngettext(singular, plural, num),
        newstyle=True,
    )
    app.jinja_env.filters.update(
        as_sentence=sentence, duration=duration, iso_duration=iso_duration, number=number
    )
    app.jinja_env.globals.update(language=language, languages=LANGUAGES)


def language() -> str:
    """Return the language of this answer as in the ``lang`` attribute."""
    return str((has_request_context() and get_locale()) or SOURCE).replace("_", "-")


def number(value: float) -> str:
    """Return a number as this language writes it, to three places at most.

    >>> number(1234), number(99.5)
    ('1,234', '99.5')
    """
    return _number(value, language().replace("-", "_"))


@lru_cache(maxsize=4096)
def _number(value: float, locale: str) -> str:
    # A page writes a hundred small numbers, most of them often.
    return str(format_decimal(value, locale=locale))


def duration(seconds: float | None) -> str:
    """Return a length as minutes and seconds; empty if unknown.

    >>> duration(151.6), duration(3725), duration(None)
    ('2:32', '1:02:05', '')
    """
    if seconds is None:
        return ""
    whole = max(0, round(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{rest:02}"
    return f"{minutes}:{rest:02}"


def iso_duration(seconds: float | None) -> str:
    """Return a length for the ``datetime`` attribute (ISO 8601).

    >>> iso_duration(151.6)
    'PT152S'
    """
    return f"PT{max(0, round(seconds or 0))}S"


def sentence(text: str) -> str:
    """Return a part of an error as a sentence.

    >>> sentence("the basket is full")
    'The basket is full.'
    """
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text.endswith(ENDINGS) else ".")


def _language() -> str:
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(list(LANGUAGES)) or SOURCE

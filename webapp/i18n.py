"""Words for people: gettext through Flask-Babel, and how lengths of time are written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask, request
from flask_babel import Babel, get_locale
from flask_babel import gettext as _gettext
from flask_babel import ngettext as _ngettext

TRANSLATIONS = Path(__file__).resolve().parents[1] / "translations"
LANGUAGES = ("en",)
ENDINGS = (".", "!", "?", "…")


def _(message: str, **values: Any) -> str:
    """Return a message in the language of this answer, with `values` in it."""
    return str(_gettext(message, **values))


def ngettext(singular: str, plural: str, num: int, **values: Any) -> str:
    """Return the form of a message that fits `num`, with ``%(num)s`` and `values` in it."""
    return str(_ngettext(singular, plural, num, **values))


def init_i18n(app: Flask) -> None:
    """Choose the language by what the browser asks for, and give templates their filters."""
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", str(TRANSLATIONS))
    app.config.setdefault("BABEL_DEFAULT_LOCALE", LANGUAGES[0])
    Babel(app, locale_selector=_language)
    app.jinja_env.filters.update(as_sentence=sentence, duration=duration, iso_duration=iso_duration)
    app.jinja_env.globals.update(language=language)


def language() -> str:
    """Return the language of this answer as in the ``lang`` attribute."""
    return str(get_locale() or LANGUAGES[0]).replace("_", "-")


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


def _language() -> Any:
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]

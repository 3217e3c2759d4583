"""Words for people: gettext through Flask-Babel, and how lengths of time are written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask, request
from flask_babel import Babel, get_locale

TRANSLATIONS = Path(__file__).resolve().parents[1] / "translations"
LANGUAGES = ("en",)


def init_i18n(app: Flask) -> None:
    """Choose the language by what the browser asks for, and give templates their filters."""
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", str(TRANSLATIONS))
    app.config.setdefault("BABEL_DEFAULT_LOCALE", LANGUAGES[0])
    Babel(app, locale_selector=_language)
    app.jinja_env.filters.update(duration=duration, iso_duration=iso_duration)
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


def _language() -> Any:
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]

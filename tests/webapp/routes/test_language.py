"""The language of the pages: what the browser asks for, unless the reader has chosen."""

from __future__ import annotations

from typing import Any

import pytest

from webapp.i18n import LANGUAGE_COOKIE, LANGUAGES


def language_of(answer: Any) -> str:
    return str(answer.get_data(as_text=True).partition('<html lang="')[2].partition('"')[0])


@pytest.mark.parametrize(
    ("asked", "given"),
    [("ru-RU,ru;q=0.9,en;q=0.5", "ru"), ("de,fr;q=0.5", "en"), ("en-GB", "en"), ("", "en")],
)
def test_a_browser_is_answered_in_its_language(site: Any, asked: str, given: str) -> None:
    answer = site.browser().get("/", headers={"Accept-Language": asked})
    assert language_of(answer) == given


def test_a_choice_is_kept_in_the_browser_and_beats_what_it_asks_for(site: Any) -> None:
    visitor = site.browser()
    answer = visitor.get("/language/ru?next=/privacy")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/privacy")
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if LANGUAGE_COOKIE in c)
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    assert language_of(visitor.get("/privacy", headers={"Accept-Language": "en"})) == "ru"
    visitor.get("/language/en")
    assert language_of(visitor.get("/privacy", headers={"Accept-Language": "ru"})) == "en"


def test_every_page_leads_to_the_other_languages_and_back_here(site: Any) -> None:
    page = site.browser().get("/privacy").get_data(as_text=True)
    for code, name in LANGUAGES.items():
        if code != "en":
            assert f'href="/language/{code}?next=/privacy"' in page
        assert name in page


@pytest.mark.parametrize("there", ["//evil.example", "https://evil.example", "/a\\b"])
def test_the_choice_leads_nowhere_else(site: Any, there: str) -> None:
    answer = site.browser().get("/language/ru", query_string={"next": there})
    assert answer.headers["Location"] == "/"


def test_an_unknown_language_is_no_page(site: Any) -> None:
    assert site.browser().get("/language/xx").status_code == 404

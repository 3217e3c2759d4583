"""Pages in Russian, whose words are longer: nothing is too wide, and clocks speak it, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

ANYBODY = ("/", "/privacy", "/uploads", "/feedback", "/nothing-here")
OWN = ("/seeds?tab=top", "/seeds?tab=paste", "/history", "/thumbs", "/operator", "/account")
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def test_no_russian_page_is_wider_than_a_small_telephone(
    visit: Any, world: Any, enter: Callable[..., None]
) -> None:
    _, page = visit(320, locale="ru-RU")
    too_wide: dict[str, int] = {}

    def look_at(places: tuple[str, ...]) -> None:
        for place in places:
            page.goto(world.url + place)
            expect(page.locator("html")).to_have_attribute("lang", "ru")
            too_wide[place] = page.evaluate(TOO_WIDE)

    look_at(ANYBODY)
    enter(page, world)
    look_at(OWN)
    assert {place: pixels for place, pixels in too_wide.items() if pixels > 0} == {}


def test_a_clock_speaks_the_language_of_the_page(
    visit: Any, world: Any, enter: Callable[..., None]
) -> None:
    """The page's, not the browser's: the reader has chosen it."""
    _, page = visit(locale="en-US")
    enter(page, world)
    page.goto(f"{world.url}/language/ru?next=/account")
    moment = page.locator("time[data-clock]").nth(1)  # in six months, so with its day
    expect(moment).to_contain_text(" г.")
    expect(moment).not_to_contain_text("UTC")

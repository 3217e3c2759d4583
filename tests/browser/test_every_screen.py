"""Every page in every state of the docs: light and dark, wide and narrow, in two languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, expect
from sqlalchemy import select

from standin.people import BY_KEY
from tests.browser.conftest import (
    ALL,
    ALL_LOOKS,
    BUT_COLOURS,
    COLOURS,
    EVERY_LOOK,
    SIZES,
    Look,
)
from tests.browser.screens import belongings, results, seeds, uploads, ways_in
from tests.browser.screens.table import ELSEWHERE, SCREENS, Screen
from tests.browser.stage import HOSTILE, Belongings, Stage, make_playlist, track_row
from tests.connected_people import seed_data
from webapp.i18n import LANGUAGES
from webapp.spotify.scopes import LOGIN_SCOPES, PLAY_SCOPES
from webapp.store import reading
from webapp.store.schema import PLAYLIST

pytestmark = [pytest.mark.browser, pytest.mark.slow]

assert all((belongings, results, seeds, uploads, ways_in)), "each fills the table"
ROOT = Path(__file__).resolve().parents[2]

LOOKS_OF: dict[str, Sequence[Look]] = {
    "en": ALL_LOOKS if EVERY_LOOK else ((320, "light", ALL), (1280, "dark", COLOURS)),
    "ru": ALL_LOOKS if EVERY_LOOK else ((1280, "light", BUT_COLOURS), (320, "dark", SIZES)),
}
"""Every look in every language; else each has some of them.

Each scheme's colours are looked at once, the same in both languages. What there is at a width is
looked at once at each, and names in each language. Words need their room: in all four looks nothing
may be wider than the window, and at 320 px both languages' targets are measured.
"""
NO_PAGES = {
    *("account.export", "assets.serve", "healthz", "landing.favicon", "language.choose"),
    *("listening_test.sound", "login.begin", "playlists.audio", "uploads.highlight"),
    *("share.cover", "share.cover_picture", "share.trailer", "sound.cover", "sound.live"),
    *("sound.track", "takealong.cover", "takealong.cover_picture", "takealong.export"),
    *("uploads.mix_sound", "uploads_api.show", "api.job", "api.playlist", "api.search"),
    "api.seeds",
}
"""What GET gives as a file, as JSON, or as a way to somewhere else."""


@pytest.fixture(scope="module")
def own(world: Any, sign_in: Any) -> Belongings:
    """Make a playlist with its trailer, and one that is silent: all states are made of them."""
    user_id = sign_in(None, world, "rich")
    services = world.services
    full = make_playlist(world, user_id)
    made = services.playlists.create(user_id, title="Silent", seeds=[], options={})
    tracks = [track_row(0), track_row(1, genre="jazz", licence="CC-BY-4.0")]
    services.playlists.set_ready(made.id, tracks=tracks, catalogue_version="1")
    with reading(services.engine) as connection:
        rows = {
            name: dict(
                connection.execute(select(PLAYLIST).where(PLAYLIST.c.id == name)).mappings().one()
            )
            for name in (full, made.id)
        }
    return Belongings(user_id, full, made.id, rows)


@pytest.fixture
def stage(visit: Any, world: Any, sign_in: Any, own: Belongings) -> Iterator[Callable[..., Stage]]:
    opened: list[Stage] = []

    def open_stage(locale: str = "en-US") -> Stage:
        _, page = visit(1280, "light", locale=locale)
        opened.append(Stage(world, page, sign_in, own))
        opened[-1].back_to_plain()
        return opened[-1]

    yield open_stage
    for one in opened:
        one.back_to_plain()


def shown_once() -> dict[str, list[Screen]]:
    """Return the screens by page; what shows states of several pages is one look, at the first."""
    first = {one.show: one for one in reversed(SCREENS)}
    pages: dict[str, list[Screen]] = {}
    for one in first.values():
        pages.setdefault(one.page, []).append(one)
    return pages


PAGES = shown_once()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("language", list(LANGUAGES))
@pytest.mark.parametrize("name", sorted(PAGES))
def test_each_state_is_accessible_in_every_look(
    stage: Callable[..., Stage],
    faults_of: Callable[..., list[str]],
    watch: Any,
    pairs: None,
    name: str,
    language: str,
) -> None:
    here = stage(language)
    found: list[str] = []
    for one in PAGES[name]:
        try:
            one.show(here)
            if here.page.locator("html").get_attribute("lang") != language:
                found.append(f"{one.name}: not in this language")
            found += [f"{one.name}: {fault}" for fault in faults_of(here.page, LOOKS_OF[language])]
        except (AssertionError, PlaywrightError) as error:
            found.append(f"{one.name}: {error}")
        finally:
            here.back_to_plain()
    if name in {"errors", "landing"}:  # failures are what they show
        watch.problems[:] = [one for one in watch.problems if not re.match("status 50[0-3]", one)]
    assert found == []


def states_of_the_docs() -> set[tuple[str, str]]:
    """Return page and state of each in the table of the docs, without what is in brackets."""
    told = (ROOT / "docs/screens.md").read_text("utf-8")
    table = told.partition("## States")[2].partition("\n## ")[0]
    found = set()
    for line in table.splitlines():
        if not line.startswith("| ") or line.startswith("| Page "):
            continue
        page, states = (cell.strip() for cell in line.strip("| ").split("|"))
        plain = re.sub(r"\([^()]*\)", "", states)
        found |= {(page, " ".join(state.split())) for state in plain.split(";")}
    return found


def test_every_state_that_the_docs_tell_of_is_looked_at() -> None:
    told = states_of_the_docs()
    assert len(told) > 80
    seen = {(one.page, state) for one in SCREENS for state in one.states} | set(ELSEWHERE)
    assert told - seen == set(), (
        "these need a function in tests/browser/screens, or a line in ELSEWHERE"
    )
    assert seen - told == set(), "these are in no row of docs/screens.md"
    for test in ELSEWHERE.values():
        file, _, name = test.partition("::")
        assert f"def {name}(" in (Path(__file__).parent / file).read_text("utf-8")


def test_every_page_there_is_has_a_screen(world: Any) -> None:
    pages = {
        rule.endpoint
        for rule in world.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.endpoint not in NO_PAGES
    }
    assert len(pages) > 15
    assert pages - {one.endpoint for one in SCREENS} == set(), "a new page needs its states here"


@pytest.mark.parametrize("show", ["top_tracks", "no_audio", "account"])
def test_more_space_in_text_and_twice_the_size_cut_nothing_off(
    stage: Callable[..., Stage], show: str
) -> None:
    here = stage()
    next(one for one in SCREENS if one.show.__name__ == show).show(here)
    page = here.page
    # WCAG 1.4.12; a sheet of the reader's own comes the same way, past the policy.
    spaced = (
        "for (const e of document.querySelectorAll('body *')) { const s = e.style;"
        " s.setProperty('line-height', '1.5', 'important');"
        " s.setProperty('letter-spacing', '.12em', 'important');"
        " s.setProperty('word-spacing', '.16em', 'important'); }"
        " for (const e of document.querySelectorAll('p'))"
        " e.style.setProperty('margin-bottom', '2em', 'important');"
    )
    cut = (
        "[...document.querySelectorAll('main :is(h1, h2, h3, p, a, button, label, dt, dd, li)')]"
        ".filter((e) => e.checkVisibility() && !e.closest('.hidden-text, .clip, .said'))"
        ".filter((e) => ['hidden', 'clip'].includes(getComputedStyle(e).overflowY)"
        " && e.clientHeight > 1 && e.scrollHeight > e.clientHeight + 2)"
        ".map((e) => e.outerHTML.slice(0, 120))"
    )
    wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    # 1280 px at 200 % are 640 px of layout; 320 px are what 400 % leave (WCAG 1.4.4, 1.4.10).
    for width in (1280, 640, 320):
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate(spaced)
        assert page.evaluate(cut) == [], width
        assert page.evaluate(wider) <= 0, width


@pytest.mark.parametrize("show", ["top_tracks", "result", "history"])
def test_forced_colours_and_more_contrast_keep_everything_in_sight(
    stage: Callable[..., Stage], faults_of: Callable[[Page], list[str]], show: str
) -> None:
    here = stage()
    next(one for one in SCREENS if one.show.__name__ == show).show(here)
    page = here.page
    page.emulate_media(contrast="more")
    assert faults_of(page) == []
    page.emulate_media(forced_colors="active", contrast="null")
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    bare = page.evaluate(
        "[...document.querySelectorAll('main :is(button, a.button, input:not([type=hidden]))')]"
        ".filter((e) => e.checkVisibility({opacityProperty: true}))"
        ".filter((e) => { const s = getComputedStyle(e);"
        " return s.color === s.backgroundColor; }).map((e) => e.outerHTML.slice(0, 120))"
    )
    assert bare == []


ARTIST = f"By {HOSTILE}"
NAMED = [{"title": HOSTILE, "artists": [ARTIST]}] * 2


def seeds_named(here: Stage) -> None:
    here.draft("basket", [{**seed_data(1), **NAMED[0]}])
    here.go("/seeds?tab=liked")


def shape_named(here: Stage) -> None:
    here.draft("basket", [seed_data(1)])
    here.draft("shape", {"avoid": HOSTILE[:60]})
    here.go("/seeds?tab=liked")
    expect(here.page.locator("#shape-avoid")).to_have_value(HOSTILE[:60])


def progress_named(here: Stage) -> None:
    made = here.services.playlists.create(
        here.user_id, title=HOSTILE, seeds=[{**seed_data(1), **NAMED[0]}], options={}
    )
    here.undo.append(lambda: here.services.playlists.delete(made.id, here.user_id))
    here.go(f"/jobs/{here.job('playlist', {'playlist_id': made.id})}")


def named(here: Stage, which: str) -> str:
    """Give a playlist and its tracks hostile names; return its path."""
    kept = here.own.rows[which]["tracks"]
    return here.playlist(which, title=HOSTILE, tracks=[{**one, **NAMED[0]} for one in kept])


def result_named(here: Stage) -> None:
    here.go(named(here, here.own.full))


def save_named(here: Stage) -> None:
    path = named(here, here.own.plain)
    here.save(here.own.plain, state="parked", error_code="spotify.quota")
    here.go(path)


def share_named(here: Stage) -> None:
    token = here.services.sharing.share(here.user_id, here.own.full).token
    named(here, here.own.full)
    here.nobody()
    here.go(f"/s/{token}")


def history_named(here: Stage) -> None:
    named(here, here.own.full)
    here.go("/history")


def player_named(here: Stage) -> None:
    here.nobody()
    here.sign_in(here.context, here.world, "rich", LOGIN_SCOPES | PLAY_SCOPES)
    here.go(f"{named(here, here.own.plain)}/spotify")


def uploads_named(here: Stage) -> None:
    uploads.fill(here, uploads.heard(here, 0))


def thumbs_named(here: Stage) -> None:
    here.services.thumbs.put(here.user_id, "row-1", up=True, title=HOSTILE, artists=[ARTIST])
    here.go("/thumbs")


def operator_named(here: Stage) -> None:
    here.undo.append(here.services.messages.delete_all)
    here.services.messages.add("problem", HOSTILE, page="", contact="")
    here.go("/operator/feedback")


def own_data_named(here: Stage) -> None:
    here.as_person("hostile")
    here.go("/account")


BOTH = (HOSTILE, ARTIST)


@pytest.mark.parametrize(
    ("show", "names"),
    [
        (seeds_named, BOTH),
        (shape_named, ()),
        (progress_named, (HOSTILE,)),
        (result_named, BOTH),
        (save_named, BOTH),
        (share_named, BOTH),
        (history_named, (HOSTILE,)),
        (player_named, BOTH),
        (uploads_named, (HOSTILE,)),
        (thumbs_named, BOTH),
        (operator_named, (HOSTILE,)),
        (own_data_named, (BY_KEY["hostile"].display_name,)),
    ],
    ids=lambda given: getattr(given, "__name__", ""),
)
def test_hostile_names_are_shown_letter_by_letter_on_every_screen_and_do_nothing(
    stage: Callable[..., Stage], show: Callable[[Stage], None], names: tuple[str, ...]
) -> None:
    here = stage()
    here.as_person()
    show(here)
    text = " ".join((here.page.locator("main").text_content() or "").split())
    for name in names:
        assert name in text
    assert here.page.locator("img[src=x]").count() == 0

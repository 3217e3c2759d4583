"""What the tabs of the seed page show: each a list of tracks, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from typing import Any, TypeVar, get_args

from flask import url_for

from hooklist_errors import HooklistError
from webapp.error_advice import error_words
from webapp.i18n import _, ngettext
from webapp.routes.failures import Failure, failure_of
from webapp.routes.inputs import SPOTIFY_ID
from webapp.services.seeds import Candidate, Candidates, Seed, SeedService, Verdict
from webapp.spotify.objects import Page, SpotifyPlaylist
from webapp.spotify.reading import TimeRange
from webapp.wiring import services

TABS = ("top", "recent", "liked", "playlists", "search", "paste")
SPANS: tuple[TimeRange, ...] = get_args(TimeRange)

ASKED, SHOWN, FEW = 50, 25, 10
"""Tracks Spotify is asked for at once; those a page shows of them, since the rest is cached; and
how many more it shows rather than a last page of a few."""

_Answer = TypeVar("_Answer")
_ASKING = ThreadPoolExecutor(max_workers=16, thread_name_prefix="seeds")
"""Asks Spotify for pages that do not wait to the end; each question has a bound of its own."""


@dataclass(frozen=True)
class SeedRow:
    """A track with its button."""

    seed: Seed
    in_catalogue: bool | None
    chosen: bool


@dataclass(frozen=True)
class Folder:
    """One of the user's playlists."""

    id: str
    name: str
    about: str
    cover: str
    url: str
    readable: bool


@dataclass(frozen=True)
class Line:
    """A pasted line and its verdict."""

    number: int
    text: str
    message: str
    row: SeedRow | None


@dataclass(frozen=True)
class Link:
    """An address with its words."""

    url: str
    label: str


@dataclass(frozen=True)
class Empty:
    """Why there is nothing to show, and where else to look."""

    title: str
    advice: str
    ways: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class TabView:
    """Everything a tab shows; what it does not show is empty."""

    tab: str
    span: str = "medium_term"
    query: str = ""
    pasted: str = ""
    heading: str = ""
    rows: tuple[SeedRow, ...] = ()
    folders: tuple[Folder, ...] | None = None
    verdicts: tuple[Line, ...] | None = None
    failure: Failure | None = None
    notices: tuple[Failure, ...] = ()
    starters: tuple[SeedRow, ...] = ()
    waiting: bool = False
    empty: Empty | None = None
    more: str = ""
    back_to: Link | None = None
    back: str = ""
    brought: Any = None

    def context(self) -> dict[str, Any]:
        """Return it for the template."""
        return vars(self)


@dataclass(frozen=True)
class Question:
    """What the address of the page asks for."""

    tab: str = "top"
    span: TimeRange = "medium_term"
    offset: int = 0
    query: str = ""
    playlist: str = ""
    name: str = ""

    @classmethod
    def of(cls, arguments: Mapping[str, str], offset: int) -> Question:
        """Read it; what makes no sense becomes the usual."""
        tab = arguments.get("tab", "")
        spans: dict[str, TimeRange] = {name: name for name in SPANS}
        span = spans.get(arguments.get("span", ""), "medium_term")
        playlist = arguments.get("playlist", "")
        return cls(
            tab=tab if tab in TABS else "top",
            span=span,
            offset=offset,
            query=arguments.get("q", "").strip()[:120],
            playlist=playlist if SPOTIFY_ID.match(playlist) else "",
            name=arguments.get("name", "")[:200],
        )

    def address(self, offset: int | None = None) -> str:
        """Return the address of this page, or of the one that begins at `offset`."""
        at = self.offset if offset is None else offset
        return url_for(
            "seeds.pick",
            tab=self.tab,
            span=self.span if self.tab == "top" else None,
            q=self.query or None,
            playlist=self.playlist or None,
            name=self.name or None,
            offset=at or None,
        )


def tab_labels() -> tuple[tuple[str, str], ...]:
    """Return the tabs in their order."""
    return (
        ("top", _("Top tracks")),
        ("recent", _("Recently played")),
        ("liked", _("Liked")),
        ("playlists", _("Playlists")),
        ("search", _("Search")),
        ("paste", _("Paste links")),
    )


def span_labels() -> tuple[tuple[str, str], ...]:
    """Return the spans of time that top tracks are told for."""
    return (
        ("short_term", _("4 weeks")),
        ("medium_term", _("6 months")),
        ("long_term", _("All time")),
    )


def tab_view(
    service: SeedService,
    user_id: str,
    question: Question,
    chosen: set[str],
    *,
    patience: float,
) -> TabView:
    """Return what a tab shows; a failure of Spotify's is part of the page, not instead of it.

    Parameters
    ----------
    service
        Asks Spotify.
    user_id
        Whose account is asked.
    question
        What the page's address asks for.
    chosen
        Ids of the seeds in the basket.
    patience
        Seconds after which the page is sent without its rows. The question goes on, and whoever
        asks it again joins it.
    """
    try:
        return _looked_up(service, user_id, question, chosen, patience)
    except FutureTimeout:
        return _view(question, heading=_heading(question), waiting=True)
    except HooklistError as error:
        return _view(question, failure=failure_of(error, next_page=question.address()))


def pasted_view(
    service: SeedService, user_id: str, text: str, chosen: set[str], *, open_url: str
) -> TabView:
    """Return the page with a verdict on each pasted line."""
    question = Question(tab="paste")
    try:
        verdicts = service.pasted(user_id, text, open_url=open_url)
    except HooklistError as error:
        failure = failure_of(error, next_page=question.address())
        return _view(question, pasted=text, failure=failure)
    lines = tuple(_line(verdict, chosen) for verdict in verdicts)
    return _view(question, pasted=text, verdicts=lines)


def _looked_up(
    service: SeedService, user_id: str, question: Question, chosen: set[str], patience: float
) -> TabView:
    if question.tab == "paste" or (question.tab == "search" and not question.query):
        return _view(question)
    if question.tab == "playlists" and not question.playlist:
        page = _patiently(lambda: service.playlists(user_id, question.offset), patience)
        return _folders(page, question)
    # Search has pages of its own size; the other lists are asked for by the fifty.
    within = 0 if question.tab == "search" else question.offset % ASKED
    first = question.offset - within
    ask: Mapping[str, Callable[[], Candidates]] = {
        "top": lambda: service.top(user_id, question.span, first),
        "recent": lambda: service.recent(user_id),
        "liked": lambda: service.liked(user_id, first),
        "playlists": lambda: service.playlist(user_id, question.playlist, first),
        "search": lambda: service.search(user_id, question.query, first),
    }
    found = _patiently(ask[question.tab], patience)
    here, following = found.items[within:], found.next_offset
    if len(here) > SHOWN + FEW:
        here, following = here[:SHOWN], question.offset + SHOWN
    rows = _rows(here, chosen)
    return _view(
        question,
        heading=_heading(question),
        rows=rows,
        notices=tuple(_remarks(found.stale, found.skipped)),
        empty=None if rows else _empty(question),
        starters=() if rows or question.tab == "search" else _starters(chosen),
        more="" if following is None else question.address(following),
        back_to=_way_back(question),
    )


def _patiently(ask: Callable[[], _Answer], patience: float) -> _Answer:
    """Return the answer, or raise `FutureTimeout` once patience is at its end."""
    return _ASKING.submit(ask).result(timeout=patience)


def _starters(chosen: set[str]) -> tuple[SeedRow, ...]:
    try:
        return _rows(services().starters.get(), chosen)
    except HooklistError:  # no catalogue: told where it matters
        return ()


def _folders(page: Page[SpotifyPlaylist], question: Question) -> TabView:
    folders = tuple(_folder(playlist) for playlist in page.items)
    return _view(
        question,
        folders=folders or None,
        notices=tuple(_remarks(page.stale, 0)),
        empty=None if folders else _empty(question),
        more="" if page.next_offset is None else question.address(page.next_offset),
    )


def _folder(playlist: SpotifyPlaylist) -> Folder:
    count = (
        ""
        if playlist.total is None
        else ngettext("%(num)s track", "%(num)s tracks", playlist.total)
    )
    parts = [count] if count else []
    if not playlist.own:
        owner = playlist.owner or _("somebody else")
        parts.append(_("by %(owner)s: Spotify shows its tracks only to its owner", owner=owner))
    return Folder(
        id=playlist.id,
        name=playlist.name,
        about=" · ".join(parts),
        cover=playlist.image_url,
        url=playlist.url,
        readable=playlist.own,
    )


def _view(question: Question, **shown: Any) -> TabView:
    return TabView(
        tab=question.tab,
        span=question.span,
        query=question.query,
        back=question.address(),
        **shown,
    )


def _rows(candidates: Iterable[Candidate], chosen: set[str]) -> tuple[SeedRow, ...]:
    return tuple(
        SeedRow(found.seed, found.in_catalogue, found.seed.key in chosen) for found in candidates
    )


def _heading(question: Question) -> str:
    headings = {
        "top": _("What you hear most"),
        "recent": _("What you have just heard"),
        "liked": _("What you have liked"),
        "playlists": question.name or _("Playlist"),
        "search": _("Found for “%(query)s”", query=question.query),
    }
    return headings[question.tab]


def _way_back(question: Question) -> Link | None:
    if question.tab == "playlists":
        return Link(url_for("seeds.pick", tab="playlists"), _("All playlists"))
    if question.offset:
        first = Question(**{**vars(question), "offset": 0})
        return Link(first.address(), _("Back to the first"))
    return None


def _remarks(stale: bool, skipped: int) -> Iterable[Failure]:
    if stale:
        yield Failure(
            "spotify.stale",
            _("Spotify cannot be reached at the moment"),
            sentence=_("This is what it answered a little while ago."),
            tone="warn",
        )
    if skipped:
        words = ngettext(
            "%(num)s entry is left out: a local file, a podcast, or no longer available.",
            "%(num)s entries are left out: local files, podcasts, or no longer available.",
            skipped,
        )
        yield Failure("spotify.skipped", _("Not everything is shown"), sentence=words, tone="warn")


def _empty(question: Question) -> Empty:
    search, paste = ("search", _("Search")), ("paste", _("Paste links"))
    if question.tab == "search":
        return Empty(
            _("Nothing found for “%(query)s”", query=question.query),
            _("Try fewer words, or only the artist."),
            (paste,),
        )
    if question.tab == "playlists":
        empty_list = _("This playlist is empty"), _("Choose another one, or search for a track.")
        no_list = _("No playlists yet"), _("Your own playlists at Spotify appear here.")
        return Empty(*(empty_list if question.playlist else no_list), (search, paste))
    titles = {
        "top": _("Spotify does not know your favourites yet"),
        "recent": _("Nothing played lately"),
        "liked": _("No liked songs yet"),
    }
    return Empty(
        titles[question.tab],
        _("That is fine: search for a track you love, or paste a link to it."),
        (search, paste),
    )


def _line(verdict: Verdict, chosen: set[str]) -> Line:
    line = verdict.line
    row = _rows([verdict.candidate], chosen)[0] if verdict.candidate else None
    return Line(line.number, line.text, "" if row else _verdict(verdict), row)


def _verdict(verdict: Verdict) -> str:
    others = {
        "album": _("a link to an album, not to a track"),
        "artist": _("a link to an artist, not to a track"),
        "playlist": _("a link to a playlist, not to a track"),
    }
    line, error = verdict.line, verdict.error
    if line.kind == "duplicate":
        return _("the same track as in a line above")
    if line.kind == "other":
        return others.get(line.other, _("not a link to a track"))
    if line.kind == "unreadable":
        return _("not a link to a track")
    if error is None or error.code in {"spotify.not_found", "spotify.refused"}:
        return _("not found: Spotify has no track under this link")
    return error_words(error.code, {**vars(error), "which": ""}).cause


__all__ = ["Question", "TabView", "pasted_view", "span_labels", "tab_labels", "tab_view"]

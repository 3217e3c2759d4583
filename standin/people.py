"""The people who can log in, and what makes each of them a case worth testing."""

from __future__ import annotations

from dataclasses import dataclass

from standin.identifiers import base62
from standin.library import Library, Track

HOSTILE_TITLES = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert('title')</script>",
    "{{ 7*7 }} ${7*7} %s %(name)s {0}",
    "Robert'); DROP TABLE playlists;--",
    "\u05e9\u05d9\u05e8 \u05d9\u05e9\u05e8\u05d0\u05dc\u05d9 \u0623\u063a\u0646\u064a\u0629 (live)",
    "\u202egnos desrever\u202c end",
    "👩‍👩‍👧‍👦🏳️‍🌈 e\u0301\u0323 Z\u0351\u036b\u0343a\u0329l\u0336g\u0321o",
    "A very long title that does not stop " * 14,
    "UnbrokenWordWithoutAnySpace" * 12,
    " \t padded \n and broken \u200b over \u2028 lines ",
    "javascript:alert(1)",
    "",
)
_HOSTILE_ARTISTS = (
    '"><svg onload=alert(2)>',
    "\u0641\u0631\u0642\u0629 \u0627\u0644\u0627\u062e\u062a\u0628\u0627\u0631",
    "Sigur Rós & 坂本龍一, Ltd.; DJ <b>Bold</b>",
)


@dataclass(frozen=True)
class Person:
    """Somebody with a Spotify account.

    Attributes
    ----------
    key
        How tests and the consent page name the account.
    about
        One sentence for the consent page.
    premium
        Whether the player obeys.
    allow_listed
        Whether the app's owner has entered this person in the dashboard.
    """

    key: str
    display_name: str
    about: str
    premium: bool = True
    allow_listed: bool = True

    @property
    def id(self) -> str:
        """The account's public name, which others see as an owner."""
        return base62("user", self.key, length=25).lower()

    @property
    def account_id(self) -> str:
        """The key that never changes (since May 2026 in ``GET /me``)."""
        return base62("account", self.key)

    @property
    def uri(self) -> str:
        """The account's Spotify URI."""
        return f"spotify:user:{self.id}"


PEOPLE = (
    Person("rich", "Robin Rich", "Has listened for years: many favourites, many playlists."),
    Person("second", "Sasha Second", "Another ordinary listener, with other favourites."),
    Person("empty", "Emil Empty", "Joined today: no favourites, no history, no playlists."),
    Person("free", "Frida Free", "Listens without Premium: the player refuses.", premium=False),
    Person(
        "outsider",
        "Otto Outsider",
        "Is not on the app's user list: every call is refused.",
        allow_listed=False,
    ),
    Person(
        "hostile",
        "<img src=x onerror=alert(1)> \u202eelitsoH\u202c 👩‍🚀",
        "Has names that break careless pages: markup, right to left, emoji, very long.",
    ),
)
BY_KEY = {person.key: person for person in PEOPLE}


def hostile_tracks(library: Library) -> tuple[Track, ...]:
    """Return tracks with hostile names, which only `hostile` knows.

    The first half carry ISRCs of library tracks, so that an app matches them to its catalogue.
    """
    made = []
    for number, title in enumerate(HOSTILE_TITLES):
        twin = library.tracks[number % len(library)] if len(library) else None
        made.append(
            Track(
                id=base62("hostile track", number),
                title=title,
                artists=(_HOSTILE_ARTISTS[number % len(_HOSTILE_ARTISTS)],),
                album=HOSTILE_TITLES[-2 - number % 6],
                duration_ms=twin.duration_ms if twin else 1000,
                isrc=twin.isrc if twin and number < len(HOSTILE_TITLES) // 2 else "",
                explicit=number % 2 == 0,
                year=None,
                genre="",
            )
        )
    return tuple(made)

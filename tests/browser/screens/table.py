"""The table of screens: which function takes a browser into which states of which page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.browser.stage import Stage


@dataclass(frozen=True)
class Screen:
    """A way into one or more states.

    Parameters
    ----------
    page, states
        As `docs/screens.md` calls them.
    endpoint
        The route whose page it shows.
    show
        Takes a stage there.
    """

    page: str
    states: tuple[str, ...]
    endpoint: str
    show: Callable[[Stage], None]

    @property
    def name(self) -> str:
        return f"{self.page}: {self.show.__name__}"


SCREENS: list[Screen] = []

ELSEWHERE = {
    ("taking along", "copied"): "test_takealong.py::"
    "test_a_stranger_hears_what_is_shared_until_the_link_is_ended",
    ("uploads", "a file waits, is sent, is checked, connection gone, tried again, cancelled"): (
        "test_uploads.py::test_what_goes_wrong_on_the_way_is_told_and_can_be_tried_again"
    ),
    ("a thumb, a rating", "taken back"): "test_feedback.py::"
    "test_ratings_and_thumbs_by_keyboard_stay_and_are_taken_back",
}
"""States that only a hand at the page brings about, and the test that looks at them."""

Show = Callable[[Stage], None]


def screen(page: str, endpoint: str, *states: str) -> Callable[[Show], Show]:
    def add(show: Show) -> Show:
        SCREENS.append(Screen(page, states, endpoint, show))
        return show

    return add
